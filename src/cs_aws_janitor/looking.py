"""What every door needs to look: the world made ready, the ledger, and what there is, as a plan.

A plan does no more than this, and starts no slower for what a run needs (`running.py`).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from cs_aws_janitor import wiring
from cs_aws_janitor.accounts import Selection, named_accounts
from cs_aws_janitor.ready import Ready
from cs_aws_janitor.resources import sweep
from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.ledger_s3 import S3
from cs_aws_janitor.resources.sweep import Rules, World
from cs_aws_janitor.settings.surroundings import price_cache
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import LedgerError, RefusedError
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cs_aws_janitor.ready import Scope
    from cs_aws_janitor.resources.delivering import Post
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.sweep import Look, Wish
    from cs_aws_janitor.resources.trail import Trail
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.wiring import Aws


def prepare(aws: Aws, settings: Settings, scope: Scope, by: str) -> Ready:
    """Read the clock once, and find out what can be looked at; `by` is what the ledger names."""
    started = clock.now()
    selection = Selection(scope.accounts, scope.regions, scope.members)
    accounts = named_accounts(aws, settings, selection)
    lit, dark = wiring.places(aws, settings, accounts, selection.regions)
    ledger = open_ledger(settings, aws, by, scope.place)
    world = World(lit, scope.kinds, aws.clients, wiring.coverage_of(dark, scope.kinds))
    estimator = Estimator(scope.kinds, price_cache(os.environ))
    policy = settings.policy()
    rules = Rules(policy, started, ledger, estimator, _trail(aws, policy, started))
    post = _post(aws, settings, rules, ledger)
    return Ready(started, settings, aws, accounts, world, rules, ledger, estimator, post)


def _trail(aws: Aws, policy: Policy, started: datetime) -> Trail | None:
    if not policy.owners.cloudtrail:
        return None
    from cs_aws_janitor.resources.trail import Trail  # noqa: PLC0415  most looks ask for no creator

    return Trail(aws.clients, started, aws.pause)


def _post(aws: Aws, settings: Settings, rules: Rules, ledger: Ledger) -> Post | None:
    if not settings.notify.channels:
        return None
    from cs_aws_janitor.channels import channels_of  # noqa: PLC0415  most looks tell nobody
    from cs_aws_janitor.resources.delivering import Post  # noqa: PLC0415

    channels = channels_of(aws, settings, ledger, rules.now)
    return Post(channels, rules.policy, ledger, rules.now)


def open_ledger(settings: Settings, aws: Aws, by: str, own: str = "") -> Ledger:
    """The ledger where the settings have it: in S3, perhaps in a folder of its `own`, or a file."""
    if place := settings.ledger.s3:
        store = S3(aws.at_home("s3"), place.bucket, place.prefix, place=own)
        return Ledger(store, by)
    return Ledger(File(ledger_path(settings)), by)


def ledger_path(settings: Settings) -> Path:
    """The file or folder of the ledger. Raises RefusedError for none, LedgerError for a device."""
    path = settings.ledger.path
    if path is None:
        raise RefusedError("the settings name no place for the ledger", "Set ledger.path")
    if path.exists() and not (path.is_file() or path.is_dir()):
        # A device may have no end.
        raise LedgerError(f"the ledger {path} is not an ordinary file", "Set ledger.path to one")
    return path


def look(ready: Ready, wish: Wish) -> Look:
    """See what there is, as `wish` has it; its plan bears the instant at which it was made."""
    looked = sweep.look(ready.world, ready.rules, wish)
    return replace(looked, plan=replace(looked.plan, made_at=ready.started))


def unseen(plan: Plan) -> bool:
    """Whether something may be there that the plan does not know of."""
    return bool(plan.blind_spots) or "unknown" in plan.phases
