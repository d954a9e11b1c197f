"""`janitor permissions`: the least IAM policy, ready to be pasted."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.permissions import Facts
    from cs_aws_janitor.settings import Account, Settings

CUSTOMERS = "customers"
WHAT = ("plan", "run", "extend", "keep", "restore", "prices", CUSTOMERS)
CALLER, ROLE = "caller", "role"
JSON, MEMBER_ROLE = "json", "member-role"


@click.command("permissions")
@click.argument("what", type=click.Choice(WHAT), default="run")
@click.option(
    "--for",
    "side",
    type=click.Choice((CALLER, ROLE)),
    help="Where roles are assumed: only what the caller needs, or only what each role needs.",
)
@options.shared(
    options.places,
    click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind."),
    options.format_option(JSON, MEMBER_ROLE),
)
@click.option(
    "--part",
    type=click.IntRange(1),
    metavar="N",
    help="Only this part of a policy that is too long for a managed one.",
)
def permissions_command(asked: Asked, *, what: str, side: str | None, part: int | None) -> None:
    """Print the least IAM policy, ready to be pasted. Asks nothing of AWS.

    \b
    plan       to look: plan, list, explain, history; writes nothing
    run        what run and apply need, and no more
    extend     to move Expiration
    keep       keep and release: the only ones that change protection
    restore    to bring back what was terminated, and sizes that a shut-off took
    prices     to refresh the prices that estimates go by
    customers  janitor customers run: what of its settings lies in S3, and mails by SES

    It follows the settings: kinds, accounts, roles, regions, tag keys, form of backups, ledger; and
    what is needed to discover accounts. The caller's own may be one of these, so it may act there.
    A ledger or volume encrypted with a key of your own needs that key's permission besides.

    \b
    janitor permissions plan > read-only.json
    janitor permissions run --config team.toml
    janitor permissions run --for role --format member-role > member-role.yaml

    The last prints a CloudFormation template with the role and its policy, for a StackSet. A policy
    for everything may be too long for one managed policy; --part 1, --part 2 print it as several.
    """
    from cs_aws_janitor.cli.setting_up import read_settings

    settings = read_settings(asked.config_file)
    if asked.form == MEMBER_ROLE and side != ROLE:
        raise RefusedError("that template is of a role in another account", "Add --for role")
    made = _of_customers(settings) if what == CUSTOMERS else least(asked, settings, what, side)
    policy = _fitting(made, part)
    _show(policy, asked.form, settings.organization.role)


def _of_customers(settings: Settings) -> dict[str, Any]:
    from cs_aws_janitor import customers_permissions

    policy = customers_permissions.document(settings)
    if not policy["Statement"]:
        cure = "It runs without AWS; [customers] may name places in S3"
        raise RefusedError("the customers' wing asks nothing of AWS by these settings", cure)
    return policy


def _fitting(policy: dict[str, Any], part: int | None) -> dict[str, Any]:
    """`policy`, or a part of it; said on the side how many parts there are, where it is long."""
    from cs_aws_janitor.resources import permissions

    parts, long = permissions.parts(policy), permissions.length(policy)
    if part is not None:
        if part > len(parts):
            raise RefusedError(f"the policy has {len(parts)} parts", "Give a lower --part")
        return parts[part - 1]
    each = f"--part 1 to --part {len(parts)} print it as managed policies"
    if long > permissions.INLINE:
        raise RefusedError(
            f"the policy has {long:,} characters, and a role takes {permissions.INLINE:,}", each
        )
    if len(parts) > 1:
        click.echo(
            f"janitor: {long:,} characters fit into the inline policy of a role"
            f" ({permissions.INLINE:,}), and not into one managed policy"
            f" ({permissions.MANAGED:,}): {each}.",
            err=True,
        )
    return policy


def _show(policy: Mapping[str, Any], form: str, role: str | None) -> None:
    from cs_aws_janitor.resources.report import member_role

    if form == JSON:
        click.echo(json.dumps(policy, indent=2))
        return
    frame = files("cs_aws_janitor") / "starter" / "member-role.yaml"
    click.echo(member_role.template(frame.read_text(encoding="utf-8"), policy, role), nl=False)


def least(asked: Asked, settings: Settings, what: str, side: str | None) -> dict[str, Any]:
    """The least policy for `what`; `side`: only that of the caller, or of the roles it assumes."""
    from cs_aws_janitor.resources import permissions

    accounts = _accounts(asked, settings)
    acting = [a for a in accounts if side in {None, *_sides(settings, a)}]
    idle = bool(accounts) and not acting and not _discovers(asked, settings)
    kinds = [] if idle else _kinds(asked, settings, what)
    return permissions.document(kinds, what, _facts(asked, settings, accounts, acting, side))


def _accounts(asked: Asked, settings: Settings) -> list[Account]:
    """The accounts that the options leave of the settings, or add to them."""
    from cs_aws_janitor.settings import Account

    known = {account.id: account for account in settings.accounts}
    for account_id in asked.accounts:
        known.setdefault(account_id, Account.model_validate({"id": account_id}))
    return [a for a in known.values() if not asked.accounts or a.id in asked.accounts]


def _sides(settings: Settings, account: Account) -> set[str]:
    """Who acts in `account`: its role, or the caller; only AWS knows where one is discovered."""
    if account.role:
        return {ROLE}
    return {CALLER, ROLE} if settings.organization.role else {CALLER}


def _discovers(asked: Asked, settings: Settings) -> bool:
    """Whether there are accounts that only AWS Organizations can name."""
    return bool(settings.organization.role) and not asked.accounts


def _kinds(asked: Asked, settings: Settings, what: str) -> Sequence[Kind]:
    from cs_aws_janitor.resources.kinds import KINDS

    for name in asked.kinds:
        if name not in KINDS:
            raise click.BadParameter(
                f"there is no kind {name!r}; there are: {', '.join(KINDS)}", param_hint="--kind"
            )
    kinds = [KINDS[name] for name in asked.kinds or settings.kinds or tuple(KINDS)]
    returns = {"restore", "give_back"}
    if what == "restore" and not any(returns & kind.permissions.keys() for kind in kinds):
        raise RefusedError("none of the chosen kinds can be restored", "Choose others with --kind")
    return kinds


def _facts(
    asked: Asked,
    settings: Settings,
    accounts: Sequence[Account],
    acting: Sequence[Account],
    side: str | None,
) -> Facts:
    from cs_aws_janitor.resources.permissions import Discovery, Facts
    from cs_aws_janitor.settings import partitions

    policy, ledger = settings.policy(), settings.ledger.s3
    discovers = _discovers(asked, settings)
    listed = [settings.regions_of(account) for account in acting]
    listed += [settings.regions] if discovers or not acting else []
    regions = set(asked.regions)
    if not regions and None not in listed:
        regions = {region for some in listed for region in some or ()}
    roles = sorted(account.role for account in accounts if account.role)
    told = partitions.told_by((), asked.regions)
    partition = told if asked.regions else settings.partition
    chosen = settings.organization
    role = f"arn:{partition}:iam::*:role/{chosen.role}"
    return Facts(
        keys=policy.keys,
        form=policy.backup.form,
        group_image=policy.backup.group_image,
        partition=partition,
        accounts=() if discovers else tuple(sorted(account.id for account in acting)),
        locks=() if discovers else tuple(sorted(account.id for account in accounts)),
        regions=tuple(sorted(regions)),
        roles=tuple(roles),
        discovery=Discovery(role, chosen.units is not None) if chosen.role else None,
        ledger=(ledger.bucket, ledger.prefix) if ledger else None,
        topic=settings.notify.sns_topic,
        sender=settings.notify.email_from,
        sender_region=settings.notify.email_region,
        creators=settings.owners.cloudtrail,
        caller=side != ROLE,
    )
