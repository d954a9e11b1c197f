"""Where and when each action is allowed: its resource types and its conditions. Pure.

Source: AWS's service authorization reference, and the order of steps in aws-lifecycle.md: nothing
is stopped before it bears Discovered, nothing is backed up or terminated before it bears ShutOff.
(Expiration would not do: a person may delete it, and the day of discovery counts on.)

A call that touches several types of resources is allowed where each of them is. Where only one of
them can tell by its tags there are two statements. Both name all types, as the action asks for
them; the one holds for what bears the tag, the other for all that is no instance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.policy import TagKeys
from cs_aws_janitor.resources.restore_plan import RESTORED_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Condition = dict[str, dict[str, Any]]
    Only = Callable[["Command", "Facts"], Condition]

ANY = "*"
OWN = "own"  # the resource type that the kind is about
MADE = "made"  # the resource type of a backup, which is called as its form is

# The resource type of each kind. The ARN of a type is `_ARN`, unless it is told here: images and
# snapshots name no account in theirs.
TYPES = {"ec2_instance": "instance"}
_ARN = "ec2:*:{account}:{type}/*"
_ARNS = {
    "image": "ec2:*::image/*",
    "instance-profile": "iam::{account}:instance-profile/*",
    "role": "iam::{account}:role/*",
    "snapshot": "ec2:*::snapshot/*",
}
# What only one form of backup asks for, when it is looked up and when it is made. (An image is
# looked up together with its snapshots.)
_FORMS = {
    "ec2:CreateImage": "image",
    "ec2:CreateSnapshots": "snapshot",
    "ec2:DescribeImages": "image",
}
_FORMED = {"examine", "back_up"}


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
    `ledger` is its bucket and prefix, where it is kept in S3; `form` that of backups.
    """

    keys: TagKeys = field(default_factory=TagKeys)
    form: str = "snapshot"
    partition: str = "aws"
    accounts: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    discovery: Discovery | None = None
    ledger: tuple[str, str] | None = None
    caller: bool = True


@dataclass(frozen=True, slots=True)
class Command:
    """What a command asks of AWS: duties of its kinds, and tags and ledger as acts.py uses them.

    `writes` and `removes` name tags by their use; `confirms`: it asks a person for the alias.
    """

    duties: tuple[str, ...]
    writes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """One statement for an action: its name, the resource types it is on, and what must hold.

    No types: the action knows none.
    """

    sid: str
    on: tuple[str, ...] = ()
    only: Only = lambda _command, _facts: {}


def scopes(duty: str, action: str) -> tuple[Scope, ...]:
    """The statements for `action` when a command has this duty."""
    if (duty, action) in _SPECIAL:
        return _SPECIAL[duty, action]
    if action in _READS_ONE:
        return (Scope("LookCloser", (OWN,)),)
    if action.partition(":")[2].startswith(("Describe", "Get", "List")):
        return (Scope("Look"),)
    return (_USUAL[duty],)


def wanted(duty: str, action: str, facts: Facts) -> bool:
    """Whether the form of backups in the settings asks for it."""
    return duty not in _FORMED or _FORMS.get(action, facts.form) == facts.form


