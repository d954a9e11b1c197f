"""An instance as DescribeInstances shows it, in full size: about 10 KB each."""

from __future__ import annotations

import random
from importlib import resources
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.endpoint.xml import element, members, tag_set

if TYPE_CHECKING:
    from datetime import datetime

    from bench.endpoint.fleet import Instance

ACCOUNT = "123456789012"
CODES = {"running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
TYPES = ("t3.micro", "t3.large", "m6i.large", "m6i.xlarge", "c6i.xlarge", "r6i.large")
USER = "Client.UserInitiatedShutdown"

_TEMPLATE = (resources.files("bench.endpoint") / "instance.xml").read_text(encoding="utf-8")
_DEPTH = 5  # where the members of an instance stand
_INTERFACE = 7
_ADDRESS = 9


def timestamp(at: datetime) -> str:
    """An instant as EC2 prints it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def state(name: str) -> dict[str, str | int]:
    """The state of an instance as EC2 prints it."""
    return {"code": CODES[name], "name": name}


def zone(instance: Instance) -> str:
    """The availability zone in which it runs."""
    return instance.region + "abc"[int(instance.id[-1], 16) % 3]


def xml(instance: Instance) -> bytes:
    """The reservation of `instance`; rendered again only after something changed it."""
    if not instance.xml:
        instance.xml = (_TEMPLATE % _members(instance)).encode()
    return instance.xml


def _members(instance: Instance) -> dict[str, object]:
    chance = random.Random(instance.id)  # what nobody changes follows from the id
    private = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    letter = zone(instance)[-1]
    tags = element("tagSet", tag_set(instance.tags), _DEPTH) if instance.tags else ""
    return {
        "account": ACCOUNT,
        "code": CODES[instance.state],
        "devices": element("blockDeviceMapping", _devices(instance), _DEPTH),
        "group": f"{chance.randrange(120):017x}",
        "hex": instance.id.removeprefix("i-"),
        "id": instance.id,
        "image": f"{0xABC0000 + chance.randrange(120):017x}",
        "launch": timestamp(instance.launched),
        "mac": ":".join(f"{part:02x}" for part in (0x0A, *chance.randbytes(5))),
        "private_ip": private,
        "private_name": f"ip-{private.replace('.', '-')}.{instance.region}.compute.internal",
        "profile": f"{chance.getrandbits(64):016X}",
        "region": instance.region,
        "state": instance.state,
        "subnet": f"{0x5000 + ord(letter):017x}",
        "tags": tags,
        "token": f"{chance.getrandbits(128):032x}",
        "type": chance.choice(TYPES),
        "vpc": f"{0x7C:017x}",
        "zone": zone(instance),
        "zone_number": ord(letter) - ord("a") + 1,
        **_public(instance, chance),
        **_shut_down(instance),
        "spot": _spot(instance),
    }


def _devices(instance: Instance) -> list[dict[str, object]]:
    return [
        {
            "deviceName": volume.device,
            "ebs": {
                "volumeId": volume.id,
                "status": "attached",
                "attachTime": timestamp(instance.launched),
                "deleteOnTermination": volume.device == "/dev/xvda",
                "ebsCardIndex": 0,
            },
        }
        for volume in instance.volumes
    ]


def _public(instance: Instance, chance: random.Random) -> dict[str, str]:
    """A third of what runs has a public address, which the answer tells four times."""
    ip = f"54.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    if chance.random() > 0.35 or instance.state != "running":  # noqa: PLR2004  a third, about
        names = ("public_address", "public_name", "association", "primary_association")
        return dict.fromkeys(names, "")
    name = f"ec2-{ip.replace('.', '-')}.{instance.region}.compute.amazonaws.com"
    association = {"publicIp": ip, "publicDnsName": name, "ipOwnerId": "amazon"}
    return {
        "public_address": element("ipAddress", ip, _DEPTH),
        "public_name": name,
        "association": element("association", association, _INTERFACE),
        "primary_association": element("association", association, _ADDRESS),
    }


def _shut_down(instance: Instance) -> dict[str, str]:
    if instance.off_since is None:
        return {"reason": "", "state_reason": ""}
    reason = {"code": USER, "message": f"{USER}: User initiated shutdown"}
    return {
        "reason": escape(f"User initiated ({instance.off_since:%Y-%m-%d %H:%M:%S} GMT)"),
        "state_reason": element("stateReason", reason, _DEPTH),
    }


def _spot(instance: Instance) -> str:
    if not instance.spot_request:
        return ""
    spot = {"instanceLifecycle": "spot", "spotInstanceRequestId": instance.spot_request}
    return members(spot, _DEPTH)
