"""ARNs as people paste them: whatever signs the name of a resource holds."""

from __future__ import annotations

import pytest

from cs_aws_janitor.resources import arns
from cs_aws_janitor.resources.model import Place

PLACE = Place("123456789012", "eu-west-1")
LEAD = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:9f-1"
GROUP = (
    "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{id}"
)
INSTANCE = "arn:{partition}:ec2:{region}:{account}:instance/{id}"
SNAPSHOT = "arn:{partition}:ec2:{region}::snapshot/{id}"


@pytest.mark.parametrize("name", ["web", "a/b", "w*b", "a[0]", "{id}", "web.1", "instance/web"])
def test_a_name_of_any_signs_is_read_and_known(name: str) -> None:
    """By the template of its kind; no other name is taken for it."""
    arn = f"{LEAD}:autoScalingGroupName/{name}"
    assert name in arns.ids(arn, [INSTANCE, GROUP])
    assert arns.names(arn, [INSTANCE, GROUP], PLACE, name)
    for other in ("wxb", f"{name}x", name[1:] or "x"):
        assert not arns.names(arn, [GROUP], PLACE, other)


def test_another_place_is_another_resource() -> None:
    """Region, account and partition are those of the ARN."""
    arn = f"{LEAD}:autoScalingGroupName/web"
    for place in (
        Place("210987654321", "eu-west-1"),
        Place("123456789012", "us-east-1"),
        Place("123456789012", "eu-west-1", "aws-cn"),
    ):
        assert not arns.names(arn, [GROUP], place, "web")


def test_an_arn_without_an_account() -> None:
    """That of a snapshot names none."""
    assert arns.names("arn:aws:ec2:eu-west-1::snapshot/snap-1", [SNAPSHOT], PLACE, "snap-1")


def test_what_is_no_arn_means_no_id() -> None:
    """A plain name stays one."""
    assert arns.ids("jd-web", [GROUP]) == set()
