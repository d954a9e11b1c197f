"""A plan and its outcomes in tables, CSV and JSON."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import outcome, plan_json
from cs_aws_janitor.resources.report import money, words
from cs_aws_janitor.shared.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan, Step

STEP_COLUMNS = (
    "account region kind id name owner phase verbs reason next_on expiration"
    " monthly_cost while_off currency"
).split()
OUTCOME_COLUMNS = [*STEP_COLUMNS, "result", "why", "at"]

ACCOUNT = "ACCOUNT"
_RESOURCE = (ACCOUNT, "REGION", "KIND", "ID", "NAME", "OWNER", "PHASE")
_MONEY = ("USD/MONTH", "WHILE OFF")


def tables(plan: Plan) -> list[Table]:
    """What would be done, what a person should hear of, the limits hit, and what was seen."""
    acting = [step for step in plan.steps if step.verbs]
    rest = [step for step in plan.steps if not step.verbs]
    shown = [_fitted(_steps("What would be done", acting), plan)]
    if rest:
        shown.append(_fitted(_steps("Left as it is", rest), plan))
    if plan.breaches:
        shown.append(_breaches(plan))
    if plan.attention:
        shown.append(attention(plan))
    return [*shown, coverage(plan)]


def outcomes(plan: Plan, ended: Sequence[Outcome]) -> Table:
    """What became of every step of `plan`."""
    rows = [
        (
            *_resource(o.step),
            words.doing(o.step),
            o.result.value,
            o.why or o.step.reason,
            *words.costs(o.step),
        )
        for o in sorted(ended, key=lambda o: (o.step.place, o.step.kind, o.step.id))
    ]
    columns = (*_RESOURCE, "STEP", "RESULT", "WHY", *_MONEY)
    made = Table(f"What was done: {len(rows)}", columns, rows, right=frozenset(_MONEY))
    return _fitted(made, plan)


def attention(plan: Plan) -> Table:
    """What a person should look at."""
    rows = [
        (
            row.place.account,
            row.place.region,
            row.kind,
            row.id,
            row.name or "",
            row.phase.value,
            row.reason,
        )
        for row in plan.attention
    ]
    columns = (ACCOUNT, "REGION", "KIND", "ID", "NAME", "PHASE", "WHY")
    return _fitted(Table(f"Needs attention: {len(rows)}", columns, rows), plan)


def coverage(plan: Plan) -> Table:
    """What was seen: account x region x kind. The empty stand in a line below (`words.unshown`)."""
    rows = [
        (
            row.place.account,
            row.place.region,
            row.kind,
            row.status,
            str(row.resources),
            row.why or "",
        )
        for row in plan.coverage
        if row.blind or row.resources
    ]
    columns = (ACCOUNT, "REGION", "KIND", "STATUS", "RESOURCES", "WHY")
    return Table("What was seen", columns, rows, right=frozenset({"RESOURCES"}))


def listing(plan: Plan) -> Table:
    """Every resource with its owner, phase and expiration, by what happens next."""
    rows = [
        (
            *_resource(step),
            step.expiration.date().isoformat() if step.expiration else "",
            step.next_on.isoformat() if step.next_on else "",
            step.reason,
            *words.costs(step),
        )
        for step in sorted(plan.steps, key=what_is_next)
    ]
    columns = (*_RESOURCE, "EXPIRATION", "NEXT", "WHY", *_MONEY)
    made = Table(f"Resources: {len(rows)}", columns, rows, right=frozenset(_MONEY))
    return _fitted(made, plan)


def by_owner(plan: Plan) -> Table:
    """The same for a person at a terminal: under a line for each owner, with the sum of theirs."""
    rows: list[tuple[str, ...]] = []
    sections = set()
    ordered = sorted(plan.steps, key=what_is_next)
    for owner, steps in groupby(ordered, key=lambda step: step.owner):
        own = list(steps)
        sections.add(len(rows))
        rows.append(_headed(owner, own))
        rows += map(_under_owner, own)
    columns = ("OWNER", "NEXT", "NAME", "ID", "KIND", ACCOUNT, "REGION", "PHASE", "WHY", _MONEY[0])
    title = f"Resources: {len(ordered)}"
    made = Table(title, columns, rows, frozenset({_MONEY[0]}), frozenset(sections))
    return _fitted(made, plan)


def by_owner_narrow(plan: Plan) -> Table:
    """The same where there is little room: two lines for each resource."""
    rows: list[tuple[str, ...]] = []
    sections = set()
    ordered = sorted(plan.steps, key=what_is_next)
    several = words.several_accounts(plan.coverage)
    for owner, steps in groupby(ordered, key=lambda step: step.owner):
        own = list(steps)
        sections.add(len(rows))
        whose, _, count, *_, cost = _headed(owner, own)
        rows.append(("", whose, count, cost))
        rows += [row for step in own for row in _in_two(step, several=several)]
    columns = ("NEXT", "NAME", "WHAT", _MONEY[0])
    title = f"Resources: {len(ordered)}"
    return Table(title, columns, rows, frozenset({_MONEY[0]}), frozenset(sections))


def _in_two(step: Step, *, several: bool) -> list[tuple[str, ...]]:
    _, next_on, name, _, kind, account, region, phase, why, cost = _under_owner(step)
    place = f"{region} of {account}" if several else region
    said = (next_on, name or step.id, f"{phase}: {why}", cost)
    return [said, ("", step.id if name else "", f"{kind} in {place}", "")]


def what_is_next(step: Step) -> tuple[object, ...]:
    """Orders steps by owner, the unknown last, and then by the day of what happens next."""
    owner = step.owner or ""
    return not owner, owner.lower(), owner, step.next_on or date.max, step.place, step.kind, step.id


def _headed(owner: str | None, own: Sequence[Step]) -> tuple[str, ...]:
    """The line over an owner's resources: how many, and what they cost as they stand."""
    sum_of = money.total(own)
    more = words.BESIDES if sum_of.partly or sum_of.unknown else " "
    cost = f"{sum_of.amount:,}{more}" if sum_of.unknown < len(own) else "no estimate"
    return (owner or "(unknown)", "", words.counted(len(own), "resource"), *[""] * 6, cost)


