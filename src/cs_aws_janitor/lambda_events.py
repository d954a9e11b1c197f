"""What the Lambda handler is asked: events of EventBridge, Scheduler and Step Functions. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.shared.errors import JanitorError
from cs_aws_janitor.shared.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEDULED = "Scheduled Event"
CHANGED = "EC2 Instance State-change Notification"
SCHEDULERS = frozenset({"aws.events", "aws.scheduler"})
LONGEST = 200  # characters of an event that are shown


class EventError(JanitorError):
    """The event is none that the janitor knows, or lacks something."""


@dataclass(frozen=True, slots=True)
class Run:
    """Do what `janitor run` does, in these accounts and regions, of these kinds; empty: all."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomersRun:
    """Do what `janitor customers run` does."""


@dataclass(frozen=True, slots=True)
class Created:
    """Look at one resource that has just come up."""

    account: str
    region: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Shards:
    """Say which shards a run has; `run` is the name of the execution."""

    run: str


@dataclass(frozen=True, slots=True)
class Shard:
    """Look after one region of one account, as a part of a run."""

    run: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Report:
    """Report on all shards of a run."""

    run: str


Order = Run | CustomersRun | Created | Shards | Shard | Report
_OWN: dict[str, Any] = {"run": Run, "shards": Shards, "shard": Shard, "report": Report}
_WINGS: dict[str, Any] = {"resources": Run, "customers": CustomersRun}
_ACCOUNT = re.compile(r"[0-9]{12}")
_RUN = re.compile(r"[A-Za-z0-9_-]{1,80}")  # the names of executions
_CURE = 'Send {"janitor": "run"}, or what EventBridge and Scheduler send by themselves'


def read(event: Any) -> Order:
    """What `event` asks for. Raises EventError, which says what of it is not understood."""
    match event:
        case {"janitor": str(what)}:
            given = {key: value for key, value in event.items() if key != "janitor"}
            return _own(what, _asked_of(what, given), given)
        case {"source": str(source), "detail-type": str(sort)} if (
            source in SCHEDULERS and sort == SCHEDULED
        ):
            return Run()
        case {"source": "aws.ec2", "detail-type": detail_type} if detail_type == CHANGED:
            return _created(event)
    raise EventError(f"the event has no shape that is known: {_shown(event)}", _CURE)


def _created(event: Mapping[str, Any]) -> Created:
    match event:
        case {
            "account": str(account),
            "region": str(region),
            "detail": {"instance-id": str(instance)},
        }:
            _check_account(account)
            return Created(account, region, "ec2_instance", instance)
    raise EventError(f"the event does not say which instance, and where: {_shown(event)}", _CURE)


def _asked_of(what: str, given: dict[str, Any]) -> Any:
    """The order that is meant. A run is of one wing: of the resources, or that which is named."""
    if what not in _OWN:
        raise EventError(f'the event asks for "janitor": {what!r}', f"There are: {', '.join(_OWN)}")
    if what != "run":
        return _OWN[what]
    wing = given.pop("wing", "resources")
    if wing not in tuple(_WINGS):
        what = f"the event names the wing {_shown(wing)}"
        raise EventError(what, _nearest(wing, _WINGS))
    return _WINGS[wing]


def _nearest(word: Any, known: Iterable[str]) -> str:
    near = nearest(word, known) if isinstance(word, str) else None
    return f"Did you mean {near!r}?" if near else f"There are: {', '.join(known)}"


def _own(what: str, made: Any, given: Mapping[str, Any]) -> Order:
    known = {each.name: str(each.type) for each in fields(made)}
    keys = [*known, "wing"] if what == "run" else list(known)
    for key, value in given.items():
        if key not in known:
            raise EventError(f"the event has an unknown key {key!r}", _nearest(key, keys))
        _check(key, value, many=known[key].startswith("tuple"))
    missing = [key for key, sort in known.items() if sort == "str" and not given.get(key)]
    if missing:
        raise EventError(f"the event lacks {', '.join(missing)}", f'"janitor": {what!r} needs it')
    if "run" in known and not _RUN.fullmatch(given["run"]):
        cure = "Send the name of the execution: letters, digits, - and _"
        raise EventError(f"run in the event is {_shown(given['run'])}", cure)
    order: Order = made(**{k: tuple(v) if type(v) is list else v for k, v in given.items()})
    return order


def _check(key: str, value: Any, *, many: bool) -> None:
    texts = value if isinstance(value, list) else [value]
    if isinstance(value, list) is not many or not all(isinstance(text, str) for text in texts):
        wanted = 'a list of texts, such as ["eu-west-1"]' if many else "a text"
        raise EventError(f"{key} in the event is {_shown(value)}", f"Send {wanted}")
    if key in {"account", "accounts"}:
        for text in texts:
            _check_account(text)


def _check_account(text: str) -> None:
    if not _ACCOUNT.fullmatch(text):
        cure = 'Send its 12 digits as text, such as "123456789012"'
        raise EventError(f"the account in the event is {_shown(text)}", cure)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
