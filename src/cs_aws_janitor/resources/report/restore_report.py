"""A restore in words: before it is begun, and when it is done. User data is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import plan_json
from cs_aws_janitor.resources.restore_plan import Begun
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cs_aws_janitor.resources.bringing_back import Restored
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.restore_plan import Manifest, RestorePlan
    from cs_aws_janitor.resources.restoring import Prospect

WIDTH = 16


def plan_text(prospect: Prospect, policy: Policy) -> str:
    """What would come back, what is missing for it, and what cannot."""
    plan = prospect.plan
    lead = f"{_called(plan.manifest)} in {plan.manifest.place.region}"
    lines = [f"{lead}, terminated on {policy.day_of(plan.manifest.at)}"]
    if prospect.back:
        lines += [
            "",
            f"It came back already, as {', '.join(prospect.back)}; --again makes another.",
        ]
    if prospect.cut_off:
        lines += ["", f"It was begun as {prospect.cut_off} and broke off: that is carried on."]
    lines += _section("What comes back", _pairs(plan.brings))
    lines += _section("With these tags", _pairs(plan.tags))
    lines += _section("Missing", (f"{each.what}: {each.options}" for each in plan.missing))
    lines += _known(plan)
    return _text(lines)


def done_text(restored: Restored, keys: Mapping[str, str]) -> str:
    """What became of it; `keys` are the labels and values of the tags to name."""
    manifest, start = restored.plan.manifest, restored.start
    said = {
        Begun.RUNNING: f"came back as {restored.id}, which is {start.state}",
        Begun.PENDING: f"was begun as {restored.id}, which is not there yet",
        Begun.FAILED: f"did not start as {restored.id}",
    }[start.begun]
    lines = [f"{_called(manifest)} {said} in {manifest.place.region}."]
    if start.begun is not Begun.FAILED:
        lines += ["".join(f"{key} {value}. " for key, value in keys.items()).rstrip()]
    if start.why:
        lines += _section("Why", [start.why])
    lines += _section("Not put back", restored.unfinished)
    if start.begun is Begun.PENDING:
        lines += ["", "The same command looks again, and carries on."]
    if start.begun is Begun.RUNNING:
        lines += _known(restored.plan)
    return _text(lines)


def already_text(prospect: Prospect) -> str:
    """What a second restore says."""
    return _text(
        [
            f"{_called(prospect.plan.manifest)} came back already, as {', '.join(prospect.back)}.",
            "--again makes another.",
        ]
    )


def plan_as_json(prospect: Prospect) -> dict[str, Any]:
    """What would come back, as a JSON object."""
    plan = prospect.plan
    manifest = plan.manifest
    return {
        "version": plan_json.VERSION,
        "account": manifest.place.account,
        "region": manifest.place.region,
        "kind": manifest.kind,
        "id": manifest.id,
        "name": manifest.name,
        "ended_at": manifest.at.isoformat(),
        "backups": list(manifest.backups),
        "came_back_as": list(prospect.back),
        "begun_as": prospect.cut_off,
        "brings": dict(plan.brings),
        "tags": dict(plan.tags),
        "missing": [{"what": each.what, "options": each.options} for each in plan.missing],
        "lost": list(plan.lost),
        "notes": list(plan.notes),
    }


def as_json(prospect: Prospect, restored: Restored | None) -> dict[str, Any]:
    """The plan, and beside it what became of it; None: it had come back before."""
    if restored is None:
        ended: dict[str, Any] = {"result": "skipped", "new": prospect.back[-1], "why": None}
        return {**plan_as_json(prospect), **ended, "state": None, "unfinished": []}
    running = restored.start.begun is Begun.RUNNING
    return {
        **plan_as_json(prospect),
        "result": "done" if running else "failed",
        "new": restored.id,
        "state": restored.start.begun.value,
        "why": restored.start.why,
        "unfinished": list(restored.unfinished),
    }


def _called(manifest: Manifest) -> str:
    return f"{manifest.id} ({manifest.name})" if manifest.name else manifest.id


def _known(plan: RestorePlan) -> list[str]:
    return [*_section("What cannot come back", plan.lost), *_section("Good to know", plan.notes)]


def _pairs(values: Mapping[str, str]) -> list[str]:
    width = max(WIDTH, *(len(key) for key in values), 0)
    return [f"{key:<{width}} {value}" for key, value in values.items()]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    shown = [f"  {line}" for line in lines]
    return ["", f"{title}:", *shown] if shown else []


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{safe(line)}\n" for line in lines)
