"""What is true of an instance, read off the account itself and by nobody else's code.

The laws judge by this and not by what the janitor believes, so nothing here imports the janitor.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tests.strict import backend, spot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_block_store import Snapshot
    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Request

LIVING = {"pending", "running", "stopping", "stopped"}
FAILED = {"error", "failed"}
LABEL = "JanitorShutOff"  # on a backup: the ShutOff that it was made for
_FORMS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%B-%Y", "%Y/%m/%d")
_TWO_READINGS = ("%d/%m/%Y", "%m/%d/%Y")
_OWNED_BY = (
    "aws:autoscaling:groupName",
    "aws:ecs:clusterName",
    "aws:eks:cluster-name",
    "eks:nodegroup-name",
    "karpenter.sh/nodepool",
    "elasticbeanstalk:environment-name",
    "aws:elasticmapreduce:job-flow-id",
    "AWSBatchServiceTag",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings of the janitor under watch ask for. Times without a zone are in UTC."""

    expire_after: timedelta = timedelta(days=14)
    terminate_after: timedelta = timedelta(days=7)
    backup_as: Literal["snapshot", "image"] = "snapshot"
    backup_when: Literal["always", "stopped"] = "always"
    when_impossible: Literal["hold", "terminate"] = "hold"


@dataclass(frozen=True, slots=True)
class Truth:
    """One instance as it is at this moment."""

    id: str
    instance: Instance
    tags: Mapping[str, str]
    volumes: tuple[str, ...]
    held: EC2Backend = field(repr=False)

    @property
    def name(self) -> str:
        """Its Name, empty where it has none."""
        return next(iter(self.values("Name")), "")

    @property
    def state(self) -> str:
        """Its state as AWS has it."""
        return str(self.instance.state)

    @property
    def protected(self) -> bool:
        """Whether it has termination protection."""
        return bool(self.instance.disable_api_termination)

    @property
    def owned(self) -> bool:
        """Whether something in AWS replaces or owns it."""
        return any(self.tags.get(key) for key in _OWNED_BY)

    @property
    def on_store(self) -> bool:
        """Whether its root is an instance store."""
        return bool(self.instance.root_device_type != "ebs")

    @property
    def is_spot(self) -> bool:
        """Whether it is a spot instance."""
        return bool(self.instance.lifecycle == "spot")

    @property
    def can_stop(self) -> bool:
        """Whether AWS stops one of this sort at all."""
        one_time = self.is_spot and not spot.is_persistent(self.instance)
        return not (self.on_store or one_time)

    @property
    def born(self) -> datetime:
        """When its first disk was attached; where it has none, its last start."""
        devices = self.instance.block_device_mapping.values()
        attached = [device.attach_time for device in devices if device.attach_time]
        return min(_aware(at) for at in [*attached, self.instance.launch_time])

    def values(self, key: str) -> list[str]:
        """What stands under `key`, in whatever spelling of it: the canonical one's first."""
        found = [(k, v.strip()) for k, v in self.tags.items() if k.strip().lower() == key.lower()]
        return [value for _, value in sorted(found, key=lambda pair: (pair[0] != key, pair[0]))]

    def expires(self, terms: Terms) -> datetime | None:
        """Its Expiration: the latest of all; counted from Discovered where there is none."""
        typed = self.values("Expiration")
        if typed:
            read = [when(text) for text in typed]
            known = [at for at in read if at]
            return max(known) if len(known) == len(read) else None
        found = when(next(iter(self.values("Discovered")), ""))
        return found + terms.expire_after if found else None

    @property
    def shut_off(self) -> datetime | None:
        """When its mark says that it was shut off."""
        return when(next(iter(self.values("ShutOff")), ""))

    def backups(self, volume: str, since: datetime) -> list[Snapshot]:
        """The snapshots of one of its volumes that are newer than `since`."""
        return [
            snapshot
            for snapshot in self.held.snapshots.values()
            if snapshot.volume_id == volume and _aware(snapshot.start_time) > since
        ]

    def begun(self, volume: str, shut_off: datetime) -> datetime | None:
        """When the first backup of one of its volumes was begun that is labelled so."""
        made = self.backups(volume, shut_off)
        own = [_aware(s.start_time) for s in made if when(self.label(s)) == shut_off]
        return min(own, default=None)

    def label(self, snapshot: Snapshot) -> str:
        """The ShutOff that a snapshot, or the image that it belongs to, is labelled with."""
        owners = [
            image.id
            for image in self.held.amis.values()
            if snapshot in vars(image).get("copies", {}).values()
        ]
        found = (self.held.tags.get(i, {}).get(LABEL) for i in (snapshot.id, *owners))
        return next(filter(None, found), "")

    def images(self) -> list[str]:
        """The states of the images that were made of it."""
        made = (image for image in self.held.amis.values() if getattr(image, "instance", None))
        return [image.state for image in made if image.instance.id == self.id]


def of(request: Request, instance_id: str) -> Truth | None:
    """What is true of the instance that `request` names; None where there is no such one."""
    held = backend.ec2(request)
    instance = backend.instance(held, instance_id)
    if instance is None:
        return None
    volumes = tuple(device.volume_id for _, device in instance.get_block_device_mapping)
    return Truth(instance_id, instance, held.tags.get(instance_id, {}), volumes, held)


def living(request: Request) -> list[str]:
    """The ids of all instances that live where `request` goes."""
    return [i.id for i in backend.instances(backend.ec2(request)) if i.state in LIVING]


def when(text: str) -> datetime | None:
    """An instant that a person typed; the later one of two readings; None where it has none."""
    with suppress(ValueError):
        read = datetime.fromisoformat(text)
        return _aware(read)
    for forms in (_FORMS, _TWO_READINGS):
        found = [at for form in forms if (at := _parsed(text.replace(",", ""), form))]
        if found:
            return max(found)
    return None


def _parsed(text: str, form: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
