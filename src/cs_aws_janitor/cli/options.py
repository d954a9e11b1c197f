"""Options that several commands share, and the one value that they turn into."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from cs_aws_janitor.settings.values import Location

    Command = Callable[..., Any]
    Option = Callable[[Command], Command]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ACCOUNT = re.compile(r"[0-9]{12}")
_SPAN = re.compile(r"(\d{1,6})([smhd])")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the shared options of one command line said; empty or None where not given."""

    config_file: Path | None = None
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    as_of: str | None = None
    form: str = "table"
    no_color: bool = False
    verbose: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The same for the commands of customers."""

    config_file: Path | None = None
    customers_file: Location | None = None
    playbooks_folder: Location | None = None
    today: date | None = None
    ids: tuple[str, ...] = ()
    csms: tuple[str, ...] = ()
    form: str = "table"
    no_color: bool = False
    verbose: int = 0


class _AccountId(click.ParamType[str]):
    """The 12 digits of an AWS account."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _ACCOUNT.fullmatch(value):
            self.fail(f"{value!r} is not an account id; write its 12 digits", param, ctx)
        return value


class _Span(click.ParamType[float]):
    """A length of time such as `30m`, `1h` or `1d`, in seconds."""

    name = "span"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if not found or not int(found[1]):
            self.fail(f"{value!r} is not a length of time; write it as 30m, 1h or 1d", param, ctx)
        return float(int(found[1]) * _SECONDS[found[2]])


class _Text(click.ParamType[str]):
    """Words on one line, without anything that does not print, so that a tag can hold them."""

    name = "text"

    def __init__(self, longest: int | None = None) -> None:
        self.longest = longest

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = "".join(c for c in " ".join(value.split()) if c.isprintable())
        if not text:
            self.fail("it says nothing; write why, in a few words", param, ctx)
        if self.longest and len(text) > self.longest:
            self.fail(f"it has {len(text)} characters; a tag takes {self.longest}", param, ctx)
        return text


SPAN = _Span()
REASON = _Text()
TAG_VALUE = _Text(longest=256)


def stacked(*options: Option) -> Option:
    """Several options as one."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


config_file = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="JANITOR_CONFIG",
    help="Settings file. Without it: ./janitor.toml, then ./config/janitor.toml.",
)
account = click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    type=_AccountId(),
    help="Only this account.",
)
places = stacked(
    account,
    click.option("--region", "regions", multiple=True, metavar="NAME", help="Only this region."),
)
selection = stacked(
    places,
    click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind."),
    click.option("--owner", "owners", multiple=True, metavar="NAME", help="Only this owner's."),
)
as_of = click.option(
    "--as-of", metavar="DATE", help="Decide as if it were this day (2026-12-06); only to look."
)
verbose = click.option("-v", "--verbose", count=True, help="Log what is done, to standard error.")
no_color = click.option("--no-color", is_flag=True, help="No colour, even on a terminal.")
yes = click.option("--yes", is_flag=True, help="Do not ask; for unattended use.")


def file_option(name: str, what: str) -> Option:
    """An option that names a file to be written."""
    return click.option(name, type=click.Path(path_type=Path, dir_okay=False), help=what)


def format_option(*formats: str) -> Option:
    """`--format`, with the first of `formats` as the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result.",
    )


def shared(*options: Option, into: type[Asked | Wanted] = Asked) -> Option:
    """Add `options` to a command, which gets what they said as one value; logs are set up."""

    def add(command: Command) -> Command:
        @wraps(command)
        def gathered(**given: Any) -> Any:
            from cs_aws_janitor.shared.logs import log

            names = [each.name for each in fields(into) if each.name in given]
            asked = into(**{name: given.pop(name) for name in names})
            log.configure(asked.verbose)
            return command(asked, **given)

        return stacked(config_file, *options, verbose)(gathered)

    return add
