"""RDS: what may be stopped, on its way for a while, and started by AWS itself after seven days."""

from __future__ import annotations

import random
import string
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from tests.strict.rules import rule, settle
from tests.strict.wire import Answer, RefusalError
from tests.strict.world import Database, World, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.rds.models import RDSBackend

    from tests.strict.wire import Request
    from tests.strict.world import Exchange

STOPPED_FOR = timedelta(days=7)
RUNNING, STOPPED = "available", "stopped"
BAD_STATE = {"instance": "InvalidDBInstanceState", "cluster": "InvalidDBClusterStateFault"}
CLUSTER_SNAPSHOT_STATE = "InvalidDBClusterSnapshotStateFault"
FIELDS = {"instance": "DBInstanceIdentifier", "cluster": "DBClusterIdentifier"}


def held(request: Request) -> RDSBackend:
    """RDS in the account and region of `request`."""
    backend: RDSBackend = get_backend("rds")[request.account][request.region]
    return backend


def meant(request: Request) -> tuple[Database, Any]:
    """Which database `request` names, and what moto holds of it: None where there is none."""
    what = "cluster" if request.operation.endswith("DBCluster") else "instance"
    name = request.form[FIELDS[what]].lower()
    return Database(request.account, request.region, what, name), _of(held(request), what, name)


def find(key: Database) -> Any:
    """What moto holds of a database, or None."""
    return _of(get_backend("rds")[key.account][key.region], key.what, key.name)


def called(name: str) -> Any:
    """The database or the snapshot of one with this name, wherever it stands, or None."""
    for regions in list(get_backend("rds").values()):
        for each in list(regions.values()):
            shelves = (each.databases, each.clusters)
            for shelf in (*shelves, each.database_snapshots, each.cluster_snapshots):
                if name in shelf:
                    return shelf[name]
    return None


def members(backend: RDSBackend, cluster: Any) -> Iterator[Any]:
    """The instances of a cluster."""
    for each in backend.databases.values():
        if each.db_cluster_identifier == cluster.db_cluster_identifier:
            yield each


def refuse(what: str, message: str) -> None:
    """Refuse because of the state of a database."""
    raise RefusalError(BAD_STATE[what], message)


@rule(
    "rds:CreateDBInstance",
    "rds:CreateDBInstanceReadReplica",
    "rds:RestoreDBInstanceFromDBSnapshot",
)
def create(exchange: Exchange) -> Answer:
    """Each gets an id that no other ever has; moto has one for all."""
    _check_source(exchange.request)
    answer = exchange.forward(None)
    key, made = meant(exchange.request)
    if answer.good:
        _arrive_later(exchange, key, made)
        signs = random.choices(string.ascii_uppercase + string.digits, k=26)  # noqa: S311  no secret
        made.dbi_resource_id = f"db-{''.join(signs)}"
    return answer


@rule("rds:RestoreDBClusterFromSnapshot")
def restore_cluster(exchange: Exchange) -> Answer:
    """It has no members, and one of its name there must not be."""
    request = exchange.request
    _check_source(request)
    name = request.form["DBClusterIdentifier"]
    if name in held(request).clusters:
        raise RefusalError("DBClusterAlreadyExistsFault", f"DB cluster {name} already exists")
    answer = exchange.forward(None)
    made = held(request).clusters.get(name)
    if answer.good and made:
        signs = random.choices(string.ascii_uppercase + string.digits, k=26)  # noqa: S311  no secret
        made.db_cluster_resource_id = f"cluster-{''.join(signs)}"
        key = Database(request.account, request.region, "cluster", name)
        _arrive_later(exchange, key, made)
    return answer


@rule("rds:StopDBInstance", "rds:StopDBCluster")
def stop(exchange: Exchange) -> Answer:
    """It takes a while, and from its beginning the seven days run."""
    key, database = meant(exchange.request)
    if database:
        _check_stop(exchange.request, key.what, database)
    answer = exchange.forward(None)
    if answer.good:
        _all(held(exchange.request), key.what, database, "stopping")
        world = exchange.world
        world.databases_off[key] = now()
        world.databases_moving[key] = (STOPPED, now() + world.stopping_takes)
    return answer


@rule("rds:StartDBInstance", "rds:StartDBCluster")
def start(exchange: Exchange) -> Answer:
    """A person starts it: its seven days are over."""
    key, database = meant(exchange.request)
    answer = exchange.forward(None)
    if answer.good:
        exchange.world.databases_off.pop(key, None)
        _all(held(exchange.request), key.what, database, RUNNING)
    return answer


