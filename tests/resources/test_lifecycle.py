"""`decide` as a table: one row for every line of the rules of a resource's life.

Source: aws-lifecycle.md; S1 to S8 are the numbered rules of the Customer Success AWS Test Account.
Unless a row says otherwise it is about an instance that runs, is named, was created on 1 December
2026 at 09:30 and discovered on that day, so that it expires on 15 December; days are seen at 06:00.
"""

# ruff: noqa: E501  a row of a table is one line

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from cs_aws_janitor.resources import owners, standing
from cs_aws_janitor.resources.lifecycle import Decision, decide
from cs_aws_janitor.resources.model import (
    Backup,
    BackupState,
    Phase,
    Place,
    Power,
    Resource,
    Sighting,
    Verb,
)
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.policy import BackupRules, Naming, Notices, Policy, Rollout, TagKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.mark import ParameterSet

BORN = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
TAGS = {"Name": "jd-Runner", "Discovered": "2026-12-01", "Expiration": "2026-12-15"}
SEEN = Resource(
    Place("123456789012", "eu-west-1"),
    "ec2_instance",
    "i-0abc",
    power=Power.ON,
    born=BORN,
    parts=("vol-1", "vol-2"),
)
MARK = "2026-12-15T06:00:00+00:00"  # shut off on the day it expired: due on 22 December
POLICY = Policy()

# What else may be seen of it.
OFF: Mapping[str, Any] = {"power": Power.OFF}
MOVING: Mapping[str, Any] = {"power": Power.MOVING}
VOLUME: Mapping[str, Any] = {"power": Power.NONE, "kind": "ebs_volume"}
PROTECTED: Mapping[str, Any] = {"protected": True}
UNPROTECTED: Mapping[str, Any] = {"protected": False}
DENIED: Mapping[str, Any] = {"unread": "could not be read: denied"}
MEMBER: Mapping[str, Any] = {"follows": "Auto Scaling group web"}
USED: Mapping[str, Any] = {"follows": "instance i-1", "own_name": "jd-web"}
SPOT: Mapping[str, Any] = {"cannot_shut_off": "a one-time spot instance cannot be stopped"}
STORE: Mapping[str, Any] = {
    "cannot_shut_off": "its root is an instance store, so it cannot be stopped",
    "cannot_back_up": "its root is an instance store, of which no snapshot is possible",
    "parts": (),
}
ADDRESS: Mapping[str, Any] = {
    "power": Power.NONE,
    "kind": "elastic_ip",
    "parts": (),
    "lost_with_it": "its address 192.0.2.1 cannot be had back",
}
DATABASE: Mapping[str, Any] = {"kind": "rds_instance", "own_name": "jd-db", "starts_itself": True}
STOPPED: Mapping[str, Any] = {**OFF, "not_yet": "AWS deletes no cluster that is stopped"}
REPLICA: Mapping[str, Any] = {"cannot_shut_off": "a read replica cannot be stopped"}
TOLD: Mapping[str, Any] = {
    "told": {"2026-12-15T00:00:00+00:00": datetime(2026, 12, 15, 6, tzinfo=UTC)}
}
TOLD_LATE: Mapping[str, Any] = {
    "told": {"2026-12-15T00:00:00+00:00": datetime(2026, 12, 24, 6, tzinfo=UTC)}
}
TOLD_OF_ANOTHER: Mapping[str, Any] = {
    "told": {"2026-12-08T00:00:00+00:00": datetime(2026, 12, 8, 6, tzinfo=UTC)}
}
PENDING: Mapping[str, Any] = {"backup": Backup(BackupState.PENDING, ("snap-1",), ("vol-2",))}
COMPLETE: Mapping[str, Any] = {"backup": Backup(BackupState.COMPLETE, ("snap-1", "snap-2"))}
PARTIAL: Mapping[str, Any] = {"backup": Backup(BackupState.COMPLETE, ("snap-1",), ("vol-2",))}
FAILED: Mapping[str, Any] = {"backup": Backup(BackupState.FAILED, ("snap-1",), (), "disk error")}

# Rules that a team may choose.
STOPPED_ONLY = Policy(backup=BackupRules(when="stopped"))
LOSE_IT = Policy(backup=BackupRules(when_impossible="terminate"))
ENFORCED = Policy(naming=Naming(enforce=True))
GRACE = Policy(naming=Naming(grace=timedelta(days=2)))
TAG_ONLY = Policy(rollout=Rollout(everywhere=date(2027, 1, 1)))
GENTLE_WITH_VOLUMES = Policy(rollout=Rollout(kinds={"ebs_volume": date(2027, 1, 1)}))
CHANNEL = Policy(notices=Notices(("sns",), required=True))
ONLY_TELLS = Policy(notices=Notices(("sns",)))
QUIET = Policy(notify_before=())
KNOWN = Policy(
    owners=owners.of([Person("jd"), Person("mk", "person-2", "mk@example.com")], default="mk")
)


def one(*facts: Mapping[str, Any], **tags: str | None) -> Resource:
    """An instance of which these facts hold and that bears these tags; None: it lacks that one."""
    known = {key: value for key, value in {**TAGS, **tags}.items() if value is not None}
    return replace(SEEN, tags=known, **{name: fact[name] for fact in facts for name in fact})


def stripped(*facts: Mapping[str, Any], **tags: str | None) -> Resource:
    """The same without the tags of the janitor."""
    return one(*facts, **{"Discovered": None, "Expiration": None, **tags})


def remembered(expiration: str | None, discovered: str = "2026-12-01") -> Mapping[str, Any]:
    """What the ledger knows of it."""
    return {"sighting": Sighting(date.fromisoformat(discovered), expiration)}


def full(count: int) -> dict[str, str | None]:
    """So many tags that are not the janitor's."""
    return {f"key-{number}": "value" for number in range(count)}


def at(when: str) -> datetime:
    """06:00 on a day, or a time of that day, in UTC: "12-06", "12-06T18:00", "2027-01-01"."""
    day, _, clock = when.partition("T")
    whole = day if day.count("-") == 2 else f"2026-{day}"
    return datetime.fromisoformat(f"{whole}T{clock or '06:00'}").replace(tzinfo=UTC)


def row(
    rule: str, seen: Resource, when: str, expected: object, policy: Policy = POLICY
) -> ParameterSet:
    """A line of the rules: what is seen at a time, and what follows."""
    return pytest.param(seen, at(when), policy, expected, id=rule)


def table(*rows: ParameterSet) -> pytest.MarkDecorator:
    """Rows for a test of `seen` at `now` under `policy`."""
    return pytest.mark.parametrize(("seen", "now", "policy", "expected"), rows)


def told(decision: Decision) -> str:
    """Phase and verbs as one line: "un-named: tag shut_off"."""
    return ": ".join(filter(None, (decision.phase, " ".join(decision.verbs))))


