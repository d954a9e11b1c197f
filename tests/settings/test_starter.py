"""The starter file and the schema: they say the same as the settings themselves."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.settings import effective, load, schema
from tests.settings.reading import HOME, KINDS, STARTER, read

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_the_starter_changes_nothing(tmp_path: Path) -> None:
    """The starter as it is gives exactly the defaults."""
    settings = read(tmp_path, STARTER.read_bytes())
    assert effective(settings) == effective(load(None, HOME, tmp_path / "elsewhere", KINDS))


def test_the_starter_shows_every_key_and_its_default(tmp_path: Path) -> None:
    """Each key stands in the starter; what is no example is the default, said out loud."""
    (tmp_path / "owners.toml").write_text('[[owner]]\ninitials = "jd"', encoding="utf-8")
    text = re.sub(
        r"^#(?=[a-z_0-9]+ = )", "", STARTER.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    settings = read(tmp_path, text.replace('s3 = "', '# s3 = "'))
    paths = {f"customers.{key}" for key in "source playbooks tasks calendar ledger since".split()}
    distant = "gitlab.project gitlab.labels gitlab.requests mail.server mail.sender mail.user"
    distant += " mail.ses_region"
    paths |= {f"customers.{key}" for key in distant.split()}
    examples = {
        "accounts",
        "organization.role",
        "organization.external_id",
        "rollout.tag_only_until",
        "ledger.path",
        "owners.file",
        "notify.sns_topic",
        "notify.email_from",
        "notify.email_region",
        "notify.required",
        "notify.weekly",
        "notify.slack.by",
        "notify.slack.channel",
        "owners.fallback",
        *paths,
        *(f"customers.salesforce.{key}" for key in "url where opportunities".split()),
    }
    shown = {each.key: each for each in effective(settings)}
    for usual in effective(load(None, HOME, tmp_path / "elsewhere", KINDS)):
        origin = "default" if usual.key == "ledger.s3" else "file"
        assert shown[usual.key].origin == origin
        assert usual.key in examples or shown[usual.key].value == usual.value


def test_the_link_at_the_root_is_the_starter() -> None:
    """In the repository, config/janitor.toml is the file that `config init` writes."""
    link = Path(__file__).parents[2] / "config" / "janitor.toml"
    assert tomllib.loads(link.read_text(encoding="utf-8")) == tomllib.loads(
        STARTER.read_text(encoding="utf-8")
    )


def test_the_schema_describes_every_key() -> None:
    """An editor shows what each key is for, its default, and the kinds there are."""
    made = schema(KINDS)
    assert made["$schema"] == "http://json-schema.org/draft-07/schema#"
    for part in tables_of(made):
        assert part["additionalProperties"] is False
        assert all(field["description"].endswith(".") for field in part["properties"].values())
    assert "$ref" not in str(made)
    assert made["properties"]["lifecycle"]["properties"]["expire_after"]["default"] == "14d"
    assert made["properties"]["kinds"]["anyOf"][1]["items"]["enum"] == list(KINDS)


def tables_of(part: object) -> Iterator[dict[str, Any]]:
    """Every table that a schema describes, at any depth."""
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for each in part.values():
            yield from tables_of(each)
    elif isinstance(part, list):
        for each in part:
            yield from tables_of(each)
