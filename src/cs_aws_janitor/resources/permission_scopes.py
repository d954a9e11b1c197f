"""Where and when each action is allowed: its resource types and its conditions. Pure.

Source: AWS's service authorization reference, and the order of steps in aws-lifecycle.md: nothing
is stopped before it bears Discovered, nothing is backed up or terminated before it bears ShutOff.
(Expiration would not do: a person may delete it, and the day of discovery counts on.)

What a kind needs beside the usual it declares itself, as its `scopes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.policy import TagKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cs_aws_janitor.resources.kinds._kind import Kind

    Condition = dict[str, dict[str, Any]]
    Only = Callable[["Command", "Facts"], Condition]

ANY = "*"
OWN = "own"  # the resources that the kind is about


@dataclass(frozen=True, slots=True)
class Discovery:
    """How accounts are discovered: the ARN of their role, with any account; and by which calls."""

    role: str
    by_units: bool

    @property
    def actions(self) -> tuple[str, ...]:
        """What AWS Organizations is asked."""
        nested = ("ListAccountsForParent", "ListOrganizationalUnitsForParent")
        return tuple(
            f"organizations:{each}" for each in (nested if self.by_units else ("ListAccounts",))
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What of the settings a policy hangs on. No `accounts`, `locks` or `regions` mean any.

    `accounts` are those in which its holder acts itself, `locks` those whose lock it takes.
    `caller`: it is for the identity that starts the janitor, not only for a role that this assumes.
    `ledger` is its bucket and prefix, where it is kept in S3; `form` that of backups; `group_image`
    as in the settings. `topic` is the ARN that digests are published to, `sender` the address that
    they are mailed from by SES in `sender_region` (None: any). `creators`: CloudTrail is asked.
    """

    keys: TagKeys = field(default_factory=TagKeys)
    form: str = "snapshot"
    group_image: bool = False
    partition: str = "aws"
    accounts: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    discovery: Discovery | None = None
    ledger: tuple[str, str] | None = None
    topic: str | None = None
    sender: str | None = None
    sender_region: str | None = None
    creators: bool = False
    caller: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """What a command asks of AWS: duties of its kinds, and tags and ledger as acts.py uses them.

    `writes` and `removes` name tags by their use; `confirms`: it asks a person for the alias.
    `asks` are the actions that belong to no kind.
    """

    duties: tuple[str, ...]
    writes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()
    confirms: bool = False
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """One statement for an action: its name, what it is on, and what must hold.

    `on` are ARNs with `{partition}` and `{account}`, or OWN; none: the action knows no resources.
    `form`: only where backups have this form.
    """

    sid: str
    on: tuple[str, ...] = ()
    only: Only = lambda _command, _facts: {}
    form: str | None = None


def scopes(kind: Kind, duty: str, action: str, facts: Facts) -> Iterator[Scope]:
    """The statements for `action` of `kind` when a command has this duty."""
    known = kind.scopes.get((duty, action))
    if known is None and action.partition(":")[2].startswith(("Describe", "Get", "List")):
        known = (Scope("Look"),)
    for scope in known or (_USUAL[duty],):
        if scope.form in {None, facts.form}:
            yield scope


def arns(scope: Scope, kind: Kind, facts: Facts) -> list[str]:
    """What `scope` is on, for a kind."""
    own = [each.replace("{id}", ANY).replace("{region}", ANY) for each in kind.arns]
    return [
        each.format(partition=facts.partition, account=account)
        for one in scope.on
        for each in (own if one == OWN else [one])
        for account in facts.accounts or (ANY,)
    ] or [ANY]


def _writes(command: Command, facts: Facts) -> Condition:
    """Only the janitor's own tags, spelled as it spells them."""
    return _of_keys("StringEquals", command.writes, facts)


def _removes(command: Command, facts: Facts) -> Condition:
    """Only the janitor's own tags, however people have spelled them."""
    return _of_keys("StringEqualsIgnoreCase", command.removes, facts)


def _of_keys(operator: str, uses: Iterable[str], facts: Facts) -> Condition:
    # ForAllValues holds for no keys at all, too: Null refuses a call that names none.
    keys = sorted(str(getattr(facts.keys, use)) for use in uses)
    return {f"ForAllValues:{operator}": {"aws:TagKeys": keys}, "Null": {"aws:TagKeys": "false"}}


def bearing(use: str) -> Only:
    """Only what bears this tag of the janitor's. IAM compares the keys of tags in any case."""
    return lambda _, facts: {"Null": {f"aws:ResourceTag/{getattr(facts.keys, use)}": "false"}}


def labelled(key: str) -> Only:
    """Only what bears this label."""
    return lambda _, __: {"Null": {f"aws:ResourceTag/{key}": "false"}}


def both(one: Only, other: Only) -> Only:
    """Only where each of them holds."""

    def condition(command: Command, facts: Facts) -> Condition:
        first, second = one(command, facts), other(command, facts)
        operators = [*first, *(each for each in second if each not in first)]
        return {each: {**first.get(each, {}), **second.get(each, {})} for each in operators}

    return condition


_USUAL = {
    "tag": Scope("Tag", (OWN,), _writes),
    "clear_mark": Scope("Untag", (OWN,), _removes),
    "give_back": Scope("GiveBack", (OWN,)),
    "shut_off": Scope("ShutOff", (OWN,), bearing("discovered")),
    "terminate": Scope("Terminate", (OWN,), bearing("shut_off")),
}
