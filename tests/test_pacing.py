"""The pace of calls: nobody waits until AWS has refused one; from then on each waits its turn."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.hooks import HierarchicalEmitter

from cs_aws_janitor.pacing import HEADROOM, Pace

if TYPE_CHECKING:
    from collections.abc import Callable


class Meta:
    """As much of a client as its pace needs."""

    def __init__(self) -> None:
        self.events = HierarchicalEmitter()


class Client:
    """A client that is only asked to send."""

    def __init__(self, pace: Pace) -> None:
        self.meta = Meta()
        pace.keep(self)

    def send(self, operation: str, body: bytes | str | None = b"") -> None:
        """Send one request."""
        request = AWSPreparedRequest(
            "POST", "https://nowhere", HTTPHeaders(), body, stream_output=False
        )
        self.meta.events.emit(f"before-send.ec2.{operation}", request=request)


def paced(*operations: str) -> tuple[Client, list[float]]:
    """A client to which AWS has refused these, and the seconds that it waits."""
    waited: list[float] = []
    pace = Pace(waited.append)
    for operation in operations:
        pace.slow_down(operation)
    return Client(pace), waited


def test_nobody_waits_as_long_as_the_bucket_holds() -> None:
    """To keep to a pace beforehand would slow down every small account."""
    client, waited = paced()
    for _ in range(1000):
        client.send("DescribeInstanceAttribute")
    assert waited == []


def test_a_refusal_slows_down_its_own_action_alone() -> None:
    """Each action has a bucket of its own."""
    client, waited = paced("DescribeInstanceAttribute")
    client.send("StopInstances", b"InstanceId.1=i-1")
    assert waited == []
    client.send("DescribeInstanceAttribute")
    assert waited == [pytest.approx(1 / 20 / HEADROOM)]


ids = "&".join(f"InstanceId.{n}=i-{n}" for n in range(1, 101)).encode()


@pytest.mark.parametrize(
    ("operation", "body", "seconds"),
    [
        ("DescribeInstances", b"Filter.1.Name=instance-id", 1 / 20),
        ("CreateTags", b"ResourceId.1=i-1", 1 / 10),
        ("CreateSnapshots", b"InstanceSpecification.InstanceId=i-1", 1 / 5),
        ("TerminateInstances", b"Action=TerminateInstances&InstanceId.1=i-1", 1 / 5),
        ("StopInstances", ids, 100 / 20),
        ("StopInstances", ids.decode(), 100 / 20),
        ("DescribeRegions", None, 1 / 20),
    ],
)
def test_as_long_as_the_bucket_takes_to_refill(
    operation: str, body: bytes | str | None, seconds: float
) -> None:
    """Reads, writes and tags by the call; what stops or ends instances by the instance, too."""
    client, waited = paced(operation)
    client.send(operation, body)
    assert waited == [pytest.approx(seconds / HEADROOM)]


def test_those_who_come_at_once_go_one_by_one() -> None:
    """Eight that waited at the same time would come back at the same time."""
    inside, most = 0, 0
    lock = threading.Lock()

    def pause(_: float) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.001)
        with lock:
            inside -= 1

    pace = Pace(pause)
    pace.slow_down("DescribeInstanceAttribute")
    client = Client(pace)
    send: Callable[[int], None] = lambda _: client.send("DescribeInstanceAttribute")  # noqa: E731
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(40)))
    assert most == 1
