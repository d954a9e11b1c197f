"""What goes over the wire: a request as AWS reads it, the answer it gives, and how it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from moto.iam.models import get_account_id_from

if TYPE_CHECKING:
    from collections.abc import Mapping

PERSON = "by-a-person"  # in the user agent of every client that stands for a person
FORM = "application/x-www-form-urlencoded"
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_NUMBERED = re.compile(r"(.+?)\.(\d+)")


class Answer(NamedTuple):
    """What AWS answers."""

    status: int
    headers: Mapping[str, str]
    body: str | bytes

    @property
    def good(self) -> bool:
        """Whether it did what it was asked."""
        return self.status < 300

    @property
    def text(self) -> str:
        """The body, read."""
        return self.body.decode() if isinstance(self.body, bytes) else self.body


class RefusalError(Exception):
    """AWS refuses the request with this error code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class DroppedError(Exception):
    """The connection broke before an answer came."""


class DiedError(BaseException):
    """The process of the janitor was killed. No handler of errors sees it, as in life."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: who asks for what, where. `form` holds the fields of the query protocols.

    `json` is the body where the protocol is JSON.
    """

    service: str
    operation: str
    region: str
    account: str
    form: Mapping[str, str] = field(default_factory=dict)
    by_person: bool = False
    json: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """As IAM writes it: `ec2:StopInstances`."""
        return f"{self.service}:{self.operation}"

    def listed(self, prefix: str) -> list[str]:
        """The values of `prefix.1`, `prefix.2` and so on, in this order."""
        found = {
            int(match[2]): value
            for key, value in self.form.items()
            if (match := _NUMBERED.fullmatch(key)) and match[1] == prefix
        }
        return [found[number] for number in sorted(found)]

    def without(self, prefix: str) -> dict[str, str]:
        """The form, all of `prefix.N` left out."""
        return {k: v for k, v in self.form.items() if not k.startswith(f"{prefix}.")}


class Parts(NamedTuple):
    """A request as it was sent: its headers in lower case, its body unread where it streams."""

    headers: Mapping[str, str]
    body: object
    operation: str  # as far as the sender says


def read(parts: Parts) -> Request:
    """The request, from what was sent."""
    headers = parts.headers
    scope = _SCOPE.search(headers.get("authorization", ""))
    key, region, service = scope.groups() if scope else ("", "us-east-1", "")
    form = _form(parts) if headers.get("content-type", "").startswith(FORM) else {}
    target = headers.get("x-amz-target", "")
    return Request(
        service=service,
        operation=form.get("Action") or target.rpartition(".")[2] or parts.operation,
        region=region,
        account=get_account_id_from(key),
        form=form,
        by_person=PERSON in headers.get("user-agent", ""),
        json=_json(parts) if target else None,
    )


def _form(parts: Parts) -> dict[str, str]:
    body = parts.body.decode() if isinstance(parts.body, bytes) else str(parts.body or "")
    return dict(parse_qsl(body, keep_blank_values=True))


def _json(parts: Parts) -> dict[str, Any]:
    body = parts.body.decode() if isinstance(parts.body, bytes) else str(parts.body or "{}")
    found: dict[str, Any] = json.loads(body)
    return found


def encode(form: Mapping[str, str]) -> bytes:
    """A form as it is sent."""
    return urlencode(form).encode()


def refuse(request: Request, refusal: RefusalError) -> Answer:
    """`refusal` in the protocol of the request."""
    code, message = escape(refusal.code), escape(refusal.message)
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if request.service == "ec2":
        xml = f"<Response><Errors>{error}</Errors><RequestID>refused</RequestID></Response>"
    elif request.form:
        xml = f"<ErrorResponse>{error}<RequestId>refused</RequestId></ErrorResponse>"
    elif request.service == "s3":
        xml = error
    else:
        body = json.dumps({"__type": refusal.code, "message": refusal.message})
        return Answer(refusal.status, {"x-amzn-errortype": refusal.code}, body)
    return Answer(refusal.status, {"content-type": "text/xml"}, f"<?xml version='1.0'?>{xml}")


def accept(request: Request, inside: str) -> Answer:
    """An answer of EC2 with `inside` as its content."""
    name = f"{request.operation}Response"
    xml = f"<{name}><requestId>accepted</requestId>{inside}</{name}>"
    return Answer(200, {"content-type": "text/xml"}, xml)
