"""Writes docs/commands.md from the help of the commands themselves: `make docs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import janitor

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_suffix(".md")
WIDTH = 100
HEAD = """# Commands

Written from the commands' own help by `make docs`; `janitor COMMAND --help` says the same.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(name, text) for name, text in _helps(janitor, None, "janitor"))


def _helps(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command, parent=parent, info_name=name, terminal_width=WIDTH, **command.context_settings
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            found = command.get_command(context, each)
            if found:
                yield from _helps(found, context, each)


def _section(name: str, text: str) -> str:
    return f"\n## {name}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
