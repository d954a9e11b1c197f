"""Objects in S3 as files: read, written and listed by the few operations that `Pathlike` names.

Needed: s3:GetObject and s3:PutObject on them, and s3:ListBucket on the bucket, without which S3
does not say that something is not there.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.refusals import Refusal, attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_s3.client import S3Client

MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


@dataclass(frozen=True, slots=True)
class S3Path:
    """The object of a `key`, without slashes around, or the folder of all that begin with it."""

    client: S3Client
    bucket: str
    key: str

    def __str__(self) -> str:
        """As the settings spell it."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def name(self) -> str:
        """What stands behind the last slash of its key."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """The same without its suffix."""
        return PurePosixPath(self.key).stem

    @property
    def suffix(self) -> str:
        """The end of its name, from the last dot on."""
        return PurePosixPath(self.key).suffix

    def __truediv__(self, name: str, /) -> S3Path:
        """What is called `name` below it."""
        return replace(self, key=f"{self._folder}{name}")

    def iterdir(self) -> Iterator[S3Path]:
        """The objects right below it; of a bucket that is not there OSError says so."""
        pages = self.client.get_paginator("list_objects_v2")
        listing = pages.paginate(Bucket=self.bucket, Prefix=self._folder, Delimiter="/")
        found = attempt(lambda: [one for page in listing for one in page.get("Contents", ())])
        if isinstance(found, Refusal):
            raise _error(found)
        for one in found:
            if one["Key"] != self._folder:  # an empty object that stands for the folder itself
                yield replace(self, key=one["Key"])

    def read_bytes(self) -> bytes:
        """What the object holds."""

        def get() -> bytes:
            return self.client.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()

        content = attempt(get, MISSING)
        if isinstance(content, Refusal):
            raise _error(content)
        return content

    def write_bytes(self, content: bytes, /) -> None:
        """Put the object, in place of one that stands there. S3 has the old one or the new."""
        answer = attempt(
            lambda: self.client.put_object(Bucket=self.bucket, Key=self.key, Body=content)
        )
        if isinstance(answer, Refusal):
            raise _error(answer)

    @property
    def _folder(self) -> str:
        return f"{self.key}/" if self.key else ""


def _error(refusal: Refusal) -> OSError:
    if refusal.code == "NoSuchBucket":
        return FileNotFoundError(errno.ENOENT, "there is no such bucket")
    if refusal.code in MISSING:
        return FileNotFoundError(errno.ENOENT, "there is no such object")
    return OSError(errno.EIO, " ".join(refusal.sentence.split()))
