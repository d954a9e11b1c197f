"""The fake AWS of `make bench`: what it shows reads like EC2, and what it is told takes effect."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.parsers import create_parser

from bench.endpoint.account import Account
from bench.endpoint.buckets import OF_ITS_OWN, RESOURCES
from bench.endpoint.mixes import MIXES, Size, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "us-east-1"
LIVING = ("pending", "running", "stopping", "stopped")
KB = 1024


class Client:
    """Asks an account, and reads its answers as botocore does."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.model = botocore.session.Session().get_service_model("ec2")

    def __call__(self, action: str, region: str = REGION, **parameters: Any) -> dict[str, Any]:
        """The parsed answer to one call; `Filter_1_Name` stands for the parameter Filter.1.Name."""
        asked = {name.replace("_", "."): value for name, value in parameters.items()}
        body = "&".join(f"{name}={value}" for name, value in {"Action": action, **asked}.items())
        head = f"Authorization: AWS4 Credential=x/20260101/{region}/ec2/aws4_request"
        status, parts = self.account.answer(head.encode(), body.encode())
        answer = {"status_code": status, "headers": {}, "body": b"".join(parts)}
        shape: Any = self.model.operation_model(action).output_shape
        parsed: dict[str, Any] = create_parser("ec2").parse(answer, shape)
        return parsed

    def instances(self, **parameters: Any) -> list[dict[str, Any]]:
        """All instances, page by page."""
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = self("DescribeInstances", **parameters, **token)
            found += [one for r in page["Reservations"] for one in r["Instances"]]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"].replace("=", "%3D")}


def client(size: Size, *, throttle: bool = False) -> Client:
    """A client of a new account, whose clock stands still."""
    return Client(Account(size, throttle=throttle, clock=lambda: 0.0))


def of_phase(asks: Client, phase: str) -> list[str]:
    """The ids of the instances that were made to be of that phase."""
    return [one.id for one in asks.account.regions[REGION].instances.values() if one.phase == phase]


@pytest.mark.parametrize("most", [5, 40, 1000])
def test_pages_hold_every_instance_once(most: int) -> None:
    """Whatever MaxResults is, the pages together are the fleet, as botocore reads it."""
    asks = client(Size(103, mix="busy"))
    ids = [one["InstanceId"] for one in asks.instances(MaxResults=most)]
    assert sorted(ids) == sorted(asks.account.regions[REGION].instances)


def test_an_instance_is_shown_in_full_size() -> None:
    """About 10 KB each, with the members that a real answer has."""
    asks = client(Size(50, mix="busy"))
    rendered = [one.xml for one in asks.account.regions[REGION].instances.values()]
    assert 9 * KB < sum(map(len, rendered)) / len(rendered) < 11 * KB
    shown = asks.instances()[0]
    assert shown["NetworkInterfaces"][0]["Attachment"]["AttachTime"] == shown["LaunchTime"]
    assert shown["BlockDeviceMappings"][0]["Ebs"]["VolumeId"].startswith("vol-")
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert len(shown) > 40


def test_the_same_seed_makes_the_same_fleet() -> None:
    """Two accounts of one seed answer alike; one of another seed does not."""
    one, other = (client(Size(20)).account for _ in range(2))
    assert one.regions[REGION].instances.keys() == other.regions[REGION].instances.keys()
    third = Account(Size(20, seed=2))
    assert one.regions[REGION].instances.keys().isdisjoint(third.regions[REGION].instances)


@pytest.mark.parametrize("mix", MIXES)
def test_a_mix_is_what_it_says(mix: str) -> None:
    """The shares of a mix are those of every fleet, over all its regions."""
    sorts = Counter(sort for of_one in spread(Size(2000, 2, mix)).values() for sort in of_one)
    assert sorts == {sort: share * 20 for sort, share in MIXES[mix].items()}


def test_a_region_shows_its_own() -> None:
    """The region of a call is that of its signature."""
    asks = client(Size(30, regions=3))
    for name, region in asks.account.regions.items():
        page = asks("DescribeInstances", name)
        assert len(page["Reservations"]) == len(region.instances) == 10
    assert asks("DescribeInstances", "eu-north-1")["Reservations"] == []


