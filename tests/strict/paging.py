"""Answers in pages as small as a test wants them: AWS may give fewer than it was asked for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, NamedTuple

from tests.strict.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.strict.wire import Request

    Forward = Callable[[Mapping[str, str] | None], Answer]


class Paged(NamedTuple):
    """Where an answer holds its rows, and how the next page is asked for and told of."""

    rows: str
    asked: str = "NextToken"
    told: str = "nextToken"
    size: str = "MaxResults"


OPERATIONS = {
    "ec2:DescribeImages": Paged("imagesSet"),
    "ec2:DescribeInstances": Paged("reservationSet"),
    "ec2:DescribeNatGateways": Paged("natGatewaySet"),
    "ec2:DescribeSnapshots": Paged("snapshotSet"),
    "ec2:DescribeTags": Paged("tagSet"),
    "ec2:DescribeVolumes": Paged("volumeSet"),
    "autoscaling:DescribeAutoScalingGroups": Paged(
        "AutoScalingGroups", told="NextToken", size="MaxRecords"
    ),
    "rds:DescribeDBClusters": Paged("DBClusters", "Marker", "Marker", "MaxRecords"),
    "rds:DescribeDBClusterSnapshots": Paged("DBClusterSnapshots", "Marker", "Marker", "MaxRecords"),
    "rds:DescribeDBInstances": Paged("DBInstances", "Marker", "Marker", "MaxRecords"),
    "rds:DescribeDBSnapshots": Paged("DBSnapshots", "Marker", "Marker", "MaxRecords"),
}


def pages_of(size: int | None, request: Request, forward: Forward) -> Forward:
    """`forward`, but for lists, which are given in pages of `size`."""
    paged = OPERATIONS.get(request.name)
    if size is None or paged is None:
        return forward

    def forward_all(form: Mapping[str, str] | None) -> Answer:
        whole = {**(request.form if form is None else form)}
        start = int(whole.pop(paged.asked, "0"))
        whole.pop(paged.size, None)
        answer = forward(whole)
        return _cut(answer, paged, slice(start, start + size)) if answer.good else answer

    return forward_all


def _cut(answer: Answer, paged: Paged, wanted: slice) -> Answer:
    root = ET.fromstring(answer.text)  # noqa: S314  it is moto's own
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    held = next((each for each in root.iter(f"{space}{paged.rows}")), None)
    parents = {child: parent for parent in root.iter() for child in parent}
    if held is None:
        return answer
    rows = list(held)
    for row in [*rows[: wanted.start], *rows[wanted.stop :]]:
        held.remove(row)
    inside = parents[held]
    for told in inside.findall(f"{space}{paged.told}"):
        inside.remove(told)
    if wanted.stop < len(rows):
        ET.SubElement(inside, f"{space}{paged.told}").text = str(wanted.stop)
    return Answer(answer.status, answer.headers, ET.tostring(root, encoding="unicode"))
