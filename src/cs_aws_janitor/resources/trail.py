"""Who made a resource, asked of CloudTrail: few calls, one at a time, and none twice.

Source: the documentation of LookupEvents: one attribute, 50 events a page and the newest first, of
the last 90 days; two calls a second in each region of an account. An event shows some minutes after
the call that it tells of.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Creator
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from cs_aws_janitor.resources.model import Place, Resource
    from cs_aws_janitor.resources.survey import Clients
    from cs_aws_janitor.shared.clock import Pause

MOST = 100  # calls for each place and run: what is left is asked of by the next
PAGES = 4  # of one resource
APART = 0.5  # seconds
KEPT = timedelta(days=90)
SHOWS_WITHIN = timedelta(hours=1)
# Some births are the end of the making, such as that of a database.
BEFORE, AFTER = timedelta(days=1), timedelta(hours=1)


NOBODY = (None, None)


@dataclass(slots=True)
class _Place:
    """What was asked of one place; `closed` once AWS has refused it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Trail:
    """CloudTrail, as a run of `now` (aware) may ask it. Safe among threads."""

    clients: Clients
    now: datetime
    pause: Pause
    _places: dict[Place, _Place] = field(default_factory=dict)

    def reaches(self, place: Place, since: datetime) -> bool:
        """Whether it may be asked yet in `place`, and of what has been there `since` then."""
        asked = self._of(place)
        return not asked.closed and asked.calls < MOST and self.now - since < KEPT

    def creator(
        self,
        resource: Resource,
        since: datetime,
        events: Collection[str],
        halted: Callable[[], str | None],
    ) -> Creator | None:
        """Who made it by one of these `events`; None where the next run may ask again.

        That is where AWS refuses it, where the run is `halted`, and where it has been there `since`
        so short a time that its event may not show yet.
        """
        place = self._of(resource.place)
        with place.turn:
            if halted() or not self.reaches(resource.place, since):
                return None
            found = attempt(lambda: self._read(resource, events, place))
            if isinstance(found, Refusal):
                place.closed = True
                where = {"account": resource.place.account, "region": resource.place.region}
                log.warning("creator.refused", **where, why=found.sentence)
                return None
        log.debug("creator.asked", id=resource.id, login=found.login if found else None)
        if found is None and self.now - since >= SHOWS_WITHIN:
            return Creator(self.now)
        return found

    def _of(self, place: Place) -> _Place:
        return self._places.setdefault(place, _Place())

    def _read(self, resource: Resource, events: Collection[str], place: _Place) -> Creator | None:
        for event in self._events(resource, place):
            told = _record(event) if event.get("EventName") in events else {}
            if told and not told.get("errorCode"):  # else it is another's that was there already
                return Creator(self.now, *person(told.get("userIdentity")), event["EventName"])
        return None

    def _events(self, resource: Resource, place: _Place) -> Iterator[Mapping[str, Any]]:
        client = self.clients(resource.place, "cloudtrail", once=True)
        born = resource.born
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": resource.id}],
            "StartTime": born - BEFORE if born else self.now - KEPT,
            "EndTime": born + AFTER if born else self.now,
        }
        for _ in range(PAGES):
            self.pause(APART)  # also before the first: another run may just have asked
            place.calls += 1
            page = client.lookup_events(**asked)
            yield from page["Events"]
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _record(event: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of an event, which stands in it as JSON; nothing of what is none."""
    try:
        told = json.loads(event["CloudTrailEvent"])
    except (KeyError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def person(identity: object) -> tuple[str | None, str | None]:
    """The login and what it means, of CloudTrail's `userIdentity`; nothing of what is no person.

    Services act by themselves, or through roles that AWS made for them; where a person has one do
    something, such as CloudFormation, the identity is that of the person.
    """
    found: tuple[str | None, str | None] = NOBODY
    match identity:
        case {"type": "Root", **more} if "invokedBy" not in more:
            found = "root", "the root user"
        case {"type": "IAMUser", "userName": str(name)}:
            found = name, "an IAM user"
        case {"type": "SAMLUser" | "WebIdentityUser", "userName": str(name)}:
            found = name, "a federated user"
        case {"type": "FederatedUser", "arn": str(arn)}:
            found = arn.partition(":federated-user/")[2], "a federated user"
        case {"type": "AssumedRole", "arn": str(arn)}:
            role, _, session = arn.partition(":assumed-role/")[2].partition("/")
            if not role.startswith("AWSServiceRole"):
                found = session, f"a session of the role {role}"
    return found if found[0] else NOBODY
