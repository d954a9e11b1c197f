"""What it costs: how many calls a plan and a run make, and which."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.stories.driver import REGION

if TYPE_CHECKING:
    from tests.stories.driver import Janitor
    from tests.strict.aws import Account

OTHER = "us-east-1"
PAGE = 5


def made(account: Account) -> Counter[str]:
    """How often each operation was asked for since the calls were cleared."""
    return Counter(call.operation for call in account.calls)


# A plan


def test_a_plan_asks_for_whole_pages(account: Account, janitor: Janitor) -> None:
    """ceil(N / 1000): the largest page that AWS gives is asked for."""
    account.launch()
    janitor.plan()
    (call,) = account.calls[-1:]
    assert (call.operation, call.params["MaxResults"]) == ("DescribeInstances", 1000)


def test_a_plan_of_n_is_n_by_the_size_of_a_page(account: Account, janitor: Janitor) -> None:
    """One call a page and nothing for any single instance."""
    janitor.pages_of(PAGE)
    for _ in range(2 * PAGE + 1):
        account.launch()
    janitor.run()
    account.clear_calls()
    janitor.plan()
    assert made(account) == {"DescribeInstances": 3}


def test_protection_is_read_of_candidates_alone(account: Account, janitor: Janitor) -> None:
    """Three of ten would be shut off: three readings, however many there are."""
    for _ in range(7):
        account.launch()
    for _ in range(3):
        account.launch(None)
    janitor.plan()
    account.clear_calls()
    janitor.plan()
    assert made(account) == {"DescribeInstances": 1, "DescribeInstanceAttribute": 3}


def test_a_region_with_due_ones_looks_for_backups_once(account: Account, janitor: Janitor) -> None:
    """One DescribeSnapshots for all of them, and none where nothing is due."""
    janitor.regions(REGION, OTHER)
    for _ in range(4):
        account.launch()
    janitor.until_due()
    account.launch(region=OTHER)
    account.clear_calls()
    janitor.plan()
    assert made(account) == {
        "DescribeInstances": 2,
        "DescribeInstanceAttribute": 4,
        "DescribeSnapshots": 1,
    }
    snapshots = [call for call in account.calls if call.operation == "DescribeSnapshots"]
    assert [call.region for call in snapshots] == [REGION]


def test_spot_requests_are_read_of_candidates_alone(account: Account, janitor: Janitor) -> None:
    """One call for all spot instances about to be acted on, and none otherwise."""
    account.launch(spot="one-time")
    account.launch(spot="persistent")
    janitor.run()
    account.clear_calls()
    janitor.plan()
    assert made(account) == {"DescribeInstances": 1}
    account.travel(days=14)
    account.clear_calls()
    janitor.plan()
    assert made(account)["DescribeSpotInstanceRequests"] == 1


def test_what_is_held_or_exempt_costs_nothing_more(account: Account, janitor: Janitor) -> None:
    """No protection is read of what a manager holds, nor of what cannot be read."""
    account.launch(None, tags={"aws:autoscaling:groupName": "web"})
    account.launch(tags={"Expiration": "soon"})
    janitor.run()
    account.clear_calls()
    janitor.plan()
    assert made(account) == {"DescribeInstances": 1}


# A run


def test_equal_tags_are_written_together(account: Account, janitor: Janitor) -> None:
    """All that is new today gets the same tags in one call; who brought a date is another."""
    account.launch(more={"MinCount": 30, "MaxCount": 30})
    account.launch(tags={"Expiration": "2027-01-01"})
    ran = janitor.run()
    assert set(ran.results.values()) == {"done"}
    sizes = [len(call.params["Resources"]) for call in account.writes]
    assert sorted(sizes) == [1, 30]
    assert {call.operation for call in account.writes} == {"CreateTags"}


def test_stops_are_made_together(account: Account, janitor: Janitor) -> None:
    """One StopInstances for all, and one CreateTags for their marks."""
    instances = [account.launch() for _ in range(12)]
    janitor.settings("limits.shut_off.share = 1.0")
    janitor.until_expired()
    account.clear_calls()
    janitor.run()
    stops, marks = account.writes
    assert (stops.operation, set(stops.params["InstanceIds"])) == ("StopInstances", set(instances))
    assert (marks.operation, set(marks.params["Resources"])) == ("CreateTags", set(instances))


def test_each_end_has_one_backup_and_one_call(account: Account, janitor: Janitor) -> None:
    """One CreateSnapshots and one TerminateInstances for each, with one id."""
    instances = [account.launch(volumes=2) for _ in range(3)]
    janitor.until_backed_up()
    janitor.run()
    counts = Counter(call.operation for call in account.writes)
    assert (counts["CreateSnapshots"], counts["TerminateInstances"]) == (3, 3)
    ends = [c.params["InstanceIds"] for c in account.writes if c.operation == "TerminateInstances"]
    assert sorted(map(list, ends)) == sorted([i] for i in instances)


def test_an_idle_run_costs_what_a_plan_costs(account: Account, janitor: Janitor) -> None:
    """Where nothing is to be done nothing is asked twice."""
    for _ in range(3):
        account.launch()
    janitor.run()
    account.clear_calls()
    janitor.run()
    assert made(account) == {"DescribeInstances": 1}
