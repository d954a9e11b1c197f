"""A Salesforce on this machine that takes and refuses what the real one does, over real sockets.

Source: Salesforce's "REST API Developer Guide" and "SOQL and SOSL Reference".
"""

from __future__ import annotations

import atexit
import json
import re
import socket
import threading
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_httpserver import HTTPServer
from urllib3 import PoolManager, Timeout
from werkzeug import Response

from cs_aws_janitor.customers.salesforce import RETRIES, Access, Salesforce
from tests.customers.soql_fake import NotSoqlError, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug import Request

    Trouble = Callable[["FakeSalesforce", Request], Response | None]

VERSION = "v62.0"
APP, SECRET = "the-app", "s3cret"
KEY = "Janitor_Key__c"
FIELDS = {
    "Account": {"Id", "Name", "Type", "Owner.Name", "Segment__c", "Country__c", "Started__c",
                "Health__c", "Sold__c", "Activated__c", "Public__c", "Number__c"},
    "Contact": {"Id", "AccountId", "Name", "Title", "Email", "Phone", "Salutation", "Labels__c"},
    "Opportunity": {"Id", "AccountId", "StageName", "CloseDate", "Amount", "Type"},
    "Event": {"Id", "AccountId", "Type", "ActivityDate", "IsDeleted"},
    "Task": {"Id", "AccountId", "Type", "ActivityDate", "IsDeleted", "IsClosed", "Status",
             "Subject", "Priority", "Description", "OwnerId", "WhatId", KEY},
    "User": {"Id", "Name", "Email", "IsActive"},
}  # fmt: skip
WRITABLE = {"Subject", "Status", "Priority", "Description", "ActivityDate", "OwnerId", "WhatId"}
REQUIRED = ("Subject", "Status", "Priority")
STATUSES = {"Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"}
PICKLIST = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
LONGEST = {"Subject": 255, "Description": 32_000, "Status": 255, "Priority": 255}


class FakeSalesforce:
    """Records by their object; `troubles` stand in for the answers to come, one for each request.

    A trouble of None lets its request pass, and so does one that answers None.
    """

    def __init__(self, server: HTTPServer) -> None:
        self._server = server
        self.records: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.troubles: list[Trouble | None] = []
        self.asked: list[str] = []
        self.proxied: list[str | None] = []
        self.page = 2000
        self.tokens = 0
        self._pages: dict[str, list[dict[str, Any]]] = {}
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        """Its address."""
        return self._server.url_for("").rstrip("/")

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """The Tasks that the janitor made."""
        return [task for task in self.records["Task"] if KEY in task]

    def add(self, kind: str, **fields: Any) -> str:
        """A record with an Id as Salesforce makes them."""
        prefix = {"Account": "001", "Contact": "003", "Opportunity": "006", "User": "005",
                  "Event": "00U", "Task": "00T"}[kind]  # fmt: skip
        number = len(self.records[kind]) + 1
        record = {"Id": f"{prefix}{number:012d}AAA", **fields}
        self.records[kind].append(record)
        return str(record["Id"])

    def client(self, secret: str = SECRET, tries: int = 5, wait: float = 5) -> Salesforce:
        """A client of it."""
        access = Access(self.url, VERSION, "ID", "SECRET", {"ID": APP, "SECRET": secret})
        return Salesforce(access, pool(tries, wait))

    def end_session(self) -> None:
        """The token that was given last is not taken any more."""
        self.tokens += 1

    def _answer(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.path}")
        self.proxied.append(request.headers.get("Proxy-Authorization"))
        trouble = self.troubles.pop(0) if self.troubles else None
        return (trouble and trouble(self, request)) or self.answer(request)

    def answer(self, request: Request) -> Response:
        """What the real one would say."""
        if request.path == "/services/oauth2/token":
            return self._token(request)
        if request.headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
        match request.path.strip("/").split("/"):
            case ["services", "data", version, "query" | "queryAll" as how, *rest]:
                if request.method == "GET" and version == VERSION:
                    return self._query(request, rest, everything=how == "queryAll")
            case ["services", "data", version, "sobjects", "Task", *rest]:
                if request.method == "PATCH" and version == VERSION:
                    return self._patch(request, rest)
        return refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _token(self, request: Request) -> Response:
        form = request.form
        if request.method != "POST" or form.get("grant_type") != "client_credentials":
            return as_json(400, {"error": "unsupported_grant_type", "error_description": "no"})
        if (form.get("client_id"), form.get("client_secret")) != (APP, SECRET):
            why = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return as_json(400, why)
        self.tokens += 1
        token = f"token-{self.tokens}"
        given = {"access_token": token, "instance_url": self.url, "token_type": "Bearer"}
        return as_json(200, given)

    def _query(self, request: Request, rest: list[str], *, everything: bool) -> Response:
        if rest:
            found = self._pages.pop(rest[0], None)
            if found is None:
                return refusal(404, "INVALID_QUERY_LOCATOR", "invalid query locator")
        else:
            try:
                found = select(request.args["q"], FIELDS, self.records, everything=everything)
            except NotSoqlError as error:
                return refusal(400, error.code, str(error))
        here, later = found[: self.page], found[self.page :]
        body: dict[str, Any] = {"totalSize": len(found), "done": not later, "records": here}
        if later:
            name = f"01g{len(self.asked)}-{self.page}"
            self._pages[name] = later
            body["nextRecordsUrl"] = f"/services/data/{VERSION}/query/{name}"
        return as_json(200, body)

    def _patch(self, request: Request, rest: list[str]) -> Response:
        values = json.loads(request.data)
        if request.content_type != "application/json":
            return refusal(415, "UNSUPPORTED_MEDIA_TYPE", "not JSON")
        if wrong := self._wrong(values):
            return wrong
        match rest:
            case [field, key] if field == KEY:
                return self._upsert(key, values)
            case [record] if found := [t for t in self.records["Task"] if t["Id"] == record]:
                _change(found[0], values)
                return Response(status=204)
        return refusal(404, "NOT_FOUND", "The requested resource does not exist")

    def _upsert(self, key: str, values: dict[str, Any]) -> Response:
        found = [task for task in self.tasks if task[KEY].lower() == key.lower()]
        if len(found) > 1:
            there = f"/services/data/{VERSION}/sobjects/Task"
            return as_json(300, [f"{there}/{task['Id']}" for task in found])
        if found:
            _change(found[0], values)
            told = {"id": found[0]["Id"], "success": True, "errors": [], "created": False}
            return as_json(200, told)
        if missing := [name for name in REQUIRED if not values.get(name)]:
            why = f"Required fields are missing: [{', '.join(missing)}]"
            return refusal(400, "REQUIRED_FIELD_MISSING", why, missing)
        record = self.add("Task", **{KEY: key, "ActivityDate": None, "IsClosed": False})
        _change(self.records["Task"][-1], values)
        return as_json(201, {"id": record, "success": True, "errors": [], "created": True})

    def _wrong(self, values: dict[str, Any]) -> Response | None:
        for name, value in values.items():
            if name not in WRITABLE:
                why = f"No such column '{name}' on sobject of type Task"
                return refusal(400, "INVALID_FIELD", why)
            if len(str(value)) > LONGEST.get(name, 255):
                why = f"{name}: data value too large: (max length={LONGEST.get(name)})"
                return refusal(400, "STRING_TOO_LONG", why, [name])
        if values.get("Status", "Completed") not in STATUSES:
            why = f"Status: bad value for restricted picklist field: {values['Status']}"
            return refusal(400, PICKLIST, why, ["Status"])
        for name, kind in (("OwnerId", "User"), ("WhatId", "Account")):
            known = {record["Id"] for record in self.records[kind]}
            if name in values and values[name] not in known:
                why = f"{name}: id value of incorrect type: {values[name]}"
                return refusal(400, "MALFORMED_ID", why, [name])
        return None


