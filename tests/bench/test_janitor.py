"""The janitor against the endpoint of `make bench`: right plans, and no call more than promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import formulas, judging, measuring, running
from bench.endpoint import truth
from bench.endpoint.account import Account
from bench.endpoint.mixes import Size
from bench.scenarios import PAGINATE, PLAN, RUN, TOKENISE, World
from cs_aws_janitor.resources.kinds import _ec2_tags, ec2_instance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.running import Endpoint
    from bench.scenarios import Command

WORLD = World(Size(120, regions=2, mix="busy"))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """A small and busy account in two regions."""
    with running.endpoint(WORLD) as served:
        yield served


@pytest.mark.parametrize("command", [PAGINATE, TOKENISE], ids=["paginate", "tokenise"])
def test_a_floor_reads_the_whole_fleet(endpoint: Endpoint, command: Command) -> None:
    """What a plan is compared with reads the same pages: here, those of one region."""
    measured = measuring.run(command, endpoint)
    assert measured.wrong == "60 read instead of 120"
    assert measured.calls == {"DescribeInstances": 1}


def test_a_plan_is_right_and_makes_the_calls_of_its_formula(endpoint: Endpoint) -> None:
    """A listing per region, one protection read per candidate, one look-up of snapshots."""
    measured = measuring.run(PLAN, endpoint)
    assert measured.wrong == ""
    most = formulas.of_plan(endpoint.truth())
    assert {action: measured.calls[action] for action in most} == most
    assert most["DescribeInstanceAttribute"] == 2 * (6 + 6 + 6 + 3)


def test_a_run_is_done_by_the_calls_of_its_formula(endpoint: Endpoint) -> None:
    """Equal tags in one call, stops in batches, a snapshot and an end each for what is due."""
    measured = measuring.run(RUN, endpoint)
    assert measured.wrong == ""
    most = formulas.of_run(endpoint.truth())
    assert {action: measured.calls[action] for action in most} == most
    assert most["TerminateInstances"] == 2 * 6


def test_a_plan_over_several_accounts_is_right() -> None:
    """Each is entered by its role once, and all of them are seen."""
    world = World(Size(20, regions=2, mix="busy"), accounts=3)
    with running.endpoint(world) as endpoint:
        measured = measuring.run(PLAN, endpoint)
    assert measured.wrong == ""
    assert measured.calls["AssumeRole"] == 2
    assert measured.calls["DescribeInstances"] == 3 * 2


def test_the_formulas_know_the_batches_of_the_janitor() -> None:
    """What they count by is what the janitor sends."""
    kind = ec2_instance.KIND
    sizes = (kind.tags_at_once, kind.stops_at_once, _ec2_tags.MOST_FILTER_VALUES)
    known = (formulas.PAGE, formulas.TAGGED, formulas.STOPPED, formulas.READ_AGAIN)
    assert (ec2_instance.PAGE, *sizes) == known


def test_an_undone_step_is_told_with_its_reason(tmp_path: Path) -> None:
    """Of a run in part it is said how many steps were not done, and why."""
    out, err = tmp_path / "out", tmp_path / "err"
    slow = '{"result": "failed", "why": "too many requests"}'
    out.write_text(
        f'{{"outcomes": [{slow}, {slow}, {{"result": "done", "why": null}}]}}', encoding="utf-8"
    )
    err.touch()
    wrong = judging.wrong(judging.Said(RUN, 1, out, err), [], {"terminated_without_snapshot": 0})
    assert wrong == "exit code 1: 2 failed (too many requests)"


def test_a_wrong_plan_does_not_count(tmp_path: Path) -> None:
    """A run that fails, or finds other phases than there are, is told as wrong."""
    truths = truth.read(Account(WORLD.size).truth)
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text('{"phases": {"active": 120}}', encoding="utf-8")
    err.write_text("one\njanitor: no\n", encoding="utf-8")
    nothing = {"terminated_without_snapshot": 0}
    failed = judging.Said(PLAN, 2, out, err)
    assert judging.wrong(failed, truths, nothing) == "exit code 2: janitor: no"
    blind = judging.Said(PLAN, 0, out, err)
    assert "0 due instead of 12" in judging.wrong(blind, truths, nothing)
    lost = judging.wrong(blind, truths, {"terminated_without_snapshot": 3})
    assert lost == "3 terminated without a snapshot"
