"""A lock in S3, for runs on several machines or in Lambda: conditional writes decide who has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.shared.errors import LockedError

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

MISSING = frozenset({"NoSuchKey", "404"})
OTHERS_FIRST = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, slots=True)
class S3Slot:
    """A lock in one object; its ETag is the version."""

    here: ClassVar[bool] = False

    client: S3Client
    bucket: str
    key: str

    def read(self) -> tuple[str, str]:
        """The text and its version; both '' where there is no object yet."""

        def get() -> tuple[str, str]:
            answer = self.client.get_object(Bucket=self.bucket, Key=self.key)
            return answer["Body"].read().decode(errors="replace"), answer["ETag"]

        found = attempt(get)
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

    def _unusable(self, refusal: Refusal) -> LockedError:
        return LockedError(
            f"the lock s3://{self.bucket}/{self.key} cannot be used ({refusal.sentence})",
            f"Allow s3:GetObject and s3:PutObject on it, and s3:ListBucket on {self.bucket}, to "
            "these credentials",
        )
