"""A lock in S3, for runs on several machines or in Lambda: conditional writes decide who has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_s3.client import S3Client

MISSING = frozenset({"NoSuchKey", "404"})
OTHERS_FIRST = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class S3Slot:
    """A lock in one object; its ETag is the version.

    One account has one lock, and each of its regions one below it, for those that look after one
    region alone: `region` names it. The two sorts rule each other out.
    """

    here: ClassVar[bool] = False

    client: S3Client
    bucket: str
    account: str
    region: str = ""

    @property
    def key(self) -> str:
        """The key of the object."""
        return f"{self.account}/{self.region}" if self.region else self.account

    def read(self) -> tuple[str, str]:
        """The text and its version; both '' where there is no object yet."""

        def get() -> tuple[str, str]:
            answer = self.client.get_object(Bucket=self.bucket, Key=self.key)
            return answer["Body"].read().decode(errors="replace"), answer["ETag"]

        found = attempt(get, MISSING)
        if not isinstance(found, Refusal):
            return found
        if found.code in MISSING:
            return "", ""
        raise self._unusable(found)

    def swap(self, text: str, version: str) -> bool:
        """Write `text` if `version` still stands; S3 itself refuses it otherwise."""
        wanted: Any = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        answer = attempt(
            lambda: self.client.put_object(
                Bucket=self.bucket,
                Key=self.key,
                Body=text.encode(),
                ContentType="application/json",
                **wanted,
            )
        )
        if not isinstance(answer, Refusal):
            return True
        if answer.code in OTHERS_FIRST | MISSING:
            # The repeat of a try of our own, whose answer was lost, is refused as well.
            return bool(text) and self.read()[0] == text
        raise self._unusable(answer)

    def beside(self) -> Iterator[str]:
        """The lock of the account of this region, or those of the regions of this account."""
        if self.region:
            yield S3Slot(self.client, self.bucket, self.account).read()[0]
            return
        pages = self.client.get_paginator("list_objects_v2")
        listing = pages.paginate(Bucket=self.bucket, Prefix=f"{self.account}/")
        found = attempt(lambda: [one for page in listing for one in page.get("Contents", ())])
        if isinstance(found, Refusal):
            raise self._unusable(found)
        for one in found:
            if one["Size"]:
                region = one["Key"].removeprefix(f"{self.account}/")
                yield S3Slot(self.client, self.bucket, self.account, region).read()[0]

    def _unusable(self, refusal: Refusal) -> LockedError:
        return LockedError(
            f"the lock s3://{self.bucket}/{self.key} cannot be used ({refusal.sentence})",
            f"Allow s3:GetObject and s3:PutObject on it, and s3:ListBucket on {self.bucket}, to "
            "these credentials",
        )
