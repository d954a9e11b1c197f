"""What is wrong with the second wing's part of the settings, beyond what each value says by itself.

Nothing is asked of anybody: what lies in S3 or in Salesforce is not looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor import customers_places
from cs_aws_janitor.customers.playbook_files import read_playbooks, unknown_sinks
from cs_aws_janitor.customers_ready import Scope
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.toml_lines import line_of
from cs_aws_janitor.shared.wording import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers_ready import Door
    from cs_aws_janitor.settings import Settings


def faults(door: Door) -> Iterator[str]:
    """Every fault, a line each: with the file and, where there is one, the line in it."""
    own = door.settings.customers
    if isinstance(own.source, Path):
        yield from _of_source(door)
    if own.salesforce.url:
        yield from _of_mapping(door)
    if own.playbooks is None or isinstance(own.playbooks, Path):
        yield from _of_playbooks(door)


def _of_source(door: Door) -> Iterator[str]:
    """A file of customers that cannot be read at all. What single rows say is not settings."""
    try:
        next(iter(customers_places.source(door, Scope()).read()), None)
    except RefusedError as error:
        yield _placed(door.settings, ("customers", "source"), str(error))


def _of_mapping(door: Door) -> Iterator[str]:
    """Fields of customers, in the mapping of Salesforce, that there are not."""
    try:
        from cs_aws_janitor import customers_salesforce  # noqa: PLC0415  it needs an extra
        from cs_aws_janitor.customers.sources.salesforce import unmapped  # noqa: PLC0415  as well
    except ModuleNotFoundError as error:
        raise door.lacks(error) from None
    for each in unmapped(customers_salesforce.mapping(door.settings)):
        path = ("customers", "salesforce", each.table, each.name)
        yield _placed(door.settings, path, f"{each}; {each.cure}")


def _of_playbooks(door: Door) -> Iterator[str]:
    """What stands in the playbooks, and sinks in them that are not set up."""
    folder = customers_places.playbooks_folder(door, Scope())
    try:
        _, misprints = read_playbooks(folder)
    except RefusedError as error:
        yield _placed(door.settings, ("customers", "playbooks"), str(error))
        return
    misprints += unknown_sinks(folder, door.settings.customers.sink_names)
    yield from map(str, sorted(misprints, key=lambda misprint: misprint.place))


def _placed(settings: Settings, path: tuple[str, ...], what: str) -> str:
    """`what` with the place in the settings at which it stands."""
    line = line_of(settings.file.read_bytes(), path) if settings.file else None
    where = f"{settings.file}, line {line}" if line else f"{settings.file}"
    return f"{where}: {dotted(path)}: {what}"
