"""RDS: what is stopped starts by itself after seven days, and nothing goes without a last word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from tests.strict.rules import rule, settle
from tests.strict.wire import RefusalError
from tests.strict.world import World, now

if TYPE_CHECKING:
    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

STOPPED_FOR = timedelta(days=7)
INSTANCE, CLUSTER = "DBInstanceIdentifier", "DBClusterIdentifier"


@rule("rds:StopDBInstance", "rds:StopDBCluster")
def stop(exchange: Exchange) -> Answer:
    """From here the seven days run."""
    answer = exchange.forward(None)
    if answer.good:
        exchange.world.databases_off[_key(exchange)] = now()
    return answer


@rule("rds:DeleteDBInstance")
def delete(exchange: Exchange) -> Answer:
    """A final snapshot is named, or given up in so many words."""
    form = exchange.request.form
    if form.get("SkipFinalSnapshot") != "true" and not form.get("FinalDBSnapshotIdentifier"):
        message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise RefusalError("InvalidParameterCombination", message)
    return exchange.forward(None)


@settle
def start_by_itself(world: World) -> None:
    """AWS starts it after seven days; nobody has asked for it."""
    for key, since in list(world.databases_off.items()):
        if now() >= since + STOPPED_FOR:
            del world.databases_off[key]
            if database := _find(*key):
                database.status = "available"


def _key(exchange: Exchange) -> tuple[str, str, str, str]:
    request = exchange.request
    field = CLUSTER if request.operation.endswith("Cluster") else INSTANCE
    return request.account, request.region, field, request.form[field]


def _find(account: str, region: str, field: str, name: str) -> Any:
    held = get_backend("rds")[account][region]
    return (held.clusters if field == CLUSTER else held.databases).get(name)
