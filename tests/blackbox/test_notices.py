"""Owners are told: one digest each, by mail and topic; and without a notice nothing ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.post_server import RESET, Office, office
from tests.strict import trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blackbox.janitor import Janitor, Said

OWNERS = """
[[owner]]
initials = "jd"
email = "jd@example.com"
[[owner]]
initials = "ops"
email = "ops@example.com"
"""
MAIL = """
limits.shut_off = {count = 9, share = 1.0}
limits.terminate = {count = 9, share = 1.0}
owners = {file = "owners.toml", fallback = "ops"}
notify.weekly = ""
"""
BY_MAIL = 'notify.email_from = "janitor@example.com"\n'
ENDED = {"shutting-down", "terminated"}
BY_TOPIC = 'notify.sns_topic = "arn:aws:sns:eu-west-1:123456789012:janitor"\n'


@pytest.fixture(name="post")
def post_() -> Iterator[Office]:
    """Where mails and digests of a topic are handed in."""
    with office() as opened:
        yield opened


@pytest.fixture(name="team")
def team_(janitor: Janitor, post: Office) -> Team:
    """A team that is told by mail."""
    (janitor.home / "owners.toml").write_text(OWNERS, encoding="utf-8")
    janitor.settings += MAIL + BY_MAIL
    return Team(janitor, post)


class Team:
    """A janitor whose words go to an office."""

    def __init__(self, janitor: Janitor, post: Office) -> None:
        self.janitor = janitor
        self.post = post
        self.account = janitor.account

    def __call__(self, *words: str) -> Said:
        """Run it."""
        url = self.post.url
        return self.janitor(*words, AWS_ENDPOINT_URL_SESV2=url, AWS_ENDPOINT_URL_SNS=url)

    def run(self) -> Said:
        """A run of cron."""
        return self("run", "--yes")

    def mails(self) -> list[tuple[str, str]]:
        """To whom and what about, since it was last asked."""
        found = [(each["to"][0], each["subject"]) for each in self.post.sent]
        self.post.sent.clear()
        return found


def test_a_life_as_its_owner_hears_of_it(team: Team) -> None:
    """Seven, three and one days before, the shut-off, the end; each once, and how to go on."""
    box = team.account.launch("jd-box")
    assert (team.run().code, team.mails()) == (0, [])
    for days in (7, 4, 2):
        team.account.travel(days=days)
        assert team.run().code == 0
        assert team.run().code == 0
        assert f"janitor extend {box} --days 14" in team.post.texts[0]
        assert team.mails() == [("jd@example.com", "Janitor for jd: 1 expiring")]
    team.account.travel(days=1)
    assert team.run().code == 0
    assert "is terminated on 2026-12-13" in team.post.texts[0]
    assert team.mails() == [("jd@example.com", "Janitor for jd: 1 shut off")]
    assert (team.run().code, team.mails()) == (0, [])
    team.account.travel(days=7)
    assert team.run().code == 0
    team.account.travel(minutes=30)
    assert team.run().code == 0
    assert team.account.state(box) in ENDED
    assert f"janitor restore {box}" in team.post.texts[0]
    assert team.mails() == [("jd@example.com", "Janitor for jd: 1 terminated")]
    assert (team.run().code, team.mails()) == (0, [])


def test_one_digest_for_each_owner(team: Team) -> None:
    """Never one message for each resource; what is nobody's goes to the fallback."""
    for name in ("jd-a", "jd-b", "JD-c", "zz-d"):
        team.account.launch(name)
    team.run()
    assert team.mails() == [("ops@example.com", "Janitor for ops: 1 to look at")]
    team.account.travel(days=7)
    assert team.run().code == 0
    assert team.mails() == [
        ("jd@example.com", "Janitor for jd: 3 expiring"),
        ("ops@example.com", "Janitor for ops: 1 expiring"),
    ]


def test_who_made_it_is_told_where_nobody_else_is_known(team: Team) -> None:
    """By what CloudTrail says, at an address of the team that no list has; `explain` says so."""
    asking = team.janitor.settings.replace('"ops"}', '"ops", cloudtrail = true}')
    team.janitor.settings = f"{asking}naming.grace = '2d'\n"
    box = team.account.launch(None)
    team.account.called(box, "RunInstances", trail.session("mk@example.com"))
    team.account.travel(minutes=20)
    assert team.run().code == 0
    said = team("explain", box)
    assert "owner           mk@example.com\n" in said.out
    role = "AWSReservedSSO_Admin_0123456789abcdef"
    how = f"mk@example.com, a session of the role {role}, by RunInstances (CloudTrail)"
    assert f"created by      {how}\n" in said.out
    assert team("explain", box, "--format", "json").json["creator"] == {
        "login": "mk@example.com",
        "means": f"a session of the role {role}",
        "event": "RunInstances",
    }
    when = "it has no Name tag; it is shut off on 2026-11-24, unless that is mended"
    assert when in team.post.texts[0]
    assert team.mails() == [("mk@example.com", "Janitor for mk@example.com: 1 to look at")]
    team.account.travel(days=1)
    assert (team.run().code, team.mails()) == (0, [])
    team.account.travel(days=1)
    assert team.run().code == 0
    assert team.account.state(box) == "stopped"
    assert team.mails() == [("mk@example.com", "Janitor for mk@example.com: 1 shut off")]