def _under_owner(step: Step) -> tuple[str, ...]:
    now = money.costs_now(step)
    more = words.BESIDES if step.monthly_cost and step.monthly_cost.besides else " "
    return (
        "",
        step.next_on.isoformat() if step.next_on else "",
        step.name or "",
        step.id,
        step.kind,
        step.place.account,
        step.place.region,
        step.phase.value,
        step.reason,
        "no estimate" if now is None else f"{now:,}{more}",
    )


def csv_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A step or outcome, as in JSON, with the estimate of its cost in cells of their own."""
    cost = row["monthly_cost"] or {}
    money = {"while_off": cost.get("while_off"), "currency": cost.get("currency")}
    return {**row, "monthly_cost": cost.get("amount"), **money}


def outcomes_json(plan: Plan, ended: Sequence[Outcome]) -> dict[str, Any]:
    """The JSON object that `run` and `apply` print; each of its lists gives its rows once."""
    made = plan_json.rows(plan)
    del made["digest"], made["steps"]
    return {**made, "outcomes": map(outcome.dump, ended)}


def _steps(title: str, steps: Sequence[Step]) -> Table:
    rows = [
        (
            *_resource(step),
            words.doing(step),
            step.next_on.isoformat() if step.next_on else "",
            step.reason,
            *words.costs(step),
        )
        for step in steps
    ]
    columns = (*_RESOURCE, "STEP", "NEXT", "WHY", *_MONEY)
    return Table(f"{title}: {len(rows)}", columns, rows, right=frozenset(_MONEY))


def _breaches(plan: Plan) -> Table:
    rows = [
        (b.place.account, b.place.region, b.kind, words.verbs([b.verb]), b.why)
        for b in plan.breaches
    ]
    columns = (ACCOUNT, "REGION", "KIND", "VERB", "WHY")
    return Table("Past a limit: a run leaves all of that kind there alone", columns, rows)


def _resource(step: Step) -> tuple[str, ...]:
    place, name, owner = step.place, step.name or "", step.owner or ""
    return (place.account, place.region, step.kind, step.id, name, owner, step.phase.value)


def _fitted(made: Table, plan: Plan) -> Table:
    """`made` without the account of each row, where all of them are of one."""
    return made if words.several_accounts(plan.coverage) else made.without(ACCOUNT)
