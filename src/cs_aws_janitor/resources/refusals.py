"""Errors of the AWS SDK as typed refusals: the one place that knows their codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Container

T = TypeVar("T")

LONGEST_LINE = 300  # characters of somebody else's words


class Sort(StrEnum):
    """What kind of refusal it was, and so what may be done about it."""

    DENIED = "denied"
    THROTTLED = "throttled"
    GONE = "gone"
    BARRED = "barred"
    UNREACHED = "unreached"
    FAILED = "failed"


_SORTS = {
    Sort.DENIED: {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "OptInRequired",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    },
    Sort.THROTTLED: {
        "EC2ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    },
    Sort.GONE: {"DBInstanceNotFound", "DBSnapshotNotFound", "InvalidAMIID.Unavailable"},
    Sort.BARRED: {
        "DBClusterAutomatedBackupQuotaExceededFault",
        "DBInstanceAutomatedBackupQuotaExceeded",
        "IncorrectInstanceState",
        "IncorrectState",
        "InvalidAddress.Locked",
        "InvalidIPAddress.InUse",
        "InvalidDBClusterSnapshotStateFault",
        "InvalidDBClusterStateFault",
        "InvalidDBInstanceState",
        "InvalidDBSnapshotState",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidSnapshot.InUse",
        "LimitExceeded",
        "OperationNotPermitted",
        "ResourceInUse",
        "ResourceLimitExceeded",
        "ScalingActivityInProgress",
        "SnapshotCreationPerVolumeRateExceeded",
        "SnapshotQuotaExceeded",
        "TagLimitExceeded",
        "TagPolicyViolation",
        "UnsupportedOperation",
        "VolumeInUse",
        "ValidationError",
    },
}
_SORT_OF = {code: sort for sort, codes in _SORTS.items() for code in codes}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why AWS did not do something: its sort, AWS's own code, one sentence, and the error.

    `repeated`: the SDK had asked before, and the answer to that was lost.
    """

    sort: Sort
    code: str
    sentence: str
    error: Exception
    repeated: bool = False


def attempt(call: Callable[[], T], usual: Container[str] = ()) -> T | Refusal:
    """What `call` gives, or its refusal: the one boundary between our steps and the SDK.

    Refusals of a `usual` code are answers as any other, and not worth a line in the log.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001  see below
        # Whatever breaks one step must not break the run: it becomes that step's outcome.
        refusal = of(error)
        if refusal.code in usual:
            return refusal
        shown = None if isinstance(error, ResponseParserError) else error
        log.info("call.refused", code=refusal.code, why=refusal.sentence, exc_info=shown)
        return refusal


def halt(why: str) -> Refusal:
    """The refusal of what a run may not begin any more."""
    return Refusal(Sort.FAILED, "Halted", f"not done: {why}", RefusedError(why))


def throttles(code: str) -> bool:
    """Whether AWS's error `code` says that there were too many requests."""
    return _SORT_OF.get(code) is Sort.THROTTLED


def of(error: Exception) -> Refusal:
    """The refusal that `error` stands for; anything unknown counts as failed."""
    name = type(error).__name__
    if isinstance(error, ClientError):
        return _of_client_error(error)
    if isinstance(error, ResponseParserError):
        # Its message is the whole answer, which may be long, or hold user data.
        return Refusal(Sort.FAILED, name, "AWS gave an answer that cannot be read", error)
    if isinstance(error, (BotoCoreError, HTTPClientError)):
        return Refusal(Sort.UNREACHED, name, f"AWS was not reached: {_line(error)}", error)
    return Refusal(Sort.FAILED, name, f"{name}: {_line(error)}", error)


def _of_client_error(error: ClientError) -> Refusal:
    told = error.response.get("Error", {})
    code, message = told.get("Code") or "Unknown", (told.get("Message") or "").strip()
    sort = _SORT_OF.get(code, Sort.FAILED)
    # Auto Scaling has no code of its own for a group that is gone.
    unnamed = code == "ValidationError" and "name not found" in message
    if unnamed or code.endswith((".NotFound", "NotFoundFault", "NotFoundException")):
        sort = Sort.GONE
    lead = f"{sort}: " if sort in {Sort.DENIED, Sort.THROTTLED} else ""
    repeated = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
    sentence = f"{lead}{error.operation_name}: {code}: {message}"
    return Refusal(sort, code, sentence, error, repeated)


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}..."
