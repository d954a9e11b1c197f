"""The lives that are disturbed: what people do, on which days the janitor runs, what it is told.

Each is short on purpose: it stands for one way through the phases, and every call of each of its
runs is a point at which something goes wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.truth import Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.strict.aws import Account

    Ids = dict[str, str]  # by the name that a life gives to an instance
    Begin = Callable[[Account], Ids]
    Event = Callable[[Account, Ids], object]

EXPIRED, DUE = 14, 21  # days after the launch
BACKED_UP = 22
DAYS = (0, EXPIRED, DUE, BACKED_UP)  # of a whole life, if a backup takes a night
STOPPED_BY_THEN = 2  # runs: what the first of them stops the second one sees off
HERE, THERE = "eu-west-1", "us-east-1"
INSTANCES = "ec2_instance"  # they have lives and laws of their own
BUCKET, PREFIX = "the-ledger", "of/the/janitor"


@dataclass(frozen=True)
class Life:
    """One life. `runs` are the days after its beginning on which the janitor runs.

    `events` happen just before the run of their day; `settings` are further lines of the file,
    and `terms` what the laws must know of them. `killed`: it is also lived by the installed
    command, and killed for real. `again`: how often the janitor runs once more on each day.
    Several `regions` are worked in at once, so that their calls come in any order.
    `kind` is what is looked after; `dies`: its process also dies at each call that writes.
    `ends`: it comes to its end in the last run at the latest.
    """

    name: str
    begin: Begin
    runs: tuple[int, ...]
    settings: tuple[str, ...] = ()
    events: Mapping[int, Event] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    killed: bool = False
    again: int = 1
    regions: tuple[str, ...] = (HERE,)
    kind: str = INSTANCES
    dies: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Variant:
    """How a life of any kind differs from most: by its settings, its days, what the laws know."""

    settings: tuple[str, ...] = ()
    days: tuple[int, ...] = DAYS
    terms: Terms = field(default_factory=Terms)


def _new(account: Account) -> Ids:
    return {"web": account.launch("jd-web")}


def _dated(account: Account) -> Ids:
    return {"web": account.launch("jd-web", tags={"Expiration": "6 Jan 2027"})}


def _unnamed(account: Account) -> Ids:
    return {"web": account.launch(None)}


def _unnamed_and_slow(account: Account) -> Ids:
    account.stopping_takes(minutes=30)
    return _unnamed(account)


def _aged(account: Account) -> Ids:
    """An instance that was tagged on its first day."""
    return {"web": _tagged(account, account.launch("jd-web"))}


def _slow(account: Account) -> Ids:
    account.stopping_takes(minutes=30)
    return _aged(account)


def _off(account: Account) -> Ids:
    ids = _aged(account)
    account.stop(ids["web"])
    return ids


def _quickly_backed_up(account: Account) -> Ids:
    account.snapshots_finish()
    return _aged(account)


def _slowly_backed_up(account: Account) -> Ids:
    account.snapshots_pend(hours=12)
    return _aged(account)


def _three_volumes(account: Account) -> Ids:
    account.snapshots_pend(hours=12)
    return {"web": _tagged(account, account.launch("jd-web", volumes=3))}


def _failing_backup(account: Account) -> Ids:
    account.snapshots_pend(hours=12)
    account.snapshots_fail()
    return _aged(account)


def _persistent_spot(account: Account) -> Ids:
    account.snapshots_finish()
    return {"spot": _tagged(account, account.launch("jd-spot", spot="persistent"))}


def _one_time_spot(account: Account) -> Ids:
    account.snapshots_finish()
    return {"spot": _tagged(account, account.launch("jd-spot", spot="one-time"))}


def _instance_store(account: Account) -> Ids:
    return {"store": _tagged(account, account.launch("jd-store", instance_store=True))}


def _protected(account: Account) -> Ids:
    """Expired, un-named, and both at once."""
    return {
        "web": _tagged(account, account.launch("jd-web", protected=True)),
        "nameless": _tagged(account, account.launch(None, protected=True)),
        "new": account.launch(None, protected=True, tags={"Permanent": "the licence server"}),
    }


def _held(account: Account) -> Ids:
    return {
        "member": account.launch("jd-member", asg="web"),
        "karpenter": _tagged(account, account.launch("jd-k", tags={"karpenter.sh/nodepool": "a"})),
    }


def _unreadable(account: Account) -> Ids:
    return {
        "web": _tagged(account, account.launch("jd-web"), expiration="next friday"),
        "nameless": _tagged(account, account.launch(None), expiration="14"),
    }


def _a_batch(account: Account) -> Ids:
    """Several that expire together; one of them cannot be stopped."""
    ids = {name: _tagged(account, account.launch(f"jd-{name}")) for name in ("a", "b", "d")}
    return ids | {"bad": _tagged(account, account.launch("jd-bad", stop_protected=True))}


def _a_batch_without_names(account: Account) -> Ids:
    ids = {name: account.launch(None) for name in ("a", "b")}
    return ids | {"bad": account.launch(None, stop_protected=True)}


def _a_batch_to_end(account: Account) -> Ids:
    """Several that are due together; one is protected by then, one may not be terminated."""
    account.snapshots_finish()
    names = ("a", "b", "bad", "kept")
    return {name: _tagged(account, account.launch(f"jd-{name}")) for name in names}


def _whole(account: Account) -> Ids:
    account.snapshots_pend(hours=12)
    return {"web": account.launch("jd-web"), "nameless": account.launch(None)}


def _two_regions(account: Account) -> Ids:
    """In each of them one that is new, one that has expired and one that will be due.

    What stops is off after so many looks: the wait in one region makes time pass in the other.
    """
    account.stopping_takes(looks=2)
    account.snapshots_finish()
    ids = {}
    for region in (HERE, THERE):
        ids[f"new-{region}"] = account.launch("jd-new", region=region)
        for name in ("expired", "due"):
            launched = account.launch(f"jd-{name}", region=region)
            ids[f"{name}-{region}"] = _tagged(account, launched)
    return ids


def _with_a_bucket(account: Account) -> Ids:
    person = account.client("s3")
    person.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    account.snapshots_finish()
    return _aged(account)


def _tagged(account: Account, instance: str, expiration: str = "2026-12-06") -> str:
    account.tag(instance, Discovered="2026-11-22", Expiration=expiration)
    return instance


def _shut_off(account: Account, ids: Ids) -> None:
    """As it is when its 7 days are over."""
    for instance in ids.values():
        account.stop(instance)
        account.tag(instance, ShutOff="2026-12-06T06:00:00+00:00", JanitorNote="Shut off.")


def _some_shut_off(account: Account, ids: Ids) -> None:
    _shut_off(account, {name: i for name, i in ids.items() if name.startswith("due-")})


def _marked(account: Account, ids: Ids) -> None:
    """As it is when its 7 days are over and it cannot stop, or runs again."""
    for instance in ids.values():
        account.tag(instance, ShutOff="2026-12-06T06:00:00+00:00", JanitorNote="Marked.")


def _hard_to_end(account: Account, ids: Ids) -> None:
    _shut_off(account, ids)
    account.protect_stop(ids["bad"])
    account.protect(ids["kept"])


def _extended(account: Account, ids: Ids) -> None:
    _shut_off(account, ids)
    account.tag(ids["web"], Expiration="2027-01-15")


LIVES = (
    Life("tag", _new, (0,)),
    Life("tag-dated", _dated, (0,)),
    Life("expiring", _aged, (7,)),
    Life("unnamed", _unnamed, (0,), killed=True),
    Life("unnamed-slow", _unnamed_and_slow, (0,), again=STOPPED_BY_THEN),
    Life("expired", _aged, (EXPIRED,)),
    Life("expired-slow", _slow, (EXPIRED,), again=STOPPED_BY_THEN, killed=True),
    Life("expired-off", _off, (EXPIRED,)),
    Life("due", _quickly_backed_up, (DUE,), events={DUE: _shut_off}),
    Life("due-pending", _slowly_backed_up, (DUE, BACKED_UP), events={DUE: _shut_off}),
    Life("due-volumes", _three_volumes, (DUE, BACKED_UP), events={DUE: _shut_off}, killed=True),
    Life("due-on", _quickly_backed_up, (DUE,), events={DUE: _marked}),
    Life("due-failed", _failing_backup, (DUE, BACKED_UP), events={DUE: _shut_off}, killed=True),
    Life(
        "due-image",
        _slowly_backed_up,
        (DUE, BACKED_UP),
        settings=('backup.as = "image"',),
        events={DUE: _shut_off},
        terms=Terms(backup_as="image"),
        killed=True,
    ),
    Life(
        "due-unbacked",
        _aged,
        (DUE,),
        settings=('backup.when = "stopped"',),
        events={DUE: _marked},
        terms=Terms(backup_when="stopped"),
    ),
    Life("spot", _persistent_spot, (DUE,), events={DUE: _shut_off}, killed=True),
    Life("spot-once", _one_time_spot, (EXPIRED, DUE)),
    Life(
        "store",
        _instance_store,
        (EXPIRED, DUE),
        settings=('backup.when_impossible = "terminate"',),
        terms=Terms(when_impossible="terminate"),
        killed=True,
    ),
    Life("store-held", _instance_store, (DUE,), events={DUE: _marked}),
    Life("stale", _aged, (DUE,), events={DUE: _extended}, killed=True),
    Life("protected", _protected, (EXPIRED,)),
    Life("protected-due", _protected, (DUE,), events={DUE: _marked}),
    Life("held", _held, (0, DUE)),
    Life("unreadable", _unreadable, (EXPIRED,)),
    Life("batch", _a_batch, (EXPIRED,), killed=True),
    Life("batch-unnamed", _a_batch_without_names, (0,)),
    Life("batch-due", _a_batch_to_end, (DUE,), events={DUE: _hard_to_end}, killed=True),
    Life(
        "regions",
        _two_regions,
        (DUE,),
        events={DUE: _some_shut_off},
        regions=(HERE, THERE),
    ),
    Life("whole", _whole, (0, 7, EXPIRED, DUE, BACKED_UP), killed=True),
    Life(
        "ledger-in-s3",
        _with_a_bucket,
        (EXPIRED, DUE),
        settings=(f'ledger.s3 = "s3://{BUCKET}/{PREFIX}"',),
        killed=True,
    ),
)
