"""One run at a time: a lock that expires, renewed while its run lasts.

Source: aws-lifecycle.md, Guard rails. A stale or torn lock is taken over and told; so is one whose
process is gone, where all who use the lock run on this machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import uuid4

from cs_aws_janitor.shared.errors import LockedError
from cs_aws_janitor.shared.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Now = Callable[[], datetime]

LASTS = timedelta(minutes=15)
SKEW = timedelta(minutes=10)  # what the clocks of two machines may be apart


class Slot(Protocol):
    """Where the text of a lock is kept, and changed only by who has seen what stands there.

    `here`: whoever uses it runs on this machine, so that a process that is gone can be told.
    """

    here: ClassVar[bool]

    def read(self) -> tuple[str, str]:
        """The text ('' where there is none) and its version."""

    def swap(self, text: str, version: str) -> bool:
        """Write `text` if `version` still stands; whether it did."""

    def beside(self) -> Iterable[str]:
        """The texts of other locks that rule this one out while they are held."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a name for people, and what tells whether its process still lives."""

    name: str
    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class FileSlot:
    """A lock in a file, for runs on one machine."""

    here: ClassVar[bool] = True

    path: Path

    def read(self) -> tuple[str, str]:
        """The text and its version."""
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            text = ""
        except OSError as error:
            raise _unusable(self.path, error) from error
        return text, _version(text)

    def swap(self, text: str, version: str) -> bool:
        """Write `text` if `version` still stands; one process at a time can look and write."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.path.open("a+", encoding="utf-8", errors="replace") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                if _version(file.read()) != version:
                    return False
                file.seek(0)
                file.truncate()
                file.write(text)
                return True
        except OSError as error:
            raise _unusable(self.path, error) from error

    def beside(self) -> Iterable[str]:
        """None: one file is the lock of a whole account."""
        return ()


class Lease:
    """A lock that is held. `lost` says whether another run has taken it."""

    def __init__(self, slot: Slot, version: str, token: str) -> None:
        self._slot = slot
        self._version = version
        self._token = token
        self._lost = threading.Event()

    @property
    def lost(self) -> bool:
        """Whether the lock could not be renewed, so that another run may be under way."""
        return self._lost.is_set()

    def renew(self, holder: Holder, now: Now) -> None:
        """Move the expiry on; from the first time that this fails the lease is lost."""
        if self.lost:
            return
        try:
            version = _put(self._slot, _text(holder, now(), self._token), self._version)
        except LockedError as error:
            log.warning("lock.lost", why=str(error))
            version = None
        if version is None:
            self._lost.set()
        else:
            self._version = version

    def give_back(self) -> None:
        """Leave the slot empty for the next run; what another has taken is left to it.

        Where that cannot be done the run has not failed: the lock expires by itself.
        """
        try:
            if not self._slot.swap("", self._version):
                log.warning("lock.lost")
        except LockedError as error:
            log.warning("lock.left", why=str(error))


@contextmanager
def hold(slot: Slot, holder: Holder, now: Now) -> Iterator[Lease]:
    """Hold the lock in `slot` for as long as the block lasts.

    Raises LockedError while another run holds it.
    """
    lease = _take(slot, holder, now)
    done = threading.Event()

    def keep_renewing() -> None:
        while not done.wait(LASTS.total_seconds() / 3):
            lease.renew(holder, now)

    renewing = threading.Thread(target=keep_renewing, name="lease", daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        done.set()
        renewing.join()
        lease.give_back()


def _take(slot: Slot, holder: Holder, now: Now) -> Lease:
    standing, version = slot.read()
    other = _parse(standing)
    if other and not _stale(other, holder, now(), here=slot.here):
        raise _locked(other)
    if other:
        log.warning("lock.taken_over", holder=other.holder.name, until=other.until.isoformat())
    elif standing:
        log.warning("lock.taken_over", why="it is torn and tells of no run")
    # Two that are alike, as two containers may be, must not take each other's text for their own.
    token = uuid4().hex
    taken = _put(slot, _text(holder, now(), token), version)
    if taken is None:
        raise _locked(_parse(slot.read()[0]))
    lease = Lease(slot, taken, token)
    # Each writes first and looks then: of two that come together one sees the other, or both do.
    try:
        for text in slot.beside():
            if (found := _parse(text)) and not _stale(found, holder, now(), here=slot.here):
                raise _locked(found)
    except LockedError:
        lease.give_back()
        raise
    return lease


def _put(slot: Slot, text: str, version: str) -> str | None:
    """The version under which `text` stands now, or None where another was quicker."""
    if not slot.swap(text, version):
        return None
    standing, taken = slot.read()
    return taken if standing == text else None


@dataclass(frozen=True, slots=True)
class _Standing:
    holder: Holder
    until: datetime


def _parse(text: str) -> _Standing | None:
    """The lock that `text` tells of; one that a crash or an editor has torn holds nothing."""
    try:
        found = json.loads(text)
        until = datetime.fromisoformat(found["until"])
        holder = Holder(str(found["name"]), str(found["host"]), int(found["pid"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return _Standing(holder, until) if until.tzinfo else None


def _text(holder: Holder, now: datetime, token: str) -> str:
    until = (now + LASTS).isoformat()
    return json.dumps({**asdict(holder), "until": until, "token": token})


def _stale(other: _Standing, holder: Holder, now: datetime, *, here: bool) -> bool:
    # No clock that a run goes by has written one that lasts longer than a lock does.
    if not now < other.until <= now + LASTS + SKEW:
        return True
    # Two machines, containers above all, may bear the same name.
    return here and other.holder.host == holder.host and not _alive(other.holder.pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _locked(other: _Standing | None) -> LockedError:
    if other is None:
        return LockedError("another run has just begun", "Wait until it is done")
    return LockedError(
        f"another run is under way: {other.holder.name}",
        f"Wait until it is done; if it is gone its lock expires at {other.until:%Y-%m-%d %H:%M %Z}",
    )


def _unusable(path: Path, error: OSError) -> LockedError:
    return LockedError(
        f"the lock {path} cannot be used: {error.strerror}",
        "Set ledger.path to a file in a folder that can be written",
    )
