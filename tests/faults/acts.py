"""What the janitor has done to whom, read off a call; and whether anybody can still learn of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.strict import backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.strict.wire import Request

    Entry = Mapping[str, Any]

_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_OF_OPERATION = {
    "StopInstances": "shut_off",
    "CreateSnapshots": "back_up",
    "CreateImage": "back_up",
    "DeleteTags": "clear_mark",
    "CancelSpotInstanceRequests": "cancel",
    "TerminateInstances": "terminate",
}
# The first of these that a call writes says what it is for.
_OF_TAG = {"discovered": "tag", "shutoff": "mark", "janitornote": "note"}
AFTER_SHUT_OFF = {"waiting", "due", "backing-up"}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to one instance."""

    verb: str
    id: str


def named(request: Request) -> list[str]:
    """The ids of the instances that `request` is about; a spot request is about its instance."""
    requests = request.listed("SpotInstanceRequestId")
    found = [value for value in request.form.values() if _INSTANCE.fullmatch(value)]
    found += [
        instance.id
        for instance in (backend.instances(backend.ec2(request)) if requests else ())
        if vars(instance).get("spot_instance_request_id") in requests
    ]
    return list(dict.fromkeys(found))


def pairs_of(request: Request) -> dict[str, str]:
    """The tags, key and value, that a CreateTags writes."""
    form = request.form
    return {
        value: form.get(f"{key.removesuffix('Key')}Value", "")
        for key, value in form.items()
        if re.fullmatch(r"Tag\.\d+\.Key", key)
    }


def acts_of(request: Request) -> list[Act]:
    """What `request` has done, now that it took effect."""
    if request.service != "ec2":
        return []
    if request.operation == "CreateTags":
        keys = {key.lower() for key in pairs_of(request)}
        verb = next((verb for key, verb in _OF_TAG.items() if key in keys), "write")
        return [Act(verb, i) for i in named(request)]
    if request.operation in _OF_OPERATION:
        return [Act(_OF_OPERATION[request.operation], i) for i in named(request)]
    return []


def untold(
    acts: Iterable[Act], entries: Sequence[Entry], plan: Mapping[str, Any], notes: Mapping[str, str]
) -> Iterator[str]:
    """The `acts` of a run of which nobody can learn any more.

    `entries` is what the ledger got since the run began, `plan` what `plan --all --format json`
    says after it, `notes` the JanitorNote that stands on each instance.
    """
    steps = {step["id"]: step for step in plan["steps"]}
    for act in acts:
        in_ledger = any(_tells(entry, act) for entry in entries if entry.get("id") == act.id)
        if not (in_ledger or _shows(steps.get(act.id), act, notes.get(act.id, ""))):
            yield f"{act.verb} of {act.id} stands neither in the ledger nor in the next plan"


def _tells(entry: Entry, act: Act) -> bool:
    """Whether an entry of the ledger tells of `act` on its resource."""
    verbs = {"cancel": "terminate", "mark": "shut_off", "note": "shut_off"}
    match entry["entry"]:
        case "outcome":
            return verbs.get(act.verb, act.verb) in entry["verbs"]
        case "sighting":
            return act.verb == "tag"
        case "manifest":  # it names the backups, and is written just before the end
            made = act.verb == "back_up" and entry["backups"]
            return bool(made) or act.verb in {"cancel", "terminate"}
    return False


def _shows(step: Mapping[str, Any] | None, act: Act, note: str) -> bool:
    """Whether the next plan shows of `act` that it was done, or that it is to be finished."""
    if step is None or act.verb not in _SHOWN_BY:
        return False
    return _SHOWN_BY[act.verb](step) or (act.verb in _NOTED and _NOTED[act.verb] in note.lower())


_SHOWN_BY: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "tag": lambda step: step["phase"] != "new",
    "shut_off": lambda step: step["phase"] in AFTER_SHUT_OFF or "shut_off" in step["verbs"],
    "mark": lambda step: step["phase"] in AFTER_SHUT_OFF,
    "note": lambda _: False,
    "back_up": lambda step: step["phase"] == "backing-up" or "backed up as" in step["reason"],
    "clear_mark": lambda step: step["phase"] not in AFTER_SHUT_OFF,
    "cancel": lambda step: "terminate" in step["verbs"],
}
# What a JanitorNote says of it, to whoever looks at the instance.
_NOTED = {"shut_off": "shut off", "note": "shut off"}
