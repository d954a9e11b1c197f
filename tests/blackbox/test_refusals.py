"""What is refused before anything is done: one line that says why and what to do, exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

ELSEWHERE = 'accounts = ["999999999999"]\nregions = ["eu-west-1"]\n'


def test_an_account_that_nobody_named_is_not_touched(janitor: Janitor) -> None:
    """`run` names both cures; `--account` is one of them; `plan` looks without any."""
    (janitor.home / "janitor.toml").unlink()
    instance = janitor.account.launch()
    refusal = janitor("run", "--yes", "--region", "eu-west-1").refusal
    assert refusal == (
        "account 123456789012 is not named, so nothing may be changed in it. "
        'Write accounts = ["123456789012"] in janitor.toml, or pass --account 123456789012'
    )
    assert janitor("plan", "--region", "eu-west-1").code == 0
    assert janitor.account.writes == []
    named = janitor("run", "--yes", "--region", "eu-west-1", "--account", "123456789012")
    assert named.code == 0
    assert "Discovered" in janitor.account.tags(instance)


def test_credentials_of_another_account_than_the_named(janitor: Janitor) -> None:
    """Neither `run` nor `plan` nor a person's command looks at an account that is not named."""
    instance = janitor.account.launch()
    janitor.settings = ELSEWHERE
    for words in (["run", "--yes"], ["plan"], ["keep", instance, "--reason", "mine"]):
        assert janitor(*words).refusal.startswith(
            "the credentials belong to account 123456789012, and only 999999999999 may be touched"
        )
    assert {call.name for call in janitor.account.calls} == {"sts:GetCallerIdentity"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("run", "there is no terminal on which to confirm. Pass --yes for unattended use"),
        ("apply plan.json", "plan.json cannot be read: No such file or directory"),
        ("plan --config no.toml", "no.toml: there is no such file; check --config"),
        ("plan --region us-east-1", "region us-east-1 is not among the regions of account"),
        ("explain i-0123456789abcdef0", "no resource 'i-0123456789abcdef0' was found. Check"),
    ],
)
def test_a_refusal_is_one_line(janitor: Janitor, words: str, why: str) -> None:
    """It says why and what to do."""
    assert janitor(*words.split()).refusal.startswith(why)
    assert janitor.account.writes == []


def test_a_region_that_does_not_exist_is_a_slip(janitor: Janitor) -> None:
    """It is told at once, with the one that was meant, and not reported as a blind spot."""
    janitor.settings = ""
    assert janitor("plan", "--region", "eu-wst-1").refusal == (
        "AWS has no region 'eu-wst-1'. Did you mean eu-west-1?"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("nonsense", "No such command 'nonsense'. There are: plan, apply, run, list, explain"),
        ("paln", "No such command 'paln'. Did you mean plan?"),
        ("plan --nonsense", "No such option '--nonsense'."),
        ("plan --format xml", "Invalid value for '--format': 'xml' is not one of"),
        ("plan --account demo", "Invalid value for '--account': 'demo' is not an account id"),
        ("run --yes --as-of 2026-12-06", "No such option '--as-of'."),
        ("apply plan.json --as-of 2026-12-06", "No such option '--as-of'."),
        ("extend i-0abc --days 1 --as-of 2026-12-06", "No such option '--as-of'."),
        ("run --every 1x", "Invalid value for '--every': '1x' is not a length of time"),
        ("run --every 0s", "Invalid value for '--every': '0s' is not a length of time"),
        ("list --expiring -1", "Invalid value for '--expiring': -1 is not in the range"),
        ("explain", "Missing argument 'ID'."),
        ("plan --kind vm", "Invalid value for --kind: there is no kind 'vm'; there are: "),
        ("plan --as-of soon", "Invalid value for --as-of: 'soon' is not a date; write it as 20"),
        ("list --as-of 12/01/2026", "Invalid value for --as-of: '12/01/2026' has two readings"),
        ("explain i-0abc --as-of 14", "Invalid value for --as-of: '14' is not a date"),
    ],
)
def test_a_wrong_word_is_named(janitor: Janitor, words: str, why: str) -> None:
    """What is wrong with it is said, AWS is not asked, and nothing is done."""
    assert janitor(*words.split()).misuse.startswith(why)
    assert janitor.account.calls == []