@table(
    # S1: turn off un-named resources
    row("S1: no Name: shut off", one(Name=None), "12-02", "un-named: shut_off"),
    row("S1: an empty Name is none", one(Name=""), "12-02", "un-named: shut_off"),
    row("S1: a blank Name is none", one(Name=" \t "), "12-02", "un-named: shut_off"),
    row("S1: a name under any spelling", one(Name=None, NAME="jd-Runner"), "12-02", "active"),
    row("S1: of two names one is enough", one(Name="", name="jd-Runner"), "12-02", "active"),
    row("S1: un-named and off already", one(OFF, Name=None), "12-02", "active"),
    row("S1: un-named and stopping", one(MOVING, Name=None), "12-02", "active"),
    row("S1: un-named without a switch", one(VOLUME, Name=None), "12-02", "active"),
    row("S1: un-named within grace", one(Name=None), "12-03", "active", GRACE),
    row("S1: grace to the minute", one(Name=None), "12-03T09:29", "active", GRACE),
    row("S1: grace is over", one(Name=None), "12-03T09:30", "un-named: shut_off", GRACE),
    row("S1: of unknown age: no end of grace", one({"born": None}, Name=None), "12-07", "active", GRACE),
    row("S1: of unknown age, no grace", one({"born": None}, Name=None), "12-02", "un-named: shut_off"),
    row("S1: a name that says nothing", one(Name="test"), "12-02", "active"),
    row("S1: naming.enforce", one(Name="test"), "12-02", "un-named: shut_off", ENFORCED),
    row("S1: naming.enforce, a good name", one(Name="jd-x"), "12-02", "active", ENFORCED),
    row("S1: named and started again by its owner", one(JanitorNote="shut off"), "12-03", "active"),
    row("S1: started again without a name", one(Name=None), "12-04", "un-named: shut_off"),
    row("S1: un-named is also told of its end by being off", one(OFF, Name=None), "12-08", "expiring: notify"),
    row("S1: un-named one-time spot: flagged", one(SPOT, Name=None), "12-02", "un-named"),
    row("S1: un-named on an instance store: flagged", one(STORE, Name=None), "12-02", "un-named"),
    # S2: new resources are tagged
    row("S2: new", stripped(), "12-01", "new: tag"),
    row("S2: new and off", stripped(OFF), "12-01", "new: tag"),
    row("S2: new without a switch", stripped(VOLUME), "12-01", "new: tag"),
    row("S1+S2: new and un-named: one step", stripped(Name=None), "12-01", "un-named: tag shut_off"),
    row("S2: new, un-named, cannot be shut off", one(SPOT, Name=None, Discovered=None), "12-01", "un-named: tag"),
    row("S2: new, with an Expiration of its owner", one(Discovered=None), "12-01", "new: tag"),
    row("S2: new, and its owner's Expiration has come", one(Discovered=None), "12-15", "expired: tag shut_off"),
    # S3: 14 days, tagged once, changed by people
    row("S3: tagged once", one(), "12-02", "active"),
    row("S3: the last day before the window", one(), "12-07", "active"),
    row("S3: the day before it expires", one(), "12-14", "expiring: notify"),
    row("S3: not a minute before its day", one(), "12-14T23:59", "expiring: notify"),
    row("S3: from the first minute of its day", one(), "12-15T00:00", "expired: shut_off"),
    row("S3: extended by a month", one(Expiration="2027-01-15"), "12-15", "active"),
    row("S3: shortened by its owner", one(Expiration="2026-12-03"), "12-03", "expired: shut_off"),
    row("S3: with a time: before it", one(Expiration="2026-12-15T18:00"), "12-15T17:59", "expiring: notify"),
    row("S3: with a time: from then on", one(Expiration="2026-12-15T18:00"), "12-15T18:00", "expired: shut_off"),
    row("S3: Expiration deleted: still 14 days", one(Expiration=None), "12-14", "expiring: notify"),
    row("S3: Expiration deleted: still 14 days", one(Expiration=None), "12-15", "expired: shut_off"),
    row("S3: Expiration deleted after the shut-off", one(OFF, ShutOff=MARK, Expiration=None), "12-22", "due: back_up terminate"),
    # S4: permanent = protection and a tag that explains
    row("S4: protected, expired", one(PROTECTED, Permanent="GitLab demo"), "12-15", "exempt"),
    row("S4: protected, un-named", one(PROTECTED, Name=None), "12-02", "exempt"),
    row("S4: protected, due", one(PROTECTED, OFF, ShutOff=MARK), "12-22", "exempt"),
    row("S4: protected, due, on", one(PROTECTED, ShutOff=MARK), "12-22", "exempt", STOPPED_ONLY),
    row("S4: protected, backing up", one(PROTECTED, OFF, PENDING, ShutOff=MARK), "12-22", "exempt"),
    row("S4: protected, its backup failed", one(PROTECTED, FAILED, ShutOff=MARK), "12-22", "exempt"),
    row("S4: protected, backed up", one(PROTECTED, OFF, COMPLETE, ShutOff=MARK), "12-22", "exempt"),
    row("S4: protected and known to be, active", one(PROTECTED), "12-02", "exempt"),
    row("S4: protected and known to be, expiring", one(PROTECTED), "12-14", "exempt"),
    row("S4: protected and known to be, waiting", one(PROTECTED, ShutOff=MARK), "12-16", "exempt"),
    row("S4: protected, new: still tagged", stripped(PROTECTED), "12-01", "exempt: tag"),
    row("S4: protected, new, un-named", one(PROTECTED, Name=None, Discovered=None), "12-01", "exempt: tag"),
    row("S4: protected by another manager's rules too", one(PROTECTED, MEMBER), "12-15", "held"),
    row("S4: protected, but its date unreadable", one(PROTECTED, Expiration="never"), "12-15", "unreadable"),
    row("S4: protected, but something else unread", one(PROTECTED, DENIED), "12-15", "unknown"),
    row("S4: the tag alone exempts nothing", one(UNPROTECTED, Permanent="demo"), "12-15", "expired: shut_off"),
    row("S4: protection not read yet", one(Permanent="demo"), "12-15", "expired: shut_off"),
    row("S4: protection taken off", one(UNPROTECTED), "12-15", "expired: shut_off"),
    # S5: on expiration shut off, left for 7 days
    row("S5: expired", one(), "12-15", "expired: shut_off"),
    row("S5: expired long ago, first run", one(), "2027-03-01", "expired: shut_off"),
    row("S5: expired and off already: marked", one(OFF), "12-15", "expired: shut_off"),
    row("S5: expired and stopping: seen to the end", one(MOVING), "12-15", "expired: shut_off"),
    row("S5: expired without a switch: marked", one(VOLUME), "12-15", "expired: shut_off"),
    row("S5: expired and un-named", one(Name=None), "12-15", "expired: shut_off"),
    row("S5: waiting", one(OFF, ShutOff=MARK), "12-16", "waiting"),
    row("S5: waiting, un-named", one(OFF, Name=None, ShutOff=MARK), "12-16", "waiting"),
    row("S5: waiting, turned on again", one(ShutOff=MARK), "12-16", "waiting"),
    row("S5: waiting, turned on, un-named", one(Name=None, ShutOff=MARK), "12-16", "waiting"),
    row("S5: waiting in its last minute", one(OFF, ShutOff=MARK), "12-22T05:59", "waiting"),
    # S6: after 7 days, still off: backed up and terminated
    row("S6: due", one(OFF, ShutOff=MARK), "12-22T06:00", "due: back_up terminate"),
    row("S6: due long ago", one(OFF, ShutOff=MARK), "2027-03-01", "due: back_up terminate"),
    row("S6: due, un-named", one(OFF, Name=None, ShutOff=MARK), "12-22", "due: back_up terminate"),
    row("S6: backup begun", one(OFF, PENDING, ShutOff=MARK), "12-22", "backing-up: back_up terminate"),
    row("S6: backup complete", one(OFF, COMPLETE, ShutOff=MARK), "12-22", "due: terminate"),
    row("S6: a volume without a backup", one(OFF, PARTIAL, ShutOff=MARK), "12-22", "backing-up: back_up terminate"),
    row("S6: backup failed: stays", one(OFF, FAILED, ShutOff=MARK), "12-22", "backing-up"),
    row("S6: a backup before it is due is nothing", one(OFF, COMPLETE, ShutOff=MARK), "12-16", "waiting"),
    row("S6: without a switch", one(VOLUME, ShutOff=MARK), "12-22", "due: back_up terminate"),
    row("S6: stopped, when=stopped", one(OFF, ShutOff=MARK), "12-22", "due: back_up terminate", STOPPED_ONLY),
    row("S6: stopping, when=stopped", one(MOVING, ShutOff=MARK), "12-22", "due: back_up terminate", STOPPED_ONLY),
    row("S6: volume, when=stopped", one(VOLUME, ShutOff=MARK), "12-22", "due: back_up terminate", STOPPED_ONLY),
    # S7: still on and not extended: terminated
    row("S7: due and on: backed up all the same", one(ShutOff=MARK), "12-22", "due: back_up terminate"),
    row("S7: due and on, backed up", one(COMPLETE, ShutOff=MARK), "12-22", "due: terminate"),
    row("S7: due and on, its backup failed", one(FAILED, ShutOff=MARK), "12-22", "backing-up"),
    row("S7: due and on, when=stopped", one(ShutOff=MARK), "12-22", "due: terminate", STOPPED_ONLY),
    row("S7: extended while off: rescued", one(OFF, ShutOff=MARK, Expiration="2027-01-15"), "12-22", "active: clear_mark"),
    row("S7: extended while on: rescued", one(ShutOff=MARK, Expiration="2027-01-15"), "12-22", "active: clear_mark"),
    row("S7: extended in the last days", one(ShutOff=MARK, Expiration="2026-12-23"), "12-22", "expiring: clear_mark notify"),
    # S8: what nobody needs costs nothing in the end; what somebody watches over stays
    row("S8: nobody cared", one(OFF, COMPLETE, ShutOff=MARK), "12-22", "due: terminate"),
    # ShutOff: valid, stale, or not the janitor's
    row("a mark older than the Expiration is stale", one(ShutOff="2026-12-14T06:00Z"), "12-14T07:00", "expiring: clear_mark notify"),
    row("a stale mark of what has expired again", one(ShutOff="2026-12-10"), "12-15", "expired: shut_off"),
    row("a stale mark of an un-named one", one(Name=None, ShutOff="2026-12-10"), "12-11", "un-named: clear_mark shut_off"),
    row("a mark as old as the Expiration counts", one(OFF, ShutOff="2026-12-15"), "12-16", "waiting"),
    row("a mark that is a day, not a time", one(OFF, ShutOff="2026-12-15"), "12-22T00:00", "due: back_up terminate"),
    row("an unreadable mark does not count", one(OFF, ShutOff="last week"), "12-30", "expired: shut_off"),
    row("an unreadable mark is taken off", one(ShutOff="last week"), "12-02", "active: clear_mark"),
    row("an empty mark is no mark", one(ShutOff=""), "12-16", "expired: shut_off"),
    row("a mark in the future does not count", one(ShutOff="2027-12-15"), "12-16", "expired: shut_off"),
    row("a mark a day ahead was written by no clock", one(OFF, ShutOff="2026-12-17T06:01Z"), "12-16", "expired: shut_off"),
    row("a mark a little ahead: clocks differ", one(OFF, ShutOff="2026-12-16T06:05Z"), "12-16", "waiting"),
    row("a mark ahead, before the Expiration beside it", one(ShutOff="2026-12-15"), "12-14T23:00", "expiring: clear_mark notify"),
    row("a mark older than its birth is another's", one({"born": at("12-20")}, Discovered="2026-12-20", ShutOff=MARK), "12-22", "expired: shut_off"),
    row("a mark without tags: taken off with the first tagging", stripped(ShutOff=MARK), "12-22", "new: tag clear_mark"),
    row("a mark beside an unreadable date", one(OFF, ShutOff=MARK, Expiration="soon"), "12-30", "unreadable"),
    row("a mark under another spelling", one(OFF, SHUTOFF=MARK), "12-22", "due: back_up terminate"),
    row("a mark after Discovered was deleted", one(OFF, Discovered=None, ShutOff=MARK), "12-22", "due: tag back_up terminate"),
    # Unreadable: nothing destructive, every run, whatever else holds
    row("unreadable", one(Expiration="never"), "12-02", "unreadable"),
    row("unreadable long after", one(Expiration="never"), "2027-12-02", "unreadable"),
    row("unreadable and un-named", one(Name=None, Expiration="next friday"), "12-02", "unreadable"),
    row("unreadable and new", one(Discovered=None, Expiration="14"), "12-02", "unreadable"),
    row("an emptied Expiration is unreadable", one(Expiration=""), "12-02", "unreadable"),
    row("Expiration missing, Discovered unreadable", one(Expiration=None, Discovered="?"), "12-30", "unreadable"),
    row("Expiration missing, Discovered in the future", one(Expiration=None, Discovered="2027-12-01"), "12-30", "unreadable"),
    row("Discovered unreadable, Expiration good", one(Discovered="?"), "12-02", "active"),
    row("Discovered unreadable, Expiration come", one(Discovered="?"), "12-15", "expired: shut_off"),
    row("of two spellings one unreadable", one(expiration="never"), "12-30", "unreadable"),
    row("of two spellings the later counts", one(expiration="2027-01-15"), "12-15", "active"),
    row("two spellings, both past", one(expiration="2026-12-10"), "12-15", "expired: shut_off"),
    row("ambiguous: before the later reading", one(Expiration="01/02/2027"), "2027-01-31", "expiring: notify"),
    row("ambiguous: at the later reading", one(Expiration="01/02/2027"), "2027-02-01", "expired: shut_off"),
    # Unknown
    row("unknown", one(DENIED), "12-02", "unknown"),
    row("unknown and expired", one(DENIED), "12-15", "unknown"),
    row("unknown and un-named", one(DENIED, Name=None), "12-02", "unknown"),
    row("unknown and due", one(DENIED, OFF, COMPLETE, ShutOff=MARK), "12-30", "unknown"),
    row("unknown: its tags may be what was not read", stripped(DENIED), "12-02", "unknown"),
    row("unknown member of a group", one(DENIED, MEMBER), "12-15", "unknown"),
    # Held: tagged only, where due
    row("held: a member, active", one(MEMBER), "12-02", "held"),
    row("held: a member, un-named", one(MEMBER, Name=None), "12-02", "held"),
    row("held: a member, expired", one(MEMBER), "12-15", "held"),
    row("held: a member, due", one(MEMBER, OFF, ShutOff=MARK), "12-22", "held"),
    row("held: a volume in use, marked before", one(VOLUME, USED, ShutOff=MARK), "12-15", "held: clear_mark"),
    row("held: a volume in use, due before", one(VOLUME, USED, COMPLETE, ShutOff=MARK), "12-30", "held: clear_mark"),
    row("held: a volume in use", one(VOLUME, USED), "12-15", "held"),
    row("held: a volume, by its rollout, due", one(VOLUME, ShutOff=MARK), "12-30", "held", GENTLE_WITH_VOLUMES),
    row("held: a member, new", stripped(MEMBER), "12-02", "held: tag"),
    row("held: a member, unreadable", one(MEMBER, Expiration="never"), "12-02", "held"),
    row("rollout: expired", one(), "12-15", "held", TAG_ONLY),
    row("rollout: expiring: no word yet", one(), "12-14", "held", TAG_ONLY),
    row("rollout: un-named", one(Name=None), "12-02", "held", TAG_ONLY),
    row("rollout: new", stripped(), "12-02", "held: tag", TAG_ONLY),
    row("rollout: the last day", one(), "12-31T23:59", "held", TAG_ONLY),
    row("rollout: over", one(), "2027-01-01T00:00", "expired: shut_off", TAG_ONLY),
    row("rollout of a kind", one(VOLUME), "12-15", "held", GENTLE_WITH_VOLUMES),
    row("rollout of another kind", one(), "12-15", "expired: shut_off", GENTLE_WITH_VOLUMES),
    # Expiring: within notify.before
    row("notify: 8 days before", one(), "12-07", "active"),
    row("notify: 7 days before", one(), "12-08", "expiring: notify"),
    row("notify: in between", one(), "12-10", "expiring: notify"),
    row("notify: 1 day before", one(), "12-14", "expiring: notify"),
    row("notify: on its day, before its time", one(Expiration="2026-12-15T18:00"), "12-15", "expiring: notify"),
    row("notify: never", one(), "12-14", "active", QUIET),
    row("no notice, no end: told in time", one(OFF, TOLD, ShutOff=MARK), "12-22", "due: back_up terminate", CHANNEL),
    row("no notice, no end: not told", one(OFF, ShutOff=MARK), "12-22", "waiting: notify", CHANNEL),
    row("no notice, no end: nor a month later", one(OFF, ShutOff=MARK), "2027-01-22", "waiting: notify", CHANNEL),
    row("no notice, no end: backed up already", one(OFF, COMPLETE, ShutOff=MARK), "12-22", "waiting: notify", CHANNEL),
    row("no notice, no end: told late, 2 days after", one(OFF, TOLD_LATE, ShutOff=MARK), "12-26", "due: back_up terminate", CHANNEL),
    row("no notice, no end: told late, before that", one(OFF, TOLD_LATE, ShutOff=MARK), "12-26T05:59", "waiting: notify", CHANNEL),
    row("no notice, no end: told of another Expiration", one(OFF, TOLD_OF_ANOTHER, ShutOff=MARK), "12-22", "waiting: notify", CHANNEL),
    row("no notice, no end: what is on as well", one(ShutOff=MARK), "12-22", "waiting: notify", CHANNEL),
    row("no notice, no end: not required", one(OFF, ShutOff=MARK), "12-22", "due: back_up terminate", ONLY_TELLS),
    row("no notice, no end: without a channel nothing changes", one(OFF, ShutOff=MARK), "12-22", "due: back_up terminate"),
    row("notify: shut off", one(OFF, ShutOff=MARK), "12-16", "waiting: notify", ONLY_TELLS),
    row("notify: shut off, AWS has started it", one(DATABASE, ShutOff=MARK), "12-16", "waiting: shut_off notify", ONLY_TELLS),
    row("notify: shut off, without a channel", one(OFF, ShutOff=MARK), "12-16", "waiting"),
    row("notify: 30 days before", one(), "12-02", "expiring: notify", Policy(notify_before=(1, 30))),
    # One-time spot, instance store
    row("spot: only marked", one(SPOT), "12-15", "expired: shut_off"),
    row("spot: on while it waits", one(SPOT, ShutOff=MARK), "12-16", "waiting"),
    row("spot: due", one(SPOT, ShutOff=MARK), "12-22", "due: back_up terminate"),
    row("spot: backed up", one(SPOT, COMPLETE, ShutOff=MARK), "12-22", "due: terminate"),
    row("store: only marked", one(STORE), "12-15", "expired: shut_off"),
    row("store: waiting", one(STORE, ShutOff=MARK), "12-16", "waiting"),
    row("store: due: held", one(STORE, ShutOff=MARK), "12-22", "due"),
    row("store: due, when=stopped: held too", one(STORE, ShutOff=MARK), "12-22", "due", STOPPED_ONLY),
    row("store: due, terminate", one(STORE, ShutOff=MARK), "12-22", "due: terminate", LOSE_IT),
    row("store with a disk: held", one(STORE, {"parts": ("vol-1",)}, ShutOff=MARK), "12-22", "due"),
    row("store with a disk, backed up: held", one(STORE, COMPLETE, {"parts": ("vol-1",)}, ShutOff=MARK), "12-22", "due"),
    row("store with a disk, terminate", one(STORE, {"parts": ("vol-1",)}, ShutOff=MARK), "12-22", "due: back_up terminate", LOSE_IT),
    row("store with a disk being copied", one(STORE, PENDING, {"parts": ("vol-1",)}, ShutOff=MARK), "12-22", "backing-up: back_up terminate", LOSE_IT),
    row("store, protected", one(STORE, PROTECTED, ShutOff=MARK), "12-22", "exempt", LOSE_IT),
    # What has no backup, and what is lost for good
    row("address: only marked", one(ADDRESS), "12-15", "expired: shut_off"),
    row("address: waiting", one(ADDRESS, ShutOff=MARK), "12-16", "waiting"),
    row("address: due", one(ADDRESS, ShutOff=MARK), "12-22", "due: terminate"),
    row("address: due, when=stopped", one(ADDRESS, ShutOff=MARK), "12-22", "due: terminate", STOPPED_ONLY),
    row("address: permanent", one(ADDRESS, PROTECTED, ShutOff=MARK), "12-22", "exempt"),
    # What AWS starts by itself
    row("database: started by AWS while it waits", one(DATABASE, ShutOff=MARK), "12-16", "waiting: shut_off"),
    row("database: still off", one(DATABASE, OFF, ShutOff=MARK), "12-16", "waiting"),
    row("database: starting", one(DATABASE, MOVING, ShutOff=MARK), "12-16", "waiting"),
    row("database: a replica, which cannot be stopped", one(DATABASE, REPLICA, ShutOff=MARK), "12-16", "waiting"),
    row("database: due, on, when=stopped: backed up", one(DATABASE, ShutOff=MARK), "12-22", "due: back_up terminate", STOPPED_ONLY),
    row("cluster: due, and AWS ends none that is stopped", one(DATABASE, STOPPED, ShutOff=MARK), "12-22", "due"),
    row("cluster: the same, its backup complete", one(DATABASE, STOPPED, COMPLETE, ShutOff=MARK), "12-22", "due"),
    row("cluster: the same while it waits", one(DATABASE, STOPPED, ShutOff=MARK), "12-16", "waiting"),
    row("database: extended meanwhile", one(DATABASE, ShutOff=MARK, Expiration="2027-02-01"), "12-23", "active: clear_mark"),
    row("database: its own name is enough", one(DATABASE, Name=None), "12-02", "active"),
    # What an instance left behind
    row("volume: named by what it belonged to", one(VOLUME, {"sighting": Sighting(date(2026, 12, 1), None, "jd-web")}, Name=None), "12-02", "active"),
    # Inherited tags: Discovered older than its own birth
    row("inherited: new", one(Discovered="2026-11-20", Expiration="2026-12-04"), "12-01", "new: tag"),
    row("inherited: new, though its parent's date has come", one(Discovered="2026-11-01", Expiration="2026-11-15"), "12-02", "new: tag"),
    row("inherited: a parent's mark", one(Discovered="2026-11-01", Expiration="2026-11-15", ShutOff="2026-11-16"), "12-02", "new: tag clear_mark"),
    row("inherited: un-named", one(Name=None, Discovered="2026-11-20"), "12-02", "un-named: tag shut_off"),
    row("inherited on the day of discovery: its own", one({"born": at("12-01T23:59")}), "12-15", "expired: shut_off"),
    row("a restart renews nothing", one(OFF), "12-10", "expiring: notify"),
    row("discovered long after its birth: its own", one({"born": at("2024-01-01")}), "12-15", "expired: shut_off"),
    row("of unknown birth: its own", one({"born": None}, Discovered="2020-01-01"), "12-15", "expired: shut_off"),
    # Stripped tags
    row("stripped, unknown to the ledger", stripped(), "12-30", "new: tag"),
    row("stripped, remembered", stripped(remembered("2026-12-15")), "12-02", "new: tag"),
    row("stripped, remembered, expired", stripped(remembered("2026-12-15")), "12-15", "expired: tag shut_off"),
    row("stripped, remembered, un-named", stripped(remembered("2026-12-15"), Name=None), "12-02", "un-named: tag shut_off"),
    row("stripped, remembered without a date", stripped(remembered(None)), "12-15", "expired: tag shut_off"),
    row("stripped, remembered as extended", stripped(remembered("2027-02-01")), "12-15", "new: tag"),
    row("stripped but for the mark", stripped(OFF, remembered("2026-12-15"), ShutOff=MARK), "12-22", "due: tag back_up terminate"),
    row("remembered of an earlier one with its id", stripped(remembered("2026-10-15", "2026-10-01")), "12-02", "new: tag"),
    # 50 tags: reported and not advanced
    row("48 tags: new fits", stripped(**full(47)), "12-02", "new: tag"),
    row("49 tags: two more do not fit", stripped(**full(48)), "12-02", "new"),
    row("50 tags and everything on them", one(**full(47)), "12-02", "active"),
    row("48 tags: mark and note fit", one(**full(45)), "12-15", "expired: shut_off"),
    row("49 tags: mark and note do not", one(**full(46)), "12-15", "expired"),
    row("49 tags: the note of an un-named one fits", one(Name=None, **full(47)), "12-02", "un-named: shut_off"),
    row("50 tags: it does not", one(Name=None, **full(48)), "12-02", "un-named"),
    row("50 tags, mark and note among them", one(ShutOff="2026-12-01", JanitorNote="", **full(45)), "12-15", "expired: shut_off"),
    row("50 tags: due all the same", one(OFF, COMPLETE, ShutOff=MARK, **full(46)), "12-22", "due: terminate"),
    row("50 tags: untagged, so not terminated", one(OFF, COMPLETE, Discovered=None, ShutOff=MARK, **full(47)), "12-22", "due"),
    row("50 tags, and AWS's own beside", stripped(**full(47), **{"aws:x": ""}), "12-02", "new: tag"),
)  # fmt: skip
def test_a_rule(seen: Resource, now: datetime, policy: Policy, expected: str) -> None:
    """Each line of the rules: this is what it is, and this is done about it."""
    assert told(decide(seen, policy, now)) == expected


