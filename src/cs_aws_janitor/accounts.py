"""Which accounts are looked at: those that are listed, and those that are discovered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.organization import Member, members
from cs_aws_janitor.settings import Account
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from cs_aws_janitor.settings import Organization, Settings
    from cs_aws_janitor.wiring import Aws


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the settings is looked at: only these accounts and regions; empty means all.

    `members` are the accounts of the organisation, where they are known; None: AWS is asked.
    """

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    members: tuple[Member, ...] | None = None


def named_accounts(aws: Aws, settings: Settings, selection: Selection) -> list[Account]:
    """The accounts to look at. Raises RefusedError where the credentials fit none of them.

    Source: aws-lifecycle.md, Guard rails: any account that is not named is refused.
    """
    known = {account.id: account for account in settings.accounts}
    if settings.organization.role:
        known = _discovered(aws, settings, known, selection)
        if strange := sorted(selection.accounts - known.keys()):
            raise RefusedError(
                f"account {strange[0]} is not among those that the settings list or discover",
                "Check --account, and units and exclude in [organization]",
            )
    for account_id in selection.accounts - known.keys():
        known[account_id] = Account.model_validate({"id": account_id})
    if not known:
        return [Account.model_validate({"id": aws.account})]
    wanted = [a for a in known.values() if not selection.accounts or a.id in selection.accounts]
    within = [a for a in wanted if a.id == aws.account or a.role]
    if not within:
        named = ", ".join(sorted(a.id for a in wanted))
        raise RefusedError(
            f"the credentials belong to account {aws.account}, and only {named} may be touched",
            "Use other credentials, name this account in accounts, or give the others a role",
        )
    for account in within:
        aws.admit(account)
    return within


def _discovered(
    aws: Aws, settings: Settings, listed: dict[str, Account], selection: Selection
) -> dict[str, Account]:
    """The accounts of the organisation beside those that are listed; each has a role.

    What is listed holds: its own role, or its name and regions with the role of the organisation.
    """
    chosen = settings.organization
    told = selection.members
    if selection.accounts and selection.accounts <= listed.keys():
        told = ()  # nobody has to be asked
    if told is None:
        told = tuple(members(aws.at_home("organizations"), chosen.units))
    found = [
        Account.model_validate({"id": member.id, "name": member.name})
        for member in told
        if member.id not in chosen.exclude
    ]
    if not found and not listed:
        raise RefusedError(
            "no active account was discovered, and none is listed",
            "Check units and exclude in [organization]",
        )
    known = {account.id: account for account in found} | listed
    return {id_: a if a.role else _with_role(aws, chosen, a) for id_, a in known.items()}


def _with_role(aws: Aws, organization: Organization, account: Account) -> Account:
    arn = f"arn:{aws.partition}:iam::{account.id}:role/{organization.role}"
    names = {"external_id": organization.external_id, "session_name": organization.session_name}
    return account.model_copy(update={"role": arn, **names})
