"""Instances: what AWS refuses to start, stop and terminate, and what each of these does besides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moto.core.utils import utcnow

from tests.strict import backend, spot, transitions
from tests.strict.rules import check, rule
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
_NAMES_ONE = re.compile(r"(InstanceSpecification\.)?InstanceId(\.\d+)?")
_LAUNCHED = re.compile(r"<instanceId>(i-[0-9a-f]+)</instanceId>")
ENDING = {"shutting-down", "terminated"}


@check
def every_id_exists(exchange: Exchange) -> None:
    """One id that is wrong or unknown refuses the whole call."""
    request = exchange.request
    if request.service != "ec2":
        return
    ids = [value for key, value in request.form.items() if _NAMES_ONE.fullmatch(key)]
    for wrong in (i for i in ids if not _ID.fullmatch(i)):
        raise RefusalError("InvalidInstanceID.Malformed", f'Invalid id: "{wrong}"')
    unknown = [i for i in ids if backend.instance(backend.ec2(request), i) is None]
    if unknown:
        some = f"IDs '{', '.join(unknown)}' do" if unknown[1:] else f"ID '{unknown[0]}' does"
        raise RefusalError("InvalidInstanceID.NotFound", f"The instance {some} not exist")


@rule("ec2:DescribeInstances")
def describe(exchange: Exchange) -> Answer:
    """Show them, and let those on the way know that they were looked at."""
    answer = exchange.forward(None)
    if answer.good and not exchange.request.by_person and "NextToken" not in exchange.request.form:
        transitions.look(exchange.world, exchange.request.region)
    return answer


@rule("ec2:RunInstances")
def run(exchange: Exchange) -> Answer:
    """Launch, and honour what moto ignores: protection, the kind of spot request."""
    answer = exchange.forward(None)
    for instance in _launched(exchange, answer):
        if exchange.request.form.get("DisableApiTermination") == "true":
            instance.disable_api_termination = True
        if instance.lifecycle == "spot":
            spot.record(exchange, instance)
    return answer


@rule("ec2:StopInstances")
def stop(exchange: Exchange) -> Answer:
    """All of them or none; each passes through `stopping`."""
    named = _named(exchange)
    for instance in named:
        _refuse_stop(instance)
    on = [i for i in named if i.state in {"pending", "running"}]
    moving = [i for i in named if i.state == "stopping"]
    answer = exchange.forward(None)
    for instance in on:
        transitions.begin(exchange.world, instance, "stopped")
        spot.note(instance, "disabled")
    for instance in moving:  # moto has called it stopped
        transitions.begin(exchange.world, instance, "stopped")
    return answer


@rule("ec2:StartInstances")
def start(exchange: Exchange) -> Answer:
    """LaunchTime is the time of the last start; what was attached keeps its time."""
    named = _named(exchange)
    for instance in named:
        if instance.state in ENDING | {"stopping"}:
            _refuse_state(instance, "started")
    off = [i for i in named if i.state == "stopped"]
    answer = exchange.forward(None)
    for instance in off:
        instance.launch_time = utcnow()
        spot.note(instance, "active")
    return answer


@rule("ec2:TerminateInstances")
def terminate(exchange: Exchange) -> Answer:
    """A protected one keeps its whole availability zone; the other zones of the call go."""
    named = _named(exchange)
    protected = [i for i in named if _is_kept(i)]
    kept_zones = {i.availability_zone for i in protected}
    going = [i for i in named if i.availability_zone not in kept_zones]
    alive = [i for i in going if i.state not in ENDING]
    for instance in alive:
        transitions.remember_volumes(exchange.world, instance)
    answer = _forward_only(exchange, going)
    for instance in alive:
        transitions.begin(exchange.world, instance, "terminated")
    for instance in alive:
        spot.relaunch(instance)
    if protected:
        _refuse_terminate(protected[0])
    assert answer is not None
    return answer


@rule("ec2:ModifyInstanceAttribute")
def modify(exchange: Exchange) -> Answer:
    """A spot instance cannot be protected."""
    form = exchange.request.form
    if form.get("DisableApiTermination.Value") or form.get("Attribute") == "disableApiTermination":
        for instance in _named(exchange):
            if instance.lifecycle == "spot":
                message = "Modifying 'disableApiTermination' is not supported for spot instances."
                raise RefusalError("UnsupportedOperation", message)
    return exchange.forward(None)


def _named(exchange: Exchange) -> list[Instance]:
    request = exchange.request
    ids = request.listed("InstanceId") or [request.form["InstanceId"]]
    found = [backend.instance(backend.ec2(request), i) for i in dict.fromkeys(ids)]
    return [instance for instance in found if instance]


def _launched(exchange: Exchange, answer: Answer) -> list[Instance]:
    ids = _LAUNCHED.findall(answer.text) if answer.good else []
    found = [backend.instance(backend.ec2(exchange.request), i) for i in ids]
    return [instance for instance in found if instance]


def _forward_only(exchange: Exchange, going: Iterable[Instance]) -> Answer | None:
    ids = {f"InstanceId.{n}": instance.id for n, instance in enumerate(going, 1)}
    return exchange.forward(exchange.request.without("InstanceId") | ids) if ids else None


def _is_kept(instance: Instance) -> bool:
    protected = bool(instance.disable_api_termination or instance.disable_api_stop)
    return protected and instance.state not in ENDING


def _refuse_stop(instance: Instance) -> None:
    if instance.state in ENDING | {"pending"}:
        _refuse_state(instance, "stopped")
    if instance.root_device_type != "ebs":
        message = f"The instance '{instance.id}' does not have an 'ebs' root device type"
        raise RefusalError("UnsupportedOperation", f"{message} and cannot be stopped")
    if instance.lifecycle == "spot" and not spot.is_persistent(instance):
        one_time = "because it is associated with a one-time Spot Instance request."
        persistent = "You can only stop Spot Instances associated with persistent Spot Instance"
        message = f"You can't stop the Spot Instance '{instance.id}' {one_time}"
        raise RefusalError("UnsupportedOperation", f"{message} {persistent} requests.")
    if instance.disable_api_stop:
        _refuse_kept(instance, "stopped", "disableApiStop")


def _refuse_terminate(instance: Instance) -> None:
    by_termination = bool(instance.disable_api_termination)
    attribute = "disableApiTermination" if by_termination else "disableApiStop"
    _refuse_kept(instance, "terminated", attribute)


def _refuse_kept(instance: Instance, what: str, attribute: str) -> None:
    message = f"The instance '{instance.id}' may not be {what}."
    cure = f"Modify its '{attribute}' instance attribute and try again."
    raise RefusalError("OperationNotPermitted", f"{message} {cure}")


def _refuse_state(instance: Instance, what: str) -> None:
    message = f"This instance '{instance.id}' is not in a state from which it can be {what}."
    raise RefusalError("IncorrectInstanceState", message)
