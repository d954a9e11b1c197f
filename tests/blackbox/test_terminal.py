"""On a terminal: what is to be done is shown, and the account's alias is asked for first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

QUESTION = "Type cs-demo to let the janitor act in account 123456789012 (cs-demo): "


def test_a_person_types_the_alias_before_the_first_write(janitor: Janitor) -> None:
    """A wrong answer refuses before any write; the right one carries out what was shown."""
    janitor.account.client("iam").create_account_alias(AccountAlias="cs-demo")
    instance = janitor.account.launch()
    wrong = janitor.on_terminal("run", "--no-color", answers=["yes"])
    assert wrong.code == 2
    assert f"{QUESTION}yes\njanitor: 'yes' is not 'cs-demo', so nothing was done\n" in wrong.out
    assert "What would be done: 1\n" in wrong.out
    assert janitor.account.writes == []

    assert janitor("plan", "--out", "plan.json").code == 0
    right = janitor.on_terminal("apply", "plan.json", answers=["cs-demo"])
    assert right.code == 0
    assert right.out.index(QUESTION) < right.out.index("What was done: 1")
    assert janitor.account.tags(instance)["Discovered"] == "2026-11-22"

    idle = janitor.on_terminal("run")
    assert (idle.code, "Type" in idle.out) == (0, False)  # nothing to do, nothing to ask


def test_without_an_alias_the_id_is_asked_for(janitor: Janitor) -> None:
    """Also where it may not be read; what programs read holds the JSON and nothing else."""
    janitor.account.launch()
    janitor.account.deny("iam:ListAccountAliases")
    said = janitor.on_terminal("run", "--format", "json", answers=["123456789012"], piped=True)
    assert said.code == 0
    assert "What would be done: 1" in said.err
    question = "Type 123456789012 to let the janitor act in account 123456789012: "
    assert said.err.endswith(f"{question}123456789012\n")
    assert [outcome["result"] for outcome in said.json["outcomes"]] == ["done"]


def test_a_table_has_colours_and_fits(janitor: Janitor) -> None:
    """A phase stands out; on a narrow terminal rows are left whole rather than cut to pieces."""
    janitor.account.launch("jd-GitLabRunner")
    janitor.account.launch("ab-\x9b2Jgone")  # would clear the screen
    wide, narrow = (janitor.on_terminal("plan", width=width) for width in (160, 60))
    assert re.search("\x1b\\[32mnew +\x1b\\[0m", wide.out)
    assert "  jd-GitLabRunner  " in wide.out
    for said in (wide, narrow):
        assert ("\x9b" in said.out, r"ab-\x9b2Jgone" in said.out) == (False, True)
    assert "  jd-GitLabRunner  jd     new    tag   2026-12-06  first seen on" in narrow.out


def test_a_list_is_folded_to_a_narrow_terminal(janitor: Janitor) -> None:
    """Where not all columns find room each resource has two lines, and none of them is wrapped."""
    instance = janitor.account.launch("jd-GitLabRunner-of-the-team")
    wide, narrow = (janitor.on_terminal("list", "--no-color", width=w) for w in (160, 80))
    assert "OWNER  NEXT" in wide.out
    said = janitor.on_terminal("list", width=80).out
    lines = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", said.partition("Costs are")[0]).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(instance in line and "ec2_instance in" in line for line in lines)
    assert "OWNER" not in narrow.out
    assert instance in narrow.out
