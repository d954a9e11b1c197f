"""A digest in words: each line says what to type, and what others typed is inert."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import digest
from cs_aws_janitor.resources.digest import ALL, Digest, Notice, Topic
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.resources.plan import Step
from cs_aws_janitor.resources.policy import BackupRules, Policy
from cs_aws_janitor.resources.report import digest_report, letter_report

if TYPE_CHECKING:
    from cs_aws_janitor.resources.letter import Letter

NOW = datetime(2026, 12, 6, 6, tzinfo=UTC)
HERE = Place("123456789012", "eu-west-1")
POLICY = Policy()


def notice(topic: Topic, phase: Phase, why: str, thing: str = "i-1", name: str = "jd-x") -> Notice:
    """A notice of one resource."""
    where = (HERE, "ec2_instance", thing, name, "jd", phase, (Verb.NOTIFY,))
    event = digest.ENDED if topic is Topic.ENDED else 3
    made = Step(*where, why, date(2026, 12, 13), NOW)
    return Notice(topic, event, made, restorable=topic is Topic.ENDED)


def told(*notices: Notice, policy: Policy = POLICY) -> Letter:
    """A digest for jd, in words."""
    return digest_report.letter(Digest(Person("jd"), notices), policy, NOW.date())


def test_every_line_says_what_to_type() -> None:
    """One line for each resource, with the command that helps."""
    text = letter_report.text(
        told(
            notice(Topic.ENDED, Phase.DUE, "backed up as snap-1"),
            notice(Topic.SHUT_OFF, Phase.EXPIRED, "Expiration has come"),
            notice(Topic.UNNAMED, Phase.UNNAMED, "it has no Name tag"),
            notice(Topic.EXPIRING, Phase.EXPIRING, "expires on 2026-12-09, in 3 days"),
            notice(Topic.ATTENTION, Phase.EXEMPT, "no Permanent tag says why"),
            notice(Topic.ATTENTION, Phase.UNREADABLE, "'soon' is not a date"),
            notice(Topic.ATTENTION, Phase.UNKNOWN, "could not be read"),
            notice(Topic.UNSEEN, Phase.UNKNOWN, "no permission", ALL),
        )
    )
    thing = "jd-x (i-1), ec2_instance in eu-west-1 of 123456789012"
    assert text.splitlines() == [
        "Janitor for jd: 2 shut off, 1 terminated, 1 expiring, 4 to look at",
        "",
        "Terminated",
        f"- {thing}: backed up as snap-1; it can be restored for 90 days",
        "    janitor restore i-1",
        "",
        "Shut off, and terminated soon",
        f"- {thing}: Expiration has come; it was shut off, and is terminated on 2026-12-13",
        "    janitor extend i-1 --days 14",
        "",
        "Shut off, because it says nothing of whose it is",
        f"- {thing}: it has no Name tag",
        "    janitor explain i-1",
        "",
        "Expiring",
        f"- {thing}: expires on 2026-12-09, in 3 days",
        "    janitor extend i-1 --days 14",
        "",
        "Look at this",
        f"- {thing}: no Permanent tag says why",
        '    janitor keep i-1 --reason "what it is for"',
        f"- {thing}: 'soon' is not a date",
        "    janitor extend i-1 --days 14",
        f"- {thing}: could not be read",
        "    janitor explain i-1",
        "",
        "Could not be seen",
        "- ec2_instance in eu-west-1 of 123456789012: no permission",
    ]


def test_what_helps_is_not_offered_against_something_else() -> None:
    """Neither a word on why it is permanent nor a date makes its owner known."""
    stranger = "its owner 'zz' does not stand in the file of owners"
    for phase in (Phase.EXEMPT, Phase.UNREADABLE, Phase.ACTIVE):
        text = letter_report.text(told(notice(Topic.ATTENTION, phase, stranger)))
        assert text.endswith("\n    janitor explain i-1")


def test_what_was_kept_for_ever_has_no_last_day() -> None:
    """Nor is there a command where nothing was kept."""
    ended = notice(Topic.ENDED, Phase.DUE, "backed up as snap-1")
    for_ever = Policy(backup=BackupRules(keep=None))
    assert "restored for" not in letter_report.text(told(ended, policy=for_ever))
    gone = Notice(Topic.ENDED, digest.ENDED, ended.step)
    assert "janitor restore" not in letter_report.text(told(gone))


def test_hostile_names_are_inert() -> None:
    """Neither a terminal, nor a mail, nor a shell obeys what somebody called a resource."""
    hostile = notice(
        Topic.EXPIRING, Phase.EXPIRING, "<script>\x1b[2J", "b; rm -rf /", "<img src=x>\n- fake"
    )
    text, html = letter_report.text(told(hostile)), letter_report.html(told(hostile))
    assert "<script>" not in html
    assert "<img" not in html
    assert "\x1b" not in text
    assert "\n- fake" not in text
    assert "janitor extend 'b; rm -rf /' --days 14" in text


def test_a_digest_knows_what_it_tells_of() -> None:
    """Every notice stands in one line, and what is sent on one day hangs together."""
    both = (notice(Topic.ENDED, Phase.DUE, "gone"), notice(Topic.EXPIRING, Phase.EXPIRING, "soon"))
    assert (told(*both).about, told(*both).thread) == (both, "2026-12-06")
