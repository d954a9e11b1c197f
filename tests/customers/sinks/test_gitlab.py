"""Tasks as issues in GitLab, spoken to over sockets: once each, whatever the network does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.customers.gitlab_project import Project, mark
from cs_aws_janitor.customers.sinks._people import Directory
from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.customers.sinks.gitlab import WITHDRAWN, GitLabSink
from cs_aws_janitor.customers.task import delivered
from tests.customers.fake_gitlab import PROJECT, TOKEN, FakeGitLab
from tests.customers.making import day
from tests.customers.sinks.test_files import TASK
from tests.fake_server import BROKEN, BUSY, LOST, RESET, SLOW, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = Directory(usernames={"Jo": "jo", "Al": "al"})


@pytest.fixture
def server() -> FakeGitLab:
    """GitLab without issues."""
    return FakeGitLab()


@pytest.fixture
def url(server: FakeGitLab) -> Iterator[str]:
    """Where it answers."""
    with serving(server) as url:
        yield url


@pytest.fixture
def sink(url: str) -> GitLabSink:
    """Its sink."""
    return connect(url)


def connect(url: str, token: str = TOKEN, path: str = PROJECT) -> GitLabSink:
    """A sink as a new process makes it."""
    project = Project(url, token, path, timeout=0.5)
    return GitLabSink(project, PEOPLE, ("Customers",))


def test_a_task_is_an_issue(server: FakeGitLab, sink: GitLabSink) -> None:
    """Title, due date, labels, assignee by username, notes to tick off, and the key."""
    (receipt,) = sink.put([TASK])
    (issue,) = server.issues
    assert receipt == Receipt(TASK.key, issue["web_url"])
    assert (issue["title"], issue["due_date"]) == (TASK.title, "2026-01-16")
    assert issue["labels"] == ["Customers", "account-onboarding"]
    assert issue["assignees"] == [{"id": 7}]
    assert "\n- [ ] Introduce yourself\n" in issue["description"]
    assert f"\n`{TASK.key}`\n{mark(TASK.key)}\n" in issue["description"]


def test_what_is_there_is_not_created_again(server: FakeGitLab, sink: GitLabSink) -> None:
    """Found by its key on whatever page of the search, open or closed, and left as it is."""
    mentions = {"title": "about it", "labels": "", "description": f"see:{mark(TASK.key)}"}
    server.issues += [{**mentions, "iid": n} for n in (11, 12, 13)]
    list(sink.put([TASK]))
    server.issues[-1]["state"] = "closed"
    before = [dict(each) for each in server.issues]
    list(sink.put([TASK]))
    assert server.issues == before
    assert (server.asked("POST"), server.asked("PUT")) == (1, 0)


def test_a_change_leaves_the_description(server: FakeGitLab, sink: GitLabSink) -> None:
    """Due date and assignee are new; what was ticked off and written stays."""
    list(sink.put([TASK]))
    (issue,) = server.issues
    issue["description"] = issue["description"].replace("[ ]", "[x]")
    kept = issue["description"]
    list(sink.put([TASK._replace(due=day("2026-01-20"), assignee="Al")]))
    assert (issue["due_date"], issue["assignees"]) == ("2026-01-20", [{"id": 8}])
    assert issue["description"] == kept
    assert len(server.issues) == 1


def test_what_was_finished_comes_again_with_another_date(
    server: FakeGitLab, sink: GitLabSink
) -> None:
    """A closed issue is opened again for another due date only."""
    list(sink.put([TASK]))
    (issue,) = server.issues
    issue["state"] = "closed"
    list(sink.put([TASK._replace(assignee=None)]))
    assert issue["state"] == "closed"
    list(sink.put([TASK._replace(due=day("2026-02-20"))]))
    assert issue["state"] == "opened"


def test_what_is_withdrawn_is_closed_and_may_come_again(
    server: FakeGitLab, sink: GitLabSink
) -> None:
    """Closed with a label, once; back again, it is open without it."""
    list(sink.put([TASK]))
    (issue,) = server.issues
    taken = replace(delivered(TASK), withdrawn=True)
    for _ in range(2):
        assert [receipt.why for receipt in sink.withdraw([taken])] == [None]
    assert (issue["state"], issue["labels"].count(WITHDRAWN)) == ("closed", 1)
    list(sink.put([TASK]))
    assert (issue["state"], issue["labels"].count(WITHDRAWN)) == ("opened", 0)


def test_an_issue_that_is_gone_is_taken_back(sink: GitLabSink) -> None:
    """What nobody finds any more needs no closing."""
    assert list(sink.withdraw([delivered(TASK)])) == [Receipt(TASK.key)]


def test_nobody_of_that_name(server: FakeGitLab, sink: GitLabSink) -> None:
    """That task says so and stays due; the next one goes on."""
    refused, done = sink.put([TASK._replace(assignee="Mo", key="a/b/c/d"), TASK])
    assert refused.why == (
        "GitLab has no user 'Mo'; name them in [customers.people] of the settings"
    )
    assert done.why is None
    assert len(server.issues) == 1


def test_words_that_gitlab_would_obey(server: FakeGitLab, sink: GitLabSink) -> None:
    """A line that begins with a slash is no quick action."""
    list(sink.put([TASK._replace(notes=("a\n/close\n  /assign @al",))]))
    lines = server.issues[0]["description"].splitlines()
    assert not [line for line in lines if line.lstrip().startswith("/")]


@pytest.mark.parametrize(("token", "path", "why"), [
    ("wrong", PROJECT, "its token is not valid. Renew it"),
    (TOKEN, "team/other", "there is no such project, or its token does not see it. Check its path"),
])  # fmt: skip
def test_what_no_task_gets_past(
    server: FakeGitLab, url: str, token: str, path: str, why: str
) -> None:
    """A token or a project that is not valid ends it at once, in one line without the token."""
    task = TASK._replace(assignee=None)
    with pytest.raises(SinkError) as raised:
        list(connect(url, token, path).put([task, task]))
    assert str(raised.value) == f"GitLab project {path}: {why}"
    assert len(server.requests) == 1


@pytest.mark.parametrize("happens", [BUSY, BROKEN, RESET, SLOW])
@pytest.mark.parametrize("at", ["GET /api/v4/users", "issues"])
def test_what_only_reads_is_asked_again(
    server: FakeGitLab, sink: GitLabSink, at: str, happens: str
) -> None:
    """Looking for a user or an issue outlives one fault of any sort."""
    server.faults = [(at, happens)]
    assert [receipt.why for receipt in sink.put([TASK])] == [None]
    assert len(server.issues) == 1


def test_a_pause_before_creating_is_kept(server: FakeGitLab, sink: GitLabSink) -> None:
    """429 means that nothing was created: it is asked for again after the pause."""
    server.faults = [("POST", "429 1")]
    assert [receipt.why for receipt in sink.put([TASK])] == [None]
    assert (len(server.issues), server.asked("POST")) == (1, 2)


@pytest.mark.parametrize("wait", ["3600", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_pause_of_hours_is_not_waited_for(
    server: FakeGitLab, sink: GitLabSink, wait: str
) -> None:
    """All that is left stays due until the next run."""
    server.faults = [("POST", f"429 {wait}")]
    with pytest.raises(SinkError, match="asks for too long a pause"):
        list(sink.put([TASK]))
    assert server.issues == []


@pytest.mark.parametrize("happens", [RESET, LOST, SLOW])
def test_an_answer_to_creating_that_is_lost(server: FakeGitLab, url: str, happens: str) -> None:
    """Creating is never repeated blindly: the next run looks, and there is one issue."""
    server.faults = [("POST", happens)]
    with pytest.raises(SinkError, match="no answer that can be read"):
        list(connect(url).put([TASK]))
    assert server.asked("POST") == 1
    assert [receipt.why for receipt in connect(url).put([TASK])] == [None]
    assert len(server.issues) == 1


def test_a_fault_while_creating_refuses_one_task(server: FakeGitLab, sink: GitLabSink) -> None:
    """500: that task stays due and says so, the next one is created."""
    server.faults = [("POST", BROKEN)]
    refused, done = sink.put([TASK, TASK._replace(key="a/b/c/d")])
    assert refused.why == f"GitLab project {PROJECT}: it answers 500 oops"
    assert done.why is None