def arns(scope: Scope, kind: str, facts: Facts) -> list[str]:
    """What `scope` is on, for a kind."""
    meant = {OWN: TYPES[kind], MADE: facts.form}
    types = [meant.get(each, each) for each in scope.on]
    return [
        f"arn:{facts.partition}:{_ARNS.get(each, _ARN).format(account=account, type=each)}"
        for each in types
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


def _bearing(use: str) -> Only:
    """Only what bears this tag of the janitor's. IAM compares the keys of tags in any case."""
    return lambda _, facts: {"Null": {f"aws:ResourceTag/{getattr(facts.keys, use)}": "false"}}


def _labelled(key: str) -> Only:
    """Only what bears this label."""
    return lambda _, __: {"Null": {f"aws:ResourceTag/{key}": "false"}}


def _given(key: str, born: str | None = None) -> Only:
    """Only what gets this label from its first moment on; `born`: tags only while this makes it."""
    action: Condition = {"StringEquals": {"ec2:CreateAction": born}} if born else {}
    return lambda _, __: {**action, "Null": {f"aws:RequestTag/{key}": "false"}}


def _not_an_instance(_: Command, __: Facts) -> Condition:
    """Only the other resources of a call: an instance alone has an instance type."""
    return {"Null": {"ec2:InstanceType": "true"}}


def _backed_up(_: Command, facts: Facts) -> Condition:
    """Only backups while they are being made."""
    made = "CreateImage" if facts.form == "image" else "CreateSnapshots"
    return _given(SOURCE, made)(_, facts)


def _termination_protection(_: Command, __: Facts) -> Condition:
    """Only this one of all attributes; AWS spells it as the parameter that sets it."""
    return {"StringEqualsIgnoreCase": {"ec2:Attribute": "DisableApiTermination"}}


def _passed_to_ec2(_: Command, facts: Facts) -> Condition:
    """Only to instances, as part of their profile."""
    services = ["ec2.amazonaws.com"]
    services += ["ec2.amazonaws.com.cn"] if facts.partition == "aws-cn" else []
    return {"StringEquals": {"iam:PassedToService": services}}


_USUAL = {
    "tag": Scope("Tag", (OWN,), _writes),
    "clear_mark": Scope("Untag", (OWN,), _removes),
    "shut_off": Scope("ShutOff", (OWN,), _bearing("discovered")),
    "terminate": Scope("Terminate", (OWN,), _bearing("shut_off")),
}
_INTO_SNAPSHOTS = (OWN, "snapshot", "volume")
_INTO_AN_IMAGE = ("image", OWN, "snapshot")
_LAUNCH = (
    *("image", "instance", "key-pair", "network-interface"),
    *("security-group", "snapshot", "subnet", "volume"),
)
_SPECIAL = {
    ("back_up", "ec2:CreateSnapshots"): (
        Scope("BackUp", _INTO_SNAPSHOTS, _bearing("shut_off")),
        Scope("BackUpInto", _INTO_SNAPSHOTS, _not_an_instance),
    ),
    ("back_up", "ec2:CreateImage"): (
        Scope("BackUp", _INTO_AN_IMAGE, _bearing("shut_off")),
        Scope("BackUpInto", _INTO_AN_IMAGE, _not_an_instance),
    ),
    ("back_up", "ec2:CreateTags"): (Scope("LabelBackups", (MADE,), _backed_up),),
    ("terminate", "ec2:CancelSpotInstanceRequests"): (
        Scope("CancelSpot", ("spot-instances-request",)),
    ),
    ("protect", "ec2:ModifyInstanceAttribute"): (
        Scope("Protect", (OWN,), _termination_protection),
    ),
    ("restore", "ec2:RegisterImage"): (
        Scope("Register", ("image",), _given(RESTORED_FROM)),
        Scope("RegisterFrom", ("image", "snapshot"), _labelled(SOURCE)),
    ),
    ("restore", "ec2:DeregisterImage"): (Scope("Tidy", ("image",), _labelled(RESTORED_FROM)),),
    ("restore", "ec2:RunInstances"): (
        Scope("Launch", _LAUNCH, _given(RESTORED_FROM)),
        Scope("LaunchFrom", _LAUNCH, _not_an_instance),
    ),
    ("restore", "ec2:CreateTags"): (
        Scope("LabelImage", ("image",), _given(RESTORED_FROM, "RegisterImage")),
        Scope("LabelRestored", ("instance", "volume"), _given(RESTORED_FROM, "RunInstances")),
        Scope("TagRestored", ("volume",), _labelled(RESTORED_FROM)),
    ),
    ("restore", "iam:GetInstanceProfile"): (Scope("LookAtProfiles", ("instance-profile",)),),
    ("restore", "iam:PassRole"): (Scope("GiveProfile", ("role",), _passed_to_ec2),),
}
# Nothing tells one attribute from another here: whoever may read protection may read user data.
_READS_ONE = {"ec2:DescribeInstanceAttribute"}
