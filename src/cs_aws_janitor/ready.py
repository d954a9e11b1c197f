"""What a run is about, and everything that it works with. Values only: light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cs_aws_janitor.organization import Member
    from cs_aws_janitor.resources.delivering import Post
    from cs_aws_janitor.resources.estimating import Estimator
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.sweep import Rules, World
    from cs_aws_janitor.settings import Account, Settings
    from cs_aws_janitor.wiring import Aws


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the settings a run is about: these accounts and regions (empty: all), and kinds.

    `place` names the folder of the ledger that is its own, where many share one in S3. `members`
    are the accounts of the organisation, where another part of the run has discovered them.
    """

    kinds: Mapping[str, Kind]
    accounts: frozenset[str] = field(default_factory=frozenset)
    regions: frozenset[str] = field(default_factory=frozenset)
    place: str = ""
    members: tuple[Member, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that it takes to look at AWS and to act on it.

    `started` is the present, which `--as-of` does not move; `rules.now` is what is decided for.
    `post` sends digests to owners; None where no channel is set.
    """

    started: datetime
    settings: Settings
    aws: Aws
    accounts: Sequence[Account]
    world: World
    rules: Rules
    ledger: Ledger
    estimator: Estimator
    post: Post | None
