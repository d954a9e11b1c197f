"""Tasks as files that people read and tick off: a folder for each customer, a file for each task.

A file begins with a line for each fact; below them stand the notes, which belong to whoever works
with them: a task that changes gets new facts, and its notes are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from cs_aws_janitor.customers.sinks._sink import Receipt
from cs_aws_janitor.customers.sinks._writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.shared.pathlike import Pathlike

LONGEST = 240  # bytes of a file's name
SAFE = " @+,="  # what stands in a name as it is, besides letters, digits and _.-~


@dataclass(frozen=True, slots=True)
class FileSink:
    """The files under `folder`."""

    folder: Pathlike

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Write the file of each task."""
        for task in tasks:
            yield self._write(task.key, _facts(task), _notes(task))

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Say in the file of each task that it is withdrawn; notes in it are kept."""
        for delivery in deliveries:
            facts = {"Task": delivery.title, "Key": delivery.key, "Status": "withdrawn"}
            yield self._write(delivery.key, facts, "")

    def path(self, key: str) -> Pathlike:
        """Where the task of that key stands."""
        owner, *rest = (quote(part, safe=SAFE) for part in key.split("/"))
        return self.folder / _short(owner) / f"{_short('.'.join(rest))}.md"

    def _write(self, key: str, facts: dict[str, str], notes: str) -> Receipt:
        path = self.path(key)
        head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in facts.items())
        try:
            kept = _kept(path)
            text = f"{head}\n{notes if kept is None else kept}"
            write_whole(path, text.encode("utf-8", "replace"))
        except OSError as error:
            return Receipt(key, why=f"{path} cannot be written: {error.strerror}")
        return Receipt(key, str(path))


def _short(name: str) -> str:
    # Names that are cut stay different: what is cut off goes into them as a number.
    if len(name) <= LONGEST:
        return f"%2E{name[1:]}" if name.startswith(".") else name
    import hashlib  # noqa: PLC0415  hardly ever needed

    return f"{name[: LONGEST - 20]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _kept(path: Pathlike) -> str | None:
    """What stands below the facts of a file that is there already."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    return text.replace("\r\n", "\n").partition("\n\n")[2]


def _facts(task: Task) -> dict[str, str]:
    facts = {
        "Task": task.title,
        "Due": f"{task.due}",
        "Opens": f"{task.opens}",
        "Assignee": task.assignee or "nobody",
        "To": task.to or "",
        "Cc": ", ".join(task.cc),
        "Key": task.key,
    }
    return {name: value for name, value in facts.items() if value}


def _notes(task: Task) -> str:
    if task.to:
        return "\n\n".join(task.notes) + "\n"
    return "".join(f"- [ ] {note}\n" for note in task.notes)
