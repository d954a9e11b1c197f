"""The command `janitor`: parse, wire, call, print. No rule lives here.

Each command is a module of this package, imported only when it is asked for; the modules
import what is heavy (boto3, pydantic, rich) inside their functions, so that help stays fast.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from cs_aws_janitor import __version__
from cs_aws_janitor.shared.errors import DONE, INTERRUPTED, PARTLY, REFUSED, JanitorError

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
    "config": "config",
    "demo": "demo",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are first named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


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
    try:
        code = janitor.main(standalone_mode=False)
    except JanitorError as error:
        click.echo(f"janitor: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = REFUSED
    except (click.Abort, KeyboardInterrupt):
        click.echo("janitor: interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except Exception as error:  # noqa: BLE001  the last boundary: nobody is shown a traceback
        _tell_fault(error)
        code = PARTLY
    sys.exit(code or DONE)


def _tell_fault(error: Exception) -> None:
    """A fault of our own: one line for whoever runs it, the traceback for whoever mends it."""
    import structlog

    from cs_aws_janitor.shared import logs

    if not structlog.is_configured():
        logs.configure(0)
    structlog.get_logger().debug("command.broke", exc_info=error)
    what = " ".join(str(error).split())
    click.echo(
        f"janitor: a fault of its own ({type(error).__name__}: {what}). "
        "Run it again with -vv and report what it prints",
        err=True,
    )
