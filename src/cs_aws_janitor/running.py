"""What every door needs to act on what it has looked at: the locks, the order of things, the end.

The doors are the command (`cli/`) and the Lambda handler. They parse, call this, and tell.
"""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from cs_aws_janitor.looking import ledger_path, unseen
from cs_aws_janitor.ready import Ready
from cs_aws_janitor.resources import execute, noticing, weekly
from cs_aws_janitor.resources import plan as plans
from cs_aws_janitor.resources.crew import Orders
from cs_aws_janitor.resources.lease_s3 import S3Slot
from cs_aws_janitor.resources.model import Verb
from cs_aws_janitor.resources.outcome import CLEAN, Outcome, Result
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import DONE, PARTLY, REFUSED, RefusedError
from cs_aws_janitor.shared.lease import FileSlot, Holder, hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.resources.delivering import Post
    from cs_aws_janitor.resources.plan import Plan
    from cs_aws_janitor.resources.sweep import Look, Wish
    from cs_aws_janitor.shared.lease import Slot

    Halted = Callable[[], str | None]

AnyReady = TypeVar("AnyReady", bound=Ready)
LOST = "the lock was lost to another run"


def require_named(ready: Ready, also: Sequence[str] = ()) -> None:
    """Refuse to write to an account that neither the settings nor `also` names.

    What they have discovered in an organisation they have named, too.
    """
    if ready.settings.organization.role:
        return
    named = {account.id for account in ready.settings.accounts} | set(also)
    for account in ready.accounts:
        if account.id not in named:
            raise RefusedError(
                f"account {account.id} is not named, so nothing may be changed in it",
                f'Write accounts = ["{account.id}"] in janitor.toml, '
                f"or pass --account {account.id}",
            )


@contextmanager
def one_at_a_time(ready: Ready, name: str | None = None, region: str = "") -> Iterator[Halted]:
    """Hold the lock of every account; what is given says why to stop, once a lock is lost.

    `name` is what others are told of who holds it; with `region` only that of each is held. Raises
    LockedError while another run is under way.
    """
    host, pid = socket.gethostname(), os.getpid()
    holder = Holder(name or f"process {pid} on {host}", host, pid)
    with ExitStack() as stack:
        leases = [
            stack.enter_context(hold(_slot(ready, account.id, region), holder, clock.now))
            for account in ready.accounts
        ]
        yield lambda: LOST if any(lease.lost for lease in leases) else None


def _slot(ready: Ready, account: str, region: str) -> Slot:
    if place := ready.settings.ledger.s3:
        key = "/".join(part for part in (place.prefix, "locks", account) if part)
        return S3Slot(ready.aws.at_home("s3"), place.bucket, key, region)
    path = ledger_path(ready.settings)
    return FileSlot(path.with_name(f"{path.name}.{account}.lock"))


def also_the_week(ready: Ready, wish: Wish, *, anyhow: bool = False) -> Wish:
    """`wish`, and what comes within a week, where that is still to be told, or `anyhow`."""
    if ready.post is None:
        return wish
    if not anyhow and not ready.post.owes_week(account.id for account in ready.accounts):
        return wish
    return replace(wish, until=ready.started + weekly.AHEAD)


def telling_the_week(ready: AnyReady, looked: Look) -> AnyReady:
    """`ready` to tell of the week, too: `looked` is all that there is in its accounts."""
    return replace(ready, post=ready.post and replace(ready.post, look=looked))


def remember(ready: Ready, looked: Look) -> None:
    """Have the ledger remember what a run has seen, before anything is done."""
    ready.ledger.learn(looked.created)
    ready.ledger.remember(looked.seen)
    ready.ledger.count(looked.plan.believed)


def carry_out(ready: Ready, plan: Plan, halted: Halted, *, recheck: bool) -> list[Outcome]:
    """Carry out what the limits allow of `plan`; `halted` says why to begin nothing more.

    `recheck`: the plan is not of just now, so the facts of every step are read again first. Owners
    are told at the end, where there is a channel: of all of it at once.
    """
    rules = ready.rules
    steps = [step for step in plans.allowed(plan) if step.verbs]
    if ready.post:
        steps = noticing.quiet(steps)
    stages = execute.RECHECKED if recheck else execute.STAGES
    orders = Orders(rules.policy, rules.now, ready.ledger, clock.pause, halted)
    ended = list(execute.carry_out(steps, ready.world, orders, stages))
    return ended + _tell(ready.post, ready, plan, halted) if ready.post else ended


def _tell(post: Post, ready: Ready, plan: Plan, halted: Halted) -> list[Outcome]:
    """Tell owners of what was done; and of what is to come, where `plan` is of this very run."""
    if plan.made_at == ready.started:
        return post.deliver(plan, halted)
    later = [step for step in plans.allowed(plan) if step.verbs == (Verb.NOTIFY,)]
    why = "what is to come is told by the next run"
    skipped = [Outcome(step, Result.SKIPPED, ready.started, why) for step in later]
    return skipped + replace(post, look=None).deliver(replace(plan, steps=(), attention=()), halted)


def exit_code(plan: Plan, ended: Sequence[Outcome]) -> int:
    """0: all done. 1: something failed, was blocked, changed or unseen. 2: nothing was begun."""
    if plan.breaches and not ended:
        return REFUSED
    unclean = any(each.result not in CLEAN for each in ended)
    return PARTLY if plan.breaches or unseen(plan) or unclean else DONE
