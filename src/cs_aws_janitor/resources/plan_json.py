"""A plan as JSON: the contract of `command-line.md`. `dump` and `load` are inverse. Pure.

Whoever prints a plan of a large account takes `rows`, which holds no second one in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.plan import Attention, Breach, Coverage, Plan, Step
from cs_aws_janitor.resources.prices import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1


class UnreadablePlanError(ValueError):
    """The text is not a whole, unedited plan of this version."""


def dump(plan: Plan) -> dict[str, Any]:
    """`plan` as the JSON object of the contract, with a digest over all of it."""
    return {
        key: list(value) if isinstance(value, Iterator) else value
        for key, value in rows(plan).items()
    }


def rows(plan: Plan) -> dict[str, Any]:
    """The same object, but that each of its lists gives its rows one by one, and once."""
    return {**_body(plan), "digest": _digest(_body(plan))}


def _body(plan: Plan) -> dict[str, Any]:
    return {
        "version": VERSION,
        "made_at": plan.made_at.isoformat(),
        "as_of": plan.as_of.isoformat(),
        "timezone": plan.timezone,
        "coverage": map(_dump_coverage, plan.coverage),
        "steps": map(dump_step, plan.steps),
        "attention": map(_dump_attention, plan.attention),
        "phases": dict(plan.phases),
        "breaches": map(_dump_breach, plan.breaches),
    }


def dump_step(s: Step) -> dict[str, Any]:
    """One step as the JSON object of the contract."""
    return {
        **_where(s.place),
        "kind": s.kind,
        "id": s.id,
        "name": s.name,
        "owner": s.owner,
        "phase": s.phase.value,
        "verbs": [verb.value for verb in s.verbs],
        "reason": s.reason,
        "next_on": s.next_on.isoformat() if s.next_on else None,
        "expiration": s.expiration.isoformat() if s.expiration else None,
        "monthly_cost": dump_cost(s.monthly_cost),
        "facts": dict(s.facts),
        "writes": dict(s.writes),
    }


def dump_cost(cost: Estimate | None) -> dict[str, Any] | None:
    """An estimate as the JSON object of the contract; None where there is none."""
    if cost is None:
        return None
    return {
        "amount": str(cost.amount),
        "currency": cost.currency,
        "while_off": str(cost.while_off),
        "besides": cost.besides,
        "region": cost.region,
        "as_of": cost.as_of.isoformat(),
    }


def load_cost(row: dict[str, Any] | None) -> Estimate | None:
    """The estimate that was dumped as `row`. Raises KeyError or ValueError for another shape."""
    if row is None:
        return None
    return Estimate(
        amount=_money(row, "amount"),
        while_off=_money(row, "while_off"),
        region=_text(row, "region"),
        as_of=date.fromisoformat(_text(row, "as_of")),
        besides=_maybe_text(row, "besides"),
        currency=_text(row, "currency"),
    )


def load(text: str) -> Plan:
    """The plan saved as `text`. Raises UnreadablePlanError, which says what is wrong with it."""
    try:
        return _load(_whole(text))
    except UnreadablePlanError:
        raise
    except RecursionError as error:
        raise UnreadablePlanError("it is nested deeper than any plan: make it again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _shapeless(repr(error)) from error


def _shapeless(why: str) -> UnreadablePlanError:
    return UnreadablePlanError(f"it does not have the shape of a plan ({why}): make it again")


def _whole(text: str) -> dict[str, Any]:
    """The JSON object in `text`, where it is a plan of this version that nobody edited."""
    try:
        body = json.loads(text)
    except ValueError as error:
        raise UnreadablePlanError(f"it is not whole JSON ({error}): make it again") from error
    if not isinstance(body, dict) or "steps" not in body:
        raise UnreadablePlanError("it is not a plan: make one with `janitor plan --out FILE`")
    if body.get("version") != VERSION:
        raise UnreadablePlanError(
            f"it has version {body.get('version')!r}, this janitor reads {VERSION}: make it again"
        )
    if body.pop("digest", None) != _digest(body):
        raise UnreadablePlanError(
            "it was edited since it was made, or made by another janitor: make it again, "
            "narrowed with --kind, --owner, --region or --account"
        )
    return body


def _load(body: dict[str, Any]) -> Plan:
    return Plan(
        made_at=_instant(_text(body, "made_at")),
        as_of=_instant(_text(body, "as_of")),
        timezone=_text(body, "timezone"),
        coverage=tuple(map(_load_coverage, _of(body, "coverage", list))),
        steps=tuple(map(load_step, _of(body, "steps", list))),
        attention=tuple(map(_load_attention, _of(body, "attention", list))),
        phases=_mapping(body, "phases", int),
        breaches=tuple(map(_load_breach, _of(body, "breaches", list))),
    )


def _load_coverage(row: dict[str, Any]) -> Coverage:
    return Coverage(
        place=_place(row),
        kind=_text(row, "kind"),
        status=_text(row, "status"),
        resources=_of(row, "resources", int),
        why=_maybe_text(row, "why"),
    )


def load_step(row: dict[str, Any]) -> Step:
    """The step that `dump_step` has made `row` of."""
    next_on, expiration = _maybe_text(row, "next_on"), _maybe_text(row, "expiration")
    return Step(
        place=_place(row),
        kind=_text(row, "kind"),
        id=_text(row, "id"),
        name=_maybe_text(row, "name"),
        owner=_maybe_text(row, "owner"),
        phase=Phase(row["phase"]),
        verbs=tuple(map(Verb, _of(row, "verbs", list))),
        reason=_text(row, "reason"),
        next_on=None if next_on is None else date.fromisoformat(next_on),
        expiration=None if expiration is None else _instant(expiration),
        monthly_cost=load_cost(_of(row, "monthly_cost", dict, NoneType)),
        facts=_mapping(row, "facts", str, bool, NoneType),
        writes=_mapping(row, "writes", str),
    )


def _load_attention(row: dict[str, Any]) -> Attention:
    return Attention(
        place=_place(row),
        kind=_text(row, "kind"),
        id=_text(row, "id"),
        name=_maybe_text(row, "name"),
        phase=Phase(row["phase"]),
        reason=_text(row, "reason"),
        owner=_maybe_text(row, "owner") if "owner" in row else None,  # older plans have none
    )


def _load_breach(row: dict[str, Any]) -> Breach:
    return Breach(_place(row), _text(row, "kind"), Verb(row["verb"]), _text(row, "why"))


def _of(row: Mapping[str, Any], key: str, *types: type) -> Any:
    """The value of `key`, where it is of one of `types` and no other: `true` is no number."""
    if type(row[key]) not in types:
        raise _shapeless(f"{key!r} is of type {type(row[key]).__name__}")
    return row[key]


def _text(row: Mapping[str, Any], key: str) -> str:
    text: str = _of(row, key, str)
    return text


def _money(row: Mapping[str, Any], key: str) -> Decimal:
    text = _text(row, key)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise _shapeless(f"{key!r} is {text!r}, which is no amount")
    return amount


def _maybe_text(row: Mapping[str, Any], key: str) -> str | None:
    text: str | None = _of(row, key, str, NoneType)
    return text


def _mapping(row: Mapping[str, Any], key: str, *types: type) -> dict[str, Any]:
    found: dict[str, Any] = _of(row, key, dict)
    return {inner: _of(found, inner, *types) for inner in found}


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    if not MINYEAR < at.year < MAXYEAR:
        raise ValueError(f"{text} has no day in other zones")
    return at


def _where(place: Place) -> dict[str, str]:
    return {"account": place.account, "region": place.region, "partition": place.partition}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(_text(row, "account"), _text(row, "region"), _text(row, "partition"))


def _dump_coverage(row: Coverage) -> dict[str, Any]:
    seen = {"status": row.status, "resources": row.resources, "why": row.why}
    return {**_where(row.place), "kind": row.kind, **seen}


def _dump_attention(row: Attention) -> dict[str, Any]:
    return {
        **_where(row.place),
        "kind": row.kind,
        "id": row.id,
        "name": row.name,
        "phase": row.phase.value,
        "reason": row.reason,
        "owner": row.owner,
    }


def _dump_breach(row: Breach) -> dict[str, Any]:
    return {**_where(row.place), "kind": row.kind, "verb": row.verb.value, "why": row.why}


def _digest(body: Mapping[str, Any]) -> str:
    """A hash over all of `body`, row by row, however its text is laid out."""
    digest = hashlib.sha256()
    for key, value in sorted(body.items()):
        digest.update(_canonical(key))
        rows = isinstance(value, Iterator | list)
        for part in (None, *value) if rows else (value,):  # a list of one is not that one
            digest.update(_canonical(part))
    return digest.hexdigest()


def _canonical(value: Any) -> bytes:
    return f"{_ENCODE(value)}\n".encode()


_ENCODE: Callable[[Any], str] = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