@rule("rds:ModifyDBInstance", "rds:ModifyDBCluster")
def modify(exchange: Exchange) -> Answer:
    """Nothing is modified while it is stopped."""
    key, database = meant(exchange.request)
    if database and database.status != RUNNING:
        refuse(key.what, f"The database {key.name} is not in available state.")
    return exchange.forward(None)


@rule("rds:DescribeOptionGroups")
def option_groups(exchange: Exchange) -> Answer:
    """Without a name all there are, be it none; moto fails where it is given no name."""
    request = exchange.request
    if request.form.get("OptionGroupName"):
        return exchange.forward(None)
    if held(request).option_groups:
        return exchange.forward({**request.form, "OptionGroupName": ""})
    name = request.operation
    xml = f"<{name}Response><{name}Result><OptionGroupsList/></{name}Result></{name}Response>"
    return Answer(200, {"content-type": "text/xml"}, xml)


@settle
def arrive(world: World) -> None:
    """What has been on its way long enough stands in its new state."""
    for key, (to, at) in list(world.databases_moving.items()):
        if now() >= at:
            del world.databases_moving[key]
            if database := find(key):
                _all(database.backend, key.what, database, to)


@settle
def start_by_itself(world: World) -> None:
    """AWS starts it after seven days; nobody has asked for it."""
    for key, since in list(world.databases_off.items()):
        at = since + STOPPED_FOR
        if now() >= at:
            del world.databases_off[key]
            world.databases_moving[key] = (RUNNING, at + world.stopping_takes)
            if database := find(key):
                _all(database.backend, key.what, database, "starting")
    arrive(world)


def _check_source(request: Request) -> None:
    """Nothing is restored from a snapshot that is not complete, or into what is not there."""
    for field, shelf in (
        ("DBSnapshotIdentifier", held(request).database_snapshots),
        ("SnapshotIdentifier", held(request).cluster_snapshots),
    ):
        source: Any = shelf.get(request.form.get(field, ""))
        if source and source.status != RUNNING:
            code = "InvalidDBSnapshotState" if field.startswith("DB") else CLUSTER_SNAPSHOT_STATE
            raise RefusalError(code, f"The snapshot is in the state {source.status}")
    subnets = request.form.get("DBSubnetGroupName", "default")
    if subnets != "default" and subnets not in held(request).subnet_groups:
        raise RefusalError("DBSubnetGroupNotFoundFault", f"{subnets} was not found")


def _arrive_later(exchange: Exchange, key: Database, made: Any) -> None:
    """What is restored is `creating` for a while."""
    if exchange.request.operation.startswith("Restore"):
        made.status = "creating"
        at = now() + exchange.world.stopping_takes
        exchange.world.databases_moving[key] = (RUNNING, at)


def _check_stop(request: Request, what: str, database: Any) -> None:
    """Source: AWS, on the limits of stopping an instance or a cluster."""
    if database.status != RUNNING:
        refuse(what, f"{what} {database.resource_id} is not in available state.")
    if what == "cluster":
        _check_stop_of_cluster(database)
        return
    if database.db_cluster_identifier:
        refuse("cluster", "Stopping an instance of a cluster is not supported.")
    if database.is_replica or database.replicas:
        refuse(what, "Cannot stop or start a read replica, or an instance that has one.")
    if database.engine.startswith("sqlserver") and database.multi_az:
        refuse(what, "Cannot stop or start a SQLServer MultiAz database instance.")
    if database.engine.startswith("custom-"):
        refuse(what, f"Stopping is not supported for {database.engine} in {request.region}.")


def _check_stop_of_cluster(cluster: Any) -> None:
    if not cluster.engine.startswith("aurora"):
        raise RefusalError("InvalidParameterCombination", "Only Aurora clusters can be stopped.")
    if cluster.engine_mode != "provisioned" or cluster.global_cluster_identifier:
        refuse("cluster", "The cluster is serverless, or part of a global cluster.")
    if cluster.replication_source_identifier or cluster.read_replica_identifiers:
        refuse("cluster", "The cluster is replicated across regions.")


def _all(backend: RDSBackend, what: str, database: Any, status: str) -> None:
    """Give it, and the members of a cluster, this status; who is being deleted stays so."""
    inside = members(backend, database) if what == "cluster" else ()
    for each in (database, *inside):
        if each.status != "deleting":
            each.status = status


def _of(backend: RDSBackend, what: str, name: str) -> Any:
    return (backend.clusters if what == "cluster" else backend.databases).get(name)