OWED = {"Discovered": "2026-12-02", "Expiration": "2026-12-16"}
KEYS = Policy(keys=TagKeys(name="Naam", discovered="cs:seen", expiration="cs:until"))


@table(
    row("S2: both in one call", stripped(), "12-02", OWED),
    row("S2: un-named", stripped(Name=None), "12-02", OWED),
    row("S2: exempt", stripped(PROTECTED), "12-02", OWED),
    row("S2: held", stripped(MEMBER), "12-02", OWED),
    row("S2: rollout", stripped(), "12-02", OWED, TAG_ONLY),
    row("S2: an Expiration of its owner stays", one(Discovered=None), "12-02", {"Discovered": "2026-12-02"}),
    row("S2: under any spelling", one(Discovered=None, Expiration=None, EXPIRATION="2027-01-01"), "12-02", {"Discovered": "2026-12-02"}),
    row("S2: though it has come", one(Discovered=None), "12-15", {"Discovered": "2026-12-15"}),
    row("S2: held, its owner's unreadable", one(MEMBER, Discovered=None, Expiration="soon"), "12-02", {"Discovered": "2026-12-02"}),
    row("S2: unreadable: nothing", one(Discovered=None, Expiration="soon"), "12-02", {}),
    row("S2: unknown: nothing", stripped(DENIED), "12-02", {}),
    row("S2: under the keys of the settings", stripped(Naam="jd-x"), "12-02", {"cs:seen": "2026-12-02", "cs:until": "2026-12-16"}, KEYS),
    row("S3: expire_after", stripped(), "12-02", {**OWED, "Expiration": "2027-01-01"}, Policy(expire_after=timedelta(days=30))),
    row("S3: tagged once", one(), "12-02", {}),
    row("S3: tagged once, under any spelling", one(Discovered=None, discovered="2026-12-01"), "12-02", {}),
    row("S3: a deleted Expiration is not renewed", one(Expiration=None), "12-10", {}),
    row("S3: nor one of an unreadable Discovered", one(Discovered="?", Expiration=None), "12-10", {}),
    row("no room: nothing", stripped(**full(48)), "12-02", {}),
    row("inherited: replaced", one(Discovered="2026-11-20", Expiration="2026-12-04"), "12-02", OWED),
    row("inherited: a later date may be its owner's", one(Discovered="2026-11-20", Expiration="2027-01-20"), "12-02", {"Discovered": "2026-12-02"}),
    row("inherited: without a date", one(Discovered="2026-11-20", Expiration=None), "12-02", OWED),
    row("born while the run goes on, after midnight", stripped({"born": at("12-02T00:01")}), "12-01T23:59", OWED),
    row("stripped: the first sighting counts", stripped(remembered("2026-12-15")), "12-09", {"Discovered": "2026-12-01", "Expiration": "2026-12-15"}),
    row("stripped: the last date counts", stripped(remembered("2027-02-01")), "12-09", {"Discovered": "2026-12-01", "Expiration": "2027-02-01"}),
    row("stripped: as it was typed", stripped(remembered(" 1 Feb 2027 ")), "12-09", {"Discovered": "2026-12-01", "Expiration": "1 Feb 2027"}),
    row("stripped: no date remembered", stripped(remembered(None)), "12-09", {"Discovered": "2026-12-01", "Expiration": "2026-12-15"}),
    row("stripped: what is remembered is unreadable", stripped(remembered("soon")), "12-09", {"Discovered": "2026-12-01", "Expiration": "2026-12-15"}),
    row("stripped: a new date of its owner counts", one(remembered("2026-12-15"), Discovered=None, Expiration="2027-01-01"), "12-09", {"Discovered": "2026-12-01"}),
    row("stripped: only Discovered", one(remembered("2026-12-15"), Discovered=None), "12-09", {"Discovered": "2026-12-01"}),
    row("stripped: only Expiration", one(remembered("2027-02-01"), Expiration=None), "12-09", {}),
    row("stripped: the ledger knows an earlier one", stripped(remembered("2026-10-15", "2026-10-01")), "12-02", OWED),
)  # fmt: skip
def test_what_is_written(
    seen: Resource, now: datetime, policy: Policy, expected: dict[str, str]
) -> None:
    """S2, S3: tags are written once, and never over what a person wrote."""
    assert dict(decide(seen, policy, now).writes) == expected


