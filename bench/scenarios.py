"""What is measured, as data: two sides, what of them is compared, and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bench.endpoint.mixes import REGIONS, Size

QUICK = 20  # a quick look is at fleets this much smaller

Command = tuple[str, ...]

# The words in braces are filled in where a command is started.
PLAN: Command = ("{bin}/janitor", "plan", "--config", "{folder}/janitor.toml", "--format", "json")
RUN: Command = ("{bin}/janitor", "run", "--yes", *PLAN[2:])
HELP: Command = ("{bin}/janitor", "--help")
PEER: Command = (
    *("{peer}/bin/custodian", "run", "--dryrun", "--output-dir", "{folder}/out"),
    *("--cache", "{folder}/cache", "{bench}/policies.yml"),
)
PEER_EVERYWHERE: Command = (*PEER, "--region", "all")
PAGINATE: Command = ("{bin}/python", "-P", "{bench}/floors.py", "paginate")
TOKENISE: Command = ("{bin}/python", "-P", "{bench}/floors.py", "tokenise")
CLICK: Command = ("{bin}/python", "-c", "import click")
CLIENT: Command = ("{bin}/python", "-c", "import boto3; boto3.client('ec2')")


class Measure(StrEnum):
    """What of a run is compared."""

    CPU = "CPU"
    EACH = "CPU per instance"
    WALL = "time"
    MEMORY = "peak memory"
    CALLS = "calls"


@dataclass(frozen=True, slots=True)
class World:
    """The fake AWS that a side sees: `accounts`, each of which has a fleet of that size."""

    size: Size
    latency_ms: int = 0
    throttle: bool = False
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class Side:
    """A command in a world, and what it is called in the table."""

    name: str
    command: Command
    world: World


@dataclass(frozen=True, slots=True)
class Target:
    """What is compared, and the ratio to reach; None where it is only told."""

    measure: Measure
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against theirs, run by turns. `once`: too slow for medians of several runs."""

    name: str
    title: str
    ours: Side
    theirs: Side
    targets: tuple[Target, ...]
    once: bool = False

    @property
    def needs_peer(self) -> bool:
        """Whether it cannot be made without the peer."""
        return self.theirs.command in {PEER, PEER_EVERYWHERE}


@dataclass(frozen=True, slots=True)
class Counting:
    """The calls of one run of ours against the formulas of `formulas.py` for its command."""

    name: str
    title: str
    ours: Side
    needs_peer: bool = False


Scenario = Comparison | Counting

EMPTY = World(Size(0))
STEADY = World(Size(10_000, mix="steady"))
BUSY = World(Size(10_000, mix="busy"))
LARGE = World(Size(100_000, mix="steady"))
FAR = World(Size(10_000, regions=len(REGIONS), mix="busy"), latency_ms=50)
ONE_OF_MANY = World(Size(1_700, regions=len(REGIONS)), latency_ms=50)
MANY = replace(ONE_OF_MANY, accounts=40)
SEVERAL = World(Size(10_000, regions=3, mix="busy"))
THROTTLED = replace(BUSY, throttle=True)

_LESS_MEMORY = Target(Measure.MEMORY, 1 / 6)
_FEW_REPEATS = Target(Measure.CALLS, 1.05)

SCENARIOS: tuple[Scenario, ...] = (
    Comparison(
        "steady",
        "plan of {instances}, steady",
        Side("plan", PLAN, STEADY),
        Side("peer", PEER, STEADY),
        (Target(Measure.CPU, 1 / 10), _LESS_MEMORY),
    ),
    Comparison(
        "busy",
        "plan of {instances}, busy",
        Side("plan", PLAN, BUSY),
        Side("peer", PEER, BUSY),
        (Target(Measure.CPU, 1 / 4), _LESS_MEMORY),
    ),
    Comparison(
        "regions",
        "plan of {instances} over {regions} regions, 50 ms a call",
        Side("plan", PLAN, FAR),
        Side("peer", PEER_EVERYWHERE, FAR),
        (Target(Measure.WALL, 1 / 20),),
        once=True,
    ),
    Comparison(
        "accounts",
        "plan of {instances} over {regions} regions of each of {accounts} accounts, 50 ms a call",
        Side("plan", PLAN, MANY),
        Side("plan of one of them", PLAN, ONE_OF_MANY),
        (Target(Measure.WALL), Target(Measure.CPU), Target(Measure.MEMORY)),
        once=True,
    ),
    Comparison(
        "growth",
        "plan of {instances}, steady",
        Side("plan", PLAN, LARGE),
        Side("plan of a tenth", PLAN, STEADY),
        (Target(Measure.MEMORY, 1.5), Target(Measure.EACH, 1.10)),
    ),
    Comparison(
        "throttled-plan",
        "plan of {instances}, busy, throttled",
        Side("plan", PLAN, THROTTLED),
        Side("unthrottled", PLAN, BUSY),
        (_FEW_REPEATS,),
        once=True,
    ),
    Comparison(
        "throttled-run",
        "run of {instances}, busy, throttled",
        Side("run", RUN, THROTTLED),
        Side("unthrottled", RUN, BUSY),
        (_FEW_REPEATS,),
        once=True,
    ),
    Counting(
        "calls-plan", "plan of {instances} over {regions} regions", Side("plan", PLAN, SEVERAL)
    ),
    Counting("calls-run", "run of {instances} over {regions} regions", Side("run", RUN, SEVERAL)),
    Comparison(
        "help",
        "janitor --help",
        Side("help", HELP, EMPTY),
        Side("import click", CLICK, EMPTY),
        (Target(Measure.CPU, 2),),
    ),
    Comparison(
        "start",
        "plan of an empty account",
        Side("plan", PLAN, EMPTY),
        Side("boto3.client('ec2')", CLIENT, EMPTY),
        (Target(Measure.CPU, 1.6),),
    ),
    Comparison(
        "floor-boto3",
        "plan of {instances}, steady",
        Side("plan", PLAN, STEADY),
        Side("pages read by boto3", PAGINATE, STEADY),
        (Target(Measure.CPU),),
    ),
    Comparison(
        "floor-tokens",
        "plan of {instances}, steady",
        Side("plan", PLAN, STEADY),
        Side("pages only tokenised", TOKENISE, STEADY),
        (Target(Measure.CPU),),
    ),
)


def titled(scenario: Scenario) -> str:
    """The title of `scenario`, with the size of its fleet."""
    world = scenario.ours.world
    instances, regions = f"{world.size.instances:,}", world.size.regions
    return scenario.title.format(instances=instances, regions=regions, accounts=world.accounts)


def smaller(scenario: Scenario) -> Scenario:
    """The same for a quick look."""
    if isinstance(scenario, Counting):
        return replace(scenario, ours=_smaller(scenario.ours))
    return replace(scenario, ours=_smaller(scenario.ours), theirs=_smaller(scenario.theirs))


def _smaller(side: Side) -> Side:
    size = side.world.size
    fewer = replace(size, instances=size.instances // QUICK)
    return replace(side, world=replace(side.world, size=fewer))
