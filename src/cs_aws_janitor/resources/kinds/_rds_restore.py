"""A database comes back: the hands of a restore, each of which finds what it did before.

RDS takes no token. What was begun is found again by its tags, which stand on it from its first
moment on, and no second of the same name can be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.kinds import (
    _rds_manifest,
    _rds_restore_facts,
    _rds_restore_plan,
    _rds_states,
    _rds_tags,
)
from cs_aws_janitor.resources.kinds._kind import Restore
from cs_aws_janitor.resources.model import Power
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.restore_plan import Begun, Source, Start
from cs_aws_janitor.resources.tags import MOST_TAGS, RESTORED_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_rds.client import RDSClient

    from cs_aws_janitor.resources.kinds._rds_restore_plan import Request
    from cs_aws_janitor.resources.restore_plan import Manifest, RestorePlan

    Facts = Mapping[str, Any]

TOKEN = "JanitorRestore"  # noqa: S105  a tag: which of several restores has begun it


@dataclass(frozen=True, slots=True)
class Hands:
    """Those for one sort of database: how AWS lists it and how it is restored."""

    listing: str
    rows: str
    id: str
    status: str
    born: str
    restore: str

    def living(self, client: RDSClient, manifest: Manifest) -> dict[str, str]:
        """Those that were brought back from it and are there, the oldest first."""
        found = [
            (each.get(self.born) or manifest.at, each[self.id], _rds_tags.of(each))
            for each in self._all(client)
            if each[self.status] not in _rds_states.ENDED
        ]
        ours = [one for one in found if one[2].get(RESTORED_FROM) == manifest.id]
        return {name: tags.get(TOKEN, "") for _, name, tags in sorted(ours, key=lambda o: o[:2])}

    def prepare(self, _client: RDSClient, plan: RestorePlan) -> Source:
        """The final snapshot itself."""
        return Source(str(plan.brings["made from"]), ready=True)

    def begin(
        self, client: RDSClient, plan: RestorePlan, _source: Source, tokens: Sequence[str]
    ) -> str:
        """Have it made under its name."""
        request: Request = plan.request
        room = list(plan.tags.items())[-(MOST_TAGS - 1) :]
        tags = _rds_tags.as_list({TOKEN: tokens[0], **dict(room)})
        getattr(client, self.restore)(**request.restore, Tags=tags, DeletionProtection=False)
        return request.name

    def watch(self, client: RDSClient, _plan: RestorePlan, name: str) -> Start:
        """How far its start has come. What AWS does not show yet is on its way."""
        shown = [each[self.status] for each in self._all(client) if each[self.id] == name]
        status = shown[0] if shown else "creating"
        if status == _rds_states.RUNNING:
            return Start(Begun.RUNNING)
        if status in _rds_states.ENDED or _rds_states.power(status) is not Power.MOVING:
            return Start(Begun.FAILED, f"it is {status}: the events of RDS tell why")
        return Start(Begun.PENDING)

    def finish(self, client: RDSClient, plan: RestorePlan, name: str) -> list[str]:
        """Make the members that are not there yet; what could not be, in words."""
        request: Request = plan.request
        members = _rds_manifest.members(client, [name]) if request.members else ()
        there = {each["DBInstanceIdentifier"] for each in members}
        failed = []
        for member in request.members:
            own = member["DBInstanceIdentifier"]
            asked = {**member, "DBClusterIdentifier": name, "Tags": _label(plan)}
            if own in there:
                continue
            answer = attempt(lambda: client.create_db_instance(**asked))  # noqa: B023  called at once
            if isinstance(answer, Refusal):
                failed.append(f"its member {own} was not made: {answer.sentence}")
        return failed

    def tidy(self, client: RDSClient, plan: RestorePlan) -> None:
        """Nothing was made for it that it does not keep."""

    def _all(self, client: RDSClient) -> list[Any]:
        pages = client.get_paginator(self.listing).paginate()  # type: ignore[call-overload]
        return [each for page in pages for each in page[self.rows]]


def _label(plan: RestorePlan) -> list[Any]:
    return _rds_tags.as_list({RESTORED_FROM: plan.tags[RESTORED_FROM]})


_INSTANCES = Hands(
    listing="describe_db_instances",
    rows="DBInstances",
    id="DBInstanceIdentifier",
    status="DBInstanceStatus",
    born="InstanceCreateTime",
    restore="restore_db_instance_from_db_snapshot",
)
_CLUSTERS = Hands(
    listing="describe_db_clusters",
    rows="DBClusters",
    id="DBClusterIdentifier",
    status="Status",
    born="ClusterCreateTime",
    restore="restore_db_cluster_from_snapshot",
)


def _restore(hands: Hands, what: str, look: Any, plan: Any) -> Restore:
    return Restore(
        tags=lambda facts: _rds_tags.of(facts[what]),
        look=look,
        plan=plan,
        living=hands.living,
        prepare=hands.prepare,
        begin=hands.begin,
        watch=hands.watch,
        finish=hands.finish,
        tidy=hands.tidy,
    )


INSTANCES = _restore(
    _INSTANCES, "instance", _rds_restore_facts.look_at_instance, _rds_restore_plan.of_instance
)
CLUSTERS = _restore(
    _CLUSTERS, "cluster", _rds_restore_facts.look_at_cluster, _rds_restore_plan.of_cluster
)
