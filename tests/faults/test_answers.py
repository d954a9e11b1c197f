"""AWS answers with members missing, or with something else in their place: survived, and told.

No traceback reaches a user, nothing that breaks a law is done, and user data is never printed.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.answers import ODD, Mangling, spoiling
from tests.faults.janitor import called
from tests.faults.laws import Laws, watching
from tests.faults.trials import forked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.strict.aws import Account

    Ids = dict[str, str]

SECRET = "the-password-of-the-owner"  # noqa: S105  of nobody
SETTINGS = """
accounts = ["{account}"]
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"
limits = {{shut_off = {{count = 99, share = 1.0}}, terminate = {{count = 99, share = 1.0}}}}
"""
DATES = {"Discovered": "2026-11-22", "Expiration": "2026-12-06"}
MOST_CALLS, MOST_MEMBERS = 45, 700  # of a run of this account, and of one of its answers


@pytest.fixture
def ids(account: Account, tmp_path: Path) -> Ids:
    """One of each sort, on the day on which the first are due."""
    (tmp_path / "janitor.toml").write_text(SETTINGS.format(account=account.id))
    account.snapshots_finish()
    made = {name: account.launch(f"jd-{name}", tags=DATES) for name in ("due", "expired")}
    made["spot"] = account.launch("jd-spot", tags=DATES, spot="persistent")
    made["kept"] = account.launch("jd-kept", tags=DATES, protected=True)
    hidden = base64.b64encode(SECRET.encode())
    account.client("ec2").modify_instance_attribute(
        InstanceId=made["due"], UserData={"Value": hidden}
    )
    account.stop(made["due"])
    account.at("2026-12-06T06:00")
    for name in ("due", "spot"):
        account.tag(made[name], ShutOff="2026-12-06T06:00:00+00:00")
    account.at("2026-12-13T06:00")
    return made | {"nameless": account.launch(None), "new": account.launch("jd-new")}


def wrong(mangling: Mangling, *words: str) -> list[str]:
    """What is wrong after the command `words` with this answer among all."""
    judged = words[0] != "extend"  # by which a person does what no run may
    laws = Laws()
    with watching(laws), spoiling(mangling):
        ran = called(*words)  # raises what would be a traceback
    said = ran.out + ran.err
    secrets = {SECRET, base64.b64encode(SECRET.encode()).decode()}
    found = [f"{mangling.spoilt}: {each} was printed" for each in secrets if each in said]
    if "Traceback" in said and "-v" not in words:  # who asks for the log gets all of it
        found.append(f"{mangling.spoilt}: {said}")
    return found + [f"{mangling.spoilt}: {each}" for each in laws.breaches if judged]


manglings = st.builds(
    Mangling,
    st.sampled_from(sorted(ODD)),
    call=st.integers(0, MOST_CALLS),
    member=st.integers(0, MOST_MEMBERS),
)
commands = st.sampled_from(
    (
        ("plan", "--all", "--format", "json"),
        ("run", "--yes"),
        ("run", "--yes", "--format", "json", "-v"),
        ("list", "--protection"),
        ("explain", "due"),
        ("explain", "jd-new"),
        ("extend", "due", "--days", "3"),
    )
)


@pytest.mark.parametrize("manner", ["nothing", "another"])
@pytest.mark.parametrize(
    "last",
    [
        ("InstanceId",),
        ("Tags",),
        ("Tags", "Name"),
        ("VolumeId",),
        ("LaunchTime",),
        ("State", "Name"),
    ],
)
@pytest.mark.usefixtures("ids")
def test_an_instance_of_another_shape_is_not_seen(last: tuple[str, ...], manner: str) -> None:
    """Its region is a blind spot then, and nothing is done there; the exit code says so."""
    mangling = Mangling(manner, operation="DescribeInstances", last=last)
    with spoiling(mangling):
        ran = called("run", "--yes", "--format", "json")
    told = json.loads(ran.out)
    dark = manner == "another" or last != ("LaunchTime",)  # without one it is merely of no age
    assert mangling.spoilt
    assert [row["status"] for row in told["coverage"]] == ["failed" if dark else "ok"]
    assert (told["outcomes"] == [], ran.code) == (dark, int(dark))


@pytest.mark.parametrize("manner", sorted(ODD))
def test_protection_of_another_shape_is_no_leave_to_act(ids: Ids, manner: str) -> None:
    """What was not shown as off may be on."""
    mangling = Mangling(manner, operation="DescribeInstanceAttribute", last=("Value",))
    with spoiling(mangling):
        told = json.loads(called("plan", "--all", "--format", "json").out)
    assert mangling.spoilt.startswith("DescribeInstanceAttribute: DisableApiTermination.Value")
    unknown = [step["id"] for step in told["steps"] if step["phase"] == "unknown"]
    assert len(unknown) == 1
    assert unknown[0] in ids.values()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=commands, mangling=manglings)
def test_whatever_an_answer_lacks_is_survived(
    ids: Ids, words: tuple[str, ...], mangling: Mangling
) -> None:
    """In any command, of any answer, any member."""
    typed = [ids.get(word, word) for word in words]
    assert forked(lambda: wrong(mangling, *typed)) == []
