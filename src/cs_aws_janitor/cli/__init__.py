"""The command `janitor`: parse, wire, call, print. No rule lives here.

Each command is a module of this package, imported only when it is asked for; the modules
import what is heavy (botocore, pydantic, rich) inside their functions, so that help stays fast.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cs_aws_janitor import __version__
from cs_aws_janitor.shared.errors import DONE, INTERRUPTED, PARTLY, REFUSED, JanitorError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "plan": "plan",
    "apply": "apply",
    "run": "run",
    "list": "list_resources",
    "explain": "explain",
    "extend": "extend",
    "keep": "keep",
    "release": "keep",
    "history": "history",
    "savings": "savings",
    "report": "report",
    "notify": "notify",
    "prices": "prices",
    "restore": "restore",
    "permissions": "permissions",
    "config": "config",
    "customers": "customers",
    "deploy": "deploy",
    "demo": "demo",
}

COLLECTED_AFTER = 10_000_000  # new objects
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


@contextmanager
def _whose_readers_may_leave() -> Iterator[None]:
    """Whoever reads what we print may have seen enough: that is no error, and the end."""
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(DONE) from None


class _Commands(click.Group):
    """A group whose commands are imported when they are first named."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _whose_readers_may_leave():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _whose_readers_may_leave():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not (name in COMMANDS or name.startswith("-") or ctx.resilient_parsing):
            from cs_aws_janitor.shared.wording import nearest

            near = nearest(name, COMMANDS)
            hint = f"Did you mean {near}?" if near else f"There are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="janitor")
def janitor() -> None:
    """Looks after every resource of a shared AWS account through one clear life.

    New resources are tagged once with Discovered and Expiration. On expiration they are shut
    off, left for 7 days, backed up and terminated. Whoever needs longer changes the date.

    \b
    janitor demo                      see it work; no AWS account needed
    janitor plan                      what a run would do now, and why; never writes
    janitor explain i-0abc            why mine?
    janitor extend i-0abc --days 14   I need it longer
    """


def main() -> None:
    """Run the command; turn every error into one line and its exit code."""
    _open_streams()
    # A plan makes some fifty objects for each resource or customer, and none of them in a circle:
    # to look for circles as often as Python does takes a tenth of the time of a large plan.
    gc.set_threshold(COLLECTED_AFTER)
    try:
        code = janitor.main(prog_name="janitor", standalone_mode=False)
    except JanitorError as error:
        _say(str(error))
        code = error.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        code = REFUSED
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        _close_output()
        os._exit(INTERRUPTED)  # and wait for no answer that a thread of ours still waits for
    except SystemExit as stop:
        code = stop.code
    except Exception as error:  # noqa: BLE001  the last boundary: nobody is shown a traceback
        _tell_fault(error)
        code = PARTLY
    _close_output()
    gc.freeze()  # nor is it worth the time to look for circles in what is thrown away whole
    sys.exit(code or DONE)


def _open_streams() -> None:
    """Give the null device to each standard stream that was closed before we were started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115  open to the end
            setattr(sys, name, null)


def _close_output() -> None:
    """Leave nothing that the interpreter would try to write, and complain of, at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(what: str) -> None:
    from cs_aws_janitor.cli import printing

    with suppress(OSError):
        printing.show_error(what)


def _tell_fault(error: Exception) -> None:
    """A fault of our own: one line for whoever runs it, the traceback for whoever mends it."""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        # The ledger, plans and settings have errors of their own: this is what we print.
        _say(f"its output cannot be written: {error.strerror}")
        return
    from cs_aws_janitor.shared.logs import log

    log.debug("command.broke", exc_info=error)
    what = " ".join(str(error).split())
    _say(
        f"a fault of its own ({type(error).__name__}: {what}). "
        "Run it again with -vv and report what it prints"
    )
