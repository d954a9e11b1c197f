"""How much EC2 takes and gives in one call."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.strict.rules import check
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from tests.strict.world import Exchange

MOST_FILTER_VALUES, LONGEST_FILTER_VALUE = 200, 255
FEWEST, MOST = 5, 1000
_VALUE = re.compile(r"(Filter\.\d+)\.Value\.\d+")
PAGED = {
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSpotInstanceRequests",
    "ec2:DescribeTags",
    "ec2:DescribeVolumes",
}


@check
def filters_are_short(exchange: Exchange) -> None:
    """A filter holds 200 values at most, each of 255 characters at most."""
    if exchange.request.service != "ec2":
        return
    form = exchange.request.form
    values = {key: match[1] for key in form if (match := _VALUE.fullmatch(key))}
    if any(count > MOST_FILTER_VALUES for count in Counter(values.values()).values()):
        message = "The maximum number of filter values specified on a single call is 200"
        raise RefusalError("FilterLimitExceeded", message)
    if any(len(form[key]) > LONGEST_FILTER_VALUE for key in values):
        message = "The maximum length for a filter value is 255 characters"
        raise RefusalError("FilterLimitExceeded", message)


@check
def pages_have_a_size(exchange: Exchange) -> None:
    """A page holds 5 to 1000."""
    size = exchange.request.form.get("MaxResults")
    if exchange.request.name not in PAGED or size is None:
        return
    if not FEWEST <= int(size) <= MOST:
        message = f"Value ( {size} ) for parameter maxResults is invalid."
        expected = f"Expecting a value between {FEWEST} and {MOST}."
        raise RefusalError("InvalidParameterValue", f"{message} {expected}")
