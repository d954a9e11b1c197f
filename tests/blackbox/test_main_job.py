"""The main job, as a person and cron do it: look, look again, do it, extend, do it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.blackbox.janitor import ended
from tests.blackbox.shapes import OUTCOMES, PLAN, misfits

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

LAUNCH = """
import boto3
ec2 = boto3.client("ec2")
for name in ("jd-GitLabRunner", "ab-demo", None):
    tags = [{"Key": "Name", "Value": name}] if name else [{"Key": "team", "Value": "cs"}]
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0", InstanceType="t3.micro", MinCount=1, MaxCount=1,
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}],
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    print(made["Instances"][0]["InstanceId"])
"""
ROOMY = "limits.shut_off = {count = 9, share = 1.0}\nlimits.terminate = {count = 9, share = 1.0}\n"


def launched(janitor: Janitor) -> list[str]:
    """Three instances, made over HTTP by somebody's boto3: named, named, un-named."""
    janitor.settings += ROOMY
    said = ended(janitor.endpoint.python("-c", LAUNCH))
    assert said.err == ""
    janitor.account.clear_calls()
    return said.out.split()


def timeless(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan without what every second changes."""
    return {key: plan[key] for key in plan.keys() - {"made_at", "as_of", "digest"}}


def test_a_plan_is_of_its_shape_can_be_repeated_and_writes_nothing(janitor: Janitor) -> None:
    """Twice the same but for the time; no call that writes; nothing of the account changes."""
    named, other, unnamed = launched(janitor)
    before = {each: janitor.account.tags(each) for each in (named, other, unnamed)}
    first = janitor("plan", "--format", "json")
    janitor.account.travel(minutes=5)
    again = janitor("plan", "--dry-run", "--format", "json")

    assert (first.code, again.code) == (0, 0)
    assert misfits(first.json, PLAN) == []
    assert first.json["made_at"] == first.json["as_of"] == "2026-11-22T06:00:00+00:00"
    assert timeless(first.json) == timeless(again.json)
    assert janitor.account.writes == []
    assert {each: janitor.account.tags(each) for each in before} == before
    by_id = {step["id"]: (step["phase"], step["verbs"]) for step in first.json["steps"]}
    assert by_id == {
        named: ("new", ["tag"]),
        other: ("new", ["tag"]),
        unnamed: ("un-named", ["tag", "shut_off"]),
    }
    assert first.json["phases"] == {"new": 2, "un-named": 1}
    assert [(row["region"], row["status"], row["resources"]) for row in first.json["coverage"]] == [
        ("eu-west-1", "ok", 3)
    ]


def test_from_the_first_sighting_to_the_end(janitor: Janitor) -> None:
    """Tagged once; extended by its tag, it stays; the other is shut off, left, backed up, ended."""
    account = janitor.account
    named, other, unnamed = launched(janitor)
    first = janitor("run", "--yes", "--format", "json")
    assert (first.code, misfits(first.json, OUTCOMES)) == (0, [])
    assert {o["result"] for o in first.json["outcomes"]} == {"done"}
    for each in (named, other, unnamed):
        assert account.tags(each)["Discovered"] == "2026-11-22"
        assert account.tags(each)["Expiration"] == "2026-12-06"
    states = [account.state(each) for each in (named, other, unnamed)]
    assert states == ["running", "running", "stopped"]

    account.clear_calls()
    assert janitor("run", "--yes").code == 0
    assert account.writes == []  # tagged only once

    account.tag(named, Expiration="2027-01-15")  # "add a month or two"
    account.at("2026-12-06T06:00")
    second = janitor("run", "--yes", "--format", "csv")
    assert second.code == 0
    assert {row["id"]: row["result"] for row in second.rows} == {other: "done", unnamed: "done"}
    assert (account.state(named), account.state(other)) == ("running", "stopped")
    assert "ShutOff" in account.tags(other)

    account.travel(days=7, minutes=1)
    account.snapshots_pend(minutes=1)
    planned = janitor("plan", "--out", "plan.json")
    assert planned.code == 0
    assert planned.err == "Saved: janitor apply plan.json\n"
    assert {line.split()[2] for line in planned.out.splitlines() if " due " in line} == {
        other,
        unnamed,
    }
    applied = janitor("apply", "plan.json", "--yes", "--format", "json")
    assert (applied.code, misfits(applied.json, OUTCOMES)) == (0, [])
    assert account.state(other) == "stopped"  # its backup is not complete yet
    account.travel(minutes=2)
    last = janitor("run", "--yes", "--format", "json")
    assert last.code == 0
    assert [account.state(each) for each in (named, other, unnamed)] == [
        "running",
        "shutting-down",
        "shutting-down",
    ]
    assert {snapshot.state for snapshot in account.snapshots(other)} == {"completed"}
    again = janitor("apply", "plan.json", "--yes", "--format", "json")
    assert again.code == 1
    assert {outcome["result"] for outcome in again.json["outcomes"]} == {"changed"}


def test_what_is_selected_is_looked_at_and_acted_on_alone(janitor: Janitor) -> None:
    """--region, --kind, --owner and --account narrow a plan and a run alike."""
    janitor.settings = 'regions = ["eu-west-1", "eu-central-1"]\nkinds = ["ec2_instance"]'
    account = janitor.account
    mine, yours = account.launch("jd-mine"), account.launch("ab-yours")
    far = account.launch("jd-far", region="eu-central-1")
    near = janitor("plan", "--region", "eu-west-1", "--kind", "ec2_instance", "--format", "csv")
    assert {row["id"] for row in near.rows} == {mine, yours}
    account.clear_calls()
    ran = janitor("run", "--yes", "--account", account.id, "--owner", "JD", "--format", "csv")
    assert (ran.code, {row["id"] for row in ran.rows}) == (0, {mine, far})
    assert "Discovered" not in account.tags(yours)
    listed = janitor("list", "--owner", "jd", "--owner", "ab", "--format", "json").json
    assert {each["id"]: each["phase"] for each in listed["resources"]} == {
        mine: "active",
        yours: "new",
        far: "active",
    }
    assert janitor("list", "--expiring", "13", "--format", "csv").rows == []


def test_past_a_limit_nothing_of_that_kind_is_begun(janitor: Janitor) -> None:
    """The plan says so with exit code 1; the run does nothing and refuses with exit code 2."""
    janitor.settings += "limits.shut_off = {count = 1, share = 1.0}\n"
    ids = [janitor.account.launch(None) for _ in range(2)]
    planned = janitor("plan")
    assert planned.code == 1
    assert "2 would be hit, limits.shut_off.count allows 1" in planned.out
    ran = janitor("run", "--yes", "--format", "csv")
    assert (ran.code, ran.rows) == (2, [])
    assert "left alone: 2 would be hit" in ran.err
    assert janitor.account.writes == []
    assert {janitor.account.state(each) for each in ids} == {"running"}


def test_another_time_is_only_looked_at(janitor: Janitor) -> None:
    """--as-of decides for another day, in the team's zone; it is never applied."""
    janitor.settings += 'timezone = "Pacific/Auckland"\n'
    instance = janitor.account.launch(tags={"Discovered": "2026-11-22", "Expiration": "2026-12-06"})
    late = janitor("plan", "--as-of", "2026-12-06", "--out", "plan.json", "--format", "json")
    [step] = late.json["steps"]
    assert (step["id"], step["phase"], step["next_on"]) == (instance, "expired", "2026-12-13")
    assert late.json["as_of"] == "2026-12-06T00:00:00+13:00"
    assert late.json["made_at"] == "2026-11-22T06:00:00+00:00"
    assert "only to be looked at" in late.err
    refusal = janitor("apply", "plan.json", "--yes").refusal
    assert refusal.startswith("the plan was made as of 2026-12-06")
    assert janitor.account.writes == []
