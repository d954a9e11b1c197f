"""A ledger kept in S3, for several machines or Lambda: every append is an object of its own.

The keys sort by time; each is written on the condition that nothing stands there, so nothing is
ever overwritten. Encryption is what the bucket has by default. Needed: s3:ListBucket on the
bucket, s3:GetObject and s3:PutObject under the prefix; deleting may be denied to everyone.

Where thousands of places are looked after by a function each, every one has a folder of its own
under the prefix, so that none reads what the others have written. Whoever looks after everything
reads all of them.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from types_boto3_s3.client import S3Client

AT_ONCE = 16
AHEAD = 64  # objects that are read before their turn has come
TRIES = 5
SUFFIX = ".jsonl"
PLACES = "places"  # the folder of those that have one of their own
TAKEN, IN_CONFLICT = "PreconditionFailed", "ConditionalRequestConflict"


class S3:
    """Lines in the objects under `prefix` of `bucket`. Safe among threads and machines.

    `place` names a folder in it: then what is written goes there, and what is read is that and
    what lies right under the prefix. Without it everything is read.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        prefix: str,
        now: Callable[[], datetime] = clock.now,
        place: str = "",
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._root = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._place = f"{PLACES}/{place}/" if place else ""
        self._folder = self._root + self._place
        self._now = now
        self._run = secrets.token_hex(4)
        self._numbers = count(1)
        self._last = ""
        self._lock = threading.Lock()

    def append(self, text: str) -> None:
        """Add lines as one new object; no lines make an empty one, which nobody reads."""
        key, content = self._next_key(), text.encode()
        for tried in count(1):
            refusal = self._put(key, content)
            if refusal is None:
                return
            if refusal.code == TAKEN:
                # The answer to our own first try may have been lost, and its repeat found it done.
                if self._get(key) == content:
                    return
                key = self._next_key()
            if refusal.code not in {TAKEN, IN_CONFLICT} or tried == TRIES:
                raise self._error("written", refusal)

    def lines(self) -> Iterator[str]:
        """Every line, in the order of the keys; objects are read several at a time."""
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ledger")
        ahead: deque[Future[bytes]] = deque()
        try:
            for key in self._keys():
                ahead.append(pool.submit(self._get, key))
                if len(ahead) >= AHEAD:
                    yield from _lines(ahead.popleft().result())
            while ahead:
                yield from _lines(ahead.popleft().result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _next_key(self) -> str:
        """A key behind all of this store, even where its clock is set back meanwhile."""
        with self._lock:
            self._last = max(self._last, f"{self._now():%Y%m%dT%H%M%SZ}")
            number = next(self._numbers)
            name = f"{self._last}-{self._run}-{number:08}-{secrets.token_hex(4)}"
        return f"{self._folder}{name}{SUFFIX}"

    def _put(self, key: str, content: bytes) -> Refusal | None:
        answer = attempt(
            lambda: self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/x-ndjson",
                IfNoneMatch="*",
            )
        )
        return answer if isinstance(answer, Refusal) else None

    def _get(self, key: str) -> bytes:
        def get() -> bytes:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

        content = attempt(get)
        if isinstance(content, Refusal):
            raise self._error("read", content)
        return content

    def _keys(self) -> Iterator[str]:
        """The keys of what is not empty, by their time, whichever folder they lie in."""
        if self._place:
            found = [*self._listed(self._root, "/"), *self._listed(self._folder, "/")]
        else:
            found = [*self._listed(self._root, "/"), *self._listed(f"{self._root}{PLACES}/", "")]
        yield from sorted(found, key=lambda key: key.rpartition("/")[2])

    def _listed(self, prefix: str, delimiter: str) -> Iterator[str]:
        pages = iter(
            self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter=delimiter
            )
        )
        while True:
            page = attempt(lambda: next(pages, None))
            if isinstance(page, Refusal):
                raise self._error("read", page)
            if page is None:
                return
            for one in page.get("Contents", ()):
                if one["Size"] and one["Key"].endswith(SUFFIX):
                    yield one["Key"]

    def _error(self, done: str, refusal: Refusal) -> LedgerError:
        place = f"s3://{self._bucket}/{self._folder}"
        cure = "Run it again; nothing is done without the ledger"
        if refusal.code == "NoSuchBucket":
            cure = f"Create the bucket {self._bucket}, or set ledger.s3 to one that exists"
        elif refusal.sort is Sort.DENIED:
            cure = (
                f"Allow s3:ListBucket on {self._bucket}, and s3:GetObject and s3:PutObject on"
                f" {self._bucket}/{self._folder}*, to these credentials"
            )
        why = " ".join(refusal.sentence.split())
        return LedgerError(f"the ledger {place} cannot be {done} ({why})", cure)


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").split("\n")