def _change(record: dict[str, Any], values: dict[str, Any]) -> None:
    record.update(values)
    record["IsClosed"] = record["Status"] == "Completed"


def pool(tries: int, wait: float) -> PoolManager:
    """What the client asks by, with other bounds of patience."""
    retries = RETRIES.new(total=tries, backoff_factor=0)
    return PoolManager(retries=retries, timeout=Timeout(wait))


def as_json(status: int, body: object) -> Response:
    """An answer."""
    return Response(json.dumps(body), status, content_type="application/json;charset=UTF-8")


def refusal(status: int, code: str, message: str, fields: list[str] | None = None) -> Response:
    """How Salesforce refuses."""
    error: dict[str, Any] = {"message": message, "errorCode": code}
    return as_json(status, [error | ({"fields": fields} if fields is not None else {})])


def too_many(_: FakeSalesforce, _request: Request) -> Response:
    """Too many requests: wait a second."""
    response = refusal(429, "TOO_MANY_REQUESTS", "slow down")
    response.headers["Retry-After"] = "1"
    return response


def broken(_: FakeSalesforce, _request: Request) -> Response:
    """A server error."""
    return refusal(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred")


def over_the_limit(_: FakeSalesforce, _request: Request) -> Response:
    """The organisation has used up its requests of the day."""
    return refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def expired(salesforce: FakeSalesforce, _request: Request) -> None:
    """The session ends right before this request."""
    salesforce.end_session()


def reset(_: FakeSalesforce, request: Request) -> Response:
    """The connection is reset before anything is done."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def lost(salesforce: FakeSalesforce, request: Request) -> Response:
    """What was asked for is done, and the connection is reset before the answer."""
    salesforce.answer(request)
    return reset(salesforce, request)


def slow(_: FakeSalesforce, _request: Request) -> Response:
    """No answer for a while."""
    threading.Event().wait(0.6)
    return broken(_, _request)


def a_page(_: FakeSalesforce, _request: Request) -> Response:
    """What a proxy says on its own."""
    return Response("<html>Welcome</html>", 200, content_type="text/html")


@cache
def _listening() -> HTTPServer:
    """One server for all tests of a process: to stop one takes half a second."""
    server = HTTPServer(threaded=True)
    server.start()
    atexit.register(server.stop)
    return server


def fake_salesforce() -> FakeSalesforce:
    """A new one, on this machine."""
    server = _listening()
    server.clear()
    return FakeSalesforce(server)
