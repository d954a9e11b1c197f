"""The final snapshots that the janitor had made of databases: they end as everything does.

Source: aws-lifecycle.md: "Backups carry their own Expiration (backup.keep), are announced in the
final notice, and are removed by the same lifecycle". Those of others are never touched.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import arns
from cs_aws_janitor.resources.kinds import _rds_prices, _rds_scopes, _rds_sources, _rds_tags
from cs_aws_janitor.resources.kinds._ec2_backups import SOURCE
from cs_aws_janitor.resources.kinds._kind import Kind
from cs_aws_janitor.resources.kinds._rds_finals import OF_CLUSTERS, OF_INSTANCES, Name
from cs_aws_janitor.resources.model import Resource, Sighting
from cs_aws_janitor.resources.prices import Pricing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.kinds._rds_finals import Final
    from cs_aws_janitor.resources.model import Place

    Facts = Mapping[str, Any]

NAME = "rds_backup"
_FINALS = (OF_INSTANCES, OF_CLUSTERS)
FURTHEST_EAST = timedelta(hours=14)  # of all time zones, from UTC
_SETTLED = frozenset({"available", "failed"})
_TRAITS = {"engine": "Engine", "storage_gib": "AllocatedStorage"}


def discover(client: RDSClient, place: Place) -> Iterator[list[Resource]]:
    """All final snapshots whose names were given here, of instances and then of clusters."""
    for final in _FINALS:
        for page in final.pages(client):
            yield _resources(final, page, place)


def read(client: RDSClient, place: Place, ids: Sequence[str]) -> list[Resource]:
    """Those of `ids` that there are."""
    found = []
    for final in _FINALS:
        wanted = [each for each in ids if _of(each) is final]
        found += _resources(final, final.named(client, wanted), place)
    return found


def tag(client: RDSClient, place: Place, ids: Sequence[str], tags: Mapping[str, str]) -> None:
    """Write equal `tags` on all `ids`, one after the other."""
    for each in ids:
        _rds_tags.tag(client, _arn(place, each), tags)


def untag(client: RDSClient, place: Place, ids: Sequence[str], keys: Sequence[str]) -> None:
    """Remove `keys`, whatever their values, from all `ids`."""
    for each in ids:
        _rds_tags.untag(client, _arn(place, each), keys)


def terminate(client: RDSClient, resource: Resource) -> None:
    """Delete it for good."""
    if _of(resource.id) is OF_CLUSTERS:
        client.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=resource.id)
    else:
        client.delete_db_snapshot(DBSnapshotIdentifier=resource.id)


def examine(client: RDSClient, resources: Sequence[Resource]) -> list[Resource]:
    """Hold what was made of something that is still due: that must not end after its backup."""
    standing = set()
    for final in _FINALS:
        sources = {r.traits["source"] for r in resources if _of(r.id) is final}
        standing |= _rds_sources.due(client, final, sorted(sources))
    return [
        replace(r, follows=f"{r.traits['source']}, which it was made of and which still stands")
        if _made_of(r) in standing
        else r
        for r in resources
    ]


def _made_of(resource: Resource) -> tuple[str, str, str]:
    """What it was made of, by name, inner id and the ShutOff of then."""
    traits = resource.traits
    return traits["source"], traits.get("born_of", ""), traits["shut_off"]


def _of(name: str) -> Final | None:
    """Which sort of final snapshot has this name; None where it was not given here."""
    said = Name.read(name)
    return next((final for final in _FINALS if said and final.of == said.of), None)


def _arn(place: Place, name: str) -> str:
    of_cluster = _of(name) is OF_CLUSTERS
    return arns.of(_rds_tags.CLUSTER_SNAPSHOT if of_cluster else _rds_tags.SNAPSHOT, place, name)


def _resources(final: Final, shown: Iterable[Facts], place: Place) -> list[Resource]:
    return [
        _resource(final, one, place, name)
        for one in shown
        if (name := Name.read(one[final.id])) and name.of == final.of
        if one["Status"] != "deleting"
    ]


def _resource(final: Final, one: Facts, place: Place, name: Name) -> Resource:
    tags, born = _rds_tags.of(one), one.get("SnapshotCreateTime")
    # Until it is labelled its name stands in for the dates that it is to bear.
    remembered = _remembered(name, born) if born else None
    for_ever = name.until is None and SOURCE not in tags
    settled = one["Status"] in _SETTLED and born
    return Resource(
        place=place,
        kind=NAME,
        id=one[final.id],
        tags=tags,
        born=born,
        own_name=name.source,
        protected=for_ever or None,
        sighting=remembered,
        not_yet=None if settled else f"it is {one['Status']}, so its end waits",
        traits={
            "source": name.source,
            "shut_off": name.shut_off,
            **({"born_of": str(one[final.born_of])} if final.born_of in one else {}),
            "of": "cluster" if final is OF_CLUSTERS else "instance",
            **{key: str(one[shown]) for key, shown in _TRAITS.items() if shown in one},
        },
    )


def _remembered(name: Name, born: datetime) -> Sighting | None:
    """The dates that it is to bear. Its first day is that of the zone where it came first."""
    day = (born + FURTHEST_EAST).date()
    return Sighting(day, name.until.isoformat()) if name.until else None


KIND = Kind(
    name=NAME,
    title="RDS backup",
    service="rds",
    ids=None,
    arns=(_rds_tags.SNAPSHOT, _rds_tags.CLUSTER_SNAPSHOT),
    permissions={
        "discover": frozenset({"rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"}),
        "examine": frozenset({"rds:DescribeDBClusters", "rds:DescribeDBInstances"}),
        "tag": frozenset({"rds:AddTagsToResource"}),
        "clear_mark": frozenset({"rds:RemoveTagsFromResource"}),
        "terminate": frozenset({"rds:DeleteDBClusterSnapshot", "rds:DeleteDBSnapshot"}),
    },
    discover=discover,
    read=read,
    tag=tag,
    untag=untag,
    terminate=terminate,
    examine=examine,
    tags_at_once=1,
    restore="a snapshot that was deleted cannot be had back",
    scopes=_rds_scopes.ALL,
    pricing=Pricing((_rds_prices.BACKUP,), _rds_prices.backup),
    notes=(
        (
            "These are the final snapshots of RDS instances and clusters that were terminated here,"
            " and no others: those of people and of AWS Backup are never touched."
        ),
        (
            "Their names tell what they are of, for which `ShutOff` they were made and until when"
            " they are kept, in case their labels could not be written any more."
        ),
        "One whose source is still due is held: that must not end after its backup.",
        "They live as long as `backup.keep` says; a `Permanent` tag keeps one for good.",
    ),
)
