"""What stands at the end: the account and the ledger, so put that two lives can be compared.

Ids are replaced by what they are, instants by their days: a second run an hour later is as good.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.strict import backend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from moto.ec2.models.amis import Ami

    from tests.faults.janitor import Entry
    from tests.faults.lives import Ids
    from tests.strict.aws import Account

    Names = Mapping[str, str]  # what each id is

ENDED = {"shutting-down", "terminated"}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T[0-9:.]+(\+00:00|Z)?")


def names(account: Account, ids: Ids) -> dict[str, str]:
    """What the ids of instances and of their disks are; asked for while they live."""
    found = {}
    for name, instance in ids.items():
        found[instance] = name
        for device in account.describe(instance).get("BlockDeviceMappings", ()):
            found[device["Ebs"]["VolumeId"]] = f"{name}{device['DeviceName']}"
    return found


def account_end(account: Account, ids: Ids, known: Names) -> dict[str, Any]:
    """What stands in the account."""
    known = {**known, **_made(account, ids, known)}
    return {
        "instances": {name: _instance(account, i, known) for name, i in ids.items()},
        "others": sum(i not in ids.values() for i in account.instances()),
        "images": sorted(f"{known[i.id]} {i.state}" for i in _images() if i.id in known),
    }


def ledger_end(account: Account, ids: Ids, known: Names, entries: Iterable[Entry]) -> Any:
    """What the ledger makes the janitor remember, and what a restore would find in it."""
    known = {**known, **_made(account, ids, known)}
    sightings, manifests, notices = {}, {}, set()
    for entry in entries:
        name = known.get(entry.get("id", ""), "?")
        match entry["entry"]:
            case "sighting":
                sightings[name] = [entry["discovered"], entry["expiration"]]
            case "manifest":
                manifests[name] = sorted(_plain(backup, known) for backup in entry["backups"])
            case "notice":
                notices.add(f"{name} {_plain(entry['expiration'], known)} {entry['days']}")
    return {"sightings": sightings, "manifests": manifests, "notices": sorted(notices)}


def differences(found: Any, wanted: Any, where: str = "") -> Iterator[str]:
    """What differs between two ends, each with its place."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted(found.keys() | wanted.keys()):
            yield from differences(found.get(key), wanted.get(key), f"{where}/{key}")
    elif found != wanted:
        yield f"{where} is {found!r} and not {wanted!r}"


def backed_up_twice(account: Account, ids: Ids) -> Iterator[str]:
    """What has two backups for one shut-off; one that has failed is none."""
    for name, instance in ids.items():
        good = [s for s in account.snapshots(instance) if s.state != "error"]
        marks = [(s.volume, s.tags.get("JanitorShutOff", "")) for s in good]
        images = [i for i in _images() if i.state != "failed" and _source(i) == instance]
        if len(set(marks)) != len(marks) or len(images) > 1:
            yield f"{name} has two backups: {[s.id for s in good]}, {[i.id for i in images]}"


def _instance(account: Account, instance_id: str, known: Names) -> dict[str, Any]:
    state = account.state(instance_id)
    snapshots = account.snapshots(instance_id)
    return {
        "state": "terminated" if state in ENDED else state,
        "tags": _tags(account.tags(instance_id), known),
        "protected": account.protected(instance_id),
        "snapshots": sorted(
            f"{known[s.volume]} {s.state} {_tags(s.tags, known)}" for s in snapshots
        ),
    }


def _made(account: Account, ids: Ids, known: Names) -> dict[str, str]:
    """What the ids of backups are."""
    made = {
        snapshot.id: f"snapshot of {known[snapshot.volume]}"
        for instance in ids.values()
        for snapshot in account.snapshots(instance)
    }
    return made | {i.id: f"image of {known.get(_source(i), '?')}" for i in _images()}


def _images() -> list[Ami]:
    return [image for held in backend.everywhere() for image in held.amis.values()]


def _source(image: Ami) -> str:
    instance = getattr(image, "instance", None)
    return instance.id if instance else ""


def _tags(tags: Mapping[str, str], known: Names) -> dict[str, str]:
    return {key: _plain(value, known) for key, value in sorted(tags.items())}


def _plain(text: str, known: Names) -> str:
    for given, name in known.items():
        text = text.replace(given, name)
    return _INSTANT.sub(r"\1", text)
