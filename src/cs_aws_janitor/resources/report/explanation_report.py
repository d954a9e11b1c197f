"""An explanation in sentences, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan, plan_json, prices, tags
from cs_aws_janitor.resources.model import Power
from cs_aws_janitor.resources.report import words
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cs_aws_janitor.resources.explaining import Explanation
    from cs_aws_janitor.resources.model import Creator
    from cs_aws_janitor.resources.policy import Policy, TagKeys
    from cs_aws_janitor.resources.prices import Charge, Quote


def as_text(
    explanation: Explanation, policy: Policy, parts: Sequence[tuple[Charge, Quote]] = ()
) -> str:
    """Why it is what it is, what comes when, and what would change that: one page of text.

    `parts` are what the estimate of its cost is made of.
    """
    resource, decision = explanation.resource, explanation.decision
    name = tags.called(resource, policy.keys) or "(no name)"
    place = f"{resource.place.account} {resource.place.region}"
    lines = [
        f"{resource.id}  {name}  {resource.kind}  {place}",
        "",
        f"It is {decision.phase}: {decision.reason}.",
        f"The rule: {explanation.rule}.",
    ]
    if decision.verbs:
        lines.append(
            f"The next run will: {words.verbs(decision.verbs, only_marked=resource.only_marked)}."
        )
    lines += _section("What stands on it", _facts(explanation, policy))
    lines += _section("What comes", [f"{c.on}  {c.what}" for c in explanation.coming])
    lines += _section("What a month costs, as an estimate", _costs(explanation, parts))
    lines += _section("Look at this", [*decision.attention, *explanation.barriers])
    lines += _section("What would change it", list(explanation.cures))
    return "".join(f"{safe(line)}\n" for line in lines)


def as_json(explanation: Explanation, keys: TagKeys) -> dict[str, Any]:
    """The step that `plan` would show, and beside it what an explanation adds."""
    step = plan.step(explanation.resource, explanation.decision, keys, explanation.cost)
    return {
        "version": plan_json.VERSION,
        **plan_json.dump_step(step),
        "rule": explanation.rule,
        "creator": _creator_as_json(explanation.resource.creator),
        "coming": [{"on": c.on.isoformat(), "what": c.what} for c in explanation.coming],
        "attention": [*explanation.decision.attention, *explanation.barriers],
        "cures": list(explanation.cures),
    }


def _creator_as_json(told: Creator | None) -> dict[str, str | None] | None:
    """What CloudTrail told; None where it was not asked, texts of None where it knew nobody."""
    if told is None:
        return None
    return {"login": told.login, "means": told.means, "event": told.event}


def _facts(explanation: Explanation, policy: Policy) -> list[str]:
    resource, decision = explanation.resource, explanation.decision
    marks = tags.read(resource.tags, policy.keys)
    keys = policy.keys
    expires = f" (counts as {words.instant(decision.expiration)})" if decision.expiration else ""
    born = words.instant(resource.born) if resource.born else "unknown"
    protected = {True: "yes", False: "no", None: "not read"}[resource.protected]
    facts = [
        ("power", resource.power.value),
        ("first launched", born),
        ("protected", protected),
        ("owner", decision.owner or "unknown"),
        ("created by", _creator(resource.creator)),
        (keys.discovered, marks.discovered or "(no tag)"),
        (keys.expiration, (" | ".join(marks.expirations) or "(no tag)") + expires),
        (keys.shut_off, marks.shut_off or "(no tag)"),
        (keys.permanent, marks.permanent or "(no tag)"),
        ("belongs to", resource.stack or ""),
    ]
    return [f"{label:<15} {value}" for label, value in facts if value]


def _creator(told: Creator | None) -> str:
    if told is None:
        return ""
    if told.event is None:
        return "unknown: CloudTrail had no event of that when it was asked"
    who = f"{told.login}, {told.means}" if told.login else "a service, and no person"
    return f"{who}, by {told.event} (CloudTrail)"


def _costs(explanation: Explanation, parts: Sequence[tuple[Charge, Quote]]) -> list[str]:
    cost = explanation.cost
    if cost is None:
        return ["there is no estimate: not all that it is charged for has a known price"]
    lines = [
        f"{charge.amount:f} x {quote.usd:f} USD = {prices.rounded(charge.amount * quote.usd):,} USD"
        f"  {charge.price.words}{'' if charge.price.while_off else ', not while off'}"
        f"; by the list of {quote.region} of {quote.as_of}"
        for charge, quote in parts
    ]
    total = f"{cost.amount:,} USD"
    if explanation.resource.power is not Power.NONE:  # of what has no switch there is no other
        total += f", and {cost.while_off:,} USD while shut off"
    return [*lines, total + (f"; and besides {cost.besides}" if cost.besides else "")]


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []
