"""How often AWS is asked: once per page, once more for what is about to be acted on, no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from cs_aws_janitor.cli import janitor
from cs_aws_janitor.resources.crew import Crew, Orders
from cs_aws_janitor.resources.kinds.ec2_instance import KIND
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.resources.tagging import tag
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

DUE = {
    "Discovered": "2026-10-01",
    "Expiration": "2026-11-01",
    "ShutOff": "2026-11-01T06:00:00+00:00",
}
TAGGED = {"Discovered": "2026-11-22", "Expiration": "2026-12-20"}


@pytest.fixture(autouse=True)
def _settings(account: Account, tmp_path: Path) -> None:
    text = f'accounts = ["{account.id}"]\nregions = ["eu-west-1", "eu-central-1"]\n'
    text += 'kinds = ["ec2_instance"]\n'
    (tmp_path / "janitor.toml").write_text(text, encoding="utf-8")


def asked(account: Account, *words: str) -> Counter[tuple[str, str]]:
    """How often each operation was called in each region by a run of the command."""
    account.clear_calls()
    done = CliRunner().invoke(janitor, words)
    assert done.exit_code == 0, done.output
    return Counter((call.operation, call.region) for call in account.calls)


def test_a_plan_looks_once_and_closer_only_at_what_it_would_act_on(account: Account) -> None:
    """One listing per region; one look at protection per candidate; one at snapshots where due."""
    for _ in range(3):
        account.launch("jd-tagged", tags=TAGGED)
        account.launch("jd-new")
        account.launch("jd-far", region="eu-central-1", tags=TAGGED)
    account.launch(None)
    account.at("2026-11-22T06:00")
    calls = asked(account, "plan")
    assert calls == {
        ("GetCallerIdentity", "eu-west-1"): 1,
        ("DescribeInstances", "eu-west-1"): 1,
        ("DescribeInstances", "eu-central-1"): 1,
        ("DescribeInstanceAttribute", "eu-west-1"): 1,
    }
    listing = next(call for call in account.calls if call.operation == "DescribeInstances")
    assert listing.params["MaxResults"] == 1000


def test_backups_are_looked_up_once_per_region_with_due_ones(account: Account) -> None:
    """However many are due there; and never where none is."""
    account.at("2026-10-01T06:00")
    ids = [account.launch("jd-due") for _ in range(4)]
    account.launch("jd-far", region="eu-central-1", tags=TAGGED)
    account.at("2026-11-22T06:00")
    for each in ids:
        account.tag(each, **DUE)
    calls = asked(account, "plan", "--format", "json")
    assert calls["DescribeInstanceAttribute", "eu-west-1"] == len(ids)
    assert calls["DescribeSnapshots", "eu-west-1"] == 1
    assert not calls.keys() & {
        ("DescribeSnapshots", "eu-central-1"),
        ("DescribeInstanceAttribute", "eu-central-1"),
    }
    assert account.writes == []


def test_what_is_new_is_tagged_in_one_call(account: Account) -> None:
    """Per region; Discovered and Expiration together."""
    for _ in range(12):
        account.launch("jd-new")
    account.launch("jd-far", region="eu-central-1")
    calls = asked(account, "run", "--yes")
    assert calls["CreateTags", "eu-west-1"] == calls["CreateTags", "eu-central-1"] == 1
    assert sum(calls.values()) == 5  # who calls, two listings, two writes
    [mine] = [call for call in account.writes if call.region == "eu-west-1"]
    assert len(mine.params["Resources"]) == 12
    assert {tag["Key"] for tag in mine.params["Tags"]} == {"Discovered", "Expiration"}


class Client:
    """An EC2 that notes how many resources it is asked to tag in one call."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def create_tags(self, *, Resources: list[str], Tags: list[dict[str, str]]) -> None:  # noqa: N803
        """Tag them."""
        assert [tag["Key"] for tag in Tags] == ["Discovered", "Expiration"]
        self.sizes.append(len(Resources))


def test_a_call_tags_a_thousand(tmp_path: Path) -> None:
    """As many as EC2 takes; the rest in further calls."""
    place, client = Place("123456789012", "eu-west-1"), Client()

    def clients(place: Place, service: str, *, once: bool = False, whole: bool = False) -> Client:
        assert (place.region, service, once, whole) == ("eu-west-1", "ec2", False, False)
        return client

    step = Step(
        place,
        KIND.name,
        "i-0",
        name=None,
        owner=None,
        phase=Phase.NEW,
        verbs=(Verb.TAG,),
        reason="first seen on 2026-11-22",
        next_on=None,
        writes={"Discovered": "2026-11-22", "Expiration": "2026-12-06"},
    )
    ledger = Ledger(File(tmp_path / "ledger.jsonl"))
    orders = Orders(Policy(), datetime(2026, 11, 22, tzinfo=UTC), ledger, lambda _: None)
    steps = [replace(step, id=f"i-{number:017x}") for number in range(2500)]
    assert list(tag(Crew(place, KIND, clients, orders), steps)) == []  # nothing was refused
    assert client.sizes == [1000, 1000, 500]
