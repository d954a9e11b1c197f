"""Final snapshots of RDS: what AWS makes of a database as its last act, found again by its name.

A snapshot that is made this way cannot be labelled before it shows. Its name alone tells of what
it is, for which ShutOff it was made and how long it is kept: whatever breaks off, nothing is
forgotten.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.batches import cut
from cs_aws_janitor.resources.kinds import _rds_tags
from cs_aws_janitor.resources.kinds._ec2_backups import SHUT_OFF, SOURCE
from cs_aws_janitor.resources.model import Backup, BackupState
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from cs_aws_janitor.resources.kinds._kind import BackupOrder

    Facts = Mapping[str, Any]

AT_ONCE = 100  # names in one filter
PAGE: Any = {"PageSize": 100}  # the most that RDS gives
LASTING = "manual"  # the type of those that live until somebody deletes them
_STATES = {"available": BackupState.COMPLETE, "failed": BackupState.FAILED}
_NAME = re.compile(r"janitor-(db|cluster)-(.+)-(\d{14})-(?:until-(\d{8})|(forever))")


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a final snapshot says: `until` is None where it is kept for ever."""

    of: str
    source: str
    shut_off: str
    until: date | None

    @classmethod
    def read(cls, text: str) -> Name | None:
        """What `text` says; None where it is no name that was given here."""
        found = _NAME.fullmatch(text)
        if not found:
            return None
        day = found[4]
        try:
            until = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() if day else None
        except ValueError:
            return None
        return cls(found[1], found[2], found[3], until)


@dataclass(frozen=True, slots=True)
class Final:
    """One sort of final snapshots: `of` what, how AWS lists them, and what it calls their parts.

    `names` is the filter for names, `born_of` tells by which of its facts a snapshot and what it
    was made of are known to belong together, whatever both are called.
    """

    of: str
    operation: str
    rows: str
    id: str
    arn: str
    names: str
    born_of: str

    def pages(self, client: Any, **asked: Any) -> Iterator[list[Facts]]:
        """All of this account that live until somebody deletes them, page by page."""
        pages = client.get_paginator(self.operation).paginate(
            SnapshotType=LASTING, PaginationConfig=PAGE, **asked
        )
        for page in pages:
            yield page[self.rows]

    def listed(self, client: Any, **asked: Any) -> Iterator[Facts]:
        """The same, one by one."""
        for page in self.pages(client, **asked):
            yield from page

    def named(self, client: Any, names: Sequence[str]) -> Iterator[Facts]:
        """Those of these names that there are."""
        for some in cut(names, AT_ONCE):
            yield from self.listed(client, Filters=[{"Name": self.names, "Values": list(some)}])

    def name(self, order: BackupOrder) -> str:
        """The name that the final snapshot for `order` gets."""
        until = f"until-{order.until:%Y%m%d}" if order.until else "forever"
        return f"janitor-{self.of}-{order.resource.id}-{stamp(order.shut_off)}-{until}"

    def find(self, client: Any, orders: Sequence[BackupOrder]) -> dict[str, Backup]:
        """The final snapshots that stand for `orders`, by resource id."""
        if not orders:
            return {}
        made = defaultdict(list)
        for one in self.listed(client):
            name = Name.read(one[self.id])
            if name and name.of == self.of:
                made[one.get(self.born_of), name.source, name.shut_off].append(one)
        found: dict[str, Backup] = {}
        for order in orders:
            own = order.resource.traits.get(self.born_of)
            if ours := made[own, order.resource.id, stamp(order.shut_off)]:
                found[order.resource.id] = self._judge(ours)
        return found

    def label(self, client: Any, order: BackupOrder) -> bool:
        """Write the labels of `order` on the snapshot, and only them; False until it shows."""
        wanted = {**order.tags, SOURCE: order.resource.id, SHUT_OFF: order.shut_off.isoformat()}
        for one in self.named(client, [self.name(order)]):
            _rds_tags.tag(client, one[self.arn], wanted)
            # Where it inherits the tags of its source, dates and a ShutOff come with them.
            inherited = [key for key in _rds_tags.of(one) if not key.startswith("aws:")]
            _rds_tags.untag(client, one[self.arn], [k for k in inherited if k not in wanted])
            return True
        return False

    def ended_by(
        self, order: BackupOrder, delete: Callable[[str], object], ended: Callable[[], bool]
    ) -> None:
        """Have `delete` make the final snapshot of its name.

        Where only the answer to a first try was lost AWS refuses the repeat: then the end that it
        had is what counts.
        """
        answer = attempt(lambda: delete(self.name(order)))
        if isinstance(answer, Refusal) and (answer.sort is Sort.GONE or not ended()):
            raise answer.error

    def _judge(self, ours: Iterable[Facts]) -> Backup:
        """Of several the best counts; one of them alone can have been made at the end."""
        states = {one[self.id]: _STATES.get(one["Status"], BackupState.PENDING) for one in ours}
        ids = tuple(sorted(states))
        for state in (BackupState.COMPLETE, BackupState.PENDING):
            if those := tuple(each for each in ids if states[each] is state):
                return Backup(state, those)
        why = f"{', '.join(ids)} failed. Delete it to have it made again"
        return Backup(BackupState.FAILED, ids, why=why)


def stamp(shut_off: datetime) -> str:
    """A ShutOff (aware) as a name tells it."""
    return f"{shut_off.astimezone(UTC):%Y%m%d%H%M%S}"


OF_INSTANCES = Final(
    of="db",
    operation="describe_db_snapshots",
    rows="DBSnapshots",
    id="DBSnapshotIdentifier",
    arn="DBSnapshotArn",
    names="db-snapshot-id",
    born_of="DbiResourceId",
)
OF_CLUSTERS = Final(
    of="cluster",
    operation="describe_db_cluster_snapshots",
    rows="DBClusterSnapshots",
    id="DBClusterSnapshotIdentifier",
    arn="DBClusterSnapshotArn",
    names="db-cluster-snapshot-id",
    born_of="DbClusterResourceId",
)
