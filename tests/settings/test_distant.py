"""The settings of a function: from its zip, from S3, from Parameter Store; or one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.settings import load_distant
from cs_aws_janitor.shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cs_aws_janitor.settings import Settings

TEXT = 'accounts = ["123456789012"]\nledger.s3 = "s3://the-bucket/janitor"\n'


@pytest.fixture
def aws() -> Iterator[boto3.Session]:
    """An account with one bucket."""
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        session.client("s3").create_bucket(Bucket="the-bucket")
        yield session


def read(aws: boto3.Session, root: Path, named: str = "") -> Settings:
    """The settings of a function whose zip lies in `root`."""
    client: Any = aws.client
    environ = {"JANITOR_CONFIG": named, "HOME": str(root)} if named else {"HOME": str(root)}
    return load_distant(environ, root, client, KINDS)


def test_an_object_in_s3(aws: boto3.Session, tmp_path: Path) -> None:
    """Named by bucket and key."""
    aws.client("s3").put_object(Bucket="the-bucket", Key="etc/janitor.toml", Body=TEXT)
    settings = read(aws, tmp_path, "s3://the-bucket/etc/janitor.toml")
    assert [account.id for account in settings.accounts] == ["123456789012"]
    assert str(settings.ledger.s3) == "s3://the-bucket/janitor"


@pytest.mark.parametrize("sort", ["String", "SecureString"])
def test_a_parameter(aws: boto3.Session, tmp_path: Path, sort: Any) -> None:
    """In plain text, or encrypted."""
    aws.client("ssm").put_parameter(Name="/janitor/settings", Value=TEXT, Type=sort)
    settings = read(aws, tmp_path, "ssm:/janitor/settings")
    assert str(settings.ledger.s3) == "s3://the-bucket/janitor"


@pytest.mark.parametrize("named", ["", "janitor.toml"])
def test_a_file_in_the_zip(aws: boto3.Session, tmp_path: Path, named: str) -> None:
    """It is found from the folder of the zip, named or not."""
    (tmp_path / "janitor.toml").write_text(TEXT)
    assert read(aws, tmp_path, named).accounts[0].id == "123456789012"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("", "the function has no settings; set JANITOR_CONFIG to s3://bucket/key or ssm:/name"),
        ("team.toml", "team.toml: there is no such file"),
        ("s3://the-bucket", "JANITOR_CONFIG s3://the-bucket: no object; write s3://bucket/key"),
        ("s3://the-bucket/none", "s3://the-bucket/none: there are no such settings (NoSuchKey)"),
        ("s3://another-bucket/none", "another-bucket/none: there are no such settings (NoSuchBuc"),
        ("ssm:/none", "ssm:/none: there are no such settings (ParameterNotFound)"),
    ],
)
def test_settings_that_are_not_there(
    aws: boto3.Session, tmp_path: Path, named: str, told: str
) -> None:
    """The error names what JANITOR_CONFIG named, and what to do; no defaults take their place."""
    with pytest.raises(SettingsError) as refused:
        read(aws, tmp_path, named)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("named", "code", "told"),
    [
        ("s3://the-bucket/a", "AccessDenied", "allow s3:GetObject on it to the role of the func"),
        ("ssm:/a", "AccessDeniedException", "allow ssm:GetParameter on it to the role of the func"),
        ("ssm:/a", "InternalServerError", "check JANITOR_CONFIG and the network of the function"),
    ],
)
def test_settings_that_may_not_be_read(tmp_path: Path, named: str, code: str, told: str) -> None:
    """The error names them, and the permission that is lacking."""

    class Refusing:
        def get_object(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")

        get_parameter = get_object

    with pytest.raises(SettingsError) as refused:
        load_distant({"JANITOR_CONFIG": named}, tmp_path, lambda _: Refusing(), KINDS)
    assert str(refused.value).startswith(f"{named}: the settings cannot be read (")
    assert told in str(refused.value)


def test_faults_in_them_bear_the_name_they_came_by(aws: boto3.Session, tmp_path: Path) -> None:
    """Each on its own line, as those of a file."""
    body = b'kindz = "all"\ntimezone = "Nowhere/At-All"\n'
    aws.client("s3").put_object(Bucket="the-bucket", Key="janitor.toml", Body=body)
    with pytest.raises(SettingsError) as refused:
        read(aws, tmp_path, "s3://the-bucket/janitor.toml")
    named = "s3://the-bucket/janitor.toml, line "
    zone, kinds = refused.value.problems
    assert zone.startswith(f"{named}2: timezone: ")
    assert kinds.startswith(f"{named}1: kindz: ")


def test_text_that_is_no_toml(aws: boto3.Session, tmp_path: Path) -> None:
    """With the line and column."""
    aws.client("ssm").put_parameter(Name="/janitor", Value="accounts = [", Type="String")
    with pytest.raises(SettingsError, match="ssm:/janitor: at its end: "):
        read(aws, tmp_path, "ssm:/janitor")
