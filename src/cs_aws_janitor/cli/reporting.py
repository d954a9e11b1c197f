"""The page on the account, for each of the commands that print it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_aws_janitor.cli.options import Asked
    from cs_aws_janitor.cli.setting_up import Ready
    from cs_aws_janitor.resources.sweep import Look, Wish


def ahead(ready: Ready, wish: Wish) -> Wish:
    """`wish` for a look from which a page can be made: at everything, and at the days to come."""
    from cs_aws_janitor.resources.report.timeline import DAYS

    return replace(wish, everything=True, until=ready.rules.now + timedelta(days=DAYS))


def page_of(ready: Ready, looked: Look, also: str = "") -> str:
    """The page on what was `looked` at; `also` says to what else than by options it is narrowed."""
    from cs_aws_janitor.cli.savings import fits
    from cs_aws_janitor.resources import savings
    from cs_aws_janitor.resources.report.page import Facts, page

    policy = ready.rules.policy
    until = min(ready.started, ready.rules.now)
    saved = savings.savings(ready.ledger.entries(), until, policy.terminate_after)
    listed = {(step.place, step.kind, step.id) for step in looked.plan.steps}
    outlooks = [o for o in looked.outlooks if (o.step.place, o.step.kind, o.step.id) in listed]
    chosen = "; ".join(filter(None, [_chosen(ready.asked), also]))
    ours = saved.of(partial(fits, ready.asked))
    return page(Facts(looked.plan, outlooks, ours, policy, len(ready.ledger.torn), chosen))


def _chosen(asked: Asked) -> str:
    """To what the options have narrowed it, in words."""
    options = {
        "account": asked.accounts,
        "region": asked.regions,
        "kind": asked.kinds,
        "owner": asked.owners,
    }
    return "; ".join(f"{name} {', '.join(given)}" for name, given in options.items() if given)
