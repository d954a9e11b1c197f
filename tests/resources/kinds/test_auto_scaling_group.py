"""Auto Scaling groups: which facts are read out of the answers of AWS, and which calls are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.strict.aws import Account


def one(account: Account) -> str:
    """A group of two members, as a person makes it; its name."""
    standing = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return account.group(f"jd-web-{len(standing)}")
