"""The janitor of the stories: its own survey, plan and hands, wired as its commands wire them.

Only AWS is another one, the strict account of the test: a wait lets the time of that pass.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cs_aws_janitor import wiring
from cs_aws_janitor.accounts import Selection, named_accounts
from cs_aws_janitor.resources import execute, plan, plan_json, sweep
from cs_aws_janitor.resources.crew import Orders
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.trail import Trail
from cs_aws_janitor.settings import load
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.lease import FileSlot, Holder, hold
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cs_aws_janitor.resources.execute import Stages
    from cs_aws_janitor.resources.model import Place
    from cs_aws_janitor.resources.outcome import Outcome
    from cs_aws_janitor.resources.plan import Plan, Step
    from tests.strict.aws import Account

    Handler = Callable[..., None]

REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run had planned, and what became of each step, by the id of its resource."""

    plan: Plan
    outcomes: Mapping[str, Outcome]

    @property
    def results(self) -> dict[str, str]:
        """How each step ended."""
        return {resource: str(outcome.result) for resource, outcome in self.outcomes.items()}

    def result(self, resource: str) -> str:
        """How the step on one resource ended; `none` where nothing was to be done."""
        return self.results.get(resource, "none")

    def why(self, resource: str) -> str:
        """What stood against it, or is still to come."""
        return self.outcomes[resource].why or ""


@dataclass(slots=True)
class Moment:
    """What a person does at the call number `left` from now of one operation."""

    act: Callable[[], object]
    left: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def come(self, **_: object) -> None:
        """One more call of that operation."""
        with self.lock:
            self.left -= 1
            has_come = self.left == 0
        if has_come:
            self.act()


