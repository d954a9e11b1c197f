"""What a run tells machines: one log line and a textfile, both true to what it did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from tests.blackbox.janitor import LONGEST, ended, held_at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blackbox.janitor import Janitor


def told(file: Path) -> dict[str, float]:
    """The samples of a textfile; of those with a label only that."""
    families = text_string_to_metric_families(file.read_text(encoding="utf-8"))
    samples = [sample for family in families for sample in family.samples]
    return {next(iter(s.labels.values()), s.name): s.value for s in samples}


def test_a_run_writes_its_figures(janitor: Janitor) -> None:
    """They are of this run alone; the file is whole, readable for others, and nothing is beside."""
    janitor.account.launch(None)
    janitor.account.launch("jd-named")
    file = janitor.home / "janitor.prom"
    assert janitor("run", "--yes", "--metrics", "janitor.prom").code == 0
    first = told(file)
    assert (first["un-named"], first["new"], first["active"]) == (1, 1, 0)
    assert (first["tag"], first["shut_off"], first["terminate"]) == (2, 1, 0)
    assert (first["janitor_run_exit_code"], first["janitor_blind_spots"]) == (0, 0)
    assert file.stat().st_mode & 0o777 == 0o644
    assert janitor("run", "--yes", "--metrics", "janitor.prom").code == 0
    again = told(file)
    assert (again["active"], again["tag"], again["shut_off"]) == (2, 0, 0)
    assert [each.name for each in janitor.home.iterdir() if "prom" in each.name] == [file.name]


def test_a_refused_run_writes_that_it_was_refused(janitor: Janitor) -> None:
    """What the last one had seen is gone: it is not what is there now."""
    file = janitor.home / "janitor.prom"
    assert janitor("run", "--yes", "--metrics", "janitor.prom").code == 0
    janitor.settings = "accounts ="
    assert janitor("run", "--yes", "--metrics", "janitor.prom").code == 2
    now = told(file)
    assert now.keys() == {
        "janitor_run_timestamp_seconds",
        "janitor_run_exit_code",
        "janitor_run_seconds",
        "janitor_refused",
    }
    assert (now["janitor_run_exit_code"], now["janitor_refused"]) == (2, 1)


def test_figures_that_cannot_be_written_fail_the_exit_code(janitor: Janitor) -> None:
    """What was to be done is done; whoever watches the file hears of it from the exit code."""
    instance = janitor.account.launch(None)
    folder = janitor.home / "metrics"
    folder.mkdir()
    with held_at("StopInstances") as (asked, go_on):
        process = janitor.start("run", "--yes", "--metrics", "metrics/janitor.prom")
        assert asked.wait(LONGEST)
        folder.rmdir()
        go_on.set()
        said = ended(process)
    assert (said.code, janitor.account.state(instance)) == (1, "stopped")
    assert said.err == (
        "janitor: metrics/janitor.prom cannot be written: No such file or directory. "
        "Name a file in a folder that this user may write to\n"
    )


def test_a_run_logs_one_line_that_cloudwatch_reads(janitor: Janitor) -> None:
    """With -v, off a terminal: JSON with metrics in the namespace of the settings."""
    janitor.settings += 'metrics.namespace = "Team/Janitor"\n'
    janitor.account.launch(None)
    said = janitor("run", "--yes", "-v")
    lines = [json.loads(line) for line in said.err.splitlines()]
    (line,) = [line for line in lines if line["event"] == "run.ended"]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Team/Janitor"
    assert (line["level"], line["actions_shut_off"], line["resources_un_named"]) == ("info", 1, 1)


def test_a_terminal_is_shown_no_metrics(janitor: Janitor) -> None:
    """The line is one of words there."""
    shown = janitor.on_terminal("run", "--yes", "-v").out
    assert "run.ended" in shown
    assert "CloudWatchMetrics" not in shown


def test_a_run_that_nobody_asked_to_tell_is_silent(janitor: Janitor) -> None:
    """Without -v nothing goes to standard error, so that cron has nothing to send."""
    janitor.account.launch(None)
    assert janitor("run", "--yes").err == ""
