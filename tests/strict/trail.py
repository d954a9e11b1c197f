"""CloudTrail's history of events: what LookupEvents shows of it, which moto does not know at all.

Source: the API reference of LookupEvents: one attribute, 50 events a page and the newest first, of
90 days, two calls a second; a token holds for the question that it came of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.strict.rules import rule
from tests.strict.wire import Answer, RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.strict.world import Exchange

KEPT = timedelta(days=90)
SHOWS_AFTER = timedelta(minutes=5)
MOST, A_SECOND = 50, 2
KEYS = {
    *("AccessKeyId", "EventId", "EventName", "EventSource", "ReadOnly"),
    *("ResourceName", "ResourceType", "Username"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One call that was made `at` an instant in a region of an account."""

    account: str
    region: str
    at: datetime
    name: str
    resource: str
    identity: Mapping[str, Any]
    error: str | None = None

    def shown(self, number: int) -> dict[str, Any]:
        """It as LookupEvents shows it: the whole of it is JSON in JSON."""
        whole = {
            "eventVersion": "1.11",
            "eventTime": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "eventName": self.name,
            "awsRegion": self.region,
            "userIdentity": dict(self.identity),
            **({"errorCode": self.error} if self.error else {}),
        }
        return {
            "EventId": f"event-{number}",
            "EventName": self.name,
            "ReadOnly": "false",
            "EventTime": self.at.timestamp(),
            "Resources": [{"ResourceName": self.resource}],
            "CloudTrailEvent": json.dumps(whole),
        }


@dataclass(slots=True)
class History:
    """All events there are, and when it was asked."""

    events: list[Event] = field(default_factory=list)
    asked: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)


@rule("cloudtrail:LookupEvents")
def look_up(exchange: Exchange) -> Answer:
    """A page of what happened to something."""
    request, history = exchange.request, exchange.world.history
    now = datetime.now(UTC)
    _throttle(history.asked.setdefault((request.account, request.region), []), now)
    asked = dict(request.json or {})
    token, size = asked.pop("NextToken", None), asked.get("MaxResults", MOST)
    if not 1 <= size <= MOST:
        raise RefusalError("InvalidMaxResultsException", f"A page has 1 to {MOST} events.")
    question = json.dumps(asked, sort_keys=True)
    if token and history.tokens.get(token, ("", 0))[0] != question:
        raise RefusalError("InvalidNextTokenException", "The token is of another question.")
    begin = history.tokens[token][1] if token else 0
    found = [
        event.shown(number)
        for number, event in enumerate(history.events)
        if (event.account, event.region) == (request.account, request.region)
        and now - KEPT <= event.at <= now - SHOWS_AFTER
        and _fits(event, asked)
    ]
    found.sort(key=lambda event: event["EventTime"], reverse=True)
    page: dict[str, Any] = {"Events": found[begin : begin + size]}
    if len(found) > begin + size:
        page["NextToken"] = f"token-{len(history.tokens)}"
        history.tokens[page["NextToken"]] = question, begin + size
    return Answer(200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(page))


def _throttle(asked: list[datetime], now: datetime) -> None:
    if sum(now - at < timedelta(seconds=1) for at in asked) >= A_SECOND:
        raise RefusalError("ThrottlingException", "Rate exceeded")
    asked.append(now)


def _fits(event: Event, asked: Mapping[str, Any]) -> bool:
    attributes = asked.get("LookupAttributes", [])
    if len(attributes) > 1 or any(each.get("AttributeKey") not in KEYS for each in attributes):
        raise RefusalError("InvalidLookupAttributesException", "One attribute, of those there are.")
    start, end = asked.get("StartTime", 0), asked.get("EndTime", float("inf"))
    if start > end:
        raise RefusalError("InvalidTimeRangeException", "The start is behind the end.")
    seen = {"ResourceName": event.resource, "EventName": event.name}
    wanted = all(seen.get(each["AttributeKey"]) == each["AttributeValue"] for each in attributes)
    return wanted and start <= event.at.timestamp() <= end


# Who calls: the shapes of `userIdentity` in the user guide of CloudTrail.


def user(name: str) -> dict[str, Any]:
    """An IAM user."""
    arn = f"arn:aws:iam::123456789012:user/{name}"
    return {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": arn, "userName": name}


def session(name: str, role: str = "AWSReservedSSO_Admin_0123456789abcdef") -> dict[str, Any]:
    """The session of a role; of one of single sign-on its name is an address."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{name}",
        "arn": f"arn:aws:sts::123456789012:assumed-role/{role}/{name}",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role}},
    }


ROOT = {"type": "Root", "principalId": "123456789012", "arn": "arn:aws:iam::123456789012:root"}
SCALING = {
    **session("AutoScaling", "AWSServiceRoleForAutoScaling"),
    "invokedBy": "autoscaling.amazonaws.com",
}
SERVICE = {"type": "AWSService", "invokedBy": "spot.amazonaws.com"}
