"""What each key may say, and what that means: one row for each line of the contract.

Source: command-line.md, "Settings: janitor.toml".
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.settings.reading import ID, read, value_of

if TYPE_CHECKING:
    from pathlib import Path

DISCOVERED = '[organization]\nrole = "janitor"\n'
TOPIC = f"arn:aws:sns:eu-west-1:{ID}:janitor"
OUR_MAIL = 'email_from = "janitor@example.com"'
UNIT = "ou-ab12-11111111"
# What a key may say, and what that means: key, TOML, the value that holds.
ACCEPTED: list[tuple[str, str, Any]] = [
    ("accounts", f'accounts = ["{ID}"]', [ID]),
    ("accounts", "accounts = []", []),
    ("accounts", f'accounts = [{{id = "{ID}", name = "demo"}}]', [{"id": ID, "name": "demo"}]),
    ("accounts", f'[[accounts]]\nid = "{ID}"', [ID]),
    ("accounts", f'accounts = ["000000000001", {{id = "{ID}"}}]', ["000000000001", ID]),
    ("regions", 'regions = "all"', "all"),
    ("regions", 'regions = ["eu-west-1", "us-gov-east-1"]', ["eu-west-1", "us-gov-east-1"]),
    ("regions", 'regions = ["us-isob-east-1", "eusc-de-east-1"]', None),
    ("timezone", 'timezone = "UTC"', "UTC"),
    ("timezone", 'timezone = "Europe/Berlin"', "Europe/Berlin"),
    ("kinds", 'kinds = "all"', "all"),
    ("kinds", 'kinds = ["ec2_instance"]', ["ec2_instance"]),
    ("organization.role", '[organization]\nrole = "team/janitor"', "team/janitor"),
    ("organization.external_id", f'{DISCOVERED}external_id = "a:b/c-1"', "***"),
    ("organization.session_name", f'{DISCOVERED}session_name = "demo@cs"', "demo@cs"),
    ("organization.units", f'{DISCOVERED}units = "all"', "all"),
    ("organization.units", f'{DISCOVERED}units = ["r-ab12", "{UNIT}"]', ["r-ab12", UNIT]),
    ("organization.exclude", f'{DISCOVERED}exclude = ["{ID}"]', [ID]),
    ("organization.exclude", "[organization]\nexclude = []", []),
    ("tags.name", '[tags]\nname = "Naam"', "Naam"),
    ("tags.discovered", '[tags]\ndiscovered = "cs:discovered"', "cs:discovered"),
    ("tags.expiration", '[tags]\nexpiration = "Zu löschen am"', "Zu löschen am"),
    ("tags.shut_off", '[tags]\nshut_off = "a_b.c/d=e+f-g@h"', "a_b.c/d=e+f-g@h"),
    ("tags.permanent", f'[tags]\npermanent = "{"p" * 128}"', "p" * 128),
    ("tags.owner", '[tags]\nowner = "Contact"', "Contact"),
    ("tags.note", '[tags]\nnote = "AWS"', "AWS"),
    ("lifecycle.expire_after", '[lifecycle]\nexpire_after = "2w"', "14d"),
    ("lifecycle.expire_after", '[lifecycle]\nexpire_after = "48h"', "2d"),
    ("lifecycle.terminate_after", '[lifecycle]\nterminate_after = "90m"', "90m"),
    ("lifecycle.terminate_after", '[lifecycle]\nterminate_after = "3650d"', "3650d"),
    ("naming.pattern", "[naming]\npattern = '^(?P<owner>\\w+)/'", r"^(?P<owner>\w+)/"),
    ("naming.enforce", "[naming]\nenforce = true", True),
    ("naming.grace", '[naming]\ngrace = "0m"', "0m"),
    ("naming.grace", '[naming]\ngrace = "0d"', "0m"),
    ("naming.grace", '[naming]\ngrace = "30m"', "30m"),
    ("extension.longest", '[extension]\nlongest = "31d"', "31d"),
    ("backup.when", '[backup]\nwhen = "stopped"', "stopped"),
    ("backup.as", '[backup]\nas = "image"', "image"),
    ("backup.keep", '[backup]\nkeep = "forever"', "forever"),
    ("backup.keep", '[backup]\nkeep = "30d"', "30d"),
    ("backup.when_impossible", '[backup]\nwhen_impossible = "terminate"', "terminate"),
    ("backup.group_image", "[backup]\ngroup_image = true", True),
    ("limits.shut_off.count", "[limits]\nshut_off = {count = 0}", 0),
    ("limits.shut_off.share", "[limits]\nshut_off = {count = 5}", 0.5),
    ("limits.shut_off.share", "[limits.shut_off]\nshare = 1", 1.0),
    ("limits.terminate.count", "[limits]\nterminate.share = 0.1", 20),
    ("limits.terminate.count", "[limits]\nterminate.count = 1000000", 1_000_000),
    ("limits.terminate.share", "[limits]\nterminate.share = 0.0", 0.0),
    (
        "rollout.tag_only_until",
        "[rollout]\ntag_only_until = 2026-12-01",
        date(2026, 12, 1),
    ),
    (
        "rollout.kinds.ebs_volume",
        "[rollout.kinds]\nebs_volume = 2026-12-01",
        date(2026, 12, 1),
    ),
    ("ledger.path", '[ledger]\npath = "/var/lib/ledger.jsonl"', "/var/lib/ledger.jsonl"),
    ("ledger.path", '[ledger]\npath = "~/ledger.jsonl"', "/home/jd/ledger.jsonl"),
    ("ledger.path", '[ledger]\ns3 = "s3://bucket/prefix"', None),
    ("ledger.s3", '[ledger]\ns3 = "s3://bucket/a/b/"', "s3://bucket/a/b"),
    ("ledger.s3", '[ledger]\ns3 = "s3://my.bucket-1"', "s3://my.bucket-1/"),
    ("owners.file", '[owners]\nfile = "owners.toml"', None),
    ("owners.fallback", '[owners]\nfile = "owners.toml"\nfallback = "jd"', "jd"),
    ("notify.before", '[notify]\nbefore = ["2w", "1d"]', ["14d", "1d"]),
    ("notify.before", "[notify]\nbefore = []", []),
    ("notify.sns_topic", f'[notify]\nsns_topic = "{TOPIC}"', TOPIC),
    ("notify.email_from", f"[notify]\n{OUR_MAIL}", "janitor@example.com"),
    ("notify.email_region", f'[notify]\n{OUR_MAIL}\nemail_region = "eu-west-1"', "eu-west-1"),
    ("notify.required", f"[notify]\n{OUR_MAIL}\nrequired = false", False),
    ("notify.before_terminate", '[notify]\nbefore_terminate = "3d"', "3d"),
    ("metrics.namespace", '[metrics]\nnamespace = "Team A/Janitor"', "Team A/Janitor"),
    ("customers.source", '[customers]\nsource = "~/book.toml"', "/home/jd/book.toml"),
    ("customers.playbooks", '[customers]\nplaybooks = "/etc/playbooks"', "/etc/playbooks"),
    ("customers.sink", '[customers]\nsink = "calendar"', "calendar"),
    ("customers.mails", '[customers]\nmails = "file"', "file"),
    ("customers.tasks", '[customers]\ntasks = "/tasks"', "/tasks"),
    ("customers.tasks", "[customers]", "/home/jd/.local/state/cs-aws-janitor/tasks"),
    ("customers.calendar", '[customers]\ncalendar = "/feed.ics"', "/feed.ics"),
    ("customers.ledger", '[customers]\nledger = "/customers.jsonl"', "/customers.jsonl"),
    ("customers.ledger", "[customers]", "/home/jd/.local/state/cs-aws-janitor/customers.jsonl"),
    ("customers.since", "[customers]\nsince = 2026-12-01", date(2026, 12, 1)),
    ("customers.goals.time_to_engage", "[customers.goals]\ntime_to_engage = 7", 7),
    ("customers.goals.time_to_first_value", "[customers.goals]\ntime_to_first_value = 0", 0),
    ("customers.goals.time_to_onboard", "[customers.goals]\ntime_to_onboard = 60", 60),
    ("customers.usage_goals", "[customers.usage_goals]\nci = 60", None),
]


@pytest.mark.parametrize(("key", "text", "value"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_a_key_says_what_the_contract_allows(
    tmp_path: Path, key: str, text: str, value: object
) -> None:
    """Each key takes what command-line.md says, and that value holds."""
    (tmp_path / "owners.toml").write_text('[[owner]]\ninitials = "jd"', encoding="utf-8")
    settings = read(tmp_path, text)
    if value is not None:
        assert value_of(settings, key) == value
