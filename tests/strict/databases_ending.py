"""RDS: no database ends before its final snapshot is complete, and only where AWS allows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.strict.databases import RUNNING, find, held, meant, members, refuse
from tests.strict.rules import rule, settle
from tests.strict.snapshots import ready
from tests.strict.wire import Answer, RefusalError
from tests.strict.world import Database, DatabaseEnding, World, now

if TYPE_CHECKING:
    from tests.strict.wire import Request
    from tests.strict.world import Exchange

_UNSAVED = {"creating", "failed", "incompatible-network", "incompatible-restore"}
_NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,254}(?<!-)")
_COMBINATION = "InvalidParameterCombination"


@rule("rds:DeleteDBInstance", "rds:DeleteDBCluster")
def delete(exchange: Exchange) -> Answer:
    """A final snapshot is named, or given up in so many words; until it is complete it is shown."""
    request, world = exchange.request, exchange.world
    key, database = meant(request)
    if database is None:
        return exchange.forward(None)
    name = _final(request, database)
    check = _check_cluster if key.what == "cluster" else _check_instance
    check(request, database, name)
    database.status = "deleting"
    keeps = request.form.get("DeleteAutomatedBackups") == "false"
    shows = now() + world.finals_show_after if name else None
    world.databases_ending[key] = DatabaseEnding(name, keeps, shows, _done_at(world, name))
    world.databases_off.pop(key, None)
    world.databases_moving.pop(key, None)
    return _deleting(request, key)


@settle
def end(world: World) -> None:
    """A final snapshot shows, then is complete, and its database is gone; or neither is."""
    for key, ending in list(world.databases_ending.items()):
        database = find(key)
        if ending.name and ending.snapshot is None and ending.shows and now() >= ending.shows:
            ending.snapshot = _make(key, database, ending.name)
        at = ending.at or (world.snapshots_ready_at if ending.name else None)
        if at is None or now() < at:
            continue
        del world.databases_ending[key]
        if ending.snapshot and world.snapshots_fail:
            ending.snapshot.status, database.status = "failed", RUNNING
            continue
        if ending.snapshot:
            ending.snapshot.status = "available"
        _remove(key, database, ending)


def _final(request: Request, database: Any) -> str | None:
    """The name of the final snapshot; None where none is wanted."""
    name, skips = request.form.get("FinalDBSnapshotIdentifier"), _skips(request)
    if bool(name) is skips and not (request.operation == "DeleteDBInstance" and _aurora(database)):
        message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise RefusalError(_COMBINATION, message)
    if name and not _NAME.fullmatch(name):
        raise RefusalError("InvalidParameterValue", f"{name} is not a valid identifier.")
    return name


def _check_instance(request: Request, database: Any, name: str | None) -> None:
    if database.status == "deleting":
        refuse("instance", f"Instance {database.resource_id} is already being deleted.")
    if database.deletion_protection:
        message = "Cannot delete protected DB Instance, please disable deletion protection"
        raise RefusalError(_COMBINATION, f"{message} and try again.")
    if name and (database.is_replica or database.engine.startswith("custom-")):
        raise RefusalError(_COMBINATION, "Cannot create a final snapshot of a read replica.")
    if name and database.status in _UNSAVED:
        refuse("instance", f"Cannot create a snapshot of what is {database.status}.")
    if name and name.lower() in held(request).database_snapshots:
        raise RefusalError("DBSnapshotAlreadyExists", f"The snapshot {name} already exists.")
    if database.db_cluster_identifier:
        _check_member(database.cluster, name)


def _check_member(cluster: Any, name: str | None) -> None:
    """Source: AWS, on the instances of a cluster that is stopped, or is one of several zones."""
    if name:
        raise RefusalError(_COMBINATION, "The final snapshot is that of the cluster.")
    if not _aurora(cluster):
        raise RefusalError(_COMBINATION, "Instances of a Multi-AZ DB cluster go with it.")
    if cluster.status != RUNNING:
        refuse("cluster", f"Db cluster {cluster.resource_id} is in {cluster.status} state")


def _check_cluster(request: Request, cluster: Any, name: str | None) -> None:
    if cluster.status != RUNNING:
        refuse("cluster", f"Db cluster {cluster.resource_id} is in {cluster.status} state")
    if cluster.deletion_protection:
        message = "Cannot delete protected Cluster, please disable deletion protection"
        raise RefusalError(_COMBINATION, f"{message} and try again.")
    if cluster.global_cluster_identifier:
        refuse("cluster", "This cluster is a part of a global cluster, please remove it first")
    standing = [m for m in members(held(request), cluster) if m.status != "deleting"]
    if standing and _aurora(cluster):
        message = "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
        refuse("cluster", message)
    if name and name.lower() in held(request).cluster_snapshots:
        message = f"The snapshot {name} already exists."
        raise RefusalError("DBClusterSnapshotAlreadyExistsFault", message)


def _aurora(database: Any) -> bool:
    return bool(database.engine.startswith("aurora"))


def _skips(request: Request) -> bool:
    return request.form.get("SkipFinalSnapshot") == "true"


def _done_at(world: World, name: str | None) -> Any:
    return ready(world) if name else now() + world.stopping_takes


def _make(key: Database, database: Any, name: str) -> Any:
    backend = database.backend
    make = backend.create_db_snapshot
    if key.what == "cluster":
        make = backend.create_db_cluster_snapshot
    snapshot = make(key.name, name)
    snapshot.status = "creating"
    if key.what == "cluster":
        snapshot.db_cluster_resource_id = database.db_cluster_resource_id
    snapshot.tags = [dict(tag) for tag in snapshot.tags]  # its own from here on
    return snapshot


def _remove(key: Database, database: Any, ending: DatabaseEnding) -> None:
    """Out of moto's sight; of a cluster the members, too."""
    backend = database.backend
    database.deletion_protection = False
    if key.what == "cluster":
        for member in list(members(backend, database)):
            del backend.databases[member.db_instance_identifier]
        backend.delete_db_cluster(key.name)
        return
    for name in database.replicas:  # AWS makes them stand alone
        backend.databases[name].is_replica = False
    backend.delete_db_instance(
        key.name, skip_final_snapshot=True, delete_automated_backups=not ending.keeps
    )


def _deleting(request: Request, key: Database) -> Answer:
    what, state = "DBInstance", "DBInstanceStatus"
    if key.what == "cluster":
        what, state = "DBCluster", "Status"
    shown = f"<{what}Identifier>{key.name}</{what}Identifier><{state}>deleting</{state}>"
    result = f"<{request.operation}Result><{what}>{shown}</{what}></{request.operation}Result>"
    xml = f"<{request.operation}Response>{result}</{request.operation}Response>"
    return Answer(200, {"content-type": "text/xml"}, xml)
