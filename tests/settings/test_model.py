"""What the rest of the house is given: rules, accounts, places, and where each value is from."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from cs_aws_janitor.resources import owners, policy
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.settings import S3Place, effective
from tests.settings.reading import ID, ROLE, read

if TYPE_CHECKING:
    from pathlib import Path

GOV_ROLE = ROLE.replace("arn:aws", "arn:aws-us-gov")


def test_s3_takes_the_place_of_the_path(tmp_path: Path) -> None:
    """A ledger in S3 has a bucket and a prefix, and no file beside it."""
    settings = read(tmp_path, '[ledger]\ns3 = "s3://bucket/a/b/"')
    assert settings.ledger.s3 == S3Place("bucket", "a/b")
    assert settings.ledger.path is None


def test_an_account_may_have_its_own_regions(tmp_path: Path) -> None:
    """An account's regions come before those of all; "all" there overrules a list above."""
    settings = read(
        tmp_path,
        """
        regions = ["eu-west-1"]
        accounts = [
          "000000000001",
          {id = "000000000002", regions = ["us-east-1"]},
          {id = "000000000003", regions = "all"},
        ]
        """,
    )
    assert [settings.regions_of(account) for account in settings.accounts] == [
        ("eu-west-1",),
        ("us-east-1",),
        None,
    ]


@pytest.mark.parametrize(
    ("text", "partition"),
    [
        ("", "aws"),
        ('regions = ["eu-west-1"]', "aws"),
        ('regions = ["us-gov-west-1"]', "aws-us-gov"),
        (f'accounts = [{{id = "{ID}", regions = ["cn-north-1"]}}]', "aws-cn"),
        (f'accounts = [{{id = "{ID}", role = "{GOV_ROLE}"}}]', "aws-us-gov"),
    ],
)
def test_roles_and_regions_tell_the_partition(tmp_path: Path, text: str, partition: str) -> None:
    """China and GovCloud are known by the names of their regions and the ARNs of their roles."""
    assert read(tmp_path, text).partition == partition


def test_every_rule_reaches_the_policy(tmp_path: Path) -> None:
    """Nothing that a team sets is lost on the way to the decision."""
    person = '[[owner]]\ninitials = "jd"\nemail = "jd@example.com"'
    (tmp_path / "owners.toml").write_text(person, encoding="utf-8")
    settings = read(
        tmp_path,
        """
        timezone = "Europe/Berlin"
        [tags]
        name = "A"
        discovered = "B"
        expiration = "C"
        shut_off = "D"
        permanent = "E"
        note = "F"
        owner = "G"
        [lifecycle]
        expire_after = "3w"
        terminate_after = "36h"
        [naming]
        pattern = '(?P<owner>.+)'
        enforce = true
        grace = "2h"
        [extension]
        longest = "30d"
        [backup]
        when = "stopped"
        as = "image"
        keep = "forever"
        when_impossible = "terminate"
        group_image = true
        [limits]
        shut_off = {count = 1, share = 0.1}
        terminate = {count = 2, share = 0.2}
        [rollout]
        tag_only_until = 2026-12-01
        kinds = {ebs_volume = 2027-01-01}
        [owners]
        file = "owners.toml"
        fallback = "jd"
        [notify]
        before = ["1d", "2w"]
        email_from = "janitor@example.com"
        before_terminate = "3d"
        weekly = "Sun"
        """,
    )
    assert settings.policy() == Policy(
        timezone=ZoneInfo("Europe/Berlin"),
        keys=policy.TagKeys("A", "B", "C", "D", "E", "F", "G"),
        naming=policy.Naming(re.compile("(?P<owner>.+)"), enforce=True, grace=timedelta(hours=2)),
        backup=policy.BackupRules("stopped", "image", None, "terminate", group_image=True),
        limits=policy.Limits(policy.Limit(1, 0.1), policy.Limit(2, 0.2)),
        rollout=policy.Rollout(date(2026, 12, 1), {"ebs_volume": date(2027, 1, 1)}),
        owners=owners.of([Person("jd", email="jd@example.com")], "jd"),
        expire_after=timedelta(days=21),
        terminate_after=timedelta(hours=36),
        longest_extension=timedelta(days=30),
        notify_before=(14, 1),
        notices=policy.Notices(
            ("email",), required=True, before_terminate=timedelta(days=3), weekly=6
        ),
    )
    assert {each.origin for each in effective(settings) if each.key[:4] in {"tags", "limi"}} == {
        "file"
    }


def test_a_limit_may_be_set_in_part(tmp_path: Path) -> None:
    """Whoever sets the count keeps the share, and the origin of each is told."""
    settings = read(tmp_path, "[limits]\nterminate = {count = 5}")
    usual = Policy().limits
    assert settings.policy().limits == replace(usual, terminate=policy.Limit(5, 0.25))
    told = {each.key: each.origin for each in effective(settings)}
    assert told["limits.terminate.count"] == "file"
    assert told["limits.terminate.share"] == "default"
    assert told["limits.shut_off.count"] == "default"


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        ("", None),
        ('[notify]\nweekly = ""', None),
        ('[notify]\nslack.by = "webhook"', 0),
        ('[notify]\nslack.by = "webhook"\nweekly = "Fri"', 4),
        ('[notify]\nslack.by = "webhook"\nweekly = ""', None),
    ],
)
def test_a_week_is_told_where_there_is_a_channel(
    tmp_path: Path, text: str, weekday: int | None
) -> None:
    """From Monday on, unless the settings name another day, or none."""
    assert read(tmp_path, text).policy().notices.weekly == weekday
