"""Settings of a function in AWS: in its zip, in an object of S3, or in Parameter Store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.settings.files import VARIABLE, from_elsewhere, load
from cs_aws_janitor.settings.surroundings import Surroundings
from cs_aws_janitor.shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from cs_aws_janitor.settings.model import Settings

    Client = Callable[[str], Any]

OBJECT, PARAMETER = "s3://", "ssm:"
_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "ParameterNotFound", "404"})


def load_distant(
    environ: Mapping[str, str], root: Path, client: Client, kinds: Collection[str]
) -> Settings:
    """The settings that JANITOR_CONFIG names: `s3://bucket/key`, `ssm:/name`, or a file.

    A file is looked for from `root`, the folder of the unpacked zip; so is janitor.toml where
    nothing is named, and so are files that the settings name. `client` gives the client of a
    service. Raises SettingsError.
    """
    named = environ.get(VARIABLE, "")
    around = Surroundings(None, root, environ, kinds)
    if named.startswith(OBJECT):
        bucket, _, key = named.removeprefix(OBJECT).partition("/")
        if not bucket or not key:
            raise SettingsError([f"{VARIABLE} {named}: no object; write s3://bucket/key"])
        content = _fetched(named, lambda: _object(client("s3"), bucket, key), "s3:GetObject")
        return from_elsewhere(named, content, around)
    if named.startswith(PARAMETER):
        name = named.removeprefix(PARAMETER)
        content = _fetched(named, lambda: _parameter(client("ssm"), name), "ssm:GetParameter")
        return from_elsewhere(named, content, around)
    settings = load(None, environ, root, kinds)
    if settings.file is None:
        cure = f"set {VARIABLE} to s3://bucket/key or ssm:/name, or put janitor.toml into the zip"
        raise SettingsError([f"the function has no settings; {cure}"])
    return settings


def _object(s3: Any, bucket: str, key: str) -> bytes:
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def _parameter(ssm: Any, name: str) -> bytes:
    text: str = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return text.encode()


def _fetched(named: str, fetch: Callable[[], bytes], action: str) -> bytes:
    # With it comes the SDK, which a command that asks AWS for nothing has no use for.
    from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt  # noqa: PLC0415

    content = attempt(fetch)
    if not isinstance(content, Refusal):
        return content
    if content.code in _MISSING:
        what = f"there are no such settings ({content.code})"
        raise SettingsError([f"{named}: {what}; put them there, or set {VARIABLE} to another"])
    cure = f"allow {action} on it to the role of the function"
    if content.sort is not Sort.DENIED:
        cure = f"check {VARIABLE} and the network of the function"
    raise SettingsError([f"{named}: the settings cannot be read ({content.sentence}); {cure}"])
