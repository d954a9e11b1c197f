"""The installed command tells owners in Slack: what the workspace then shows, once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fake_server import BROKEN, BUSY, FINE, LOST, RESET, serving
from tests.fake_slack import CHANNEL, HOOK, TOKEN, FakeSlack, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blackbox.janitor import Janitor, Said

OWNERS = """
[[owner]]
initials = "jd"
slack = "U1"
[[owner]]
initials = "mk"
"""
SETTINGS = """
owners.file = "owners.toml"
notify.weekly = ""
limits.shut_off = {{count = 9, share = 1.0}}
[notify.slack]
by = "{}"
url = "{}"
"""
SEND = "chat.postMessage"


class Team:
    """A janitor whose words go to a workspace."""

    def __init__(self, janitor: Janitor, slack: FakeSlack, url: str) -> None:
        self.janitor = janitor
        self.slack = slack
        self.url = url
        self.account = janitor.account
        self.secrets = {"SLACK_BOT_TOKEN": TOKEN}
        self.by("bot", f'channel = "{CHANNEL}"\n')
        (janitor.home / "owners.toml").write_text(OWNERS, encoding="utf-8")

    def by(self, way: str, more: str = "") -> None:
        """Be told so from now on."""
        plain = self.janitor.settings.partition("\nowners.file")[0]
        self.janitor.settings = plain + SETTINGS.format(way, self.url) + more

    def __call__(self, *words: str) -> Said:
        """Run it."""
        return self.janitor(*words, **self.secrets)

    def run(self) -> Said:
        """A run of cron."""
        return self("run", "--yes")


@pytest.fixture(name="team")
def team_(janitor: Janitor) -> Iterator[Team]:
    """A team that is told by a bot."""
    slack = FakeSlack(clock=1_796_000_000)  # 2026-11-30: after what the tests have happen
    with serving(slack) as url:
        yield Team(janitor, slack, url)


def test_each_owner_has_a_thread_of_a_day(team: Team) -> None:
    """One person in their own conversation, who has no id in the channel; each once."""
    boxes = [team.account.launch(name) for name in ("jd-a", "jd-b", "mk-c")]
    assert team.run().code == 0
    assert team.slack.messages == []
    team.account.travel(days=7)
    assert team.run().code == 0
    assert [(head["channel"], said(head).splitlines()[0]) for head in team.slack.heads] == [
        ("DU1", "Janitor for jd: 2 expiring"),
        (CHANNEL, "Janitor for mk: 1 expiring"),
    ]
    for head, own in zip(team.slack.heads, (boxes[:2], boxes[2:]), strict=True):
        _, reply = team.slack.thread(head["ts"])
        for box in own:
            assert f"`janitor extend {box} --days 14`" in said(reply)
    assert team.run().code == 0
    assert len(team.slack.messages) == 4


def test_a_later_run_of_the_day_answers_the_same_message(team: Team) -> None:
    """What comes up in the afternoon hangs below what was told in the morning."""
    team.account.launch("jd-a")
    team.run()
    team.account.travel(days=1)
    team.account.launch("jd-b")
    team.run()
    team.account.travel(days=6)
    team.run()
    assert team("extend", "jd-b", "--until", "2026-12-02").code == 0
    assert team.run().code == 0
    (head,) = team.slack.heads
    first, second = team.slack.thread(head["ts"])[1:]
    assert ("jd-a" in said(first), "jd-b" in said(second)) == (True, True)
    assert (first["reply_broadcast"], second["reply_broadcast"]) == (False, True)


@pytest.mark.parametrize("way", ["bot", "webhook"])
@pytest.mark.parametrize("happens", ["429 3600", BROKEN, RESET])
def test_what_could_not_be_sent_is_sent_by_the_next_run(team: Team, way: str, happens: str) -> None:
    """The run says so and exits with 1; nothing is lost, and nothing is sent twice."""
    if way == "webhook":
        team.by(way)
        team.secrets = {"SLACK_WEBHOOK_URL": team.url + HOOK}
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.slack.faults = [(SEND if way == "bot" else HOOK, happens)]
    told = team.run()
    assert told.code == 1
    assert "its owner was not told by slack: Slack " in " ".join(told.out.split())
    assert team.slack.messages == []
    for _ in range(2):
        assert team.run().code == 0
        assert len(team.slack.messages) == (2 if way == "bot" else 1)


@pytest.mark.parametrize("happens", [BUSY, LOST])
@pytest.mark.parametrize("before", [0, 1])
def test_what_can_be_mended_is_mended_within_a_run(team: Team, happens: str, before: int) -> None:
    """A short pause is kept; a message whose answer was lost is found."""
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.slack.faults = [(SEND, FINE)] * before + [(SEND, happens)]
    assert team.run().code == 0
    assert len(team.slack.messages) == 2
    assert team.run().code == 0
    assert len(team.slack.messages) == 2


def test_a_digest_of_hundreds_comes_in_parts(team: Team) -> None:
    """Every resource stands in one of them; of a torn one the next run sends the rest."""
    count = 120
    for n in range(count):
        team.account.launch(f"jd-{n:03}<&>{'x' * 90}")
    team.run()
    team.account.travel(days=7)
    team.slack.faults = [*[(SEND, FINE)] * 2, (SEND, BROKEN)]
    assert team.run().code == 1
    assert team.run().code == 0
    shown = "\n".join(said(message) for message in team.slack.messages)
    for n in range(count):
        assert shown.count(f"jd-{n:03}&lt;&amp;&gt;") == 1
    assert len(team.slack.heads) == 1


def test_a_preview_needs_no_token(team: Team) -> None:
    """It says to whom what would go; the run then says what is missing, and sends nothing."""
    team.secrets = {"SLACK_BOT_TOKEN": ""}
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    told = team("notify", "--preview")
    assert told.code == 0
    assert told.out.startswith("By slack, to U1:\nJanitor for jd: 1 expiring\n")
    refused = team("notify")
    assert refused.code == 1
    assert (
        "the variable SLACK_BOT_TOKEN is not set. notify.slack.token_from names it: set it"
        in refused.err
    )


def test_a_token_may_stand_in_a_file(team: Team) -> None:
    """Which a variable names; a file that is not there is told."""
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.secrets = {"SLACK_BOT_TOKEN_FILE": str(team.janitor.home / "token")}
    assert "which SLACK_BOT_TOKEN_FILE names, cannot be read (No such file" in team("notify").err
    (team.janitor.home / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    assert team("notify").out == "Told: 1 thing.\n"
    assert len(team.slack.messages) == 2