@table(
    row("new", stripped(), "12-02", "first seen on 2026-12-02$"),
    row("new again", stripped(remembered(None)), "12-09", "first seen on 2026-12-01; its tags were removed"),
    row("un-named", one(Name=None), "12-02", "it has no Name tag$"),
    row("un-named, keys of the settings", one(), "12-02", "it has no Naam tag$", Policy(keys=TagKeys(name="Naam"))),
    row("un-named by pattern", one(Name="test"), "12-02", "its Name 'test' does not say who deployed it", ENFORCED),
    row("un-named spot", one(SPOT, Name=None), "12-02", "no Name tag; a one-time spot instance cannot be stopped$"),
    row("active", one(), "12-02", "expires on 2026-12-15$"),
    row("expiring", one(), "12-10", "expires on 2026-12-15, in 5 days$"),
    row("expiring tomorrow", one(), "12-14", "expires on 2026-12-15, in 1 day$"),
    row("expired", one(), "12-15", "Expiration 2026-12-15 has come$"),
    row("expired, off", one(OFF), "12-15", "has come; it is off already, so it is only marked$"),
    row("expired spot", one(SPOT), "12-15", "has come; a one-time spot instance cannot be stopped, so it is only marked$"),
    row("expired store", one(STORE), "12-15", "has come; its root is an instance store, so it cannot be stopped, so it is only marked$"),
    row("waiting", one(OFF, ShutOff=MARK), "12-16", "shut off on 2026-12-15; terminated on 2026-12-22 unless extended$"),
    row("waiting, never to end", one(STORE, ShutOff=MARK), "12-16", "marked on 2026-12-15; due on 2026-12-22, and left alone then$"),
    row("due", one(OFF, ShutOff=MARK), "12-22", "shut off on 2026-12-15, 7 days ago$"),
    row("due, on", one(ShutOff=MARK), "12-22", "7 days ago; it is on, but its Expiration was not changed$"),
    row("due, backed up", one(OFF, COMPLETE, ShutOff=MARK), "12-22", "; backed up as snap-1, snap-2$"),
    row("due, no backup", one(ShutOff=MARK), "12-22", "; no backup asked for$", STOPPED_ONLY),
    row("due, held", one(STORE, ShutOff=MARK), "12-22", "no snapshot is possible, and backup.when_impossible is hold$"),
    row("due, lost", one(STORE, ShutOff=MARK), "12-22", "of which no snapshot is possible$", LOSE_IT),
    row("backing up", one(OFF, PENDING, ShutOff=MARK), "12-22", "; waiting for its backup snap-1$"),
    row("backup failed", one(OFF, FAILED, ShutOff=MARK), "12-22", "; its backup failed: disk error"),
    row("exempt, explained", one(PROTECTED, Permanent="GitLab demo"), "12-15", "protected: GitLab demo$"),
    row("exempt, unexplained", one(PROTECTED), "12-15", "protected against termination$"),
    row("unreadable", one(Expiration="next friday"), "12-02", "Expiration 'next friday' is not a date$"),
    row("uncountable", one(Discovered="?", Expiration=None), "12-02", "Expiration is missing and cannot be counted from Discovered$"),
    row("unknown", one(DENIED), "12-02", "could not be read: denied$"),
    row("rollout", one(), "12-15", "only tagged until 2027-01-01$", TAG_ONLY),
    row("a stack is named: shut off", one({"stack": "CloudFormation stack web"}), "12-15", "has come; it belongs to CloudFormation stack web$"),
    row("a stack is named: terminate", one({"stack": "Terraform"}, OFF, ShutOff=MARK), "12-22", "; it belongs to Terraform$"),
    row("a stack is not named without need", one({"stack": "Terraform"}), "12-02", "expires on 2026-12-15$"),
)  # fmt: skip
def test_the_reason(seen: Resource, now: datetime, policy: Policy, expected: str) -> None:
    """Every decision says why in one sentence, with the dates that it rests on."""
    reason = decide(seen, policy, now).reason
    assert re.search(expected, reason), reason


