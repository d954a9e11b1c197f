"""The accounts of an AWS organisation: all, or those of some units and of all that these hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ACTIVE = "ACTIVE"
NOT_IN_USE = "AWSOrganizationsNotInUseException"
NO_SUCH_PARENT = frozenset({"ParentNotFoundException", "InvalidInputException"})


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organisation, and what people call it."""

    id: str
    name: str


def members(client: Any, units: Sequence[str] | None) -> list[Member]:
    """The active accounts of `units`, roots among them, or of the whole organisation; by id.

    `client` asks Organizations. Raises RefusedError: it may not be asked, there is no organisation,
    or one of the units is not in it. A part of the accounts is never taken for all of them.
    """
    pages = _pages(client, "list_accounts") if units is None else _within(client, units)
    found = {each["Id"]: each for page in pages for each in page["Accounts"]}
    active = [Member(id_, each.get("Name", "")) for id_, each in found.items() if _active(each)]
    return sorted(active, key=lambda member: member.id)


def _within(client: Any, units: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The pages of accounts of each unit, once, also where one that is named lies in another."""
    to_come, seen = list(units), set[str]()
    while to_come:
        unit = to_come.pop()
        if unit in seen:
            continue
        seen.add(unit)
        yield from _pages(client, "list_accounts_for_parent", unit)
        for page in _pages(client, "list_organizational_units_for_parent", unit):
            to_come += [each["Id"] for each in page["OrganizationalUnits"]]


def _pages(client: Any, operation: str, unit: str | None = None) -> list[dict[str, Any]]:
    asked = {"ParentId": unit} if unit else {}
    pages = attempt(lambda: list(client.get_paginator(operation).paginate(**asked)))
    if isinstance(pages, Refusal):
        raise _refused(pages, unit)
    return pages


def _active(account: dict[str, Any]) -> bool:
    """Whether anything can be done in it; AWS has told it as `Status`, and by now as `State`."""
    state = account.get("State") or account.get("Status")
    if state != ACTIVE:
        log.info("account.left_out", account=account["Id"], state=state)
    return state == ACTIVE


def _refused(refusal: Refusal, unit: str | None) -> RefusedError:
    if unit and refusal.code in NO_SUCH_PARENT:
        what = f"organization.units: there is no unit {unit} in this organisation"
        return RefusedError(what, "Check its id in the settings")
    if refusal.code == NOT_IN_USE:
        what = "the account of these credentials belongs to no organisation"
        return RefusedError(what, "List accounts, and remove [organization]")
    if refusal.sort is Sort.DENIED:
        return RefusedError(
            f"AWS Organizations may not be asked for its accounts ({refusal.sentence})",
            "Use the management account or a delegated administrator, with what"
            " `janitor permissions` prints, or list accounts",
        )
    what = f"AWS Organizations does not tell its accounts ({refusal.sentence})"
    return RefusedError(what, "Run it again, or list accounts")
