"""Errors of the SDK as typed refusals: which sort, which words, and what is let through."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from structlog.testing import capture_logs

from cs_aws_janitor.resources.outcome import Result, result_of
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt, of

pytestmark = pytest.mark.usefixtures("quiet")

URL = "https://ec2.eu-west-1.amazonaws.com"


def client_error(code: str, message: str = "no") -> ClientError:
    """An error as AWS answers it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "StopInstances")


@pytest.mark.parametrize(
    ("code", "sort", "result"),
    [
        ("UnauthorizedOperation", Sort.DENIED, Result.FAILED),
        ("AccessDenied", Sort.DENIED, Result.FAILED),
        ("AccessDeniedException", Sort.DENIED, Result.FAILED),
        ("AuthFailure", Sort.DENIED, Result.FAILED),
        ("OptInRequired", Sort.DENIED, Result.FAILED),
        ("RequestLimitExceeded", Sort.THROTTLED, Result.FAILED),
        ("Throttling", Sort.THROTTLED, Result.FAILED),
        ("ThrottlingException", Sort.THROTTLED, Result.FAILED),
        ("SlowDown", Sort.THROTTLED, Result.FAILED),
        ("OperationNotPermitted", Sort.BARRED, Result.BLOCKED),
        ("UnsupportedOperation", Sort.BARRED, Result.BLOCKED),
        ("IncorrectInstanceState", Sort.BARRED, Result.BLOCKED),
        ("TagLimitExceeded", Sort.BARRED, Result.BLOCKED),
        ("VolumeInUse", Sort.BARRED, Result.BLOCKED),
        ("InvalidSnapshot.InUse", Sort.BARRED, Result.BLOCKED),
        ("InvalidIPAddress.InUse", Sort.BARRED, Result.BLOCKED),
        ("InvalidAddress.Locked", Sort.BARRED, Result.BLOCKED),
        ("LimitExceeded", Sort.BARRED, Result.BLOCKED),
        ("ResourceInUse", Sort.BARRED, Result.BLOCKED),
        ("ScalingActivityInProgress", Sort.BARRED, Result.BLOCKED),
        ("ValidationError", Sort.BARRED, Result.BLOCKED),
        ("InvalidInstanceID.NotFound", Sort.GONE, Result.CHANGED),
        ("InvalidVolume.NotFound", Sort.GONE, Result.CHANGED),
        ("InvalidAMIID.Unavailable", Sort.GONE, Result.CHANGED),
        ("DBInstanceNotFoundFault", Sort.GONE, Result.CHANGED),
        ("ResourceNotFoundException", Sort.GONE, Result.CHANGED),
        ("InternalError", Sort.FAILED, Result.FAILED),
        ("SomethingNew", Sort.FAILED, Result.FAILED),
    ],
)
def test_what_aws_answers_has_a_sort(code: str, sort: Sort, result: Result) -> None:
    """Its code says what may be done about it; one that is unknown counts as failed."""
    refusal = of(client_error(code))
    assert (refusal.sort, refusal.code, result_of(refusal)) == (sort, code, result)


def test_a_group_that_is_gone() -> None:
    """Auto Scaling says it with the code of anything that does not fit."""
    message = "AutoScalingGroup name not found - AutoScalingGroup 'jd-web' not found"
    assert of(client_error("ValidationError", message)).sort is Sort.GONE


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        NoCredentialsError(),
        ParamValidationError(report="Missing\nInstanceIds"),
    ],
)
def test_what_did_not_reach_aws(error: Exception) -> None:
    """It failed, in one line, with the name of the error as its code."""
    refusal = of(error)
    assert (refusal.sort, refusal.code) == (Sort.UNREACHED, type(error).__name__)
    assert refusal.sentence.startswith("AWS was not reached: ")
    assert "\n" not in refusal.sentence
    assert result_of(refusal) is Result.FAILED


def test_a_fault_of_ours() -> None:
    """It is named as what it is."""
    refusal = of(KeyError("Instances"))
    assert (refusal.sort, refusal.sentence) == (Sort.FAILED, "KeyError: 'Instances'")


def test_words_for_a_person() -> None:
    """What was asked for, the code and AWS's own message; denied and throttled are said first."""
    barred = of(client_error("OperationNotPermitted", "may not be stopped."))
    assert barred.sentence == "StopInstances: OperationNotPermitted: may not be stopped."
    denied = of(client_error("UnauthorizedOperation", "You are not authorized."))
    assert denied.sentence.startswith("denied: StopInstances: UnauthorizedOperation: You are")
    assert of(client_error("SlowDown")).sentence.startswith("throttled: ")


@pytest.mark.parametrize(
    "response",
    [{}, {"Error": {}}, {"Error": {"Code": "X"}}, {"Error": {"Code": "X", "Message": None}}],
)
def test_an_answer_that_is_not_whole(response: Any) -> None:
    """An error without code or message is still a refusal."""
    refusal = of(ClientError(response, "StopInstances"))
    assert (refusal.sort, refusal.code) == (
        Sort.FAILED,
        response.get("Error", {}).get("Code", "Unknown"),
    )


def test_an_attempt_that_succeeds() -> None:
    """It gives what the call gave, also where that says nothing."""
    assert attempt(lambda: 7) == 7
    assert attempt(lambda: None) is None


def test_an_attempt_that_fails() -> None:
    """It gives the refusal, which keeps the error."""
    error = client_error("OperationNotPermitted")

    def call() -> int:
        raise error

    refusal = attempt(call)
    assert isinstance(refusal, Refusal)
    assert refusal.error is error


def test_a_usual_refusal_is_not_worth_a_line() -> None:
    """To ask for what may not be there yet is nothing that anybody must read of."""

    def call() -> int:
        raise client_error("NoSuchKey")

    with capture_logs() as told:
        assert isinstance(attempt(call, {"NoSuchKey"}), Refusal)
        assert told == []


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_who_wants_to_end_is_let_go(ending: type[BaseException]) -> None:
    """Only errors become refusals."""

    def call() -> None:
        raise ending

    with pytest.raises(ending):
        attempt(call)