MANAGERS = (
    "Auto Scaling group web",
    "EKS node group blue",
    "Karpenter node pool default",
    "EMR cluster j-1",
    "Elastic Beanstalk environment demo",
    "ECS cluster api",
    "Batch compute environment night",
)


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("when", ["12-02", "12-15", "12-30"])
def test_a_member_follows_its_manager(manager: str, when: str) -> None:
    """What something else replaces or owns is held, whatever its tags say, and says by whom."""
    for seen in (one(), one(Name=None), one(OFF, ShutOff=MARK), one(OFF, COMPLETE, ShutOff=MARK)):
        decision = decide(replace(seen, follows=manager), POLICY, at(when))
        assert (told(decision), decision.reason) == ("held", f"follows {manager}")


@table(
    row("nothing to tell", one(), "12-02", ()),
    row("expired as announced", one(), "12-15", ()),
    row("waiting as announced", one(OFF, ShutOff=MARK), "12-16", ()),
    row("due as announced", one(OFF, ShutOff=MARK), "12-22", ()),
    row("not protected, and nobody said so", one(UNPROTECTED), "12-15", ()),
    row("a name that says nothing", one(Name="test"), "12-02", ("Name 'test' does not say who",)),
    row("the same where it is enforced: shut off is enough", one(Name="test"), "12-02", (), ENFORCED),
    row("un-named and cannot be shut off", one(SPOT, Name=None), "12-02", ("it has no Name tag; a one-time spot",)),
    row("un-named in grace", one(Name=None), "12-02", ("it has no Name tag; it is shut off on 2026-12-03, unless",), GRACE),
    row("un-named in grace, new", stripped(Name=None), "12-02", ("it is shut off on 2026-12-03, unless",), GRACE),
    row("in grace where names are enforced", one(Name="test"), "12-02", ("does not say who deployed it (^(?P<owner>[A-Za-z]{2,4})-.+); it is shut off on 2026-12-03",), Policy(naming=Naming(enforce=True, grace=timedelta(days=2)))),
    row("in grace and off", one(OFF, Name=None), "12-02", (), GRACE),
    row("in grace and cannot be shut off", one(SPOT, Name=None), "12-02", (), GRACE),
    row("in grace and protected", one(PROTECTED, Name=None, Permanent="demo"), "12-02", (), GRACE),
    row("in grace beyond its Expiration: that is told", one(Name=None), "12-02", (), Policy(naming=Naming(grace=timedelta(days=30)))),
    row("exempt and explained", one(PROTECTED, Permanent="demo"), "12-15", ()),
    row("exempt without a word", one(PROTECTED), "12-15", ("no Permanent tag says why",)),
    row("exempt with an empty word", one(PROTECTED, Permanent=" "), "12-15", ("no Permanent tag says why",)),
    row("exempt and un-named", one(PROTECTED, Name=None, Permanent="demo"), "12-02", ("protected, but it has no Name tag",)),
    row("exempt, un-named, without a word", one(PROTECTED, Name=None), "12-02", ("no Permanent tag", "no Name tag")),
    row("Permanent without protection, expired", one(UNPROTECTED, Permanent="demo"), "12-15", ("Permanent 'demo' does not count: it is not protected",)),
    row("Permanent without protection, active", one(UNPROTECTED, Permanent="demo"), "12-02", ("Permanent 'demo' does not count",)),
    row("Permanent, protection unread", one(Permanent="demo"), "12-02", ()),
    row("unreadable", one(Expiration="never"), "12-02", ("Expiration 'never' is not a date",)),
    row("held and unreadable", one(MEMBER, Expiration="never"), "12-02", ("Expiration 'never' is not a date",)),
    row("rollout and unreadable", one(Expiration="never"), "12-02", ("Expiration 'never' is not a date",), TAG_ONLY),
    row("one of two unreadable", one(expiration="never"), "12-02", ("Expiration 'never' is not a date",)),
    row("ambiguous", one(Expiration="01/02/2027"), "12-02", ("'01/02/2027' has two readings: the later, 2027-02-01",)),
    row("ambiguous, one of two", one(expiration="01/02/2027"), "12-02", ("'01/02/2027' has two readings", "2 Expiration tags differ")),
    row("one reading", one(Expiration="13/01/2027"), "12-02", ()),
    row("two spellings", one(expiration="2027-01-15"), "12-02", ("2 Expiration tags differ: the latest, 2027-01-15",)),
    row("two spellings, one wish", one(expiration="2026-12-15"), "12-02", ()),
    row("92 days away", one(Expiration="2027-03-04"), "12-02", ()),
    row("92 days away, late on either day", one(Expiration="2027-03-04T23:59"), "12-02T00:00", ()),
    row("93 days away", one(Expiration="2027-03-05"), "12-02", ("2027-03-05 is more than 92 days away",)),
    row("93 days away, on the last minute", one(Expiration="2027-03-05"), "12-02T23:59", ("more than 92 days away",)),
    row("initials that nobody has", one(Name="zz-Runner"), "12-02", ("its owner 'zz' does not stand in the file of owners",), KNOWN),
    row("initials of somebody", one(Name="JD-Runner"), "12-02", (), KNOWN),
    row("initials, and no file of owners", one(Name="zz-Runner"), "12-02", ()),
    row("93 days away, of its owner, new", one(Discovered=None, Expiration="2027-03-05"), "12-02", ("more than 92 days away",)),
    row("extension.longest", one(Expiration="2027-01-02"), "12-02", ("more than 30 days away",), Policy(longest_extension=timedelta(days=30))),
    row("Discovered unreadable", one(Discovered="?"), "12-02", ("Discovered '?' is not a date: it does not count",)),
    row("Discovered in the future", one(Discovered="2027-12-01"), "12-02", ("Discovered '2027-12-01' lies in the future",)),
    row("ShutOff unreadable", one(ShutOff="?"), "12-02", ("ShutOff '?' is not a date: it does not count",)),
    row("ShutOff in the future", one(ShutOff="2027-12-01"), "12-02", ("ShutOff '2027-12-01' lies in the future",)),
    row("store, waiting: it will be held", one(STORE, ShutOff=MARK), "12-16", ("no snapshot is possible, and backup.when_impossible is hold",)),
    row("store, waiting: it will be lost", one(STORE, ShutOff=MARK), "12-16", ("nothing will be left of it",), LOSE_IT),
    row("store, waiting: none is asked for", one(STORE, ShutOff=MARK), "12-16", (), Policy(backup=BackupRules("stopped", when_impossible="terminate"))),
    row("store, due: held", one(STORE, ShutOff=MARK), "12-22", ("backup.when_impossible is hold",)),
    row("backup pending: patience", one(OFF, PENDING, ShutOff=MARK), "12-22", ()),
    row("backup failed", one(OFF, FAILED, ShutOff=MARK), "12-22", ("its backup failed: disk error",)),
    row("unknown", one(DENIED), "12-02", ("could not be read: denied",)),
    row("50 tags", stripped(**full(49)), "12-02", ("50 tags and AWS allows 50: remove one",)),
)  # fmt: skip
def test_what_a_person_should_hear_of(
    seen: Resource, now: datetime, policy: Policy, expected: tuple[str, ...]
) -> None:
    """What needs a person is flagged every run, and nothing else is."""
    attention = decide(seen, policy, now).attention
    assert len(attention) == len(expected), attention
    for flag, word in zip(attention, expected, strict=True):
        assert word in flag


