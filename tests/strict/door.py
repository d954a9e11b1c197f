"""The one door before moto: every request is read, recorded, judged, and only then let in.

It hangs on botocore's built-in handlers, which every session gets, also those that the janitor
makes for itself. moto's own handler is switched off meanwhile, so there is no way around.
"""

from __future__ import annotations

import functools
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import ClientCreator
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.loaders import create_loader
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

# Each of these enters its rules into the book.
from tests.strict import (
    addresses,
    databases,
    databases_ending,
    databases_tags,
    images,
    instances,
    limits,
    organizations,
    regions,
    scaling,
    snapshots,
    spot,
    tags,
    trail,
    transitions,
    volumes,
)
from tests.strict.calls import Call
from tests.strict.faults import Faults
from tests.strict.paging import pages_of
from tests.strict.rules import answer, let_time_work
from tests.strict.wire import (
    PERSON,
    Answer,
    DroppedError,
    Parts,
    RefusalError,
    encode,
    read,
    refuse,
)
from tests.strict.world import Exchange, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.model import OperationModel, ServiceModel

    from tests.strict.clock import Clock
    from tests.strict.wire import Request

    Forward = Callable[[Mapping[str, str] | None], Answer]

ENTERED = (
    addresses,
    databases,
    databases_ending,
    databases_tags,
    images,
    instances,
    limits,
    organizations,
    regions,
    scaling,
    snapshots,
    spot,
    tags,
    trail,
    transitions,
    volumes,
)


@dataclass
class Door:
    """The state of the account, what goes wrong in it, and who has asked for what."""

    open: bool = False
    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    clock: Clock | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def clear(self) -> None:
        """As if nothing had ever happened."""
        self.world, self.faults = World(), Faults()
        self.calls.clear()

    def settle(self) -> None:
        """Let happen what time has brought about."""
        with self.lock:
            let_time_work(self.world)

    def pass_through(self, request: Request, forward: Forward) -> Answer:
        """What AWS answers to `request`; it raises where no answer arrives."""
        with self.lock:
            let_time_work(self.world)
            try:
                self.faults.before(request)
                paged = pages_of(self.world.page, request, forward)
                given = answer(Exchange(request, self.world, paged))
                self.faults.after(request)
            except RefusalError as refusal:
                return refuse(request, refusal)
            return given


DOOR = Door()


def _record(params: Any, model: OperationModel, context: Mapping[str, Any], **_: object) -> None:
    """Keep what the janitor asks for, as it asks for it."""
    config = context["client_config"]
    if DOOR.open and PERSON not in (config.user_agent_extra or ""):
        service, region = model.service_model.signing_name, str(context["client_region"])
        with DOOR.lock:
            DOOR.calls.append(Call(service, model.name, region, dict(params)))


def _send(event_name: str, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
    """Answer in place of the network."""
    if not DOOR.open:
        return None
    headers = {str(key).lower(): _text(value) for key, value in request.headers.items()}
    parts = Parts(headers, request.body, event_name.rpartition(".")[2])
    try:
        given = DOOR.pass_through(read(parts), functools.partial(_to_moto, request))
    except DroppedError:
        raise ConnectionClosedError(endpoint_url=request.url) from None
    raw: Any = MockRawResponse(given.body)
    return AWSResponse(request.url, given.status, HTTPHeaders.from_dict(given.headers), raw)


def _to_moto(request: AWSPreparedRequest, form: Mapping[str, str] | None) -> Answer:
    if form is not None:
        method, url, headers = request.method, request.url, request.headers
        request = AWSPreparedRequest(method, url, headers, encode(form), stream_output=False)
    response = botocore_stubber.process_request(request)
    if response is None:
        raise DroppedError
    return Answer(*response)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def opened() -> Iterator[Door]:
    """An empty account: moto, behind the door."""
    with mock_aws():
        botocore_stubber.enabled = False
        DOOR.clear()
        DOOR.open = True
        try:
            yield DOOR
        finally:
            DOOR.open = False


def empty() -> None:
    """Everything gone from the account, as at its start."""
    mock_aws().reset()
    DOOR.clear()


BUILTIN_HANDLERS.extend([("before-parameter-build", _record), ("before-send", _send)])

# Sessions share what they have read about the services: a new one takes 10 ms instead of 150.
botocore.session.create_loader = functools.cache(create_loader)


_CLASSES: dict[tuple[str, ...], type] = {}
_make_class = vars(ClientCreator)["_create_client_class"]


def _class_of(creator: ClientCreator, service_name: str, service_model: ServiceModel) -> type:
    """One class for all clients that know the same of a service.

    Its 700 methods are half of what a client of EC2 takes. The janitor's own know fewer.
    """
    known = service_name, *service_model.operation_names
    if known not in _CLASSES:
        _CLASSES[known] = _make_class(creator, service_name, service_model)
    return _CLASSES[known]


setattr(ClientCreator, _make_class.__name__, _class_of)
