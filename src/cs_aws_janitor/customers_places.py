"""Where the things of the second wing lie: on this machine, in S3, or in Salesforce."""

from __future__ import annotations

import os
import socket
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor.settings import S3Place
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.lease import FileSlot, Holder, hold
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cs_aws_janitor.customers.sources._source import Source
    from cs_aws_janitor.customers_ready import Door, Scope
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.settings.values import Location
    from cs_aws_janitor.shared.entries import Store
    from cs_aws_janitor.shared.lease import Lease, Slot
    from cs_aws_janitor.shared.pathlike import Pathlike

USUAL_PLAYBOOKS = Path("config/playbooks")
SETTING = "customers.ledger"


def at(door: Door, location: Location) -> Pathlike:
    """What lies there, to be read and written."""
    if isinstance(location, Path):
        return location
    from cs_aws_janitor.resources.path_s3 import S3Path  # noqa: PLC0415  most have nothing there

    return S3Path(door.connect().at_home("s3"), location.bucket, location.prefix)


def source(door: Door, scope: Scope) -> Source:
    """Where customers come from. Raises RefusedError where nothing says it."""
    own = door.settings.customers
    location = scope.customers or own.source
    if location is None and not own.salesforce.url:
        cure = "Name one with --customers FILE, or [customers] source in the settings"
        raise RefusedError("there is no file of customers", cure)
    try:
        if location is None:
            from cs_aws_janitor import customers_salesforce  # noqa: PLC0415  it needs an extra

            return customers_salesforce.source(door)
        from cs_aws_janitor.customers.sources.files import FileSource  # noqa: PLC0415  as well
    except ModuleNotFoundError as error:
        raise door.lacks(error) from None
    return FileSource(at(door, location), str(location))


def playbooks_folder(door: Door, scope: Scope) -> Pathlike:
    """The folder that is named, else the usual one where there is one, else the shipped one."""
    if named := scope.playbooks or door.settings.customers.playbooks:
        return at(door, named)
    usual = door.root / USUAL_PLAYBOOKS
    return usual if usual.is_dir() else shipped_playbooks()


def shipped_playbooks() -> Path:
    """The playbooks that come with the package."""
    return Path(str(files("cs_aws_janitor") / "starter" / "playbooks"))


def store(door: Door) -> Store:
    """Where deliveries are written down: a file, or a place in S3."""
    place = ledger_place(door.settings)
    if isinstance(place, Path):
        return File(_own_file(door, place), SETTING)
    from cs_aws_janitor.resources.ledger_s3 import S3  # noqa: PLC0415  most have a file

    return S3(door.connect().at_home("s3"), place.bucket, place.prefix)


def one_at_a_time(door: Door) -> AbstractContextManager[Lease]:
    """Hold the lock of the second wing. Raises LockedError while another run is under way."""
    host, pid = socket.gethostname(), os.getpid()
    holder = Holder(door.name or f"process {pid} on {host}", host, pid)
    return hold(_slot(door), holder, clock.now)


def _slot(door: Door) -> Slot:
    place = ledger_place(door.settings)
    if isinstance(place, Path):
        path = _own_file(door, place)
        return FileSlot(path.with_name(f"{path.name}.lock"))
    from cs_aws_janitor.resources.lease_s3 import S3Slot  # noqa: PLC0415  most have a file

    return S3Slot(door.connect().at_home("s3"), place.bucket, lock_key(place))


def lock_key(place: S3Place) -> str:
    """The key of the lock beside a ledger in S3."""
    return f"{place.prefix}/lock".removeprefix("/")


def ledger_place(settings: Settings) -> Location:
    """Where deliveries are written down: its own place, else below that of the first wing in S3."""
    own = settings.customers
    if settings.ledger.s3 is None or "ledger" in own.model_fields_set:
        if own.ledger is None:
            raise RefusedError("the settings name no ledger of customers", f"Set {SETTING}")
        return own.ledger
    first = settings.ledger.s3
    prefix = f"{first.prefix}/customers" if first.prefix else "customers"
    return S3Place(first.bucket, prefix)


def _own_file(door: Door, path: Path) -> Path:
    if not door.keeps_files:
        raise no_file(SETTING, path)
    return path


def no_file(key: str, path: Path) -> RefusedError:
    """What to raise where the settings of a function have it keep a file."""
    what = f"a function keeps no file, and {key} is one ({path})"
    return RefusedError(what, f'Set {key} to a place in S3, such as "s3://bucket/name"')