def test_a_later_date_is_told_anew(team: Team) -> None:
    """Whoever extends hears of the new date when that comes near."""
    box = team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.run()
    assert len(team.mails()) == 1
    assert team("extend", box, "--days", "2").code == 0
    assert (team.run().code, len(team.mails())) == (0, 0)
    team.account.travel(days=2)
    assert (team.run().code, len(team.mails())) == (0, 1)


@pytest.mark.parametrize("trouble", [429, 500, RESET])
def test_what_could_not_be_sent_is_sent_by_the_next_run(team: Team, trouble: int | str) -> None:
    """The run says so and exits with 1; nothing is lost, and nothing is sent twice."""
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.post.next = [trouble] * 4 if trouble == 429 else [trouble]
    said = team.run()
    assert said.code == 1
    assert "its owner was not told by email" in " ".join(said.out.split())
    assert team.mails() == []
    assert (team.run().code, len(team.mails())) == (0, 1)
    assert (team.run().code, len(team.mails())) == (0, 0)


def test_without_a_notice_nothing_ends(team: Team) -> None:
    """A shut-off that nobody could be told of is put off until two days after somebody was."""
    box = team.account.launch("jd-box")
    team.run()
    team.account.travel(days=14)
    team.post.next = [500]
    assert team.run().code == 1
    for _ in range(2):
        team.account.travel(days=7)
        team.post.next = [500]
        assert team.run().code == 1
        assert team.account.state(box) == "stopped"
    assert "its owner was not told yet" in team("explain", box).out
    assert team.run().code == 0
    assert team.mails() == [("jd@example.com", "Janitor for jd: 1 shut off")]
    team.account.travel(days=1, hours=23)
    assert team.run().code == 0
    assert team.account.state(box) == "stopped"
    team.account.travel(hours=2)
    team.run()
    team.account.travel(minutes=30)
    assert team.run().code == 0
    assert team.account.state(box) in ENDED


def test_a_plan_of_before_ends_nothing_without_a_notice(team: Team) -> None:
    """What was planned without a channel is decided on again before the end."""
    box = team.account.launch("jd-box")
    team.janitor.settings = team.janitor.settings.replace(BY_MAIL, "")
    team.run()
    team.account.travel(days=14)
    team.run()
    team.account.travel(days=8)
    assert team("plan", "--out", "plan.json").code == 0
    team.janitor.settings += BY_MAIL
    said = team("apply", "plan.json", "--yes", "--format", "json")
    assert (said.code, team.account.state(box)) == (1, "stopped")
    (outcome,) = [each for each in said.json["outcomes"] if each["id"] == box]
    assert outcome["result"] == "changed"
    assert "it is waiting now: " in outcome["why"]


def test_each_channel_is_told_once(team: Team) -> None:
    """One that failed sends it later; the other does not send it again."""
    team.janitor.settings += BY_TOPIC
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.post.next = [200, 500]
    assert team.run().code == 1
    assert [each["to"] for each in team.post.sent] == ["jd"]
    assert team.run().code == 0
    assert [each["to"] for each in team.post.sent] == ["jd", ["jd@example.com"]]
    assert team.run().code == 0
    assert len(team.post.sent) == 2


def test_a_preview_sends_nothing(team: Team) -> None:
    """It shows what would be sent to whom; the command without it sends just that."""
    box = team.account.launch("jd-box")
    assert "Nothing is due to be told." in team("notify", "--preview").out
    team.run()
    team.account.travel(days=7)
    said = team("notify", "--preview")
    assert said.code == 0
    assert said.out.startswith("By email, to jd@example.com:\nJanitor for jd: 1 expiring\n")
    assert f"janitor extend {box} --days 14" in said.out
    assert team.mails() == []
    assert team("notify").out == "Told: 1 thing.\n"
    assert len(team.mails()) == 1
    assert team("notify").out == "Told: 0 things.\n"
    team.janitor.settings = team.janitor.settings.replace(BY_MAIL, "")
    assert "no channel is set" in team("notify", "--preview").refusal


def test_the_command_says_what_it_could_not_send(team: Team) -> None:
    """With the reason, and exit code 1."""
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    team.post.next = [403]
    said = team("notify")
    assert (said.code, said.out) == (1, "Told: 0 things.\n")
    assert "1 thing not told of, and stay due: its owner was not told by email" in said.err


def test_what_nobody_can_be_told_stays_due(team: Team) -> None:
    """An owner without an address, and no fallback: the run says what to set."""
    (team.janitor.home / "owners.toml").write_text('[[owner]]\ninitials = "jd"', encoding="utf-8")
    team.janitor.settings = team.janitor.settings.replace(', fallback = "ops"', "")
    team.account.launch("jd-box")
    team.run()
    team.account.travel(days=7)
    said = team("notify")
    assert said.code == 1
    assert "there is nobody to send it to: set owners.fallback" in said.err
