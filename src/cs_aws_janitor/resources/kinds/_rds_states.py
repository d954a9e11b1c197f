"""The states of databases, read as power. Pure.

Source: AWS's lists of the status of instances and of clusters. New ones come with new features: one
that nobody knows is on its way somewhere, so nothing is done to it until it has arrived.
"""

from __future__ import annotations

from cs_aws_janitor.resources.model import Power

ENDED = frozenset({"deleting", "deleted"})  # AWS shows it until its final snapshot is complete
OF_OTHER_SERVICES = frozenset({"docdb", "neptune"})  # which RDS lists among its own
RUNNING, STOPPED = "available", "stopped"
# It costs as if it ran, and AWS neither stops it nor does it mend itself.
_STUCK = frozenset(
    {
        "failed",
        "cloning-failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-create",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "migration-failed",
        "restore-error",
        "storage-full",
        "upgrade-failed",
    }
)
_POWER = {RUNNING: Power.ON, STOPPED: Power.OFF, **dict.fromkeys(_STUCK, Power.ON)}


def power(status: str) -> Power:
    """Whether what has this status runs."""
    return _POWER.get(status, Power.MOVING)


def cannot_stop(status: str) -> str | None:
    """Why AWS stops nothing of this status, in words; None where it may."""
    return f"it is {status}, and AWS stops only what is available" if status in _STUCK else None


def cannot_protect(status: str) -> str | None:
    """Why AWS changes no deletion protection of what has this status, in words.

    Source: AWS modifies no database that is stopped.
    """
    if status not in {STOPPED, "stopping"}:
        return None
    return f"it is {status}, and AWS changes the protection of no database that is off"


def not_yet(status: str) -> str | None:
    """Why it cannot be ended as it stands, where that passes by itself."""
    return f"it is {status}, so its end waits" if power(status) is Power.MOVING else None
