"""The least IAM policy of `janitor customers run`: only what of the settings lies in AWS. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers_places import ledger_place, lock_key
from cs_aws_janitor.resources.permissions import literally
from cs_aws_janitor.settings import S3Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.settings import Settings

READ, WRITE = "s3:GetObject", "s3:PutObject"


def document(settings: Settings) -> dict[str, Any]:
    """The policy, ready for IAM; without a statement where nothing lies in AWS."""
    return {"Version": "2012-10-17", "Statement": list(_statements(settings))}


def _statements(settings: Settings) -> Iterator[dict[str, Any]]:
    arn = f"arn:{settings.partition}"
    written, read = _written(settings), _read(settings)
    if written or read or settings.customers.mail.ses:
        # It needs no permission. It is named so that the policy tells of every call there is.
        yield _allowed("Begin", ["sts:GetCallerIdentity"], ["*"])
    buckets = {key.partition("/")[0] for key in (*written, *read)}
    if buckets:
        # S3 says "there is no such object" only to those who may list its bucket.
        yield _allowed("ListBuckets", ["s3:ListBucket"], [f"{arn}:s3:::{each}" for each in buckets])
    if read:
        yield _allowed("ReadObjects", [READ], [f"{arn}:s3:::{each}" for each in read])
    if written:
        yield _allowed("KeepObjects", [READ, WRITE], [f"{arn}:s3:::{each}" for each in written])
    if settings.customers.mail.ses:
        yield _allowed("SendMails", ["ses:SendEmail"], [f"{arn}:ses:*:*:identity/*"])


def _read(settings: Settings) -> list[str]:
    """What is only read, as bucket/key."""
    own = settings.customers
    found = [_object(own.source)] if isinstance(own.source, S3Place) else []
    return [*found, *([_below(own.playbooks)] if isinstance(own.playbooks, S3Place) else [])]


def _written(settings: Settings) -> list[str]:
    """What is read and written."""
    own, ledger = settings.customers, ledger_place(settings)
    found = []
    if isinstance(ledger, S3Place):
        lock = S3Place(ledger.bucket, lock_key(ledger))
        found += [f"{_below(ledger)}.jsonl", _object(lock)]
    if isinstance(own.tasks, S3Place):
        found.append(_below(own.tasks))
    if isinstance(own.calendar, S3Place):
        found.append(_object(own.calendar))
    return found


def _object(place: S3Place) -> str:
    return f"{place.bucket}/{literally(place.prefix)}"


def _below(place: S3Place) -> str:
    return f"{_object(place)}/*" if place.prefix else f"{place.bucket}/*"


def _allowed(sid: str, actions: list[str], on: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": sorted(on)}
