"""Spot: a one-time request ends with its instance, a persistent one launches it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.ec2.models.spot_requests import SpotInstanceRequest
from moto.ec2.utils import random_spot_request_id

from tests.strict import backend, transitions
from tests.strict.rules import rule
from tests.strict.wire import RefusalError, accept

if TYPE_CHECKING:
    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

TYPE = "InstanceMarketOptions.SpotOptions.SpotInstanceType"
LIVING = {"open", "active", "disabled"}


class SpotRequest(SpotInstanceRequest):
    """A request that belongs to an instance which was launched already."""

    def __init__(self, instance: Instance, spot_type: str) -> None:
        self._given = instance
        self._created = utcnow()
        self.launch_tags = dict(transitions.tags_of(instance))
        self.id = random_spot_request_id()
        super().__init__(
            ec2_backend=instance.ec2_backend,
            spot_request_id=self.id,
            price="",
            image_id=instance.image_id,
            spot_instance_type=spot_type,
            valid_from=None,
            valid_until=None,
            launch_group=None,
            availability_zone_group=None,
            key_name=instance.key_name or "",
            security_groups=[],
            user_data=None,
            instance_type=instance.instance_type,
            placement=None,
            kernel_id=None,
            ramdisk_id=None,
            monitoring_enabled=False,
            subnet_id=instance.subnet_id or "",
            tags={},
            spot_fleet_id=None,
            instance_interruption_behaviour=None,
        )

    @property
    def create_time(self) -> Any:
        """When it was made; moto says 2015."""
        return self._created

    def launch_instance(self) -> Instance:
        """The instance that is there."""
        return self._given

    def launch_again(self) -> Instance:
        """Another one of the same kind."""
        tags = {"instance": _given_by_people(self.launch_tags)}
        reservation = self.ec2_backend.run_instances(
            self._given.image_id,
            1,
            self._given.user_data,
            [],
            instance_type=self._given.instance_type,
            is_instance_type_default=False,
            subnet_id=self._given.subnet_id,
            tags=tags,
            lifecycle="spot",
        )
        self._given = self.instance = reservation.instances[0]
        return self._given


def record(exchange: Exchange, instance: Instance) -> None:
    """Keep the request of an instance that RunInstances has launched as spot."""
    request = SpotRequest(instance, exchange.request.form.get(TYPE, "one-time"))
    _belong(instance, request)


def is_persistent(instance: Instance) -> bool:
    """Whether its request launches it anew."""
    request = _of(instance)
    return request is not None and request.type == "persistent"


def note(instance: Instance, state: str) -> None:
    """A persistent request is disabled while its instance is stopped."""
    request = _of(instance)
    if request is not None and request.state in LIVING:
        request.state = state


def relaunch(instance: Instance) -> None:
    """A persistent request whose instance has ended launches another; a one-time one closes."""
    request = _of(instance)
    if request is None or request.state not in LIVING:
        return
    if isinstance(request, SpotRequest) and request.type == "persistent":
        fresh = request.launch_again()
        request.state = "active"
        _belong(fresh, request)
    else:
        request.state = "closed"


@rule("ec2:RequestSpotInstances")
def request_instances(exchange: Exchange) -> Answer:
    """The instances know their request, and it launches them anew where it is persistent."""
    held = backend.ec2(exchange.request)
    before = set(held.spot_instance_requests)
    answer = exchange.forward(None)
    for made in [r for i, r in held.spot_instance_requests.items() if i not in before]:
        request = SpotRequest(made.instance, made.type)
        request.id = made.id
        _belong(made.instance, request)
    return answer


@rule("ec2:DescribeSpotInstanceRequests")
def describe(exchange: Exchange) -> Answer:
    """One unknown id refuses the whole call."""
    _named(exchange)
    return exchange.forward(None)


@rule("ec2:CancelSpotInstanceRequests")
def cancel(exchange: Exchange) -> Answer:
    """A cancelled request is still shown, and leaves its instance as it is."""
    items = ""
    for request in _named(exchange):
        request.state = "cancelled"
        inside = f"<spotInstanceRequestId>{request.id}</spotInstanceRequestId>"
        items += f"<item>{inside}<state>cancelled</state></item>"
    inside = f"<spotInstanceRequestSet>{items}</spotInstanceRequestSet>"
    return accept(exchange.request, inside)


def _belong(instance: Instance, request: SpotRequest) -> None:
    vars(instance)["spot_instance_request_id"] = request.id  # moto shows what it finds by name
    instance.ec2_backend.spot_instance_requests[request.id] = request


def _of(instance: Instance) -> SpotInstanceRequest | None:
    wanted = vars(instance).get("spot_instance_request_id")
    found: SpotInstanceRequest | None = instance.ec2_backend.spot_instance_requests.get(wanted)
    return found


def _named(exchange: Exchange) -> list[SpotInstanceRequest]:
    held = backend.ec2(exchange.request).spot_instance_requests
    ids = exchange.request.listed("SpotInstanceRequestId")
    for unknown in (i for i in ids if i not in held):
        message = f"The spot instance request ID '{unknown}' does not exist"
        raise RefusalError("InvalidSpotInstanceRequestID.NotFound", message)
    return [held[i] for i in ids]


def _given_by_people(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}
