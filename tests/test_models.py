"""The trimmed models: botocore's own, but for what nobody asks for."""

from __future__ import annotations

import gzip
import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session

from cs_aws_janitor import sessions, wiring
from cs_aws_janitor.resources.model import Place

if TYPE_CHECKING:
    import pytest

    from tests.strict.aws import Account

ROOT = Path(__file__).parents[1]


def script() -> Any:
    """`models/trim.py`."""
    spec = spec_from_file_location("trim", ROOT / "models" / "trim.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_they_are_those_of_the_botocore_at_hand() -> None:
    """After another botocore, or another operation of a kind: `make models`."""
    trim = script()
    files = {trim.file(service) for service in trim.services()}
    assert set(trim.FOLDER.rglob("*.gz")) == files | {trim.ENDPOINTS}
    assert json.loads(gzip.decompress(trim.ENDPOINTS.read_bytes())) == trim.endpoints()
    for service in trim.services():
        made = json.loads(gzip.decompress(trim.file(service).read_bytes()))
        assert made == trim.trimmed(service)


ASKED = re.compile(r'(?:at_home|create_client)\(\s*"(\w+)"|clients\((?:[^()]|\([^()]*\))*?"(\w+)"')


def test_they_have_the_endpoints_of_every_service_that_is_asked() -> None:
    """Without them botocore would guess. What sends notices is whole, and has its own."""
    text = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    asked = {first or second for first, second in ASKED.findall(text)} - {"sns", "sesv2"}
    assert {"ec2", "sts", "s3", "organizations", "cloudtrail"} <= asked
    trim = script()
    known = {*trim.services(), *(name.removeprefix("api.") for name in trim.BESIDE_KINDS)}
    assert asked <= known


def test_of_regions_a_quick_session_knows_what_botocore_knows() -> None:
    """Of every partition; and where the services are that it asks."""
    quick, own = sessions.quick(), botocore.session.get_session()
    assert quick.get_available_partitions() == own.get_available_partitions()
    for partition in own.get_available_partitions():
        known = own.get_available_regions("ec2", partition)
        assert quick.get_available_regions("ec2", partition) == known
    for service in ("iam", "sts", "organizations", "s3", "ssm", "cloudtrail", "pricing"):
        ours, theirs = (each.create_client(service, "us-east-1") for each in (quick, own))
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url


def test_who_has_endpoints_of_ones_own_means_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some regions are known to nobody but those who work in them."""
    own = botocore.session.get_session().get_component("data_loader").load_data("endpoints")
    known = {**own, "partitions": own["partitions"][1:]}
    (tmp_path / "endpoints.json").write_text(json.dumps(known))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert "aws" not in sessions.quick().get_available_partitions()


def test_a_quick_client_knows_what_the_kinds_use_and_a_whole_one_everything(
    account: Account,
) -> None:
    """Both are those of the same caller."""
    aws = wiring.connect()
    place = Place(aws.account, "eu-west-1")
    quick, whole = (aws.clients(place, "ec2", whole=each) for each in (False, True))
    known = set(quick.meta.service_model.operation_names)
    assert known == script().operations("ec2")
    assert known < set(whole.meta.service_model.operation_names)
    assert whole.meta.service_model.documentation
    assert whole.describe_vpcs()["Vpcs"] == account.client("ec2").describe_vpcs()["Vpcs"]
