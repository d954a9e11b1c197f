"""The least IAM policy of each command: which actions, on what, under which conditions. Pure.

The actions are those that each kind declares beside its functions; permission_scopes.py and the
kind's own scopes narrow them down. Every statement allows and none denies, so a policy can be
added to others without harm.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.ledger_s3 import PLACES
from cs_aws_janitor.resources.permission_scopes import (
    ANY,
    Command,
    Discovery,
    Facts,
    arns,
    scopes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.permission_scopes import Condition

__all__ = ["COMMANDS", "INLINE", "MANAGED", "Discovery", "Facts", "document", "length", "parts"]

# Characters, as IAM counts: without white space. Of a managed policy, of which a role may have
# ten, and of the inline policies of a role together.
MANAGED, INLINE = 6144, 10240
READ, APPEND, LOCK = "read", "append", "lock"


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement in the making; `condition` in JSON, so that two can be told equal."""

    sid: str
    actions: frozenset[str]
    resources: tuple[str, ...]
    condition: str = "{}"


# Whatever the name says: only a role of the organisation that the caller belongs to.
_OF_THE_ORGANISATION = {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
_PARENTS = ("ou/o-*/ou-*", "root/o-*/r-*")
LOOK = ("discover", "examine")
BEFORE = "before_shut_off"
COMMANDS = {
    "plan": Command(LOOK, ledger=(READ,)),
    "run": Command(
        (*LOOK, "tag", "clear_mark", BEFORE, "shut_off", "back_up", "terminate"),
        writes=("discovered", "expiration", "shut_off", "note"),
        removes=("shut_off", "note"),
        ledger=(READ, APPEND, LOCK),
        confirms=True,
    ),
    "extend": Command(
        ("discover", "tag", "clear_mark", "give_back"),
        writes=("discovered", "expiration", "note"),
        removes=("expiration", "shut_off"),
        ledger=(READ, APPEND),
    ),
    "keep": Command(
        ("discover", "tag", "clear_mark", "protect", "give_back"),
        writes=("permanent", "note"),
        removes=("permanent", "shut_off"),
        ledger=(READ, APPEND),
    ),
    "restore": Command(("restore", "give_back"), ledger=(READ, APPEND, LOCK), confirms=True),
    "prices": Command((), asks=("pricing:GetProducts",)),
}


def document(kinds: Iterable[Kind], command: str, facts: Facts) -> dict[str, Any]:
    """The policy for `command`, ready for IAM.

    Where the ids of many accounts would make it too long for IAM it names none: AWS lets nobody
    act on the EC2 resources of another account anyway.
    """
    kinds = list(kinds)
    made = _document(kinds, COMMANDS[command], facts)
    if length(made) > INLINE:
        made = _document(kinds, COMMANDS[command], replace(facts, accounts=(), locks=()))
    return made


def parts(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The policy `made` as several that say the same, each short enough for a managed one."""
    held: list[list[Any]] = [[]]
    for statement in (short for long in made["Statement"] for short in _short(made, long)):
        if held[-1] and length({**made, "Statement": [*held[-1], statement]}) > MANAGED:
            held.append([])
        held[-1].append(statement)
    return [{**made, "Statement": statements} for statements in held]


def _short(made: Mapping[str, Any], statement: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """`statement`; or several on fewer resources each, where it is too long by itself."""
    on, short = statement["Resource"], [statement]
    for size in (ceil(len(on) / pieces) for pieces in range(2, len(on) + 1)):
        if all(length({**made, "Statement": [each]}) <= MANAGED for each in short):
            break
        some = (on[at : at + size] for at in range(0, len(on), size))
        short = [
            {**statement, "Sid": f"{statement['Sid']}Part{number}", "Resource": each}
            for number, each in enumerate(some, 1)
        ]
    return short


def length(made: Mapping[str, Any]) -> int:
    """The characters of a policy that count against IAM's limit."""
    return len(json.dumps(made, separators=(",", ":")))


def _document(kinds: Sequence[Kind], command: Command, facts: Facts) -> dict[str, Any]:
    grants = list(_asking(kinds, command, facts))
    for kind in kinds:
        grants += _of_kind(kind, command, facts)
    if facts.creators and "terminate" in command.duties and any(k.created_by for k in kinds):
        grants.append(_grant("Look", ["cloudtrail:LookupEvents"], [ANY], _in_regions({}, facts)))
    if facts.caller and "terminate" in command.duties:
        grants += _notices(facts)
    if facts.caller and facts.ledger:
        grants += _ledger(command.ledger, facts, *facts.ledger)
    return {"Version": "2012-10-17", "Statement": [*_statements(_merged(grants))]}


def _asking(kinds: Sequence[Kind], command: Command, facts: Facts) -> Iterator[Grant]:
    """What every command asks beside its kinds: who am I, and where is there to look."""
    if facts.caller:
        # It needs no permission. It is named so that the policy tells of every call there is.
        yield _grant("Begin", ["sts:GetCallerIdentity"], [ANY])
    if facts.caller and facts.roles:
        yield _grant("AssumeRoles", ["sts:AssumeRole"], facts.roles)
    if facts.caller and facts.discovery:
        parents = [f"arn:{facts.partition}:organizations::*:{each}" for each in _PARENTS]
        on = parents if facts.discovery.by_units else [ANY]
        yield _grant("Discover", facts.discovery.actions, on)
        role = [facts.discovery.role]
        yield _grant("AssumeRoles", ["sts:AssumeRole"], role, _OF_THE_ORGANISATION)
    if kinds and command.confirms:
        yield _grant("Begin", ["iam:ListAccountAliases"], [ANY])
    if kinds and facts.caller and command.asks:
        yield _grant("Look", command.asks, [ANY])  # in the few regions that answer it
    if kinds and not facts.regions:
        yield _grant("Look", ["ec2:DescribeRegions"], [ANY])


def _of_kind(kind: Kind, command: Command, facts: Facts) -> Iterator[Grant]:
    for duty in (duty for duty in command.duties if duty != BEFORE or facts.group_image):
        for action in sorted(kind.permissions.get(duty, ())):
            for scope in scopes(kind, duty, action, facts):
                condition = scope.only(command, facts)
                if not action.startswith("iam:"):  # which is asked in no region of ours
                    condition = _in_regions(condition, facts)
                yield _grant(scope.sid, [action], arns(scope, kind, facts), condition)


def _notices(facts: Facts) -> Iterator[Grant]:
    """By what owners are told."""
    if facts.topic:
        yield _grant("Publish", ["sns:Publish"], [facts.topic])
    if facts.sender:
        # Verified may be the address or its domain; in SES's sandbox the recipient counts, too.
        identities = f"arn:{facts.partition}:ses:{facts.sender_region or ANY}:*:identity/*"
        condition = {"StringEquals": {"ses:FromAddress": facts.sender}}
        yield _grant("Mail", ["ses:SendEmail"], [identities], condition)


def _ledger(uses: Sequence[str], facts: Facts, bucket: str, prefix: str) -> Iterator[Grant]:
    """Exactly the ledger's own objects, and the locks beside them (ledger_s3.py, lease_s3.py)."""
    root, folder = f"arn:{facts.partition}:s3:::{bucket}", f"{prefix}/" if prefix else ""
    entries = [f"{root}/{literally(folder)}*.jsonl"]
    if READ in uses:
        # S3 says "there is no such lock" only to those who may list; that asks for no prefix.
        within = bool(folder) and LOCK not in uses
        folders = [_no_variable(each) for each in (folder, f"{folder}{PLACES}/")]
        condition = {"StringEquals": {"s3:prefix": folders}} if within else {}
        yield _grant("ListLedger", ["s3:ListBucket"], [root], condition)
        yield _grant("Ledger", ["s3:GetObject"], entries)
    if APPEND in uses:
        # Reading tells whether a write that was repeated had come through the first time.
        yield _grant("Ledger", ["s3:GetObject", "s3:PutObject"], entries)
    if LOCK in uses:
        of = [f"{root}/{literally(folder)}locks/{account}" for account in facts.locks or (ANY,)]
        locks = [*of, *(f"{each}/*" for each in of)]  # of an account, and of its regions
        yield _grant("Ledger", ["s3:GetObject", "s3:PutObject"], locks)


def _no_variable(text: str) -> str:
    return text.replace("${", "${$}{")


def literally(text: str) -> str:
    """`text` in an ARN, where these three characters have a meaning of their own."""
    return "".join(f"${{{sign}}}" if sign in "$*?" else sign for sign in text)


def _in_regions(condition: Condition, facts: Facts) -> Condition:
    if not facts.regions:
        return condition
    equals = {"aws:RequestedRegion": sorted(facts.regions), **condition.get("StringEquals", {})}
    return {**condition, "StringEquals": equals}


def _grant(
    sid: str, actions: Iterable[str], resources: Iterable[str], condition: Condition | None = None
) -> Grant:
    text = json.dumps(condition or {}, sort_keys=True)
    return Grant(sid, frozenset(actions), tuple(sorted(set(resources))), text)


def _merged(grants: Iterable[Grant]) -> list[Grant]:
    """The same with fewer statements: one for the actions, then the resources, that go together."""
    actions: dict[tuple[str, tuple[str, ...], str], set[str]] = defaultdict(set)
    for grant in grants:
        actions[grant.sid, grant.resources, grant.condition] |= grant.actions
    resources: dict[tuple[str, frozenset[str], str], set[str]] = defaultdict(set)
    for (sid, on, condition), together in actions.items():
        resources[sid, frozenset(together), condition] |= set(on)
    grown = [Grant(sid, a, tuple(sorted(on)), c) for (sid, a, c), on in resources.items()]
    return _joined(grown)


def _joined(grants: Iterable[Grant]) -> list[Grant]:
    """One statement for what is allowed alike: no action is ever on what stands there for another.

    Only those that write tags are on anything of their service, and keep to themselves there.
    """
    joined: list[Grant] = []
    for grant in grants:
        for at, other in enumerate(joined):
            alike = (grant.sid, grant.condition) == (other.sid, other.condition)
            anywhere = ANY in (*grant.resources, *other.resources)
            if alike and not anywhere and _is_safe_beside(grant, other):
                on = tuple(sorted({*grant.resources, *other.resources}))
                joined[at] = replace(grant, actions=grant.actions | other.actions, resources=on)
                break
        else:
            joined.append(grant)
    return joined


def _is_safe_beside(grant: Grant, other: Grant) -> bool:
    """Whether no action of one could be on a resource of the other."""
    apart = _services(grant).isdisjoint(_services(other))
    return apart or not any("Tag" in action for action in grant.actions | other.actions)


def _services(grant: Grant) -> set[str]:
    """The services of its actions and of its ARNs."""
    on = {arn.split(":")[2] for arn in grant.resources}
    return on | {action.partition(":")[0] for action in grant.actions}


def _statements(grants: Iterable[Grant]) -> Iterator[dict[str, Any]]:
    taken: dict[str, int] = defaultdict(int)
    for grant in grants:
        taken[grant.sid] += 1
        number = taken[grant.sid]
        statement = {
            "Sid": grant.sid if number == 1 else f"{grant.sid}{number}",
            "Effect": "Allow",
            "Action": sorted(grant.actions),
            "Resource": list(grant.resources),
        }
        if condition := json.loads(grant.condition):
            statement["Condition"] = condition
        yield statement
