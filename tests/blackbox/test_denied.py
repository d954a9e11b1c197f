"""Under a policy that only lets it look, the janitor looks, and tells of each step it is denied.

It is enforced twice: as it is printed, by the strict AWS; and by moto, which knows the names of
actions alone, and checks who signed each request.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from moto.core.authorization import enable_iam_authentication
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.iam.enforcing import enforce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from tests.strict.server import Endpoint

    Policy = dict[str, Any]
    Enforcing = Callable[[Endpoint, Policy], AbstractContextManager[dict[str, str]]]

SETTINGS = """
accounts = ["123456789012"]
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"
"""
SEEN = {"Discovered": "2026-11-22"}
PAST = {"Expiration": "2026-12-06", "ShutOff": "2026-12-06T06:00:00+00:00"}


@contextmanager
def as_printed(_: Endpoint, policy: Policy) -> Iterator[dict[str, str]]:
    """The strict AWS refuses whatever the policy does not allow."""
    enforce(policy)
    yield {}


@contextmanager
def by_moto(endpoint: Endpoint, policy: Policy) -> Iterator[dict[str, str]]:
    """Moto lets a user do what the policy names. It knows neither resources nor conditions."""
    iam = endpoint.account.client("iam")
    names = [{"Effect": one["Effect"], "Action": one["Action"]} for one in policy["Statement"]]
    alike = {**policy, "Statement": [one | {"Resource": "*"} for one in names]}
    iam.create_user(UserName="looker")
    iam.put_user_policy(UserName="looker", PolicyName="p", PolicyDocument=json.dumps(alike))
    key = iam.create_access_key(UserName="looker")["AccessKey"]
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with enable_iam_authentication():
            yield {
                "AWS_ENDPOINT_URL": f"http://{host}:{port}",
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            }
    finally:
        server.stop()


every_way = pytest.mark.parametrize("enforcing", [as_printed, by_moto])


@pytest.fixture
def lives(endpoint: Endpoint) -> dict[str, str]:
    """An instance for each thing that a run could do on 22 December: what, by id."""
    account = endpoint.account
    (endpoint.home / "janitor.toml").write_text(SETTINGS, encoding="utf-8")
    expired, moved, due, backed_up = (account.launch(f"jd-{n}") for n in range(4))
    account.travel(days=30)
    account.tag(expired, **SEEN, Expiration="2026-12-20")
    account.tag(moved, **SEEN, **PAST | {"Expiration": "2027-01-31"})
    account.tag(due, **SEEN, **PAST)
    account.tag(backed_up, **SEEN, **PAST)
    labels = {"JanitorSource": backed_up, "JanitorShutOff": PAST["ShutOff"]}
    account.client("ec2").create_snapshots(
        InstanceSpecification={"InstanceId": backed_up},
        TagSpecifications=[
            {
                "ResourceType": "snapshot",
                "Tags": [{"Key": key, "Value": value} for key, value in labels.items()],
            }
        ],
    )
    account.snapshots_finish()
    return {
        expired: "shut_off",
        moved: "clear_mark",
        due: "back_up terminate",
        backed_up: "terminate",
        account.launch("jd-New"): "tag",
        account.launch(None): "tag shut_off",
    }


def read_only(endpoint: Endpoint) -> Policy:
    """The policy that is printed for looking."""
    printed = endpoint.run("permissions", "plan")
    assert printed.returncode == 0, printed.stderr
    policy: Policy = json.loads(printed.stdout)
    return policy


def standing(endpoint: Endpoint, ids: Iterable[str]) -> list[tuple[str, dict[str, str], int]]:
    """What could have been changed: state, tags and snapshots of each."""
    account = endpoint.account
    return [(account.state(i), account.tags(i), len(account.snapshots(i))) for i in ids]


@every_way
def test_a_plan_needs_no_more_than_the_printed_policy(
    endpoint: Endpoint, lives: dict[str, str], enforcing: Enforcing
) -> None:
    """It sees everything, names every step, and ends well."""
    with enforcing(endpoint, read_only(endpoint)) as surroundings:
        ended = endpoint.run("plan", "--format", "json", **surroundings)
    assert ended.returncode == 0, ended.stderr
    plan = json.loads(ended.stdout)
    assert {row["status"] for row in plan["coverage"]} == {"ok"}
    assert {step["id"]: " ".join(step["verbs"]) for step in plan["steps"]} == lives


@every_way
def test_a_run_tells_of_every_step_that_it_is_denied(
    endpoint: Endpoint, lives: dict[str, str], enforcing: Enforcing
) -> None:
    """Each step has failed because it was denied, the exit code is 1, and nothing was changed."""
    before = standing(endpoint, lives)
    with enforcing(endpoint, read_only(endpoint)) as surroundings:
        ended = endpoint.run("run", "--yes", "--format", "json", **surroundings)
    assert ended.returncode == 1, ended.stderr
    outcomes = json.loads(ended.stdout)["outcomes"]
    assert {one["id"]: one["result"] for one in outcomes} == dict.fromkeys(lives, "failed")
    assert {one["why"].split(":")[0] for one in outcomes} == {"denied"}
    assert {tuple(one["carried_out"]) for one in outcomes} == {()}
    assert standing(endpoint, lives) == before


@every_way
def test_a_person_reads_which_permission_is_missing(
    endpoint: Endpoint, lives: dict[str, str], enforcing: Enforcing
) -> None:
    """The table names each call that was denied; the one before an end is that for its manifest."""
    with enforcing(endpoint, read_only(endpoint)) as surroundings:
        ended = endpoint.run("run", "--yes", **surroundings, COLUMNS="400")
    assert ended.returncode == 1
    assert f"{len(lives)} failed" in ended.stdout
    for call in ("CreateTags", "StopInstances", "CreateSnapshots", "DeleteTags", "DescribeVolumes"):
        assert f"denied: {call}" in ended.stdout, ended.stdout
