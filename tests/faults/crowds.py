"""A crowd under throttling: every third call of a run is refused, and every step is done."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.janitor import called
from tests.faults.laws import Laws, watching
from tests.strict.door import DOOR
from tests.strict.faults import Fault, throttled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.strict.aws import Account
    from tests.strict.wire import Request

SHARE = 0.3
SETTINGS = """
accounts = ["{account}"]
regions = ["eu-west-1"]
kinds = ["ec2_instance"]
ledger.path = "ledger.jsonl"

[limits]
shut_off = {{count = {many}, share = 1.0}}
terminate = {{count = {many}, share = 1.0}}
"""


class Shower(Fault):
    """Hits so large a share of all calls to EC2. `hits` is how often it did."""

    def __init__(self, share: float) -> None:
        super().__init__("*", throttled)
        self.hits = 0
        self._share = share
        self._dice = random.Random(30)  # noqa: S311  no secret

    def strikes(self, request: Request, *, afterwards: bool) -> bool:
        """Roll the dice."""
        hit = not afterwards and request.service == "ec2" and self._dice.random() < self._share
        self.hits += hit
        return hit


@contextmanager
def raining(share: float = SHARE) -> Iterator[Shower]:
    """While this lasts so large a share of the calls is refused."""
    shower = Shower(share)
    DOOR.faults.standing.append(shower)
    try:
        yield shower
    finally:
        DOOR.faults.standing.pop()


@dataclass(frozen=True)
class Crowd:
    """So many instances: some have expired, some are due, some bear no name; the rest is new."""

    many: int

    @property
    def steps(self) -> Counter[tuple[str, str]]:
        """How every step must end, by the phase of its instance."""
        eighth, twentieth = self.many // 8, self.many // 20
        return Counter(
            {
                ("expired", "done"): eighth,
                ("un-named", "done"): eighth,
                ("due", "done"): twentieth,
                ("new", "done"): self.many - 2 * eighth - twentieth,
            }
        )

    def gather(self, account: Account, home: Path) -> None:
        """Launch them all, and let 21 days go by for the elder."""
        settings = SETTINGS.format(account=account.id, many=self.many)
        (home / "janitor.toml").write_text(settings)
        account.snapshots_finish()
        dates = {"Discovered": "2026-11-22", "Expiration": "2026-12-06"}
        mark = {"ShutOff": "2026-12-06T06:00:00+00:00"}
        for phase, tags in (("expired", dates), ("due", dates | mark)):
            _launch(account, self.steps[phase, "done"], {"Name": "jd-old", **tags})
        account.travel(days=21)
        _launch(account, self.steps["un-named", "done"], {})
        _launch(account, self.steps["new", "done"], {"Name": "jd-new"})

    def run_through_rain(self, account: Account, home: Path) -> list[str]:
        """What is wrong after a run in which every third call is refused."""
        self.gather(account, home)
        with raining() as shower, watching(Laws()) as laws:
            ran = called("run", "--yes", "--format", "json")
        told = json.loads(ran.out)
        ended = Counter((step["phase"], step["result"]) for step in told["outcomes"])
        wrong = [*laws.breaches]
        if ended != self.steps:
            wrong.append(f"the steps ended so: {ended}")
        if told["throttled"] != shower.hits or not shower.hits:
            wrong.append(f"throttled {shower.hits} times, and it says {told['throttled']}")
        if ran.code:
            wrong.append(f"its exit code is {ran.code}: {ran.err}")
        return wrong


def _launch(account: Account, count: int, tags: dict[str, str]) -> None:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    how: dict[str, Any] = {"ImageId": "ami-0123456789abcdef0", "MinCount": count, "MaxCount": count}
    if pairs:
        how["TagSpecifications"] = [{"ResourceType": "instance", "Tags": pairs}]
    account.client("ec2").run_instances(**how)
