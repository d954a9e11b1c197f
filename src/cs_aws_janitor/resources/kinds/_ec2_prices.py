"""What of EC2 is charged for, as AWS's price list names it. Several kinds share these lines.

Source: AWS's public price list; docs/decisions.md tells where each price was looked up.
"""

from __future__ import annotations

from functools import cache

from cs_aws_janitor.resources.prices import HOURS, Charge, Price

EC2, VPC = "AmazonEC2", "AmazonVPC"

INSTANCE = Price(
    "an hour of an instance, Linux, on demand",
    "BoxUsage",
    "Hrs",
    EC2,
    (
        {
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "operation": "RunInstances",
        },
    ),
)


@cache
def hours(instance_type: str, instances: int = 1) -> tuple[Charge, ...]:
    """All hours of a month of so many instances, which are not charged while they are off."""
    return (Charge(INSTANCE, HOURS * instances, instance_type),)