@table(
    row("new: its Expiration", stripped(), "12-02", "2026-12-16"),
    row("new, in grace: the end of that", stripped(Name=None), "12-02", "2026-12-03", GRACE),
    row("un-named: its Expiration", one(Name=None), "12-02", "2026-12-15"),
    row("un-named, off: its Expiration", one(OFF, Name=None), "12-02", "2026-12-15", GRACE),
    row("un-named spot: its Expiration", one(SPOT, Name=None), "12-02", "2026-12-15"),
    row("active: its Expiration", one(), "12-02", "2026-12-15"),
    row("active in grace: the end of that", one(Name=None), "12-02", "2026-12-03", GRACE),
    row("active and named: no grace to end", one(), "12-02", "2026-12-15", GRACE),
    row("in grace beyond its Expiration", one(Name=None, Expiration="2026-12-03"), "12-02", "2026-12-03", Policy(naming=Naming(grace=timedelta(days=30)))),
    row("expiring: its Expiration", one(), "12-14", "2026-12-15"),
    row("expired: 7 days from today", one(), "12-15", "2026-12-22"),
    row("expired: 7 days from today", one(), "12-20", "2026-12-27"),
    row("expired: terminate_after", one(), "12-15", "2026-12-18", Policy(terminate_after=timedelta(days=3))),
    row("waiting: 7 days from its mark", one(OFF, ShutOff=MARK), "12-19", "2026-12-22"),
    row("due: today", one(OFF, ShutOff=MARK), "12-30", "2026-12-30"),
    row("due, no backup asked for: today", one(ShutOff=MARK), "12-30", "2026-12-30", STOPPED_ONLY),
    row("due, backed up: today", one(OFF, COMPLETE, ShutOff=MARK), "12-30", "2026-12-30"),
    row("backing up: today", one(OFF, PENDING, ShutOff=MARK), "12-30", "2026-12-30"),
    row("backup failed: not by itself", one(OFF, FAILED, ShutOff=MARK), "12-30", None),
    row("held for want of a backup: not by itself", one(STORE, ShutOff=MARK), "12-30", None),
    row("rollout: its end", one(), "12-15", "2027-01-01", TAG_ONLY),
    row("member: never", one(MEMBER), "12-15", None),
    row("exempt: never", one(PROTECTED), "12-15", None),
    row("unreadable: not by itself", one(Expiration="never"), "12-15", None),
    row("unknown: not by itself", one(DENIED), "12-15", None),
    row("by the calendar of the policy", one(), "12-15T11:00", "2026-12-23", Policy(timezone=ZoneInfo("Pacific/Kiritimati"))),
)  # fmt: skip
def test_what_comes_next(
    seen: Resource, now: datetime, policy: Policy, expected: str | None
) -> None:
    """The day on which something happens next if nobody does anything."""
    next_on = decide(seen, policy, now).next_on
    assert (next_on and next_on.isoformat()) == expected