def test_filters_narrow_a_listing() -> None:
    """By state and by id; an unknown id in a filter is no error, named it is one."""
    asks = client(Size(40, mix="busy"))
    stopped = asks.instances(Filter_1_Name="instance-state-name", Filter_1_Value_1="stopped")
    assert {one["State"]["Name"] for one in stopped} == {"stopped"}
    first = stopped[0]["InstanceId"]
    wanted = {"Filter_1_Name": "instance-id", "Filter_1_Value_1": first, "Filter_1_Value_2": "i-0"}
    assert [one["InstanceId"] for one in asks.instances(**wanted)] == [first]
    assert [one["InstanceId"] for one in asks.instances(InstanceId_1=first)] == [first]
    refused = asks("DescribeInstances", InstanceId_1="i-0")
    assert refused["Error"]["Code"] == "InvalidInstanceID.NotFound"


def test_tags_take_effect() -> None:
    """What is written is shown, what is removed is not, and the others stay as they were."""
    asks = client(Size(10))
    ids = sorted(asks.account.regions[REGION].instances)
    asks("CreateTags", ResourceId_1=ids[0], Tag_1_Key="Colour", Tag_1_Value="blue")
    assert ("Colour", "blue") in tags(asks.instances(InstanceId_1=ids[0])[0])
    asks("DeleteTags", ResourceId_1=ids[0], Tag_1_Key="Colour")
    assert "Colour" not in dict(tags(asks.instances(InstanceId_1=ids[0])[0]))
    refused = asks("CreateTags", ResourceId_1=ids[0], Tag_1_Key="aws:x", Tag_1_Value="")
    assert refused["Error"]["Code"] == "InvalidParameterValue"


def tags(instance: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The tags of an instance as it is shown."""
    return {(tag["Key"], tag["Value"]) for tag in instance.get("Tags", ())}


def test_an_end_without_a_snapshot_is_noticed() -> None:
    """An end takes effect, and the statistics tell of one before which nothing was kept."""
    asks = client(Size(40, mix="busy"))
    kept, lost = of_phase(asks, "due")[:2]
    made = asks("CreateSnapshots", InstanceSpecification_InstanceId=kept)["Snapshots"]
    assert {one["State"] for one in made} == {"completed"}
    for instance_id in (kept, lost):
        asks("TerminateInstances", InstanceId_1=instance_id)
    assert asks.instances(InstanceId_1=kept)[0]["State"]["Name"] == "terminated"
    assert asks.account.statistics()["terminated_without_snapshot"] == 1


def test_what_is_protected_stays() -> None:
    """Its protection is shown, and refuses its end."""
    asks = client(Size(40, mix="busy"))
    (kept, *_) = of_phase(asks, "exempt")
    read = {"InstanceId": kept, "Attribute": "disableApiTermination"}
    assert asks("DescribeInstanceAttribute", **read)["DisableApiTermination"] == {"Value": True}
    refused = asks("TerminateInstances", InstanceId_1=kept)
    assert refused["Error"]["Code"] == "OperationNotPermitted"


def test_a_reset_brings_everything_back() -> None:
    """After a reset nothing was asked and nothing was done."""
    asks = client(Size(20))
    before = asks.instances()
    asks("StopInstances", InstanceId_1=before[0]["InstanceId"])
    asks.account.reset()
    assert asks.account.calls == {}
    assert asks.instances() == before


def test_a_bucket_runs_empty_and_fills_again() -> None:
    """Beyond what its bucket holds a call is refused, by action and region, until it refilled."""
    now = 0.0
    account = Account(Size(10, regions=2), throttle=True, clock=lambda: now)
    asks, bucket = Client(account), OF_ITS_OWN["CreateSnapshots"]
    instance_id = next(iter(account.regions[REGION].instances))

    def accepted(count: int) -> int:
        wanted = {"InstanceSpecification_InstanceId": instance_id}
        answers = [asks("CreateSnapshots", **wanted) for _ in range(count)]
        refusals = [one["Error"]["Code"] for one in answers if "Error" in one]
        assert set(refusals) <= {"RequestLimitExceeded"}
        return count - len(refusals)

    assert accepted(120) == bucket.holds
    assert "Error" not in asks("DescribeInstances", MaxResults=100)
    assert "Error" not in asks("DescribeInstances", "us-east-2", MaxResults=100)
    now += 2
    assert accepted(120) == 2 * bucket.refills
    assert account.refused == {"CreateSnapshots: RequestLimitExceeded": 20 + 110}


def test_stopping_takes_from_a_bucket_of_resources() -> None:
    """A call that names more than this bucket holds is refused, for ever."""
    asks = client(Size(1100), throttle=True)
    many = int(RESOURCES["StopInstances"].holds) + 1
    ids = {f"InstanceId_{n}": "i-0" for n in range(1, many + 1)}
    assert asks("StopInstances", **ids)["Error"]["Code"] == "RequestLimitExceeded"
