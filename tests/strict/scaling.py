"""Auto Scaling: members take their time to end, and no group goes while it has any."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.autoscaling.models import autoscaling_backends

from tests.strict import transitions
from tests.strict.rules import rule, settle
from tests.strict.wire import RefusalError, accept
from tests.strict.world import World, now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState

    from tests.strict.wire import Answer, Request
    from tests.strict.world import Exchange

DELETING, ENDING = "Delete in progress", "Terminating"
NO_FORCE, NO_END = "prevent-force-deletion", "prevent-all-deletion"
MOST_NAMES, MOST_ROWS = 50, 100
MOST_TAGS, LONGEST_KEY, LONGEST_VALUE = 50, 128, 256
_ROW = re.compile(r"Tags\.member\.(\d+)\.(\w+)")


class Tag(NamedTuple):
    """One row of a call that writes or removes tags."""

    group: str
    key: str
    value: str


@rule("autoscaling:CreateAutoScalingGroup")
def create(exchange: Exchange) -> Answer:
    """Its deletion protection, which moto does not know."""
    form = exchange.request.form
    answer = exchange.forward(None)
    if answer.good:
        group: Any = _group(exchange)
        group.deletion_protection = form.get("DeletionProtection", "none")
        group.created_time = now().isoformat()
    return answer


@rule("autoscaling:DescribeAutoScalingGroups")
def describe(exchange: Exchange) -> Answer:
    """As many names as fit on a page, and no more than 100 on one."""
    request = exchange.request
    size = int(request.form.get("MaxRecords", MOST_NAMES))
    if not 1 <= size <= MOST_ROWS:
        _refuse(f"The value '{size}' for MaxRecords is out of range: 1 to {MOST_ROWS}")
    if len(request.listed("AutoScalingGroupNames.member")) > max(size, MOST_NAMES):
        _refuse("The number of requested group names is more than MaxRecords")
    return exchange.forward(None)


@rule("autoscaling:UpdateAutoScalingGroup", "autoscaling:SetDesiredCapacity")
def resize(exchange: Exchange) -> Answer:
    """Who has to go passes through Terminating; who is protected or stands by stays."""
    group, form = _living(exchange), exchange.request.form
    _check_sizes(group, form)
    before = list(group.instance_states)
    for state in before:
        transitions.remember_volumes(exchange.world, state.instance)
    aside = [s for s in before if _stays(group, s, form)]
    group.instance_states = [s for s in before if s not in aside]
    answer = exchange.forward(None)
    left = group.instance_states
    group.instance_states = aside + left
    if answer.good and "DeletionProtection" in form:
        group.deletion_protection = form["DeletionProtection"]
    for state in (s for s in before if s not in aside and s not in left):
        _end(exchange.world, group, state)
    return answer


@rule("autoscaling:DeleteAutoScalingGroup")
def delete(exchange: Exchange) -> Answer:
    """With members only by force, and never against its own protection."""
    group = _living(exchange)
    force = exchange.request.form.get("ForceDelete") == "true"
    _check_protection(group, force=force)
    if not force:
        _check_empty(group)
        return exchange.forward(None)
    group.status = DELETING
    group.min_size = group.max_size = group.desired_capacity = 0
    for state in list(group.instance_states):
        transitions.remember_volumes(exchange.world, state.instance)
        if state.instance.state not in {"shutting-down", "terminated"}:
            state.instance.terminate()
            group.instance_states.remove(state)
            _end(exchange.world, group, state)
    return accept(exchange.request, "")


@rule("autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses")
def processes(exchange: Exchange) -> Answer:
    """Of a group that stands."""
    _living(exchange)
    return exchange.forward(None)


@rule("autoscaling:CreateOrUpdateTags")
def tag(exchange: Exchange) -> Answer:
    """All rows of a call are written, or none."""
    for row in rows(exchange.request):
        group = _named(exchange.request, row.group)
        if row.key.lower().startswith("aws:"):
            _refuse("Tag keys starting with 'aws:' are reserved for internal use")
        if not 0 < len(row.key) <= LONGEST_KEY or len(row.value) > LONGEST_VALUE:
            _refuse(f"The tag {row.key[:LONGEST_KEY]!r} is longer than a tag may be")
        own = {each["Key"] for each in group.tags if not each["Key"].startswith("aws:")}
        if len(own | {row.key}) > MOST_TAGS:
            raise RefusalError("LimitExceeded", "You can have up to 50 tags per group")
    return exchange.forward(None)


@rule("autoscaling:DeleteTags")
def untag(exchange: Exchange) -> Answer:
    """A tag that does not stand is no fault; a group that does not stand is one."""
    for row in rows(exchange.request):
        _named(exchange.request, row.group)
    return exchange.forward(None)


@settle
def members_go(_: World) -> None:
    """Whoever has ended is a member no more; a group that was waiting for the last one is gone."""
    for held in _everywhere():
        for group in list(held.autoscaling_groups.values()):
            group.instance_states = [s for s in group.instance_states if not _ended(s)]
            if _status(group) == DELETING and not group.instance_states:
                del held.autoscaling_groups[group.name]


@settle
def schedules_come(world: World) -> None:
    """A scheduled action sets the sizes at its time; one whose process is suspended is missed."""
    for held in _everywhere():
        for name, action in list(held.scheduled_actions.items()):
            group = held.autoscaling_groups.get(action.auto_scaling_group_name)
            at = _instant(action.start_time)
            if group is None or (name, at) in world.schedules_past or now() < at:
                continue
            world.schedules_past.add((name, at))
            if "ScheduledActions" not in _suspended(group):
                group.min_size, group.max_size = action.min_size, action.max_size
                group.set_desired_capacity(action.desired_capacity)


def called(name: str) -> FakeAutoScalingGroup | None:
    """The group of this name, wherever it stands."""
    found = (held.autoscaling_groups.get(name) for held in _everywhere())
    return next(filter(None, found), None)


def tags_of(group: FakeAutoScalingGroup) -> dict[str, str]:
    """Its tags."""
    return {each["Key"]: each["Value"] for each in group.tags}


def write(client: Any, name: str, tags: Mapping[str, str]) -> None:
    """Write tags as a person does, for its members too."""
    whose = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    rows = [whose | {"Key": key, "Value": value} for key, value in tags.items()]
    client.create_or_update_tags(Tags=rows)


def remove(client: Any, name: str, keys: Sequence[str]) -> None:
    """Delete tags."""
    whose = {"ResourceId": name, "ResourceType": "auto-scaling-group"}
    client.delete_tags(Tags=[whose | {"Key": key} for key in keys])


def _everywhere() -> Iterator[AutoScalingBackend]:
    for regions in list(autoscaling_backends.values()):
        yield from list(regions.values())


def _named(request: Request, name: str) -> FakeAutoScalingGroup:
    held = autoscaling_backends[request.account][request.region].autoscaling_groups
    if name not in held:
        _refuse(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return held[name]


def _group(exchange: Exchange) -> FakeAutoScalingGroup:
    return _named(exchange.request, exchange.request.form["AutoScalingGroupName"])


def _living(exchange: Exchange) -> Any:
    group = _group(exchange)
    if _status(group) == DELETING:
        message = "You cannot change an AutoScalingGroup which is pending delete."
        raise RefusalError("ScalingActivityInProgress", message)
    return group


def _status(group: FakeAutoScalingGroup) -> str | None:
    return getattr(group, "status", None)


def _check_sizes(group: Any, form: Mapping[str, str]) -> None:
    least = int(form.get("MinSize", group.min_size))
    most = int(form.get("MaxSize", group.max_size))
    wanted = int(form.get("DesiredCapacity", group.desired_capacity))
    if least > most:
        _refuse("Max bound must be greater than or equal to min bound")
    if "DesiredCapacity" in form and not least <= wanted <= most:
        what = f"Desired capacity:{wanted} must be between the specified"
        _refuse(f"{what} min size:{least} and max size:{most}")


def _check_protection(group: Any, *, force: bool) -> None:
    level = group.deletion_protection
    if level == NO_END or (force and level == NO_FORCE):
        _refuse(f"The deletion protection of the group is {level}: it cannot be deleted")


def _check_empty(group: FakeAutoScalingGroup) -> None:
    if any(state.lifecycle_state != ENDING for state in group.instance_states) or group.warm_pool:
        what = "You cannot delete an AutoScalingGroup while there are instances"
        message = f"{what} or pending Spot instance request(s) still in the group."
        raise RefusalError("ResourceInUse", message)
    if group.instance_states:
        what = "You cannot delete an AutoScalingGroup while there are scaling activities"
        raise RefusalError("ScalingActivityInProgress", f"{what} in progress for that group.")


def _stays(group: Any, state: InstanceState, form: Mapping[str, str]) -> bool:
    """Whether no scale-in takes this member."""
    shrinks = int(form.get("DesiredCapacity", group.desired_capacity)) == 0
    held = shrinks and "Terminate" in _suspended(group)
    protected = shrinks and bool(state.protected_from_scale_in)
    return held or protected or state.lifecycle_state != "InService"


def _suspended(group: FakeAutoScalingGroup) -> set[str]:
    return {each["ProcessName"] for each in group.suspended_processes}


def _end(world: World, group: Any, state: Any) -> None:
    state.lifecycle_state = ENDING
    group.instance_states.append(state)
    transitions.begin(world, state.instance, "terminated")


def _ended(state: InstanceState) -> bool:
    return state.lifecycle_state == ENDING and state.instance.state == "terminated"


def rows(request: Request) -> list[Tag]:
    """The tags that a call writes or removes; of any other call none."""
    found: dict[int, dict[str, str]] = {}
    for key, value in request.form.items():
        if match := _ROW.fullmatch(key):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [Tag(r["ResourceId"], r["Key"], r.get("Value", "")) for r in found.values()]


def _instant(given: Any) -> datetime:
    at = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _refuse(message: str) -> None:
    raise RefusalError("ValidationError", message)
