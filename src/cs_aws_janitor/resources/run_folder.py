"""What the functions of one run in many parts tell each other: JSON objects in one folder of S3."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import SystemRandom
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.lease_s3 import MISSING, OTHERS_FIRST
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_s3.client import S3Client

    from cs_aws_janitor.shared.clock import Pause

AT_ONCE = 32
TRIES, SECONDS = 50, 0.05  # of many who change one object each but one has to begin again
_CHANCE = SystemRandom()


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run. Every error names the object; it is raised as LedgerError."""

    client: S3Client
    bucket: str
    folder: str
    pause: Pause = clock.pause

    def key(self, name: str) -> str:
        """The key of the object `name`."""
        return f"{self.folder}/{name}"

    def url(self, name: str) -> str:
        """The object `name` as people write it."""
        return f"s3://{self.bucket}/{self.key(name)}"

    def write(self, name: str, value: Any) -> None:
        """Write `value`; what stood there is replaced."""
        self._put(name, value, {})

    def read(self, name: str) -> Any:
        """What stands there, or None."""
        return self._get(name)[0]

    def read_all(self, under: str) -> Iterator[Any]:
        """Everything under a name, by the order of the keys, several read at a time."""
        pages = self.client.get_paginator("list_objects_v2")
        listing = pages.paginate(Bucket=self.bucket, Prefix=self.key(under))
        keys = attempt(lambda: [o["Key"] for page in listing for o in page.get("Contents", ())])
        if isinstance(keys, Refusal):
            raise self._error(under, "listed", keys)
        names = [key.removeprefix(self.key("")) for key in keys]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="results") as pool:
            yield from pool.map(self.read, names)

    def change(self, name: str, change: Callable[[Any], Any]) -> None:
        """Write what `change` makes of what stands there (None: nothing); nothing for None.

        Nobody else's change is lost: it begins again where another was quicker.
        """
        for tried in range(TRIES):
            self.pause(SECONDS * tried * _CHANCE.random())
            standing, version = self._get(name)
            changed = change(standing)
            wanted: Any = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
            if changed is None or self._put(name, changed, wanted):
                return
        raise LedgerError(f"{self.url(name)} is changed by too many at once")

    def _get(self, name: str) -> tuple[Any, str]:
        def get() -> tuple[Any, str]:
            answer = self.client.get_object(Bucket=self.bucket, Key=self.key(name))
            return json.loads(answer["Body"].read()), answer["ETag"]

        found = attempt(get, MISSING)
        if not isinstance(found, Refusal):
            return found
        if found.code in MISSING:
            return None, ""
        raise self._error(name, "read", found)

    def _put(self, name: str, value: Any, wanted: Any) -> bool:
        """Write it if it may be written; whether it was."""
        text = json.dumps(value).encode()
        answer = attempt(
            lambda: self.client.put_object(
                Bucket=self.bucket,
                Key=self.key(name),
                Body=text,
                ContentType="application/json",
                **wanted,
            ),
            OTHERS_FIRST | MISSING,
        )
        if isinstance(answer, Refusal) and not (wanted and answer.code in OTHERS_FIRST | MISSING):
            raise self._error(name, "written", answer)
        return not isinstance(answer, Refusal)

    def _error(self, name: str, done: str, refusal: Refusal) -> LedgerError:
        cure = f"Allow s3:GetObject and s3:PutObject under {self.folder}, and s3:ListBucket"
        return LedgerError(f"{self.url(name)} cannot be {done} ({refusal.sentence})", cure)
