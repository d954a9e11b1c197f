"""How many calls a plan and a run make, from what the fleet is: no more, whatever its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.endpoint.truth import Truth

PAGE = 1000  # instances in one answer
TAGGED = 1000  # resources with equal tags in one call
STOPPED = 100  # instances in one call
READ_AGAIN = 200  # values of one filter
STOPPED_TIMES = 2  # read again before they are stopped, and to see that they are
ENDED_TIMES = 4  # before the backup, before the manifest, for it, and before the end


def of_plan(truths: Iterable[Truth]) -> dict[str, int]:
    """A call per page, and one protection read per candidate, in every region."""
    return _summed(
        {
            "DescribeInstances": max(1, _calls(region.instances, PAGE)),
            "DescribeInstanceAttribute": region.endangered,
            "DescribeSnapshots": _calls(region.count("due"), READ_AGAIN),
        }
        for region in truths
    )


def of_run(truths: Iterable[Truth]) -> dict[str, int]:
    """What is equal goes in one call, what is destroyed in a call of its own, in every region."""
    return _summed(map(_of_run, truths))


def _of_run(region: Truth) -> dict[str, int]:
    due, unnamed = region.count("due"), region.count("un-named")
    stops = unnamed + region.count("expired")
    marks = [unnamed, *region.expired_on.values()]  # the note tells the date
    again = STOPPED_TIMES * _calls(stops, READ_AGAIN) + ENDED_TIMES * _calls(due, READ_AGAIN)
    return {
        "CreateTags": sum(_calls(n, TAGGED) for n in (unnamed + region.count("new"), *marks)),
        "StopInstances": _calls(stops, STOPPED),
        "CreateSnapshots": due,
        "TerminateInstances": due,
        "DescribeInstances": max(1, _calls(region.instances, PAGE)) + again,
    }


FORMULAS: dict[str, Callable[[Iterable[Truth]], dict[str, int]]] = {"plan": of_plan, "run": of_run}


def _calls(count: int, size: int) -> int:
    return -(-count // size)


def _summed(regions: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for calls in regions:
        for action, count in calls.items():
            total[action] = total.get(action, 0) + count
    return total
