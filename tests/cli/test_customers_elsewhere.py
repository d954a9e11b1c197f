"""Customers and the places beyond this machine, as whoever starts the commands sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cs_aws_janitor.shared.logs import log
from tests.cli.test_customers import BOOK, SETTINGS, code, customers, shown
from tests.customers.fake_gitlab import PROJECT, TOKEN, FakeGitLab
from tests.fake_server import BROKEN, LOST, serving
from tests.fake_slack import TOKEN as SLACK_TOKEN
from tests.fake_slack import FakeSlack
from tests.fake_smtp import HOST, FakeSmtp, taking_mails

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = {
    "--outcome": "All of their builds run in GitLab",
    "--infrastructure": "Self-managed on three nodes",
    "--challenges": "Two hundred pipelines elsewhere",
}
UNSET = "the variable GITLAB_TOKEN is not set. customers.gitlab.token_from names it: set it"
WORDS = [word for pair in PARTS.items() for word in pair]


@pytest.fixture
def server() -> FakeGitLab:
    """GitLab without issues."""
    return FakeGitLab()


@pytest.fixture(autouse=True)
def _in_a_folder(
    server: FakeGitLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    with serving(server) as url:
        gitlab = f'[customers.gitlab]\nurl = "{url}"\nproject = "{PROJECT}"\n'
        people = '[customers.people]\nJo = {gitlab = "jo"}\n'
        settings = f'{SETTINGS}sink = "gitlab"\n{gitlab}{people}'
        (tmp_path / "janitor.toml").write_text(settings, encoding="utf-8")
        (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("JANITOR_CONFIG", raising=False)
        monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
        yield
    log.configure(0)


def test_a_request_is_an_issue_once(server: FakeGitLab) -> None:
    """Labelled SA Backlog; the same request again is the same issue."""
    for _ in range(2):
        done = customers("request", "--customer", "acme", *WORDS, today=None)
        assert code(done) == 0
        assert done.stdout == f"SA request: Acme GmbH: {server.issues[0]['web_url']}\n"
    (issue,) = server.issues
    assert issue["labels"] == ["SA Backlog"]
    for part in ("## Outcome", "## Infrastructure", "## Challenges", *PARTS.values()):
        assert part in issue["description"]


def test_a_plan_of_a_request_sends_nothing(server: FakeGitLab) -> None:
    """It shows the issue, without a word to GitLab."""
    done = customers("request", "--customer", "acme", *WORDS, "--plan", today=None)
    assert done.stdout.startswith("SA request: Acme GmbH\nLabel: SA Backlog\n\n## Outcome\n")
    asked = ("request", "--customer", "acme", *WORDS, "--plan", "--format", "json")
    body = json.loads(customers(*asked, today=None).stdout)
    assert (body["labels"], body["url"]) == (["SA Backlog"], None)
    assert server.requests == []


@pytest.mark.parametrize(("words", "why"), [
    (WORDS[:4], "the request is not whole: challenges is missing. Say it in words"),
    (
        ["--outcome", " ", *WORDS[2:4]],
        ("the request is not whole: outcome is missing; challenges is missing. "
        "Say it in words"),
    ),
])  # fmt: skip
def test_a_request_that_is_not_whole(server: FakeGitLab, words: list[str], why: str) -> None:
    """One line says all that is missing; nothing is sent."""
    done = customers("request", "--customer", "acme", *words, today=None)
    assert (code(done), str(done.exception)) == (2, why)
    assert server.requests == []


def test_a_request_for_nobody() -> None:
    """A customer that is not there, with the one that was probably meant."""
    done = customers("request", "--customer", "acne", *WORDS, today=None)
    assert str(done.exception) == "there is no customer 'acne'. Did you mean 'acme'?"


def test_a_request_without_a_token(server: FakeGitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that should hold it is named."""
    monkeypatch.delenv("GITLAB_TOKEN")
    done = customers("request", "--customer", "acme", *WORDS, today=None)
    assert (code(done), str(done.exception)) == (2, UNSET)
    assert server.requests == []


