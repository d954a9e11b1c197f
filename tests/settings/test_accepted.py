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
SALESFORCE = "[customers.salesforce]\n"
TOPIC = f"arn:aws:sns:eu-west-1:{ID}:janitor"
SENDER = 'email_from = "janitor@example.com"'
UNIT = "ou-ab12-11111111"
# What a key may say, and what that means: key, TOML, the value that holds.
SES = '[customers.mail]\nses = true\nsender = "a@example.com"'
MAIL = '[customers.mail]\nserver = "mx.example.com"\nsender = "a@example.com"'
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
    ("owners.cloudtrail", "[owners]\ncloudtrail = true", True),
    (
        "owners.people",
        '[owners]\npeople = [{initials = "jd", logins = ["jdoe"]}]',
        [{"initials": "jd", "logins": ["jdoe"]}],
    ),
    ("owners.fallback", '[owners]\nfile = "owners.toml"\nfallback = "jd"', "jd"),
    ("notify.before", '[notify]\nbefore = ["2w", "1d"]', ["14d", "1d"]),
    ("notify.before", "[notify]\nbefore = []", []),
    ("notify.sns_topic", f'[notify]\nsns_topic = "{TOPIC}"', TOPIC),
    ("notify.email_from", f"[notify]\n{SENDER}", "janitor@example.com"),
    ("notify.email_region", f'[notify]\n{SENDER}\nemail_region = "eu-west-1"', "eu-west-1"),
    ("notify.required", f"[notify]\n{SENDER}\nrequired = false", False),
    ("notify.weekly", f'[notify]\n{SENDER}\nweekly = "Fri"', "Fri"),
    ("notify.weekly", '[notify]\nweekly = ""', ""),
    ("notify.slack.by", '[notify]\nslack.by = "webhook"', "webhook"),
    ("notify.slack.channel", '[notify.slack]\nby = "bot"\nchannel = "C012AB3CD"', "C012AB3CD"),
    ("notify.slack.token_from", '[notify.slack]\ntoken_from = "T1"', "T1"),
    ("notify.slack.webhook_from", '[notify.slack]\nwebhook_from = "T1"', "T1"),
    ("notify.slack.url", '[notify.slack]\nurl = "http://localhost:8/"', "http://localhost:8/"),
    ("notify.before_terminate", '[notify]\nbefore_terminate = "3d"', "3d"),
    ("metrics.namespace", '[metrics]\nnamespace = "Team A/Janitor"', "Team A/Janitor"),
    ("customers.source", '[customers]\nsource = "~/book.toml"', "/home/jd/book.toml"),
    ("customers.playbooks", '[customers]\nplaybooks = "/etc/playbooks"', "/etc/playbooks"),
    ("customers.sink", '[customers]\nsink = "calendar"\ncalendar = "/feed.ics"', "calendar"),
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
    ("customers.sink", '[customers]\nsink = "gitlab"\ngitlab.project = "a/b"', "gitlab"),
    ("customers.sink", '[customers]\nsink = "slack"\nslack.enabled = true', "slack"),
    (
        "customers.mails",
        '[customers]\nmails = "mail"\nmail = {server = "mx.example.com", sender = "a@example.com"}',
        "mail",
    ),
    ("customers.gitlab.url", '[customers.gitlab]\nurl = "https://git.example.com"', None),
    ("customers.gitlab.token_from", '[customers.gitlab]\ntoken_from = "T"', "T"),
    ("customers.gitlab.labels", '[customers.gitlab]\nlabels = ["A", "b c"]', ["A", "b c"]),
    ("customers.gitlab.requests", '[customers.gitlab]\nrequests = "a/b"', "a/b"),
    ("customers.gitlab.project", '[customers.gitlab]\nproject = "a/b"', "a/b"),
    ("customers.people", '[customers.people."A B"]\ngitlab = "ab"\nslack = "U1"', None),
    ("customers.slack.enabled", "[customers.slack]\nenabled = true", True),
    ("customers.slack.url", '[customers.slack]\nurl = "http://[::1]:8/"', "http://[::1]:8/"),
    ("customers.slack.token_from", '[customers.slack]\ntoken_from = "_T1"', "_T1"),
    ("customers.mail.server", MAIL, "mx.example.com"),
    ("customers.mail.sender", MAIL, "a@example.com"),
    ("customers.mail.user", f'{MAIL}\nuser = "a"', "a"),
    ("customers.mail.port", f"{MAIL}\nport = 25", 25),
    ("customers.mail.starttls", f"{MAIL}\nstarttls = false", False),
    ("customers.mail.ses", f"{SES}", True),
    ("customers.mail.ses_region", f'{SES}\nses_region = "eu-west-1"', "eu-west-1"),
    ("customers.source", '[customers]\nsource = "s3://book/of/all.csv"', "s3://book/of/all.csv"),
    ("customers.playbooks", '[customers]\nplaybooks = "s3://book"', "s3://book/"),
    ("customers.tasks", '[customers]\ntasks = "s3://book/tasks/"', "s3://book/tasks"),
    ("customers.calendar", '[customers]\ncalendar = "s3://book/f.ics"', "s3://book/f.ics"),
    ("customers.ledger", '[customers]\nledger = "s3://book/ledger"', "s3://book/ledger"),
    ("customers.mails", f'[customers]\nmails = "mail"\n{SES}', "mail"),
    ("customers.mail.password_from", f'{MAIL}\npassword_from = "P"', "P"),
    ("customers.usage_goals", "[customers.usage_goals]\nci = 60", None),
    (
        "customers.salesforce.url",
        f'{SALESFORCE}url = "https://example.my.salesforce.com/"',
        "https://example.my.salesforce.com",
    ),
    ("customers.salesforce.url", f'{SALESFORCE}url = "http://127.0.0.1:8080"', None),
    ("customers.salesforce.client_id_from", f'{SALESFORCE}client_id_from = "SF_ID"', "SF_ID"),
    (
        "customers.salesforce.client_secret_from",
        f'{SALESFORCE}client_secret_from = "SF_SECRET"',
        "SF_SECRET",
    ),
    ("customers.salesforce.api_version", f'{SALESFORCE}api_version = "v59.0"', "v59.0"),
    ("customers.salesforce.where", f"""{SALESFORCE}where = "Type = 'A'\"""", "Type = 'A'"),
    ("customers.salesforce.opportunities", f'{SALESFORCE}opportunities = ""', ""),
    ("customers.salesforce.key_field", f'{SALESFORCE}key_field = "Key__c"', "Key__c"),
    ("customers.salesforce.user_field", f'{SALESFORCE}user_field = "Email"', "Email"),
    ("customers.salesforce.status", f'{SALESFORCE}status = "Open"', "Open"),
    ("customers.salesforce.withdrawn", f'{SALESFORCE}withdrawn = "Void"', "Void"),
    ("customers.salesforce.priority", f'{SALESFORCE}priority = "High"', "High"),
    ("customers.salesforce.account", f'{SALESFORCE}account = {{csm = "CSM__r.Name"}}', None),
    ("customers.salesforce.contact", f'{SALESFORCE}contact = {{labels = "Labels__c"}}', None),
    ("customers.salesforce.opportunity", f'{SALESFORCE}opportunity = {{sa = "SA__c"}}', None),
    ("customers.salesforce.events", f'{SALESFORCE}events = {{Demo = "meeting"}}', None),
    (
        "customers.salesforce.values",
        '[customers.salesforce.values.segment]\nEnterprise = "strategic"',
        None,
    ),
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
