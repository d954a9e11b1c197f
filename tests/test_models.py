"""The trimmed models: botocore's own, but for what nobody asks for."""

from __future__ import annotations

import gzip
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.model import Place

if TYPE_CHECKING:
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
    assert set(trim.FOLDER.rglob("*.gz")) == files
    for service in trim.services():
        made = json.loads(gzip.decompress(trim.file(service).read_bytes()))
        assert made == trim.trimmed(service)


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
