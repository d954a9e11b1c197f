"""A saved plan is carried out whole, unedited, in time, where it was made; or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.seals import sealed

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor


@pytest.fixture
def plan(janitor: Janitor) -> dict[str, Any]:
    """A plan of one step, saved as plan.json."""
    janitor.account.launch("jd-GitLabRunner")
    assert janitor("plan", "--out", "plan.json").code == 0
    read: dict[str, Any] = json.loads((janitor.home / "plan.json").read_text(encoding="utf-8"))
    return read


def test_a_file_that_is_no_whole_plan_is_refused(janitor: Janitor, plan: dict[str, Any]) -> None:
    """Torn, edited, of another version, not text, empty, something else: each is told apart."""
    file = janitor.home / "plan.json"
    whole = file.read_bytes()
    assert sealed(plan) == json.dumps(plan)
    misshapen = sealed({**plan, "steps": [{**plan["steps"][0], "name": {"a": "b"}}]})
    plan["steps"][0]["verbs"] = ["terminate"]  # somebody wants more than was planned
    spoiled = {
        whole[:200]: "it is not whole JSON (",
        b"": "it is not whole JSON (Expecting value: line 1 column 1 (char 0)): make it again",
        b'{"a": 1}': "it is not a plan: make one with `janitor plan --out FILE`",
        b"\xff\xfe\x00": "it is not even text",
        json.dumps({**plan, "version": 2}).encode(): "it has version 2, this janitor reads 1",
        json.dumps(plan).encode(): "it was edited since it was made, or made by another",
        sealed({**plan, "steps": [{}]}).encode(): "it does not have the shape of a plan",
        misshapen.encode(): "it does not have the shape of a plan ('name' is of type dict)",
    }
    for content, why in spoiled.items():
        file.write_bytes(content)
        refusal = janitor("apply", "plan.json", "--yes").refusal
        assert refusal.startswith("plan.json ")
        assert why in refusal
    (janitor.home / "folder").mkdir()
    assert "File 'folder' is a directory." in janitor("apply", "folder", "--yes").misuse
    assert janitor.account.writes == []


def test_a_plan_of_another_time_or_place_is_refused(janitor: Janitor, plan: dict[str, Any]) -> None:
    """Of an account that is not reached, a kind that is left out, of the future, or too old."""
    [step] = plan["steps"]
    far = {**step, "account": "999999999999"}
    later = "2026-11-22T07:00:00+00:00"
    spoiled: dict[str, dict[str, Any]] = {
        "the plan has steps in account 999999999999, which is not named": {"steps": [step, far]},
        "the plan has steps for the kind 'vm', which the settings leave": {
            "steps": [{**step, "kind": "vm"}]
        },
        "region us-east-1 is not among the regions of account 123456789012": {
            "steps": [{**step, "region": "us-east-1"}]
        },
        "the plan is of 2026-11-22 07:00, which is still to come": {
            "made_at": later,
            "as_of": later,
        },
    }
    for why, change in spoiled.items():
        (janitor.home / "plan.json").write_text(sealed({**plan, **change}), encoding="utf-8")
        assert janitor("apply", "plan.json", "--yes").refusal.startswith(why)
    (janitor.home / "plan.json").write_text(sealed(plan), encoding="utf-8")
    janitor.account.travel(days=7, seconds=1)
    assert janitor("apply", "plan.json", "--yes").refusal == (
        "the plan is of 2026-11-22, more than 7 days old. Make it again"
    )
    assert janitor.account.writes == []


def test_a_plan_that_cannot_be_saved_is_told(janitor: Janitor) -> None:
    """A folder that is not there, a full disk: no half plan passes for a whole one."""
    for out, why in (("no/plan.json", "No such file or"), ("/dev/full", "No space left on device")):
        assert janitor("plan", "--out", out).refusal.startswith(f"{out} cannot be written: {why}")
