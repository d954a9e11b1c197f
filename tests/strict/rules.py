"""The book of rules: which function answers which operation, and what holds for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange, World

    Rule = Callable[[Exchange], Answer]
    Check = Callable[[Exchange], None]
    Settle = Callable[[World], None]

RULES: dict[str, Rule] = {}
CHECKS: list[Check] = []
SETTLES: list[Settle] = []


def rule(*names: str) -> Callable[[Rule], Rule]:
    """This function answers the operations `names`, such as `ec2:StopInstances`."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


def check(function: Check) -> Check:
    """Run this before every request; it raises what AWS refuses."""
    CHECKS.append(function)
    return function


def settle(function: Settle) -> Settle:
    """Let happen, before every request, what time has brought about."""
    SETTLES.append(function)
    return function


def answer(exchange: Exchange) -> Answer:
    """What AWS answers; it raises what AWS refuses."""
    for function in CHECKS:
        function(exchange)
    if exchange.request.form.get("DryRun") == "true" or exchange.request.name not in RULES:
        return exchange.forward(None)
    return RULES[exchange.request.name](exchange)


def let_time_work(world: World) -> None:
    """Bring everything to where it stands by now."""
    for function in SETTLES:
        function(world)
