"""Bring back what was terminated: the order of things, in which a crash loses nothing.

What it is launched from is made, or found made; it is launched once, whoever repeats it; its
start is watched for a bounded time; what a launch cannot do is done; what was made for it is
removed; the ledger has the last word. A restore that broke off is carried on by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.restore_plan import Begun, Start
from cs_aws_janitor.resources.restoring import way_back
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.resources.kinds._kind import Kind, Restore
    from cs_aws_janitor.resources.restore_plan import RestorePlan, Source
    from cs_aws_janitor.resources.restoring import Prospect
    from cs_aws_janitor.resources.sweep import Rules, World
    from cs_aws_janitor.shared.clock import Pause

LOOKS, SECONDS_BETWEEN = 60, 5.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, how far its start has come, and what could not be put back."""

    plan: RestorePlan
    id: str
    start: Start
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hands:
    """What a restore is carried out with: where, by which rules, and how to wait."""

    world: World
    rules: Rules
    pause: Pause

    def bring_back(self, prospect: Prospect) -> Restored:
        """Make it, wait a bounded time to see it run, put back the rest, and write it down.

        Raises RefusedError where it could not be begun; then nothing is left of the try.
        """
        plan = prospect.plan
        kind, restore = way_back(self.world, plan.manifest)
        client = self.world.clients(plan.manifest.place, kind.service, whole=True)
        new = prospect.cut_off or self._begin(client, restore, prospect)
        start = self._started(client, restore, plan, new)
        unfinished: list[str] = []
        if start.begun is Begun.RUNNING:
            unfinished += _told(lambda: restore.finish(client, plan, new))
        if start.begun is not Begun.PENDING:
            unfinished += _told(lambda: restore.tidy(client, plan))
        restored = Restored(plan, new, start, tuple(unfinished))
        if start.begun is not Begun.PENDING:
            _record(self.rules, restored)
            self._remember(client, kind, restored)
        return restored

    def _begin(self, client: Any, restore: Restore, prospect: Prospect) -> str:
        """Launch it; where that is refused, remove what was made for it."""
        plan = prospect.plan
        source = self._prepared(client, restore, plan)
        if isinstance(source, str):
            why = source
        else:
            begun = attempt(lambda: restore.begin(client, plan, source, prospect.tokens))
            if not isinstance(begun, Refusal):
                return begun
            if launched := _launched(client, restore, prospect):
                return launched
            why = begun.sentence
        left = _told(lambda: restore.tidy(client, plan))
        cleaned = f". What was made for it is left: {'; '.join(left)}" if left else ""
        raise RefusedError(
            f"{plan.manifest.id} was not brought back: {why.rstrip('.')}{cleaned}",
            "Nothing runs of it; try again, where it helps with --type or --subnet",
        )

    def _prepared(self, client: Any, restore: Restore, plan: RestorePlan) -> Source | str:
        """What it is launched from, once that is ready; or why there is none."""
        why = ""
        for looked in range(LOOKS):
            if looked:
                self.pause(SECONDS_BETWEEN)
            source = attempt(lambda: restore.prepare(client, plan))
            if isinstance(source, Refusal):
                return source.sentence
            if source.ready and not source.unfit:
                return source
            why = source.unfit or f"{source.id} was not ready in time"
            if source.unfit:
                break
        return why

    def _started(self, client: Any, restore: Restore, plan: RestorePlan, new: str) -> Start:
        """The start as it stands once it is decided, or the time is up."""
        start = Start(Begun.PENDING)
        for looked in range(LOOKS):
            if looked:
                self.pause(SECONDS_BETWEEN)
            seen = attempt(lambda: restore.watch(client, plan, new))
            if isinstance(seen, Refusal):
                return Start(Begun.PENDING, f"it could not be seen: {seen.sentence}")
            start = seen
            if start.begun is not Begun.PENDING:
                break
        return start

    def _remember(self, client: Any, kind: Kind, restored: Restored) -> None:
        """Remember its dates, so that whoever strips its tags renews nothing (S3)."""
        keys, ledger = self.rules.policy.keys, self.rules.ledger
        place, written = restored.plan.manifest.place, restored.plan.tags
        seen = attempt(lambda: kind.read(client, place, [restored.id]))
        if ledger and not isinstance(seen, Refusal):
            ledger.remember((r, written[keys.discovered], written[keys.expiration]) for r in seen)


def _launched(client: Any, restore: Restore, prospect: Prospect) -> str | None:
    """What was launched all the same, where only the answer was lost."""
    seen = attempt(lambda: restore.living(client, prospect.plan.manifest))
    return None if isinstance(seen, Refusal) else replace(prospect, living=seen).cut_off


def _told(call: Callable[[], list[str] | None]) -> list[str]:
    """What `call` could not do, in words."""
    answer = attempt(call)
    return [answer.sentence] if isinstance(answer, Refusal) else answer or []


def _record(rules: Rules, restored: Restored) -> None:
    if rules.ledger is None:
        return
    manifest, start = restored.plan.manifest, restored.start
    running = start.begun is Begun.RUNNING
    came = "came back as" if running else "did not start as"
    rules.ledger.act(
        {
            "act": "restore",
            "account": manifest.place.account,
            "region": manifest.place.region,
            "kind": manifest.kind,
            "id": manifest.id,
            "name": manifest.name,
            "old": manifest.id,
            "new": restored.id,
            "result": "done" if running else "failed",
            "reason": f"{came} {restored.id}",
            "why": "; ".join(filter(None, (start.why, *restored.unfinished))) or None,
        }
    )
