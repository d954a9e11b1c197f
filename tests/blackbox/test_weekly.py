"""The installed command sends the owner of an account one summary a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.blackbox.test_notices import BY_MAIL, MAIL, OWNERS, Team
from tests.fake_server import BROKEN, FINE, serving
from tests.fake_slack import CHANNEL, TOKEN, FakeSlack, said
from tests.post_server import office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blackbox.janitor import Janitor

SUNDAY = "2026-W47"  # of which week the clock of the account begins


@pytest.fixture(name="team")
def team_(janitor: Janitor) -> Iterator[Team]:
    """A team that is told by mail, and of each week from Monday on, as is usual."""
    (janitor.home / "owners.toml").write_text(OWNERS, encoding="utf-8")
    janitor.settings += MAIL.replace('notify.weekly = ""\n', "") + BY_MAIL
    with office() as post:
        yield Team(janitor, post)


def test_a_week_is_told_once(team: Team) -> None:
    """By the first run from that day on that gets through; the next week has its own."""
    box = team.account.launch("jd-box")
    team.account.launch("zz-box")
    team.post.next = [500] * 2
    assert team.run().code == 1
    assert team.run().code == 0
    assert f"Janitor for ops: {SUNDAY} of account 123456789012" in dict(team.mails()).values()
    for _ in range(3):
        assert (team.run().code, team.mails()) == (0, [])
    team.account.travel(days=9)  # Monday's run was missed
    assert team.run().code == 0
    (text,) = (each for each in team.post.texts if "2026-W49" in each)
    assert "- 2 resources: 2 expiring\n" in text
    assert f"- jd-box ({box}), ec2_instance in eu-west-1 of 123456789012: 2026-12-06, jd:" in text
    assert "Owners that nobody knows\n- zz: 1 resource: add them to the file of owners" in text
    team.mails()
    for _ in range(2):
        team.account.travel(days=1)
        team.run()
        assert [what for _, what in team.mails() if "W49" in what] == []


def test_what_was_done_and_saved_is_told(team: Team) -> None:
    """Of the seven whole days before the day of the week, from the ledger."""
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=14)
    team.run()
    team.account.travel(days=1)
    team.post.sent.clear()
    assert team.run().code == 0
    (text,) = (each for each in team.post.texts if "2026-W50" in each)
    assert "From 2026-11-30 until 2026-12-07\n- Shut off or marked: 1 resource\n" in text
    assert "- jd: 1 terminated\n" in text


def test_a_part_of_the_account_is_not_told_of(team: Team) -> None:
    """A run that is narrowed by region or kind leaves it to one that looks at all."""
    team.account.launch("jd-box")
    assert team("run", "--yes", "--region", "eu-west-1").code == 0
    assert team("run", "--yes", "--kind", "ec2_instance").code == 0
    assert team("notify", "--owner", "jd").code == 0
    assert team.mails() == []
    assert team("notify").out == "Told: 1 thing.\n"
    assert len(team.mails()) == 1


def test_it_can_be_looked_at_before(team: Team) -> None:
    """Whether it is due or not; nothing is sent, and nothing is remembered."""
    team.janitor.settings += 'notify.weekly = ""\n'
    team.account.launch("jd-box")
    assert team("notify", "--preview").out == "Nothing is due to be told.\n"
    shown = team("notify", "--preview", "--week")
    assert shown.out.startswith(f"By email, to ops@example.com:\nJanitor for ops: {SUNDAY} of")
    assert team.mails() == []
    for wrong in (("--week",), ("--preview", "--week", "--owner", "jd")):
        assert "--week goes with --preview" in team("notify", *wrong).misuse


def test_in_slack_it_is_a_thread_in_the_channel(janitor: Janitor) -> None:
    """Its head says how it stands; a torn one is made whole by the next run."""
    slack = FakeSlack(clock=1_796_000_000)
    (janitor.home / "owners.toml").write_text(OWNERS, encoding="utf-8")
    with serving(slack) as url:
        janitor.settings += MAIL.replace('notify.weekly = ""\n', "")
        janitor.settings += f'[notify.slack]\nby = "bot"\nurl = "{url}"\nchannel = "{CHANNEL}"\n'
        janitor.account.launch("jd-box")
        send = "chat.postMessage"
        slack.faults = [(send, FINE), (send, BROKEN)]
        assert janitor("run", "--yes", SLACK_BOT_TOKEN=TOKEN).code == 1
        assert janitor("run", "--yes", SLACK_BOT_TOKEN=TOKEN).code == 0
        assert janitor("run", "--yes", SLACK_BOT_TOKEN=TOKEN).code == 0
    head, reply = slack.messages
    assert (head["channel"], reply["thread_ts"]) == (CHANNEL, head["ts"])
    assert "*As it stands*\n• *1 resource*: 1 new\n`janitor report`" in said(head)
    assert "Ends in the next 7 days" in said(reply)