class Janitor:
    """Looks at `account` and acts in it, with a settings file and a ledger in `home`.

    It looks after EC2 instances, where no other `kinds` are named.
    """

    def __init__(self, account: Account, home: Path, *kinds: str) -> None:
        self.account = account
        self.home = home
        self.slot = FileSlot(home / "ledger.jsonl.lock")
        self._accounts = f'["{account.id}"]'
        self._lines = ['ledger.path = "ledger.jsonl"']
        self._lines.append(f"kinds = {json.dumps(kinds or ['ec2_instance'])}")
        self._connect: Callable[[str], wiring.Aws] = _aws
        self._regions: list[str] = [REGION]
        self._handlers: list[tuple[str, Handler, str | None]] = []
        self._hung: list[tuple[Any, str, Handler]] = []
        self._lock = threading.Lock()
        self._aws: wiring.Aws

    # What its settings say

    def settings(self, *lines: str) -> None:
        """Write more lines of janitor.toml, such as `backup.as = "image"`."""
        self._lines += lines

    def without(self, line: str) -> None:
        """Take a line out of it again."""
        self._lines.remove(line)

    def accounts(self, listed: str) -> None:
        """List these accounts, as in `accounts = ...`; and begin anew, as every command does.

        What one has assumed for another account is of no use to the next story.
        """
        self._accounts = listed
        self._connect = wiring.connect

    def regions(self, *names: str) -> None:
        """Look at these regions; at every enabled one where none is named."""
        self._regions = list(names)

    # What it does

    def plan(self, *, protection: bool = False) -> Plan:
        """What a run would do now; its steps show everything that was seen."""
        world, rules, _ = self._ready()
        return sweep.look(world, rules, sweep.Wish(everything=True, protection=protection)).plan

    def run(self, halted: Callable[[], str | None] = lambda: None) -> Ran:
        """Plan, and carry out what the limits allow; one run at a time."""
        world, rules, ledger = self._ready()
        holder = Holder("another run", socket.gethostname(), os.getpid())
        with hold(self.slot, holder, clock.now):
            looked = sweep.look(world, rules, sweep.Wish(sightings=True))
            ledger.learn(looked.created)
            ledger.remember(looked.seen)
            ledger.count(looked.plan.believed)
            orders = Orders(rules.policy, rules.now, ledger, clock.pause, halted)
            return _carry_out(looked.plan, world, orders, execute.STAGES)

    def save(self) -> str:
        """The plan of now, as its file reads."""
        world, rules, _ = self._ready()
        return json.dumps(plan_json.dump(sweep.look(world, rules).plan))

    def apply(self, saved: str) -> Ran:
        """Carry out a saved plan, on facts that are read again first."""
        world, rules, ledger = self._ready()
        orders = Orders(rules.policy, rules.now, ledger, clock.pause)
        return _carry_out(plan_json.load(saved), world, orders, execute.RECHECKED)

    # What has happened, with one run a phase

    def until_expired(self) -> None:
        """Tag what is there, and come back on the day of its Expiration."""
        self.run()
        self.account.travel(days=14)

    def until_waiting(self) -> None:
        """Then shut it off."""
        self.until_expired()
        self.run()

    def until_due(self) -> None:
        """Then come back after the 7 days."""
        self.until_waiting()
        self.account.travel(days=7)

    def until_backed_up(self) -> None:
        """Then begin the backup, and come back when it is complete."""
        self.until_due()
        self.run()
        self.account.travel(minutes=10)

    # What it says

    def step(self, resource: str) -> Step:
        """What a run would do with one resource now."""
        (found,) = [step for step in self.plan().steps if step.id == resource]
        return found

    def phase(self, resource: str) -> str:
        """What one resource is now."""
        return str(self.step(resource).phase)

    def attention(self, resource: str) -> str:
        """What a person should hear of one resource now."""
        return "; ".join(row.reason for row in self.plan().attention if row.id == resource)

    def entries(self, sort: str) -> list[dict[str, Any]]:
        """What the ledger holds of one sort, the oldest first."""
        held = Ledger(File(self.home / "ledger.jsonl")).entries()
        return [entry for entry in held if entry["entry"] == sort]

    def forget(self) -> None:
        """Lose the ledger."""
        (self.home / "ledger.jsonl").unlink()

    # What happens while it works

    def before(
        self, operation: str, act: Callable[[], object], number: int = 1, service: str = "ec2"
    ) -> None:
        """Let a person act just before the call `number` of `operation` from now on."""
        event = f"before-parameter-build.{service}.{operation}"
        self._handlers.append((event, Moment(act, number).come, None))

    def after(
        self, operation: str, act: Callable[[], object], number: int = 1, region: str | None = None
    ) -> None:
        """Let a person act right after the call `number` of `operation` from now on."""
        moment = Moment(act, number)
        self._handlers.append((f"after-call.ec2.{operation}", moment.come, region))

    def pages_of(self, size: int) -> None:
        """Let AWS list no more than `size` instances on a page."""

        def cut(params: dict[str, Any], **_: object) -> None:
            if "InstanceIds" not in params:  # AWS takes either ids or the size of a page
                params["MaxResults"] = size

        self._handlers.append(("before-parameter-build.ec2.DescribeInstances", cut, None))

    def close(self) -> None:
        """Leave the clients, which the next story uses too, as they were."""
        for client, event, handler in self._hung:
            client.meta.events.unregister(event, handler)

    # How it is done

    def _ready(self) -> tuple[sweep.World, sweep.Rules, Ledger]:
        """What a command gets ready: settings, clock and ledger are read afresh each time."""
        head = [f"accounts = {self._accounts}", f"regions = {json.dumps(self._regions or 'all')}"]
        (self.home / "janitor.toml").write_text("\n".join([*head, *self._lines]))
        settings = load(None, {"HOME": str(self.home)}, self.home, KINDS)
        self._aws = self._connect(settings.partition)
        accounts = named_accounts(self._aws, settings, Selection())
        lit, dark = wiring.places(self._aws, settings, accounts, frozenset())
        kinds = {name: KINDS[name] for name in settings.kinds or KINDS}
        world = sweep.World(lit, kinds, self._clients, wiring.coverage_of(dark, kinds))
        ledger = Ledger(File(self.home / "ledger.jsonl"))
        policy, now = settings.policy(), clock.now()
        trail = Trail(self._clients, now, clock.pause) if policy.owners.cloudtrail else None
        return world, sweep.Rules(policy, now, ledger, trail=trail), ledger

    def _clients(
        self, place: Place, service: str, *, once: bool = False, whole: bool = False
    ) -> Any:
        client = self._aws.clients(place, service, once=once, whole=whole)
        with self._lock:
            for event, handler, region in self._handlers:
                hung = (client, event, handler)
                if region in {None, place.region} and hung not in self._hung:
                    client.meta.events.register(event, handler)
                    self._hung.append(hung)
        return client


@functools.cache
def _aws(partition: str) -> wiring.Aws:
    """One way into AWS for all stories: its clients are slow to make."""
    return wiring.connect(partition)


def _carry_out(planned: Plan, world: sweep.World, orders: Orders, stages: Stages) -> Ran:
    steps = [step for step in plan.allowed(planned) if step.verbs]
    ended = execute.carry_out(steps, world, orders, stages)
    return Ran(planned, {outcome.step.id: outcome for outcome in ended})
