"""Names that AWS gives or takes: accounts, roles, regions, tag keys, places in S3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import tags
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.surroundings import around
from cs_aws_janitor.shared.addresses import is_address
from cs_aws_janitor.shared.wording import meant, shown

if TYPE_CHECKING:
    from pydantic import ValidationInfo

ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/[\w+=,.@/-]+", re.ASCII)
_ROLE_NAME = re.compile(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)
_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
UNIT = re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
NAMESPACE = re.compile(r"(?!AWS/|:)[A-Za-z0-9 ._/#:-]{1,255}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[\w-]{1,256}", re.ASCII)
SLACK_MEMBER = re.compile(r"[UW][A-Z0-9]+")
_SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_TAG_KEY = re.compile(r"[\w .:/=+@-]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def account_id(value: str) -> str:
    """An AWS account id: 12 digits."""
    if not ACCOUNT.fullmatch(value):
        raise fault(f"{shown(value)} is not an account id", "write its 12 digits in quotes")
    return value


def role(value: str) -> str:
    """The ARN of an IAM role."""
    if not _ROLE.fullmatch(value):
        cure = 'write "arn:aws:iam::ACCOUNT:role/NAME"'
        raise fault(f"{shown(value)} is not the ARN of a role", cure)
    return value


def role_account(role: str) -> str:
    """The id of the account that a role, given by its ARN, belongs to."""
    return role.split(":")[4]


def role_name(value: str) -> str:
    """The name of an IAM role, after its path where it has one: `team/janitor`."""
    if not _ROLE_NAME.fullmatch(value):
        cure = 'write the name alone, such as "janitor", or "path/janitor"'
        raise fault(f"{shown(value)} is not the name of a role", cure)
    return value


def session_name(value: str) -> str:
    """What `sts:AssumeRole` takes as the name of a session; CloudTrail shows it."""
    if not _SESSION.fullmatch(value):
        cure = "write 2 to 64 letters, digits or any of _ + = , . @ -"
        raise fault(f"AWS takes no session name {shown(value)}", cure)
    return value


def unit(value: str) -> str:
    """The id of an organisational unit, or of a root."""
    if not UNIT.fullmatch(value):
        cure = 'write its id, such as "ou-ab12-11111111", or that of the root, "r-ab12"'
        raise fault(f"{shown(value)} is not the id of an organisational unit", cure)
    return value


def namespace(value: str) -> str:
    """A namespace of metrics in CloudWatch."""
    if not NAMESPACE.fullmatch(value):
        cure = "write 1 to 255 letters, digits or any of _ . - / # : and not AWS/ at its start"
        raise fault(f"{shown(value)} is not a namespace of metrics", cure)
    return value


def topic(value: str) -> str:
    """The ARN of a topic of SNS that keeps no order."""
    if not _TOPIC.fullmatch(value):
        cure = 'write "arn:aws:sns:REGION:ACCOUNT:NAME"; a topic that ends in .fifo will not do'
        raise fault(f"{shown(value)} is not the ARN of a topic", cure)
    return value


def address(value: str) -> str:
    """The address of a mailbox, without the name of whose it is."""
    if not is_address(value):
        raise fault(f"{shown(value)} is no address", 'write one such as "name@example.com"')
    return value


def slack_channel(value: str) -> str:
    """The id of a channel in Slack: names change, and say nothing to its API."""
    if not _SLACK_CHANNEL.fullmatch(value):
        cure = "write it as C0123456789: it stands at the end of the channel's details"
        raise fault(f"{shown(value)} is not the id of a channel in Slack", cure)
    return value


def external_id(value: str) -> str:
    """What `sts:AssumeRole` takes as an external id."""
    if not _EXTERNAL_ID.fullmatch(value):
        # The value itself is not shown: whoever knows it is halfway into the account.
        cure = "write 2 to 1224 letters, digits or any of _ + = , . @ : / -"
        raise fault("AWS takes no such external id", cure)
    return value


def region(value: str) -> str:
    """What looks like the name of a region; only AWS knows which of them there are."""
    if REGION.fullmatch(value):
        return value
    zone = REGION.fullmatch(value[:-1]) is not None
    cure = f"did you mean '{value[:-1]}'?" if zone else 'write one such as "eu-west-1"'
    what = "an availability zone, not a region" if zone else "not the name of a region"
    raise fault(f"{shown(value)} is {what}", cure)


def kind(value: str, info: ValidationInfo) -> str:
    """The name of a kind that the janitor knows."""
    known = sorted(around(info).kinds)
    if value not in known:
        cure = meant(value, known, f"the kinds are {', '.join(known)}")
        raise fault(f"unknown kind {shown(value)}", cure)
    return value


def tag_key(value: str) -> str:
    """A tag key that every AWS service takes (aws-lifecycle.md, Tags)."""
    if value.lower().startswith(tags.RESERVED):
        raise fault(f"{shown(value)} begins with aws:, which AWS reserves", "choose another key")
    if not 0 < len(value) <= tags.LONGEST_KEY:
        cure = f"write 1 to {tags.LONGEST_KEY}"
        raise fault(f"a tag key of {len(value)} characters is not allowed", cure)
    if not _TAG_KEY.fullmatch(value) or value != value.strip():
        cure = "write letters, digits, inner spaces or any of _ . : / = + - @"
        raise fault(f"AWS does not take {shown(value)} as a tag key", cure)
    return value


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket and the prefix of the keys in it, without slashes around; it may be empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        """As the settings spell it."""
        return f"s3://{self.bucket}/{self.prefix}"


def s3_object(value: object) -> S3Place:
    """An object in S3, such as `s3://bucket/folder/name`."""
    place = s3(value)
    if not place.prefix:
        raise fault(f"{shown(value)} names no object", 'write "s3://bucket/key"')
    return place


def s3(value: object) -> S3Place:
    """A place in S3, such as `s3://bucket/prefix`."""
    scheme, _, place = value.partition("://") if isinstance(value, str) else ("", "", "")
    bucket, _, prefix = place.partition("/")
    if scheme != "s3" or not _BUCKET.fullmatch(bucket) or not prefix.isprintable():
        what = f"{shown(value)} is not a place in S3"
        raise fault(what, 'write "s3://bucket/prefix", the bucket in lower case')
    return S3Place(bucket, prefix.strip("/"))
