"""What can go wrong, typed: each error is one clear line with its cure and an exit code."""

from __future__ import annotations

DONE, PARTLY, REFUSED, INTERRUPTED = 0, 1, 2, 130


class JanitorError(Exception):
    """Something a person can mend. `str()` is one line: what, where, and what to do about it."""

    exit_code = REFUSED

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(f"{what}. {cure}" if cure else what)
        self.what = what
        self.cure = cure


class SettingsError(JanitorError):
    """The settings cannot be used. `problems` holds every fault found, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RefusedError(JanitorError):
    """The command may not go on: an account that is not named, no confirmation, a guard rail."""


class UnreachableError(JanitorError):
    """AWS cannot be asked at all: no credentials, an expired token, no such endpoint."""


class NotFoundError(JanitorError):
    """An id or a name fits no resource, or more than one."""


class LedgerError(JanitorError):
    """The ledger cannot be read or written; nothing is done without it."""


class LockedError(JanitorError):
    """Another run holds the lock, or the lock cannot be used; nothing was begun."""


def not_installed(error: ModuleNotFoundError, extra: str) -> RefusedError:
    """What to install, by the name of an extra of this package, for a library that is missing."""
    cure = f"Install it: pip install 'cs-aws-janitor[{extra}]'"
    return RefusedError(f"{error.name} is not installed", cure)