@table(
    row("initials before the hyphen", one(), "12-02", "jd"),
    row("under another spelling", one(Name=None, name="abc-x"), "12-02", "abc"),
    row("no name", one(Name=None), "12-02", None),
    row("a name that says nothing", one(Name="test"), "12-02", None),
    row("an Owner tag where the name tells nobody", one(Name="test", Owner=" xy "), "12-02", "xy"),
    row("an Owner tag in any case", one(Name="test", OWNER="xy"), "12-02", "xy"),
    row("an Owner tag, and no name", one(Name=None, Owner="MK"), "12-02", "mk", KNOWN),
    row("the name comes before the tag", one(Owner="mk"), "12-02", "jd", KNOWN),
    row("an Owner tag that is known before a name that is not", one(Name="zz-Runner", Owner="mk"), "12-02", "mk", KNOWN),
    row("an Owner tag with an address", one(Name="zz-Runner", Owner="MK@example.com"), "12-02", "mk", KNOWN),
    row("an Owner tag with a name", one(Name="zz-Runner", Owner="person-2"), "12-02", "mk", KNOWN),
    row("nobody of either is known", one(Name="zz-Runner", Owner="yy"), "12-02", "zz", KNOWN),
    row("an Owner tag of another key", one(Name="test", Team="xy"), "12-02", "xy", Policy(keys=TagKeys(owner="team"))),
    row("whoever is the default owns nothing by it", one(Name="test"), "12-02", None, KNOWN),
    row("a pattern without owner", one(Name="test"), "12-02", None, Policy(naming=Naming(re.compile("test")))),
    row("a pattern of the team", one(Name="x/mira"), "12-02", "mira", Policy(naming=Naming(re.compile("x/(?P<owner>.+)")))),
    row("even when it is exempt", one(PROTECTED), "12-15", "jd"),
    row("even when nothing is known", one(DENIED), "12-15", "jd"),
)  # fmt: skip
def test_the_owner(seen: Resource, now: datetime, policy: Policy, expected: str | None) -> None:
    """S1: a meaningful name says who deployed it."""
    assert decide(seen, policy, now).owner == expected


# Everything at once; each line takes the reason of the phase before away.
UNKNOWN = one(DENIED, MEMBER, Name=None, Discovered=None, Expiration="never", ShutOff=MARK)
HELD = replace(UNKNOWN, unread=None)
UNREADABLE = replace(HELD, follows=None)
DUE = replace(UNREADABLE, tags={"Expiration": "2026-12-15", "ShutOff": MARK})
WAITING = replace(UNREADABLE, tags={"Expiration": "2026-12-15", "ShutOff": "2026-12-29"})
EXPIRED = replace(UNREADABLE, tags={"Expiration": "2026-12-15"})
UNNAMED = replace(UNREADABLE, tags={"Expiration": "2027-01-02"})
NEW = replace(UNREADABLE, tags={"Expiration": "2027-01-02", "Name": "jd-x"})
EXPIRING = one(Expiration="2027-01-02")
ACTIVE = one(Expiration="2027-02-01")


@table(
    row("unknown", UNKNOWN, "12-30", "unknown"),
    row("held", HELD, "12-30", "held"),
    row("unreadable", UNREADABLE, "12-30", "unreadable"),
    row("due", DUE, "12-30", "due"),
    row("backing-up", replace(DUE, **PENDING), "12-30", "backing-up"),
    row("waiting", WAITING, "12-30", "waiting"),
    row("expired", EXPIRED, "12-30", "expired"),
    row("un-named", UNNAMED, "12-30", "un-named"),
    row("new", NEW, "12-30", "new"),
    row("expiring", EXPIRING, "12-30", "expiring"),
    row("active", ACTIVE, "12-30", "active"),
)
def test_the_order_of_the_phases(
    seen: Resource, now: datetime, policy: Policy, expected: str
) -> None:
    """The first that fits wins, so a resource for which many hold goes by the gravest."""
    assert decide(seen, policy, now).phase == expected


def in_zone(name: str) -> Policy:
    """The rules of a team whose calendar is that of another place."""
    return Policy(timezone=ZoneInfo(name))


BERLIN = in_zone("Europe/Berlin")
LOS_ANGELES = in_zone("America/Los_Angeles")
KIRITIMATI = in_zone("Pacific/Kiritimati")


