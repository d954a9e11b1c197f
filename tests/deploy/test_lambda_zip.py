"""The zip for AWS Lambda: what is in it, of the same bytes each time, and that it runs alone."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deploy.runtime import FailedError, serving
from tests.fake_server import serving as serving_fake
from tests.fake_slack import CHANNEL, TOKEN, FakeSlack, said
from tests.strict.aws import REGION
from tests.test_lambda_events import RUNNING, SCHEDULER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.deploy.runtime import Runtime
    from tests.strict.server import Endpoint

ROOT = Path(__file__).parent.parent.parent
HERE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BUCKET = "janitor-ledger"
RUNTIME = "awslambdaric boto3 botocore dateutil jmespath s3transfer simplejson urllib3".split()
RUNTIME += ["six.py", "snapshot_restore_py.py"]


def build(out: Path, arch: str, umask: int = 0o022, more: Sequence[str] = ()) -> Path:
    """The zip of an architecture for this Python; skips where its wheels cannot be fetched."""
    script = [sys.executable, str(ROOT / "deploy" / "lambda_zip.py"), "--arch", arch]
    options = ["--python", PYTHON, "--out", str(out), *more]
    ran = subprocess.run(  # noqa: S603  our own script
        [*script, *options], capture_output=True, text=True, check=False, umask=umask
    )
    if "could not be had" in ran.stderr:
        pytest.skip(f"the index of packages was not reached: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    (made,) = out.glob("*.zip")
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip for this machine."""
    return build(tmp_path_factory.mktemp("dist"), HERE)


