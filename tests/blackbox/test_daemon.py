"""`run --every`, and what a signal does: what is in hand is finished, the rest is told."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.blackbox.janitor import COMMAND, LONGEST, ended, held_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.blackbox.janitor import Janitor, Said

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


def ended_runs(said: Said) -> list[dict[str, Any]]:
    """The lines that were logged, one for each run that has ended."""
    lines = [json.loads(line) for line in said.err.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} <= {"run.ended"}
    return lines


def state(janitor: Janitor) -> str:
    """What its health file says, once there is one."""
    file = janitor.home / "health.json"
    return str(json.loads(file.read_text())["state"]) if file.exists() else ""


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
    lines = [line for line in said.err.splitlines() if line and not line.startswith("{")]
    assert any(line.startswith("janitor: janitor.toml: at its end: ") for line in lines)
    assert "janitor: finishing what is in hand; once more to break off" in lines
    assert len(set(lines)) == 2
    told = ended_runs(said)
    assert [line["run_exit_code"] for line in (told[0], told[-1])] == [0, 0]
    refused = [line for line in told if line["run_exit_code"] == 2]
    assert len(refused) == len(lines) - 1
    assert refused[0]["why"].startswith("janitor.toml: at its end: ")


def test_a_signal_lets_the_step_in_hand_finish(janitor: Janitor) -> None:
    """The daemon stops after it; where nothing was left to do the exit code is that of the run."""
    instance = janitor.account.launch(None)
    janitor.account.deny("ec2:DeleteTags")
    with held_at("StopInstances") as (asked, go_on):
        process = janitor.start("run", "--yes", "--every", "1h")
        assert asked.wait(LONGEST)
        process.send_signal(signal.SIGTERM)
        go_on.set()
        said = ended(process)
    assert (said.code, "Steps: 1 done.\n" in said.out) == (0, True)
    assert janitor.account.state(instance) in {"stopping", "stopped"}  # that is not waited for
    assert "shut off on 2026-11-22" in janitor.account.tags(instance)["JanitorNote"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_daemon_begins_nothing_more_after_a_signal(janitor: Janitor, number: int) -> None:
    """One that comes while it looks lets the look end, and nothing be done; 130 says so."""
    instance = janitor.account.launch(None)
    with held_at("DescribeInstances") as (asked, go_on):
        process = janitor.start("run", "--yes", "--every", "1h")
        assert asked.wait(LONGEST)
        process.send_signal(number)
        go_on.set()
        said = ended(process)
    assert (said.code, janitor.account.state(instance)) == (130, "running")
    assert janitor.account.writes == []
    assert [line["run_exit_code"] for line in ended_runs(said)] == [130]


def test_a_daemon_in_the_background_of_a_script_ends_in_order(janitor: Janitor) -> None:
    """Where SIGINT and SIGHUP are ignored, as shells and nohup have it, SIGTERM is minded still."""
    options = "--yes --every 1h --health health.json"
    process = janitor.script(f"trap '' INT HUP; exec {' '.join(COMMAND)} run {options}")
    wait_until(lambda: state(janitor) == "waiting")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    said = ended(process)
    assert said.code == 0
    assert said.err.count("finishing what is in hand") == 1
    assert len(ended_runs(said)) == 1


def test_the_health_file_tells_how_a_daemon_fares(janitor: Janitor) -> None:
    """It waits for the next run; after a signal it has ended; everybody may read it."""
    file = janitor.home / "health.json"
    options = "--every 1h --jitter 5m --health health.json"
    process = janitor.start("run", "--yes", *options.split())
    wait_until(lambda: state(janitor) == "waiting")
    waiting = json.loads(file.read_text())
    assert (waiting["pid"], waiting["runs"], waiting["exit_code"]) == (process.pid, 1, 0)
    assert waiting["run_began"] <= waiting["run_ended"] < waiting["next"]
    assert file.stat().st_mode & 0o777 == 0o644
    process.send_signal(signal.SIGTERM)
    assert ended(process).code == 0
    assert json.loads(file.read_text()) == {**waiting, "state": "ended", "next": None}
    assert [each.name for each in janitor.home.glob(".health*")] == []


def test_the_health_file_tells_of_a_run_under_way(janitor: Janitor) -> None:
    """While it runs no exit code is told."""
    file = janitor.home / "health.json"
    with held_at("DescribeInstances") as (asked, go_on):
        process = janitor.start("run", "--yes", "--every", "1h", "--health", "health.json")
        assert asked.wait(LONGEST)
        running = json.loads(file.read_text())
        process.send_signal(signal.SIGTERM)
        go_on.set()
        ended(process)
    assert (running["state"], running["exit_code"], running["next"]) == ("running", None, None)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--jitter 5m", "--jitter is of the daemon alone: give --every as well."),
        ("--health h.json", "--health is of the daemon alone: give --every as well."),
        ("--every 5m --jitter 5m", "--jitter must be shorter than --every."),
        ("--every 5m --jitter soon", "Invalid value for '--jitter': 'soon' is not a length of"),
    ],
)
def test_options_that_make_no_sense_are_refused(janitor: Janitor, words: str, why: str) -> None:
    """Before anything is asked."""
    assert janitor("run", "--yes", *words.split()).misuse.startswith(why)
    assert janitor.account.calls == []


@pytest.mark.parametrize("option", ["--health", "--metrics"])
def test_a_file_that_cannot_be_written_is_told_first(janitor: Janitor, option: str) -> None:
    """Nothing is looked at: whoever watches it would never hear of it."""
    refusal = janitor("run", "--yes", "--every", "1h", option, "no/such/file").refusal
    assert refusal == (
        "no/such/file cannot be written: No such file or directory. "
        "Name a file in a folder that this user may write to"
    )
    assert janitor.account.calls == []


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
