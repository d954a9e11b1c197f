"""What `run` and `apply` share: confirm, carry out, print what became of it, the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cs_aws_janitor.shared.errors import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan


@dataclass(frozen=True, slots=True)
class Manner:
    """How to carry out: `yes`: without asking; `halted` says why to stop before a next stage.

    `recheck`: the plan was made some time ago, so the facts of every step are read again first.
    """

    yes: bool
    halted: Callable[[], str | None]
    recheck: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The exit code, and what became of each step."""

    code: int
    ended: Sequence[Outcome]


def carry_out(ready: Ready, plan: Plan, manner: Manner) -> Finished:
    """Carry out what the limits allow of `plan`, and print it."""
    from cs_aws_janitor import running
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.cli.daemon import in_order
    from cs_aws_janitor.cli.setting_up import confirm
    from cs_aws_janitor.resources import plan as plans
    from cs_aws_janitor.resources.outcome import CLEAN
    from cs_aws_janitor.resources.report import plan_report

    steps = [step for step in plans.allowed(plan) if step.verbs]
    asked = bool(steps) and not manner.yes
    if asked:
        apart = ready.asked.form != "table"  # what programs read holds nothing else
        tables = plan_report.tables(plan)
        printing.show_tables(tables, no_color=ready.asked.no_color, err=apart)
        confirm(ready, {step.place.account for step in steps})
    with in_order() as stop:

        def halted() -> str | None:
            return "it was interrupted" if stop.is_set() else manner.halted()

        # While the prompt waited, an owner may have typed a date.
        ended = running.carry_out(ready, plan, halted, recheck=manner.recheck or asked)
    with printing.nobody_may_read():
        _show(plan, ended, ready)
    cut_off = stop.is_set() and any(each.result not in CLEAN for each in ended)
    return Finished(INTERRUPTED if cut_off else running.exit_code(plan, ended), ended)


def _show(plan: Plan, ended: Sequence[Outcome], ready: Ready) -> None:
    from cs_aws_janitor.cli import printing
    from cs_aws_janitor.resources import outcome
    from cs_aws_janitor.resources.report import plan_report, words

    if ready.asked.form == "json":
        told = plan_report.outcomes_json(plan, ended)
        printing.show_json({**told, "throttled": ready.aws.throttled})
    elif ready.asked.form == "csv":
        rows = (plan_report.csv_row(outcome.dump(each)) for each in ended)
        printing.show_csv(plan_report.OUTCOME_COLUMNS, rows)
        printing.show_unseen(plan)
    else:
        shown = [plan_report.outcomes(plan, ended), *plan_report.tables(plan)[1:]]
        printing.show_tables(shown, no_color=ready.asked.no_color)
        printing.show_summary(plan)
        click.echo(f"Steps: {words.results(each.result.value for each in ended)}.")
        if ready.aws.throttled:
            times = words.counted(ready.aws.throttled, "time")
            click.echo(f"Throttled: {times} AWS answered that there were too many requests.")
