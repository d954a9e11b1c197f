"""The state machine in moto's interpreter, with the product's own handler behind lambda:invoke."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse

from cs_aws_janitor.lambda_handler import handler
from tests.test_lambda_handler import MINUTE, Context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pytest

DEFINITION = Path(__file__).parent.parent.parent / "deploy" / "state-machine.asl.json"
HOME, REGION, BUCKET = "123456789012", "eu-west-1", "janitor-ledger"
FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:cs-aws-janitor"
ROLE = f"arn:aws:iam::{HOME}:role/state-machine"
REGIONS = (
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "us-east-1"),
    *("us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "ap-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
)
LIVE: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}


@dataclass
class Machine:
    """Accounts, what stands in them, and the state machine that looks after them.

    `crashes` says how often the function of a place dies before it does anything, `hurries` how
    often its time is up once it has written a tag.
    """

    accounts: Sequence[str]
    regions: Sequence[str]
    crashes: Counter[tuple[str, str]] = field(default_factory=Counter)
    hurries: Counter[tuple[str, str]] = field(default_factory=Counter)
    invoked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock = field(default_factory=threading.Lock)
    arn: str = ""

    def set_up(self, *lines: str) -> None:
        """Write the settings, and make the state machine of what lies in deploy/."""
        named = [f'"{HOME}"'] + [
            f'{{id = "{each}", role = "arn:aws:iam::{each}:role/janitor"}}'
            for each in self.accounts
            if each != HOME
        ]
        text = [f"accounts = [{', '.join(named)}]", f"regions = {json.dumps(list(self.regions))}"]
        text.append('kinds = ["ec2_instance"]')
        text += [f'ledger.s3 = "s3://{BUCKET}/janitor"', *lines]
        s3 = self.client("s3")
        where: Any = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        s3.put_object(Bucket=BUCKET, Key="janitor.toml", Body="\n".join(text).encode())
        made = self.client("stepfunctions").create_state_machine(
            name="janitor", definition=definition(), roleArn=ROLE
        )
        self.arn = made["stateMachineArn"]

    def run(self, name: str) -> tuple[str, dict[str, Any]]:
        """Execute it to its end: how it ended, and the report."""
        steps = self.client("stepfunctions")
        arn = steps.start_execution(stateMachineArn=self.arn, name=name)["executionArn"]
        while (found := steps.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.1)
        return found["status"], self.stored(f"janitor/runs/{name}/report.json")

    def stored(self, key: str) -> Any:
        """A JSON object of the bucket."""
        answer = self.client("s3").get_object(Bucket=BUCKET, Key=key)
        return json.loads(answer["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        """The keys that stand there."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        listing = pages.paginate(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for page in listing for one in page.get("Contents", ())]

    def client(self, service: str, account: str = HOME, region: str = REGION) -> Any:
        """A person's client."""
        make: Any = boto3.client
        if account == HOME:
            return make(service, region_name=region)
        role = f"arn:aws:iam::{account}:role/person"
        given = make("sts", region_name=REGION).assume_role(RoleArn=role, RoleSessionName="person")
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = dict(zip(names, tuple(given["Credentials"].values())[:3], strict=True))
        return make(service, region_name=region, **keys)

    def launch(
        self, account: str, region: str, tags: Mapping[str, str], count: int = 1
    ) -> list[str]:
        """Launch instances; their ids."""
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        answer = self.client("ec2", account, region).run_instances(
            ImageId="ami-12345678",
            MinCount=count,
            MaxCount=count,
            TagSpecifications=[{"ResourceType": "instance", "Tags": pairs}],
        )
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def instances(self, account: str, region: str) -> dict[str, tuple[str, dict[str, str]]]:
        """State and tags of what stands in a place, by id."""
        answer = self.client("ec2", account, region).describe_instances()
        return {
            one["InstanceId"]: (
                one["State"]["Name"],
                {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())},
            )
            for reservation in answer["Reservations"]
            for one in reservation["Instances"]
        }

    def invoke(self, request: Any, **_: object) -> AWSResponse:
        """What Lambda answers: what the handler gives back, or the error it raises."""
        event = json.loads(request.body)
        told, error = self._told(event)
        headers = {"X-Amz-Function-Error": "Unhandled"} if error else {}
        raw: Any = MockRawResponse(json.dumps(told).encode())
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), raw)

    def begin_write(self, **_: object) -> None:
        """S3 decides on one write at a time; moto does not among threads."""
        self.writing.acquire()

    def end_write(self, event_name: str, **_: object) -> None:
        """Whatever moto has answered."""
        if event_name == "before-send.s3.PutObject":
            self.writing.release()

    def _until_tagged(self, account: str, region: str) -> Callable[[], int]:
        """The milliseconds that are left: none once something there bears an Expiration."""

        def left() -> int:
            seen = self.instances(account, region).values()
            new = [tags for _, tags in seen if tags["Name"] == "jd-new"]
            return 1 if any("Expiration" in tags for tags in new) else 15 * MINUTE

        return left

    def _told(self, event: Mapping[str, Any]) -> tuple[Any, bool]:
        place = event.get("account", ""), event.get("region", "")
        with self.lock:
            self.invoked[event["janitor"]] += 1
            dies = self.crashes[place] > 0
            self.crashes[place] -= dies
            hurries = self.hurries[place] > 0
            self.hurries[place] -= hurries
            number = self.invoked.total()
        if dies:
            return {"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}, True
        try:
            context = Context(aws_request_id=f"request-{number:06}")
            if hurries:
                context.left = self._until_tagged(*place)
            return handler(event, context), False
        except Exception as error:  # noqa: BLE001  as the runtime does
            return {"errorType": type(error).__name__, "errorMessage": str(error)}, True


def definition() -> str:
    """The state machine of deploy/, but that it waits a second where that waits for minutes."""
    text = DEFINITION.read_text(encoding="utf-8")
    given = {"FunctionArn": FUNCTION, "LedgerBucket": BUCKET, "RunsFolder": "janitor/runs"}
    for name, value in given.items():
        text = text.replace(f"${{{name}}}", value)
    found = json.loads(text)
    inner = found["States"]["EachShard"]["ItemProcessor"]["States"]
    for state in (*found["States"].values(), *inner.values()):
        for retry in state.get("Retry", ()):
            if "IntervalSeconds" in retry:
                retry |= {"IntervalSeconds": 1, "BackoffRate": 1}
                retry.pop("JitterStrategy", None)
    return json.dumps(found)


@contextmanager
def opened(
    accounts: Sequence[str], regions: Sequence[str], environ: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """An empty AWS in this process, in which functions are invoked and state machines run."""
    environ.setenv("AWS_ACCESS_KEY_ID", "testing")
    environ.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    environ.setenv("AWS_DEFAULT_REGION", REGION)
    environ.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    environ.setenv("JANITOR_CONFIG", f"s3://{BUCKET}/janitor.toml")
    machine = Machine(accounts, regions)
    handlers = (
        ("before-send.lambda.Invoke", machine.invoke),
        ("before-send.s3.PutObject", machine.begin_write),
        ("before-send", machine.end_write),  # moto's own stands before it
    )
    BUILTIN_HANDLERS.extend(handlers)
    try:
        with mock_aws(config=LIVE):
            boto3.setup_default_session()
            yield machine
    finally:
        del BUILTIN_HANDLERS[-len(handlers) :]
        boto3.DEFAULT_SESSION = None
