"""`janitor apply`: carry out exactly a saved plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.plan import Plan

OLDEST = timedelta(days=7)
SKEW = timedelta(minutes=15)


@click.command("apply")
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False))
@options.yes
@options.shared(options.account, options.format_option("table", "json", "csv"), options.no_color)
def apply_command(asked: Asked, *, plan_file: Path, yes: bool) -> int:
    """Carry out the steps of a saved PLAN whose resources are still as they were.

    Whatever was changed since (a tag, its power, its protection) is reported as `changed` and
    left alone. A plan can be narrowed when it is made, not edited afterwards.

    \b
    janitor plan --region eu-west-1 --out plan.json
    janitor apply plan.json
    """
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import carrying_out
    from cs_aws_janitor.cli.carrying_out import Manner
    from cs_aws_janitor.cli.setting_up import get_ready, require_terminal_or
    from cs_aws_janitor.resources import plan as plans

    saved = _load(plan_file)
    require_terminal_or(yes=yes)
    regions = {step.place.region for step in saved.steps}
    ready = get_ready(replace(asked, regions=tuple(sorted(regions))))
    running.require_named(ready, asked.accounts)
    _check(saved, ready)
    ready.ledger.check_writable()
    before = ready.ledger.counts(ready.rules.now)
    plan = plans.guarded(saved, ready.rules.policy.limits, before)
    with running.one_at_a_time(ready) as halted:
        manner = Manner(yes=yes, halted=halted, recheck=True)
        return carrying_out.carry_out(ready, plan, manner).code


def _load(plan_file: Path) -> Plan:
    from cs_aws_janitor.resources import plan_json

    try:
        return plan_json.load(plan_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RefusedError(f"{plan_file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RefusedError(f"{plan_file} is not a plan: it is not even text") from error
    except plan_json.UnreadablePlanError as error:
        raise RefusedError(f"{plan_file} cannot be applied: {error}") from error


def _check(saved: Plan, ready: Ready) -> None:
    """Refuse a plan of another time, of another account or with kinds that are not chosen."""
    if saved.as_of != saved.made_at:
        raise RefusedError(
            f"the plan was made as of {saved.as_of:%Y-%m-%d}, only to be looked at",
            "Make it again without --as-of",
        )
    if saved.made_at - ready.started > SKEW:
        raise RefusedError(
            f"the plan is of {saved.made_at:%Y-%m-%d %H:%M}, which is still to come",
            "Set the clocks of both machines, and make it again",
        )
    if ready.started - saved.made_at > OLDEST:
        raise RefusedError(
            f"the plan is of {saved.made_at:%Y-%m-%d}, more than {OLDEST.days} days old",
            "Make it again",
        )
    reachable = {account.id for account in ready.accounts}
    for step in saved.steps:
        if step.place.account not in reachable:
            raise RefusedError(
                f"the plan has steps in account {step.place.account}, which is not named",
                "Use its credentials, and name it in accounts or with --account",
            )
        if step.kind not in ready.world.kinds:
            raise RefusedError(
                f"the plan has steps for the kind {step.kind!r}, which the settings leave out",
                "Add it to kinds, or make the plan again",
            )
