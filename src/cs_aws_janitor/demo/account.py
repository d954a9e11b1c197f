"""The sample account: moto in this process, seen through the janitor's own wiring and settings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto import mock_aws

from cs_aws_janitor import wiring
from cs_aws_janitor.accounts import Selection, named_accounts
from cs_aws_janitor.resources.estimating import Estimator
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.ledger import Ledger
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.sweep import Rules, World
from cs_aws_janitor.settings import load
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.ledger_file import File

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.wiring import Aws

ALIAS = "demo"
CONFIG, LEDGER = "janitor.toml", "ledger.jsonl"
SETTINGS = f"""\
# The sample account of `janitor demo`. What is not said here is the default.
accounts = [{{id = "123456789012", name = "demo"}}]
regions = ["eu-central-1", "eu-west-1", "us-east-1"]
kinds = ["ec2_instance", "elastic_ip", "rds_instance"]

[ledger]
path = "{LEDGER}"
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample account, and where its settings and its ledger lie."""

    config: Path
    aws: Aws
    world: World
    policy: Policy

    @property
    def rules(self) -> Rules:
        """What a run that begins now decides by; each has a ledger of its own, as in life."""
        estimator = Estimator(self.world.kinds)  # the packaged prices, whatever lies in a cache
        return Rules(self.policy, clock.now(), self.ledger, estimator)

    @property
    def ledger(self) -> Ledger:
        """The ledger as it is on disk now."""
        return Ledger(File(self.config.with_name(LEDGER)))

    def take_alias(self) -> None:
        """Let the account have an alias: what a person types to confirm a run in it."""
        place = Place(self.aws.account, self.aws.home, self.aws.partition)
        self.aws.clients(place, "iam").create_account_alias(AccountAlias=ALIAS)


@contextmanager
def opened(folder: Path) -> Iterator[Sample]:
    """An empty account, whose settings are written into `folder`. Needs a `sheltered` process."""
    config = folder / CONFIG
    config.write_text(SETTINGS, encoding="utf-8")
    with mock_aws(config={"core": {"mock_credentials": False, "reset_boto3_session": False}}):
        settings = load(config, os.environ, folder, KINDS)
        kinds = {name: KINDS[name] for name in settings.kinds or KINDS}
        aws = wiring.connect()
        accounts = named_accounts(aws, settings, Selection())
        lit, dark = wiring.places(aws, settings, accounts, frozenset())
        world = World(lit, kinds, aws.clients, wiring.coverage_of(dark, kinds))
        yield Sample(config, aws, world, settings.policy())
