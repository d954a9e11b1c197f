"""Writes docs/kinds, a page for each kind of resource, from what the kind says of itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.permissions import COMMANDS

if TYPE_CHECKING:
    from cs_aws_janitor.resources.kinds._kind import Kind

FOLDER = Path(__file__).with_suffix("")
INDEX = "README"
HEAD = "# Kinds of resources\n\nWritten by `make docs` from what each kind says of itself.\n\n"
MARKED = "it has no switch: on its Expiration it is only marked, and its days begin"


def pages() -> dict[str, str]:
    """Every page by the name of its file, with the index of all."""
    rows = "".join(f"| [{k.title}]({k.name}.md) | `{k.name}` | {_about(k)} |\n" for k in _kinds())
    index = f"{HEAD}| Kind | Name in `kinds` | In one sentence |\n|---|---|---|\n{rows}"
    return {INDEX: index, **{kind.name: _page(kind) for kind in _kinds()}}


def _kinds() -> list[Kind]:
    return sorted(KINDS.values(), key=lambda kind: kind.name)


def _page(kind: Kind) -> str:
    facts = "".join(f"| {what} | {how} |\n" for what, how in _facts(kind).items())
    mind = "".join(f"- {note}\n" for note in kind.notes)
    return (
        f"# {kind.title}\n\n`{kind.name}`: {_about(kind)}.\n"
        f"\n| Question | Answer |\n|---|---|\n{facts}"
        + (f"\n## To mind\n\n{mind}" if mind else "")
        + f"\n## What it asks of AWS\n\n| For | IAM actions |\n|---|---|\n{_actions(kind)}"
        + "\n`janitor permissions` prints them as a policy, narrowed down to what is needed.\n"
    )


def _about(kind: Kind) -> str:
    """The first sentence of the file, without the name of the kind before it."""
    said = _sentence(sys.modules[f"cs_aws_janitor.resources.kinds.{kind.name}"].__doc__)
    return said.partition(": ")[2] or said


def _facts(kind: Kind) -> dict[str, str]:
    restore = kind.restore
    own = "its own protection; a `Permanent` tag says why"
    facts = {
        "Shut off": "yes" if kind.shut_off else MARKED,
        "Backed up": _backed_up(kind),
        "Permanent by": own if kind.protect else "a `Permanent` tag that says why",
        "Back by `janitor restore`": f"no: {restore}" if isinstance(restore, str) else "yes",
    }
    if kind.give_back:
        facts["Given back by `janitor extend`, `keep`, `restore`"] = "what its shut-off took"
    if kind.created_by:
        made_by = ", ".join(f"`{event}`" for event in sorted(kind.created_by))
        facts["Creator by CloudTrail"] = f"where `owners.cloudtrail` is on: who called {made_by}"
    arns = (re.sub(r"[{}]", "", arn.replace("{partition}", "aws")) for arn in kind.arns)
    return {**facts, "Named by its ARN": ", ".join(f"`{arn}`" for arn in arns)}


def _backed_up(kind: Kind) -> str:
    if kind.backups is None:
        return "no"
    last = "AWS makes a last backup and ends it once that is complete"
    return last if kind.backups.last_act else "yes; it ends once that is complete"


def _actions(kind: Kind) -> str:
    """In the order in which the commands name their duties."""
    duties = dict.fromkeys(duty for command in COMMANDS.values() for duty in command.duties)
    return "".join(
        f"| {duty.replace('_', ' ')} | {', '.join(f'`{one}`' for one in sorted(actions))} |\n"
        for duty in duties
        if (actions := kind.permissions.get(duty))
    )


def _sentence(text: str | None) -> str:
    return " ".join((text or "").strip().partition("\n\n")[0].split()).rstrip(".")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.md"):
        stale.unlink()
    for name, text in pages().items():
        FOLDER.joinpath(f"{name}.md").write_text(text, encoding="utf-8")