@table(
    row("UTC: the last minute", one(), "12-14T23:59", "expiring: notify"),
    row("UTC: midnight", one(), "12-15T00:00", "expired: shut_off"),
    row("Berlin: the last minute", one(), "12-14T22:59", "expiring: notify", BERLIN),
    row("Berlin: midnight", one(), "12-14T23:00", "expired: shut_off", BERLIN),
    row("Los Angeles: the last minute", one(), "12-15T07:59", "expiring: notify", LOS_ANGELES),
    row("Los Angeles: midnight", one(), "12-15T08:00", "expired: shut_off", LOS_ANGELES),
    row("Kiritimati: the last minute", one(), "12-14T09:59", "expiring: notify", KIRITIMATI),
    row("Kiritimati: midnight", one(), "12-14T10:00", "expired: shut_off", KIRITIMATI),
    row("a zone of its own comes first", one(Expiration="2026-12-15T00:00Z"), "12-14T23:30", "expiring: notify", BERLIN),
    row("a time without one is local", one(Expiration="2026-12-15T18:00"), "12-15T17:00", "expired: shut_off", BERLIN),
    row("Berlin, clocks back: the day is 25 hours", one(Expiration="2027-11-01"), "2027-10-31T22:59", "expiring: notify", BERLIN),
    row("Berlin, clocks back: midnight", one(Expiration="2027-11-01"), "2027-10-31T23:00", "expired: shut_off", BERLIN),
    row("Berlin, clocks forward: the day is 23 hours", one(Expiration="2027-03-29"), "2027-03-28T21:59", "expiring: notify", BERLIN),
    row("Berlin, clocks forward: midnight", one(Expiration="2027-03-29"), "2027-03-28T22:00", "expired: shut_off", BERLIN),
    row("in the hour that comes twice: the first", one(Expiration="2027-10-31T02:30"), "2027-10-31T00:30", "expired: shut_off", BERLIN),
    row("the window of notices begins at midnight", one(), "12-07T22:59", "active", BERLIN),
    row("the window of notices begins at midnight", one(), "12-07T23:00", "expiring: notify", BERLIN),
    row("7 days are 168 hours, whatever the clocks do", one(OFF, Expiration="2027-10-27", ShutOff="2027-10-27T12:00+02:00"), "2027-11-03T09:59", "waiting", BERLIN),
    row("7 days are 168 hours, whatever the clocks do", one(OFF, Expiration="2027-10-27", ShutOff="2027-10-27T12:00+02:00"), "2027-11-03T10:00", "due: back_up terminate", BERLIN),
    row("rollout ends at midnight", one(), "12-31T22:59", "held", Policy(timezone=ZoneInfo("Europe/Berlin"), rollout=TAG_ONLY.rollout)),
    row("rollout ends at midnight", one(), "12-31T23:00", "expired: shut_off", Policy(timezone=ZoneInfo("Europe/Berlin"), rollout=TAG_ONLY.rollout)),
    row("born on the day of discovery, there", one({"born": at("12-01T10:30")}, Discovered="2026-12-02"), "12-03", "active", KIRITIMATI),
    row("born the day after discovery, there", one({"born": at("12-01T10:30")}), "12-03", "new: tag", KIRITIMATI),
)  # fmt: skip
def test_a_day_is_a_day_of_the_policys_zone(
    seen: Resource, now: datetime, policy: Policy, expected: str
) -> None:
    """A date means 00:00 of that day in `timezone`, on the days of summer time as well."""
    assert told(decide(seen, policy, now)) == expected


@table(
    row("UTC", stripped(), "12-01T23:30", ("2026-12-01", "2026-12-15")),
    row("Berlin", stripped(), "12-01T23:30", ("2026-12-02", "2026-12-16"), BERLIN),
    row("Los Angeles", stripped(), "12-02T07:30", ("2026-12-01", "2026-12-15"), LOS_ANGELES),
    row("Kiritimati", stripped(), "12-01T10:30", ("2026-12-02", "2026-12-16"), KIRITIMATI),
    row("over the change of the clocks", stripped(), "2027-10-20T22:30", ("2027-10-21", "2027-11-04"), BERLIN),
)  # fmt: skip
def test_today_is_today_in_the_policys_zone(
    seen: Resource, now: datetime, policy: Policy, expected: tuple[str, str]
) -> None:
    """S2: Discovered is the day on which the team discovered it, by its own calendar."""
    decision = decide(seen, policy, now)
    assert tuple(decision.writes.values()) == expected
    assert decision.expiration is not None
    assert policy.day_of(decision.expiration).isoformat() == expected[1]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati"])
def test_the_zone_in_which_now_is_told_changes_nothing(zone: str) -> None:
    """An instant is an instant: in the hour that comes twice, too."""
    seen = one(Expiration="2027-10-31T02:30")
    for minutes in range(0, 180, 10):
        now = at("2027-10-31T00:00") + timedelta(minutes=minutes)
        there = now.astimezone(ZoneInfo(zone))
        assert decide(seen, BERLIN, there) == decide(seen, BERLIN, now)


# Each form of a date that counts as 1 February 2027, and what does not count as any day.
AS_TYPED = (
    *("2027-02-01", "2027-02-01T00:00", "2027-02-01T00:00Z", "2027-01-31T22:00-02:00"),
    *("2027/02/01", "1 Feb 2027", "01 FEBRUARY 2027", "Feb 1 2027", "1-feb-2027", "01/02/2027"),
)
NO_DATE = ("never", "next friday", "14", "Dec 2026", "", "2027-02-30", "9999-12-31", "1.2.2027")


@pytest.mark.parametrize("typed", AS_TYPED)
def test_every_accepted_form_counts_as_an_expiration(typed: str) -> None:
    """S3: a person changes the date in whatever accepted form, and the day is that day."""
    seen = one(Expiration=typed)
    phases = [decide(seen, POLICY, at(when)).phase for when in ("2027-01-31", "2027-02-01")]
    assert phases == [Phase.EXPIRING, Phase.EXPIRED]


@pytest.mark.parametrize("typed", NO_DATE)
@pytest.mark.parametrize("seen", [one(), one(OFF, ShutOff=MARK), one(Name=None), stripped()])
def test_no_other_form_leads_to_anything(typed: str, seen: Resource) -> None:
    """An unreadable date is flagged every run, and nothing is done, for how long it stands."""
    seen = replace(seen, tags={**seen.tags, "Expiration": typed})
    for when in ("12-02", "12-15", "2027-02-01", "2030-01-01"):
        decision = decide(seen, POLICY, at(when))
        assert (decision.phase, decision.verbs, decision.next_on) == (Phase.UNREADABLE, (), None)
        assert f"Expiration {typed!r} is not a date" in decision.attention


def test_a_life_that_nobody_watches() -> None:
    """S8: seen, tagged, announced, shut off, left for 7 days, backed up, terminated."""
    days = [
        ("12-01T10:00", "new: tag", stripped()),
        ("12-02", "active", one()),
        ("12-08", "expiring: notify", one()),
        ("12-14", "expiring: notify", one()),
        ("12-15", "expired: shut_off", one()),
        ("12-16", "waiting", one(OFF, ShutOff=MARK)),
        ("12-21", "waiting", one(OFF, ShutOff=MARK)),
        ("12-22", "due: back_up terminate", one(OFF, ShutOff=MARK)),
        ("12-23", "backing-up: back_up terminate", one(OFF, PENDING, ShutOff=MARK)),
        ("12-24", "due: terminate", one(OFF, COMPLETE, ShutOff=MARK)),
    ]
    lived = [decide(seen, POLICY, at(when)) for when, _, seen in days]
    assert [told(decision) for decision in lived] == [expected for _, expected, _ in days]
    announced = [decision.next_on for decision in lived[:-3] if decision.next_on]
    assert all(earlier <= later for earlier, later in pairwise(announced))


def test_only_what_is_grave_needs_protection_to_be_read() -> None:
    """Protection is read for what would be shut off, backed up or terminated, and for no other."""
    grave = {verb for verb in Verb if Decision(Phase.DUE, (verb,)).endangers}
    assert grave == {Verb.SHUT_OFF, Verb.BACK_UP, Verb.TERMINATE}
    assert not Decision(Phase.ACTIVE).endangers


def test_the_standing_of_a_resource_can_be_asked_for() -> None:
    """`explain` tells every date to come from what `decide` itself goes by."""
    seen = standing.read(one(OFF, ShutOff=MARK), POLICY, at("12-16"))
    assert (seen.named, seen.owner, seen.new) == (True, "jd", False)
    assert (seen.discovered_on, seen.expires_on) == (date(2026, 12, 1), date(2026, 12, 15))
    assert (seen.shut_off_on, seen.days_left, seen.ends_at) == (
        date(2026, 12, 15),
        -1,
        at("12-22"),
    )
    fresh = standing.read(one(), POLICY, at("12-02"))
    assert (fresh.shut_off_on, fresh.ends_at, fresh.days_left) == (None, None, 13)
