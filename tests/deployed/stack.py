"""ministack, an AWS on this machine, with the template in it and the zip behind it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent.parent
ACCOUNT, REGION = "123456789012", "eu-west-1"
CODE, LEDGER, STACK = "the-code", "the-ledger", "cs-aws-janitor"
LONGEST = 120.0  # seconds, for anything that is waited for
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SETTINGS = f"""
accounts = ["{ACCOUNT}"]
regions = ["{REGION}"]
kinds = ["ec2_instance"]
[naming]
grace = "30m"
[ledger]
s3 = "s3://{LEDGER}/janitor"
"""


class DeployedError(Exception):
    """What was deployed does not do what it should."""


@dataclass
class Aws:
    """The way into ministack, as an administrator."""

    url: str
    session: boto3.Session = field(
        default_factory=lambda: boto3.Session(ACCOUNT, "test", region_name=REGION)
    )

    def client(self, service: str) -> Any:
        """A client of `service`."""
        make: Any = self.session.client
        return make(service, endpoint_url=self.url)


@contextmanager
def ministack(python: Path, folder: Path) -> Iterator[Aws]:
    """Ministack in its own environment, on a port that is free, reached from here alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
    }
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603  our own environment
            [python, "-m", "ministack"], env=settings, stdout=log, stderr=log, cwd=folder
        )
    try:
        until("ministack answers", lambda: process.poll() is None and _answers(url))
        yield Aws(url)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1) as answer:  # noqa: S310
            return bool(answer.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def until(what: str, holds: Callable[[], Any]) -> float:
    """Wait until `what` holds; how many seconds that took. Raises DeployedError."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > LONGEST:
            raise DeployedError(f"not within {LONGEST:.0f} s: {what}")
        time.sleep(0.2)
    return time.monotonic() - began


def deploy(aws: Aws, folder: Path, schedule: str) -> None:
    """Build the zip, fill in the template from settings, and make the stack of it."""
    arch = {"aarch64": "arm64"}.get(os.uname().machine, "x86_64")
    script = [sys.executable, str(ROOT / "deploy" / "lambda_zip.py"), "--arch", arch]
    subprocess.run([*script, "--python", PYTHON, "--out", str(folder)], check=True)  # noqa: S603
    (made,) = folder.glob("*.zip")
    (folder / "janitor.toml").write_text(SETTINGS)
    asked = ["deploy", "template", "--config", str(folder / "janitor.toml")]
    janitor = [sys.executable, "-m", "cs_aws_janitor", *asked]
    template = subprocess.run(janitor, check=True, capture_output=True, text=True)  # noqa: S603
    where = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket=CODE, CreateBucketConfiguration=where)
    aws.client("s3").put_object(Bucket=CODE, Key=made.name, Body=made.read_bytes())
    given = {
        "CodeBucket": CODE,
        "CodeKey": made.name,
        "Architecture": arch,
        "Runtime": f"python{PYTHON}",
        "Schedule": schedule,
    }
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=template.stdout,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def soon(seconds: float) -> str:
    """The schedule for once, so many seconds from now."""
    return f"at({datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S})"


def launch(aws: Aws, **tags: str) -> str:
    """A running instance with these tags; its id."""
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    what = [{"ResourceType": "instance", "Tags": given}] if given else []
    answer = aws.client("ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=what
    )
    return str(answer["Instances"][0]["InstanceId"])


def described(aws: Aws, instance: str) -> tuple[str, dict[str, str]]:
    """Its state and its tags."""
    answer = aws.client("ec2").describe_instances(InstanceIds=[instance])
    found = answer["Reservations"][0]["Instances"][0]
    return found["State"]["Name"], {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}


def come_up(aws: Aws, instance: str) -> None:
    """Tell that it runs, as EC2 does, by the rule of the stack.

    Only EC2 itself may send such an event, and this one sends none: so the pattern of the rule is
    tried on it, and its target is given it.
    """
    events = aws.client("events")
    (rule,) = events.list_rules()["Rules"]
    event = {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": ACCOUNT,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance}"],
        "detail": {"instance-id": instance, "state": "running"},
    }
    sent = json.dumps(event)
    for state, expected in (("running", True), ("stopped", False)):
        tried = sent.replace('"running"', f'"{state}"')
        found = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=tried)
        if found["Result"] is not expected:
            raise DeployedError(f"the rule has {found['Result']} for an instance that is {state}")
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    aws.client("lambda").invoke(
        FunctionName=target["Arn"], InvocationType="Event", Payload=sent.encode()
    )


def dead_letters(aws: Aws) -> list[str]:
    """What was asked of the function and not done."""
    stack = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    answer = aws.client("sqs").receive_message(
        QueueUrl=outputs["DeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [str(message["Body"]) for message in answer.get("Messages", ())]
