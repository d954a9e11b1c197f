"""`run --every`, and what a signal does: what is in hand is finished, the rest is told."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from tests.blackbox.janitor import LONGEST, ended, held_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.blackbox.janitor import Janitor

DUE = {
    "Discovered": "2026-11-22",
    "Expiration": "2026-12-06",
    "ShutOff": "2026-12-06T06:00:00+00:00",
}


def wait_until(what: Callable[[], bool]) -> None:
    """Wait in real time, which the clock of the account does not notice."""
    pause = threading.Event()
    for _ in range(int(LONGEST / 0.05)):
        if what():
            return
        pause.wait(0.05)
    raise AssertionError("it never came")


def runs(janitor: Janitor) -> int:
    """How many runs have asked who they are."""
    return sum(call.operation == "GetCallerIdentity" for call in janitor.account.calls)


def test_a_daemon_runs_again_and_outlives_an_error(janitor: Janitor) -> None:
    """Settings that break in between cost one line a run; SIGTERM ends it, with its last code."""
    janitor.account.launch("jd-runner")
    good = janitor.settings
    process = janitor.start("run", "--yes", "--every", "1s")
    wait_until(lambda: runs(janitor) >= 2)
    janitor.settings = "accounts ="
    threading.Event().wait(2.5)
    before = runs(janitor)
    janitor.settings = good
    wait_until(lambda: runs(janitor) > before)
    process.send_signal(signal.SIGTERM)
    said = ended(process)
    assert said.code == 0
    assert said.out.count("Steps: 1 done.\n") == 1
    assert said.out.count("Steps: nothing.\n") >= 2
    told = set(filter(None, said.err.splitlines()))
    assert any(line.startswith("janitor: janitor.toml: at its end: ") for line in told)
    assert "janitor: finishing what is in hand; once more to break off" in told
    assert len(told) == 2


def test_a_signal_lets_the_run_in_hand_finish(janitor: Janitor) -> None:
    """The daemon stops after the run, whose exit code it gives."""
    instance = janitor.account.launch(None)
    janitor.account.deny("ec2:DeleteTags")
    with held_at("StopInstances") as (asked, go_on):
        process = janitor.start("run", "--yes", "--every", "1h")
        assert asked.wait(LONGEST)
        process.send_signal(signal.SIGTERM)
        go_on.set()
        said = ended(process)
    assert (said.code, "Steps: 1 done.\n" in said.out) == (0, True)
    assert janitor.account.state(instance) == "stopped"
    assert "shut off on 2026-11-22" in janitor.account.tags(instance)["JanitorNote"]


def test_ctrl_c_ends_a_run_in_order(janitor: Janitor) -> None:
    """What is in hand is finished and written down, no more is begun; 130 says so."""
    janitor.settings += "limits.terminate = {count = 9, share = 1.0}\n"
    due = janitor.account.launch("jd-due")
    janitor.account.travel(days=30)
    janitor.account.tag(due, **DUE)
    instance = janitor.account.launch(None)
    with held_at("StopInstances") as (asked, go_on):
        process = janitor.start("run", "--yes")
        assert asked.wait(LONGEST)
        process.send_signal(signal.SIGINT)
        go_on.set()
        said = ended(process)
    assert said.code == 130
    assert said.err == "\njanitor: finishing what is in hand; once more to break off\n"
    assert "shut off on 2026-12-22" in janitor.account.tags(instance)["JanitorNote"]
    assert janitor.account.snapshots(due) == []
    told = {row["id"]: row for row in janitor("history", "--format", "csv").rows}
    assert told.keys() == {instance, due}
    assert told[due]["why"] == "not done: it was interrupted"
    assert janitor("run", "--yes").code == 0  # no lock is left


def test_ctrl_c_ends_a_look_at_once(janitor: Janitor) -> None:
    """Also while AWS does not answer."""
    with held_at("DescribeInstances") as (asked, _):
        process = janitor.start("plan")
        assert asked.wait(LONGEST)
        process.send_signal(signal.SIGINT)
        said = ended(process)
    assert (said.code, said.out, said.err.strip()) == (130, "", "janitor: interrupted")


def test_two_runs_do_not_meet(janitor: Janitor) -> None:
    """The second is refused while the first is at work, and says who is."""
    janitor.account.launch()
    second = []

    def meanwhile() -> str:
        second.append(janitor("run", "--yes"))
        return "123456789012"

    first = janitor.on_terminal("run", answers=[meanwhile])
    assert first.code == 0
    assert "another run is under way" in second[0].refusal
