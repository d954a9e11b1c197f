"""`janitor restore`: what was terminated comes back, from its backup and manifest."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.bringing_back import Restored
    from cs_aws_janitor.resources.giving_back import Return
    from cs_aws_janitor.resources.restore_plan import Instead
    from cs_aws_janitor.resources.restoring import Prospect


@click.command("restore")
@click.argument("wanted", metavar="ID")
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would come back.")
@click.option("--subnet", metavar="ID", help="Into this subnet.")
@click.option("--security-group", "groups", multiple=True, metavar="ID", help="In this group.")
@click.option("--key", metavar="NAME", help="With this key pair.")
@click.option("--no-key", is_flag=True, help="Without a key pair.")
@click.option("--profile", metavar="NAME", help="With this instance profile.")
@click.option("--no-profile", is_flag=True, help="Without an instance profile.")
@click.option("--type", "size", metavar="TYPE", help="As this instance type.")
@click.option("--without-licence", is_flag=True, help="Even where its licence is lost.")
@click.option("--again", is_flag=True, help="Another one, where it came back already.")
@options.yes
@options.shared(options.places, options.format_option("table", "json"))
def restore_command(
    asked: Asked,
    *,
    wanted: str,
    only_plan: bool,
    subnet: str | None,
    groups: tuple[str, ...],
    key: str | None,
    no_key: bool,
    profile: str | None,
    no_profile: bool,
    size: str | None,
    without_licence: bool,
    again: bool,
    yes: bool,
) -> int:
    """Bring back what was terminated, from its backup: same type, network, disks, tags.

    An Auto Scaling group that stands shut off gets back its sizes; its Expiration stays.

    ID is the id, the ARN, or the Name that it had. It gets a new id, and lives anew from today
    (lifecycle.expire_after). What it needs and is not there any more is told before anything is
    made; the options put something else in its place. --security-group may be given several
    times; all of them replace all that it had.

    \b
    janitor restore i-0abc1234def567890 --plan
    janitor restore jd-GitLabRunner
    janitor restore jd-GitLabRunner --subnet subnet-0abc1234 --no-key --yes

    Exit code 0: it runs, or came back before. 1: it did not start, or not all was put back; with
    --plan: something is missing. 2: nothing was made.
    """
    from cs_aws_janitor import running
    from cs_aws_janitor.cli.setting_up import get_ready, require_terminal_or
    from cs_aws_janitor.resources.restore_plan import Instead

    instead = Instead(
        subnet=subnet,
        groups=groups,
        key=_or_none(key, "key", without=no_key),
        profile=_or_none(profile, "profile", without=no_profile),
        type=size,
        unlicensed=without_licence,
    )
    if only_plan:
        return _plan(get_ready(asked), wanted, instead)
    require_terminal_or(yes=yes)
    ready = get_ready(asked)
    running.require_named(ready, asked.accounts)
    ready.ledger.check_writable()
    return _restore(ready, wanted, instead, yes=yes, again=again)


def _or_none(given: str | None, option: str, *, without: bool) -> str | None:
    """What was given; '' for "without", None for "as it was"."""
    if given is not None and (without or not given.strip()):
        raise click.UsageError(f"Give --{option} NAME or --no-{option}.")
    return "" if without else given


def _plan(ready: Ready, wanted: str, instead: Instead) -> int:
    from cs_aws_janitor.cli import giving_back, printing
    from cs_aws_janitor.resources.report import restore_report
    from cs_aws_janitor.resources.restoring import Prospect

    prospect = _look(ready, wanted, instead)
    if not isinstance(prospect, Prospect):
        return giving_back.show(ready, prospect)
    if ready.asked.form == "json":
        printing.show_json(restore_report.plan_as_json(prospect))
    else:
        click.echo(restore_report.plan_text(prospect, ready.rules.policy), nl=False)
    return PARTLY if prospect.plan.missing and not prospect.living else DONE


def _restore(ready: Ready, wanted: str, instead: Instead, *, yes: bool, again: bool) -> int:
    """Look, confirm, bring back, tell; the exit code."""
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import giving_back
    from cs_aws_janitor.resources import restoring
    from cs_aws_janitor.resources.bringing_back import Hands
    from cs_aws_janitor.resources.restore_plan import Begun
    from cs_aws_janitor.resources.restoring import Prospect
    from cs_aws_janitor.shared import clock

    with running.one_at_a_time(ready) as halted:
        prospect = _look(ready, wanted, instead)
        if not isinstance(prospect, Prospect):
            return giving_back.give(ready, prospect, halted, yes=yes)
        if prospect.back and not prospect.cut_off and not again:
            _show(ready, prospect, None)
            return DONE
        restoring.check(prospect)
        _confirm(ready, prospect, halted, yes=yes)
        restored = Hands(ready.world, ready.rules, clock.pause).bring_back(prospect)
    _show(ready, prospect, restored)
    runs = restored.start.begun is Begun.RUNNING
    return DONE if runs and not restored.unfinished else PARTLY


def _look(ready: Ready, wanted: str, instead: Instead) -> Prospect | Return:
    """What a restore would do: bring back what has ended, or give back to what still stands."""
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources import giving_back, restoring

    world, rules = ready.world, ready.rules
    try:
        manifest = restoring.find(world, rules, wanted)
    except NotFoundError as none:
        return giving_back.find(world, rules, wanted, none)
    finally:
        printing.show_torn(ready.ledger)
    if giving_back.possible(world, manifest.kind):
        with suppress(NotFoundError):  # it may have been made again under the same name
            return giving_back.look(world, rules, wanted)
    return restoring.look(world, rules, manifest, instead)


def _confirm(
    ready: Ready, prospect: Prospect, halted: Callable[[], str | None], *, yes: bool
) -> None:
    """Show the plan to whoever sits there, and have the account's alias typed."""
    from cs_aws_janitor.cli.setting_up import confirm
    from cs_aws_janitor.resources.report import restore_report

    if not yes:
        text = restore_report.plan_text(prospect, ready.rules.policy)
        click.echo(text, err=ready.asked.form == "json")
        confirm(ready, {prospect.plan.manifest.place.account})
    if why := halted():
        raise RefusedError(f"nothing was made: {why}", "Run it again")


def _show(ready: Ready, prospect: Prospect, restored: Restored | None) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources.report import restore_report

    if ready.asked.form == "json":
        printing.show_json(restore_report.as_json(prospect, restored))
    elif restored is None:
        click.echo(restore_report.already_text(prospect), nl=False)
    else:
        key = ready.rules.policy.keys.expiration
        named = {key: restored.plan.tags[key]}
        click.echo(restore_report.done_text(restored, named), nl=False)
