"""Tasks as issues of a project in GitLab, each with its due date, assignee and labels.

The description belongs to whoever works with the issue, so a change leaves it as it is. What has
been closed stays closed, unless its task comes again with another due date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.customers.sinks._people import UNKNOWN
from cs_aws_janitor.customers.sinks._receipts import receipt
from cs_aws_janitor.shared.notify import NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cs_aws_janitor.customers.gitlab_project import Project
    from cs_aws_janitor.customers.sinks._people import Directory
    from cs_aws_janitor.customers.sinks._sink import Receipt
    from cs_aws_janitor.customers.task import Delivery, Task

WITHDRAWN = "withdrawn"  # the label of what is not called for any more
LONGEST_TITLE = 255


@dataclass(frozen=True, slots=True)
class GitLabSink:
    """The issues of `project`, with `labels`, for the people in `directory`."""

    project: Project
    directory: Directory
    labels: tuple[str, ...] = ()

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:
        """Create the issue of each task, or change the one that bears its key."""
        for task in tasks:
            yield receipt(task.key, partial(self._put, task))

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:
        """Close the issue of each task, labelled as withdrawn; one that is gone is taken back."""
        for delivery in deliveries:
            yield receipt(delivery.key, partial(self._withdraw, delivery.key))

    def _put(self, task: Task) -> str:
        shown = {
            "title": " ".join(task.title.split())[:LONGEST_TITLE],
            "due_date": f"{task.due}",
            "assignee_ids": self._assignees(task),
        }
        issue = self.project.find(task.key)
        if issue is None:
            labels = ",".join((*self.labels, task.playbook))
            issue = self.project.create(task.key, _description(task), labels=labels, **shown)
        elif changes := _changes(issue, shown):
            self.project.change(issue, **changes)
        return str(issue.web_url)

    def _assignees(self, task: Task) -> list[int]:
        if task.assignee is None:
            return []
        name = self.directory.username(task.assignee)
        user = self.project.user(name)
        if user is None:
            raise NotSentError(f"GitLab has no user {name!r}; {UNKNOWN}")
        return [user]

    def _withdraw(self, key: str) -> str:
        issue = self.project.find(key)
        if issue is None:
            return ""
        if issue.state == "opened":
            self.project.change(issue, state_event="close", add_labels=WITHDRAWN)
        return str(issue.web_url)


def _changes(issue: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """What of `shown` an issue does not show; nothing where it is right as it is."""
    there = {
        "title": issue.title,
        "due_date": issue.due_date,
        "assignee_ids": [each["id"] for each in issue.assignees],
    }
    changes = {name: value for name, value in shown.items() if there[name] != value}
    withdrawn = WITHDRAWN in issue.labels
    if issue.state == "closed" and (withdrawn or "due_date" in changes):
        changes["state_event"] = "reopen"
    if withdrawn:
        changes["remove_labels"] = WITHDRAWN
    return changes


def _description(task: Task) -> str:
    if task.to:
        cc = f" (cc {', '.join(task.cc)})" if task.cc else ""
        return "\n\n".join((f"A mail to {task.to}{cc}:", *task.notes))
    lines = [f"From {task.opens} to {task.due}.", "", *(f"- [ ] {note}" for note in task.notes)]
    return "\n".join(lines)