def test_a_sink_without_a_token_stops_no_other(
    server: FakeGitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tasks stay due and name the variable, exit code 1; other sinks go on."""
    monkeypatch.delenv("GITLAB_TOKEN")
    done = customers("run", "--format", "json")
    outcomes = json.loads(done.stdout)["outcomes"]
    assert code(done) == 1
    assert {(each["sink"], each["result"], each["why"]) for each in outcomes} == {
        ("file", "done", None),
        ("gitlab", "failed", UNSET),
    }
    assert server.requests == []


def test_a_run_into_gitlab_creates_each_issue_once(server: FakeGitLab) -> None:
    """What one run could not create, or did not hear of, the next one settles; then it is quiet."""
    server.faults = [("POST", BROKEN), ("POST", LOST)]
    done = customers("run", "--format", "json")
    assert code(done) == 1
    assert "it answers 500" in done.stdout
    assert TOKEN not in done.output
    outcomes = shown("run")["outcomes"]
    assert {each["result"] for each in outcomes} == {"done"}
    assert shown("run")["outcomes"] == []
    titles = [issue["title"] for issue in server.issues]
    assert len(titles) == len(set(titles)) > 3


def test_a_run_that_recorded_nothing_makes_no_second_issue(
    server: FakeGitLab, tmp_path: Path
) -> None:
    """Cut off between every delivery and its record: all of it is found by its key."""
    shown("run")
    before = [dict(issue) for issue in server.issues]
    (tmp_path / "customers.jsonl").unlink()
    assert {each["result"] for each in shown("run")["outcomes"]} == {"done"}
    assert server.issues == before


def test_a_run_into_slack_sends_each_message_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sink is a setting; a second run sends nothing."""
    slack = FakeSlack()
    monkeypatch.setenv("SLACK_BOT_TOKEN", SLACK_TOKEN)
    with serving(slack) as url:
        people = '[customers.people]\nJo = {email = "jo@example.com"}\n'
        own = f'sink = "slack"\n[customers.slack]\nenabled = true\nurl = "{url}"\n{people}'
        (tmp_path / "janitor.toml").write_text(SETTINGS + own, encoding="utf-8")
        done = customers("run")
        sent = len(slack.messages)
        assert sent >= 3
        again = shown("run")["outcomes"]
        (tmp_path / "customers.jsonl").unlink()
        customers("run")  # as if each message had been sent, and none recorded
    assert code(done) == 1
    assert {(each["result"], each["why"]) for each in again} == {
        ("failed", "nobody has it, so nobody can be told")
    }
    assert len(slack.messages) == sent
    assert SLACK_TOKEN not in done.output


def test_mails_go_out_by_smtp_once(tmp_path: Path) -> None:
    """To each admin with the CSM in cc; tasks go elsewhere, and a second run is quiet."""
    post = FakeSmtp()
    with taking_mails(post) as port:
        own = f'server = "{HOST}"\nport = {port}\nstarttls = false\nsender = "cs@example.com"\n'
        people = '[customers.people]\nJo = {email = "jo@example.com"}\n'
        text = f'{SETTINGS}mails = "mail"\n[customers.mail]\n{own}{people}'
        (tmp_path / "janitor.toml").write_text(text, encoding="utf-8")
        outcomes = shown("run")["outcomes"]
        assert shown("run")["outcomes"] == []
    assert {each["sink"] for each in outcomes} == {"file", "mail"}
    assert len(post.mails) == sum(each["sink"] == "mail" for each in outcomes) > 0
    for recipients, _ in post.mails:
        assert recipients == ["ann@acme.example", "jo@example.com"]


def test_a_mail_server_that_is_not_there(tmp_path: Path) -> None:
    """Mails stay due and say so, exit code 1; tasks of other sinks are put all the same."""
    with taking_mails(FakeSmtp()) as port:
        pass
    own = f'server = "{HOST}"\nport = {port}\nsender = "cs@example.com"\n'
    people = '[customers.people]\nJo = {email = "jo@example.com"}\n'
    text = f'{SETTINGS}mails = "mail"\n[customers.mail]\n{own}{people}'
    (tmp_path / "janitor.toml").write_text(text, encoding="utf-8")
    done = customers("run", "--format", "json")
    why = f"the mail server {HOST}, port {port}, cannot be reached (ConnectionRefusedError)"
    outcomes = json.loads(done.stdout)["outcomes"]
    assert code(done) == 1
    assert {(each["sink"], each["result"], each["why"]) for each in outcomes} == {
        ("file", "done", None),
        ("mail", "failed", why),
    }
    waiting = [each["sink"] for each in shown("plan")["tasks"] if each["status"] == "overdue"]
    assert set(waiting) <= {"mail"}
