"""Why mine: what comes, in words and with its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.explaining import coming, explain
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Place, Power, Resource
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.resources.report import explanation_report
from cs_aws_janitor.resources.sweep import Rules

NOW = datetime(2026, 12, 10, 6, tzinfo=UTC)
STOPPED = "AWS deletes no cluster that is stopped: it ends when AWS has started it, on 2026-12-13"
CLUSTER = Resource(
    Place("123456789012", "eu-west-1"),
    "rds_cluster",
    "jd-shop",
    tags={
        "Discovered": "2026-11-22",
        "Expiration": "2026-12-06",
        "ShutOff": "2026-12-06T06:00:00+00:00",
    },
    power=Power.OFF,
    own_name="jd-shop",
    not_yet=STOPPED,
    starts_itself=True,
    protected=False,
    parts=("jd-shop",),
)


def what_comes(resource: Resource, now: datetime = NOW) -> list[str]:
    """Day by day."""
    rules = Rules(Policy(), now, None)
    found = coming(resource, decide(resource, rules.policy, now), rules)
    return [f"{c.on} {c.what}" for c in found]


def test_what_waits_for_aws_comes_all_the_same() -> None:
    """A stopped cluster is not deleted by AWS: it says so beside the day from which it is due."""
    ending = f"it is backed up and terminated; {STOPPED}"
    assert what_comes(CLUSTER) == [f"2026-12-13 {ending}"]
    assert what_comes(CLUSTER, NOW + timedelta(days=4)) == [f"2026-12-14 {ending}"]


def test_what_is_on_its_way_has_arrived_by_then() -> None:
    """That it is stopping is no word for a day next week; it is one for today."""
    moving = replace(CLUSTER, power=Power.MOVING, not_yet="it is stopping, so its end waits")
    assert what_comes(moving) == ["2026-12-13 it is backed up and terminated"]
    (today,) = what_comes(moving, NOW + timedelta(days=4))
    assert today.endswith("terminated; it is stopping, so its end waits")


def test_what_can_be_kept_only_later_is_said_so() -> None:
    """AWS changes no protection of a database that is stopped."""
    rules = Rules(Policy(), NOW, None)
    for why, words in ((None, "for good"), ("it is stopped", "for good, once it is started")):
        resource = replace(CLUSTER, cannot_protect=why)
        found = explain(resource, decide(resource, rules.policy, NOW), rules)
        assert found.cures[-1].endswith(f"to keep it {words}")


def test_what_has_no_switch_has_one_cost() -> None:
    """There is no other while it is shut off: it never is."""
    volume = replace(CLUSTER, kind="ebs_volume", id="vol-00000001", not_yet=None)
    volume = replace(volume, traits={"size": "8", "type": "gp3", "iops": "0", "throughput": "0"})
    shown = {power: _costs(replace(volume, power=power)) for power in (Power.NONE, Power.ON)}
    assert shown[Power.NONE] == "0.64 USD"
    assert shown[Power.ON] == "0.64 USD, and 0.64 USD while shut off"


def _costs(resource: Resource) -> str:
    rules = Rules(Policy(), NOW, None, Estimator(KINDS))
    found = explain(resource, decide(resource, rules.policy, NOW), rules)
    text = explanation_report.as_text(found, rules.policy)
    return next(line.strip() for line in text.splitlines() if line.strip().endswith(("USD", "off")))
