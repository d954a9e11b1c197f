"""A thin client of the REST API of Salesforce: a token, SOQL page by page, upserts and changes.

Source: Salesforce's "REST API Developer Guide", and "OAuth 2.0 Client Credentials Flow".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from cs_aws_janitor.shared.errors import JanitorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from urllib3 import BaseHTTPResponse

LONGEST_WAIT = 60  # seconds that Salesforce may ask for before one more try
TIMEOUT = Timeout(connect=10, read=60)
AGAIN = (429, 500, 502, 503, 504)
_LIMITS = frozenset({"REQUEST_LIMIT_EXCEEDED", "API_DISABLED_FOR_ORG", "INVALID_SESSION_ID"})


# Of every method: an upsert, a change and a token may be asked for twice without harm.
_HOW: Any = {"allowed_methods": None, "status_forcelist": AGAIN, "raise_on_status": False}
RETRIES = Retry(5, redirect=0, backoff_factor=0.5, retry_after_max=LONGEST_WAIT, **_HOW)


class SalesforceError(JanitorError):
    """Salesforce cannot be asked, or does not take a request."""


class RecordRefusedError(SalesforceError):
    """One request is refused and others may pass; `fields` are those that it is about."""

    def __init__(self, why: str, fields: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.fields = tuple(fields)


class Access(NamedTuple):
    """Where an organisation is, and which variables of `environ` hold the app's id and secret."""

    url: str
    version: str
    id_from: str
    secret_from: str
    environ: Mapping[str, str]

    def secret(self, variable: str) -> str:
        """What a variable holds. Raises SalesforceError where it holds nothing."""
        if value := self.environ.get(variable):
            return value
        raise SalesforceError(f"Salesforce: the variable {variable} is not set", "Set it")


class Salesforce:
    """An organisation. A token is asked for when it is needed, and once more when it is refused."""

    def __init__(self, access: Access, pool: PoolManager | None = None) -> None:
        self._access = access
        self._pool = pool or PoolManager(retries=RETRIES, timeout=TIMEOUT)
        self._root = f"/services/data/{access.version}"
        self._token = ""

    def query(self, soql: str, *, archived: bool = False) -> Iterator[dict[str, Any]]:
        """The records of a query, page by page. `archived` ones and deleted ones as well."""
        how = "queryAll" if archived else "query"
        path = f"{self._root}/{how}?{urlencode({'q': soql})}"
        while path:
            page = self._ask("GET", path)
            if "records" not in page:
                raise SalesforceError("Salesforce answered a query with no records")
            yield from page["records"]
            path = page.get("nextRecordsUrl") or ""

    def upsert(self, kind: str, field: str, key: str, values: Mapping[str, object]) -> str | None:
        """Make the record of which `field` is `key`, or change it; its Id where it is told."""
        path = f"{self._root}/sobjects/{kind}/{field}/{quote(key, safe='')}"
        record: str | None = self._ask("PATCH", path, values).get("id")
        return record

    def change(self, kind: str, record: str, values: Mapping[str, object]) -> None:
        """Change the record with that Id."""
        self._ask("PATCH", f"{self._root}/sobjects/{kind}/{record}", values)

    def page_of(self, record: str) -> str:
        """Where people look at a record."""
        return f"{self._access.url}/{record}"

    def _ask(self, method: str, path: str, values: Mapping[str, object] | None = None) -> Any:
        body = None if values is None else json.dumps(values).encode()
        for _ in range(2):
            self._token = self._token or self._new_token()
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            answer = self._send(method, path, body=body, headers=headers)
            if answer.status != 401:  # noqa: PLR2004  the token is not taken any more
                break
            self._token = ""
        if answer.status >= 300:  # noqa: PLR2004  300 itself: several records bear the key
            raise _refusal(answer)
        return _read(answer) if answer.data else {}

    def _new_token(self) -> str:
        own = self._access
        form = {
            "grant_type": "client_credentials",
            "client_id": own.secret(own.id_from),
            "client_secret": own.secret(own.secret_from),
        }
        answer = self._send("POST", "/services/oauth2/token", fields=form, encode_multipart=False)
        found = _read(answer)
        token = found.get("access_token") if isinstance(found, dict) else None
        if answer.status == 200 and isinstance(token, str):  # noqa: PLR2004
            return token
        if answer.status in AGAIN:  # which says nothing of the app
            what = f"Salesforce gives no token now ({answer.status})"
            raise SalesforceError(what, "Run again later")
        why = found.get("error") if isinstance(found, dict) else None
        cure = f"Look at the app there, and at {own.id_from} and {own.secret_from}"
        raise SalesforceError(f"Salesforce gives no token ({why or answer.status})", cure)

    def _send(self, method: str, path: str, **more: Any) -> BaseHTTPResponse:
        try:
            return self._pool.request(method, self._access.url + path, **more)
        except HTTPError as error:
            reason = getattr(error, "reason", None) or error
            what = f"Salesforce cannot be reached at {self._access.url} ({type(reason).__name__})"
            raise SalesforceError(what, "Look at [customers.salesforce] url") from None


def _read(answer: BaseHTTPResponse) -> Any:
    try:
        return json.loads(answer.data)
    except ValueError:
        raise SalesforceError(f"Salesforce: {answer.status}, and no JSON") from None


def _refusal(answer: BaseHTTPResponse) -> SalesforceError:
    if answer.status == 300:  # noqa: PLR2004
        return RecordRefusedError("more than one record bears its key (DUPLICATE_EXTERNAL_ID)")
    told = _read(answer)
    first = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
    code = first.get("errorCode", "")
    why = f"{' '.join(str(first.get('message', '')).split())} ({code or answer.status})".strip()
    if code in _LIMITS or answer.status == 401 or answer.status in AGAIN:  # noqa: PLR2004
        return SalesforceError(f"Salesforce: {why}")
    return RecordRefusedError(why, first.get("fields") or ())
