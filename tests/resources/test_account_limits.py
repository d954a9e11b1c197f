"""Limits over all parts of an account: whoever would pass them does nothing, the others go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from cs_aws_janitor.resources.account_limits import within
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Plan, Step, allowed
from cs_aws_janitor.resources.policy import Limit, Limits
from cs_aws_janitor.resources.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("quiet")

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE, THERE = Place("123456789012", "eu-west-1"), Place("123456789012", "us-east-1")
ELSEWHERE = Place("210987654321", "eu-west-1")
LIMITS = Limits(Limit(5, 1.0), Limit(3, 1.0))


@pytest.fixture
def folder() -> Iterator[RunFolder]:
    """The folder of one run."""
    with mock_aws():
        client = boto3.Session("testing", "testing", region_name="us-east-1").client("s3")
        client.create_bucket(Bucket="ledger")
        yield RunFolder(client, "ledger", "runs/daily")


def plan(place: Place, count: int, verb: Verb = Verb.SHUT_OFF, kind: str = "box") -> Plan:
    """So many steps alike in one place."""
    steps = tuple(
        Step(place, kind, f"{kind}-{n}", None, None, Phase.EXPIRED, (verb,), "", None)
        for n in range(count)
    )
    return Plan(NOW, NOW, "UTC", steps=steps)


def left(folder: RunFolder, wanted: Plan, place: Place) -> int:
    """How many steps are left of a plan."""
    return len(allowed(within(wanted, place, LIMITS, folder)))


def test_the_sum_of_all_regions_counts(folder: RunFolder) -> None:
    """The one that would pass it is left alone, whole; a smaller one after it is not."""
    assert left(folder, plan(HERE, 3), HERE) == 3
    assert left(folder, plan(THERE, 3), THERE) == 0
    assert left(folder, plan(THERE, 2), THERE) == 2


def test_the_breach_names_the_account_and_the_limit(folder: RunFolder) -> None:
    """So that it is clear why a region with three of them passes a limit of five."""
    within(plan(HERE, 3), HERE, LIMITS, folder)
    (breach,) = within(plan(THERE, 3), THERE, LIMITS, folder).breaches
    assert breach.why == (
        "6 would be hit in all regions of 123456789012 together, limits.shut_off.count allows 5"
    )


def test_accounts_kinds_and_verbs_are_counted_apart(folder: RunFolder) -> None:
    """As everywhere else."""
    assert left(folder, plan(HERE, 5), HERE) == 5
    assert left(folder, plan(ELSEWHERE, 5), ELSEWHERE) == 5
    assert left(folder, plan(THERE, 5, kind="disk"), THERE) == 5
    assert left(folder, plan(THERE, 3, Verb.TERMINATE), THERE) == 3
    assert left(folder, plan(HERE, 1, Verb.TERMINATE), HERE) == 0


def test_a_part_that_is_tried_again_is_not_counted_twice(folder: RunFolder) -> None:
    """It is about to do what is left of the same; nor does it take back what may be done."""
    assert left(folder, plan(HERE, 4), HERE) == 4
    assert left(folder, plan(HERE, 4), HERE) == 4
    assert left(folder, plan(HERE, 1), HERE) == 1
    assert left(folder, plan(THERE, 2), THERE) == 0


def test_what_is_not_limited_costs_no_call(folder: RunFolder) -> None:
    """Most places only tag, most days."""
    within(plan(HERE, 9, Verb.TAG), HERE, LIMITS, folder)
    assert folder.read("limits/123456789012.json") is None