@pytest.fixture(scope="module")
def task(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip unpacked into a clean folder."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(made) as file:
        file.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runtime of Lambda brings: its client and the SDK, and nothing else."""
    folder = tmp_path_factory.mktemp("runtime")
    packages = Path(pytest.__file__).parent.parent
    for name in RUNTIME:
        (folder / name).symlink_to(packages / name)
    for client in packages.glob("runtime_client*"):
        (folder / client.name).symlink_to(client)
    return folder


def set_up(endpoint: Endpoint, more: str = "") -> dict[str, str]:
    """Settings in a bucket, with something `more` in them; the environment of the function."""
    account, url = endpoint.account, endpoint.url
    s3 = account.client("s3")
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    text = f'accounts = ["{account.id}"]\nregions = ["{REGION}"]\nkinds = ["ec2_instance"]\n'
    text += f'timezone = "Europe/Berlin"\nledger.s3 = "s3://{BUCKET}/ledger"\n'
    text += more
    s3.put_object(Bucket=BUCKET, Key="janitor.toml", Body=text.encode())
    environ = {key: value for key, value in endpoint.environment.items() if key != "TRAVEL_TO"}
    return environ | {"AWS_ENDPOINT_URL": url, "JANITOR_CONFIG": f"s3://{BUCKET}/janitor.toml"}


@pytest.fixture
def function(endpoint: Endpoint, task: Path, brought: Path) -> Iterator[Runtime]:
    """The zip as a running function in a strict account."""
    environ = set_up(endpoint)
    with serving(task, brought, environ) as running:
        yield running


def test_what_is_in_it(made: Path) -> None:
    """The package without its commands, libraries; no SDK, nothing compiled here; under 15 MB."""
    with zipfile.ZipFile(made) as file:
        names = file.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {"cs_aws_janitor", "lxml", "pydantic_core", "slack_sdk", "tzdata"} <= tops
    assert tops.isdisjoint({"boto3", "botocore", "click", "rich", "moto", ".lock", "bin"})
    assert "cs_aws_janitor/aws_models/ec2/2016-11-15/service-2.json.gz" in names
    assert not [name for name in names if "__pycache__" in name or "/cli/" in name]
    assert made.stat().st_size < 15 * 1000**2


@pytest.mark.parametrize(
    ("arch", "more"), [("arm64", ()), ("x86_64", ()), ("arm64", ("--wing", "customers"))]
)
def test_the_same_bytes_each_time(tmp_path: Path, arch: str, more: Sequence[str]) -> None:
    """Whoever builds it, when and where: the zip of a commit has one hash."""
    hashes = {
        hashlib.sha256(build(tmp_path / str(mask), arch, mask, more).read_bytes()).hexdigest()
        for mask in (0o022, 0o077)
    }
    assert len(hashes) == 1


def test_a_schedule_runs_it(function: Runtime, endpoint: Endpoint) -> None:
    """The real runtime client, the zip alone, a whole run: tagged in the time zone of the team."""
    endpoint.account.stopping_takes(seconds=0)
    named, unnamed = endpoint.account.launch(), endpoint.account.launch(name=None)
    told = function.invoke(SCHEDULER)
    assert (told["results"], told["resources"]) == ({"done": 2}, 2)
    assert "Expiration" in endpoint.account.tags(named)
    assert endpoint.account.state(unnamed) == "stopped"


def test_it_tells_owners_in_slack(endpoint: Endpoint, task: Path, brought: Path) -> None:
    """With the library in the zip, and the token from the parameter that a variable names."""
    slack = FakeSlack(clock=1_796_000_000)
    with serving_fake(slack) as url:
        text = f'notify.slack = {{by = "bot", url = "{url}", channel = "{CHANNEL}"}}\n'
        environ = set_up(endpoint, text) | {"SLACK_BOT_TOKEN": "ssm:/secrets/bot"}
        ssm = endpoint.account.client("ssm")
        ssm.put_parameter(Name="/secrets/bot", Value=TOKEN, Type="SecureString")
        with serving(task, brought, environ) as function:
            endpoint.account.launch()
            assert function.invoke(SCHEDULER)["results"] == {"done": 2}
    head, reply = slack.messages
    assert re.match(r"Janitor: \d{4}-W\d\d of account 123456789012\n", said(head))
    assert reply["thread_ts"] == head["ts"]


def test_an_event_of_ec2_and_a_second_run_in_the_same_process(
    function: Runtime, endpoint: Endpoint
) -> None:
    """A function that is warm serves the next event as the first."""
    instance = endpoint.account.launch()
    detail = {"instance-id": instance, "state": "running"}
    event = {**RUNNING, "account": endpoint.account.id, "detail": detail}
    assert function.invoke(event)["results"] == {"done": 1}
    assert function.invoke(SCHEDULER)["results"] == {}


def test_what_goes_wrong_is_an_error_of_the_invocation(
    function: Runtime, endpoint: Endpoint
) -> None:
    """As alarms see it: the type, and one line that names what it was."""
    with pytest.raises(FailedError) as unknown:
        function.invoke({"hello": "world"})
    assert unknown.value.kind == "EventError"
    assert "no shape that is known: {'hello': 'world'}" in unknown.value.message
    endpoint.account.deny("ec2:DescribeInstances")
    with pytest.raises(FailedError) as unseen:
        function.invoke(SCHEDULER)
    assert unseen.value.kind == "UncleanError"
    assert f"ec2_instance in {REGION} of {endpoint.account.id}" in unseen.value.message


def test_a_time_limit_that_is_near(function: Runtime, endpoint: Endpoint) -> None:
    """It is the runtime that tells how much time is left."""
    instance = endpoint.account.launch()
    with pytest.raises(FailedError, match="the time limit of the function has come near: left"):
        function.invoke(SCHEDULER, seconds=0.001)
    assert "Expiration" not in endpoint.account.tags(instance)
    assert function.invoke(SCHEDULER)["results"] == {"done": 1}


def test_settings_that_are_not_there(endpoint: Endpoint, task: Path, brought: Path) -> None:
    """The error names what the function was told to read."""
    environ = {**endpoint.environment, "JANITOR_CONFIG": "s3://no-such-bucket/janitor.toml"}
    with (
        serving(task, brought, environ) as function,
        pytest.raises(FailedError, match=r"s3://no-such-bucket/janitor.toml: there are no such"),
    ):
        function.invoke(SCHEDULER)


# The customers' wing

BOOK = "id,name,country,started,csm\nacme,Acme GmbH,DE,2026-11-16,csm-1\n"
WING = {"janitor": "run", "wing": "customers"}
IN_S3 = f"""
ledger.s3 = "s3://{BUCKET}/ledger"
[customers]
source = "book.csv"
tasks = "s3://{BUCKET}/tasks"
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip with both wings for this machine, and a book and settings in it, unpacked."""
    given, folder = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("both")
    (given / "book.csv").write_text(BOOK, encoding="utf-8")
    (given / "team.toml").write_text(IN_S3, encoding="utf-8")
    more = ["--settings", str(given / "team.toml"), "--customers", str(given / "book.csv")]
    made = build(tmp_path_factory.mktemp("dist"), HERE, more=["--wing", "customers", *more])
    assert made.stat().st_size < 15 * 1000**2
    with zipfile.ZipFile(made) as file:
        file.extractall(folder)
    return folder


def tasks(endpoint: Endpoint) -> list[str]:
    """The keys of the tasks in the bucket."""
    listed = endpoint.account.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="tasks/")
    return [each["Key"] for each in listed.get("Contents", [])]


@pytest.fixture
def bucket(endpoint: Endpoint) -> dict[str, str]:
    """A bucket, and the environment of a function that has its settings in the zip."""
    where = {"LocationConstraint": REGION}
    s3 = endpoint.account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    environ = {key: value for key, value in endpoint.environment.items() if key != "TRAVEL_TO"}
    return environ | {"AWS_ENDPOINT_URL": endpoint.url}


def test_the_customers_wing_runs_from_the_zip(
    both: Path, brought: Path, endpoint: Endpoint, bucket: dict[str, str]
) -> None:
    """The real runtime client, the zip alone: its book, its playbooks, tasks and ledger in S3."""
    with serving(both, brought, bucket) as function:
        told = function.invoke(WING)
        assert (told["customers"], told["results"]) == (1, {"done": len(tasks(endpoint))})
        assert "tasks/acme/account-onboarding.welcome.2026-11-16.md" in tasks(endpoint)
        assert function.invoke(WING)["results"] == {}


def test_every_library_of_its_sinks_is_in_the_zip(both: Path, brought: Path) -> None:
    """GitLab, Slack, Salesforce, the calendar, mails and holidays can be imported from it alone."""
    rooms = ["gitlab", "slack", "salesforce", "calendar", "mail", "files"]
    names = [f"cs_aws_janitor.customers.sinks.{room}" for room in rooms]
    names += ["cs_aws_janitor.customers_salesforce", "cs_aws_janitor.customers.working_days"]
    path = f"import sys; sys.path[:0] = [{str(both)!r}, {str(brought)!r}]; "
    script = path + "".join(f"import {name}; " for name in names)
    ran = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_a_zip_without_the_wing_says_how_to_build_one(
    task: Path, brought: Path, endpoint: Endpoint, bucket: dict[str, str]
) -> None:
    """One line; no traceback of a library that is not there."""
    endpoint.account.client("s3").put_object(Bucket=BUCKET, Key="j.toml", Body=IN_S3.encode())
    environ = {**bucket, "JANITOR_CONFIG": f"s3://{BUCKET}/j.toml"}
    told = 'holidays is not installed. Build a zip with it: make lambda ARGS="--wing customers"'
    with serving(task, brought, environ) as function, pytest.raises(FailedError) as refused:
        function.invoke(WING)
    assert (refused.value.kind, refused.value.message) == ("RefusedError", told)
