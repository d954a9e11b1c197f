"""What final snapshots were made of, as far as it still stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import _ec2_tags, _rds_finals, _rds_states, _rds_tags
from cs_aws_janitor.resources.kinds._pages import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.kinds._rds_finals import Final


@dataclass(frozen=True, slots=True)
class _Listing:
    """How AWS lists the databases of one sort."""

    operation: str
    rows: str
    id: str
    status: str
    names: str


_OF = {
    _rds_finals.OF_INSTANCES.of: _Listing(
        "describe_db_instances",
        "DBInstances",
        "DBInstanceIdentifier",
        "DBInstanceStatus",
        "db-instance-id",
    ),
    _rds_finals.OF_CLUSTERS.of: _Listing(
        "describe_db_clusters", "DBClusters", "DBClusterIdentifier", "Status", "db-cluster-id"
    ),
}


def due(client: RDSClient, final: Final, names: Sequence[str]) -> set[tuple[str, str, str]]:
    """Those of `names` that are not ending: name, inner id, and each instant on their tags.

    By the instant it is known for which ShutOff a snapshot was made, whatever the settings call
    that tag. What took the name of an earlier one has another inner id.
    """
    listing = _OF[final.of]
    how: Any = {"at_once": _rds_finals.AT_ONCE, "PaginationConfig": _rds_finals.PAGE}
    return {
        (each[listing.id], each[final.born_of], _rds_finals.stamp(at))
        for page in pages(client, listing.operation, listing.names, names, **how)
        for each in page[listing.rows]
        if each[listing.status] not in _rds_states.ENDED
        for text in _rds_tags.of(each).values()
        if (at := _ec2_tags.instant(text))
    }
