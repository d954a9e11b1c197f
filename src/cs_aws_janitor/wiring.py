"""Builds the real world: sessions, assumed roles, clients. botocore stands here alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import UnknownRegionError

from cs_aws_janitor import __version__, sessions
from cs_aws_janitor.fast_sender import ANSWERED_IN, REACHED_IN, send_reads_fast
from cs_aws_janitor.pacing import Pace
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.plan import Coverage
from cs_aws_janitor.resources.refusals import Refusal, attempt, throttles
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.unreachable import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from botocore.session import Session

    from cs_aws_janitor.settings import Account, Settings
    from cs_aws_janitor.shared.clock import Pause

HOME = "us-east-1"
CONNECTIONS = 32
ATTEMPTS = 10

_DISABLED = "not-opted-in"


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the settings is looked at: only these accounts and regions; empty means all."""

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(slots=True)
class Aws:
    """The way into AWS of one process: who asks (`account`), and a client for every place.

    `core` is the session of who asks, which its clients are made by; `pause` how to wait.
    `throttled` is how many answers said that there were too many requests, repeated or not.
    """

    core: Session
    account: str
    partition: str
    pause: Pause = clock.pause
    throttled: int = 0
    _cores: dict[str, Session] = field(default_factory=dict)
    _sessions: dict[tuple[str, bool], Session] = field(default_factory=dict)
    _clients: dict[tuple[Place, str, bool, bool], Any] = field(default_factory=dict)
    _paces: dict[tuple[Place, str], Pace] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clients(
        self, place: Place, service: str, *, once: bool = False, whole: bool = False
    ) -> Any:
        """The client of `service` in `place`; see `resources.survey.Clients`."""
        key = (place, service, once, whole)
        with self._lock:  # a session may not make two clients at a time
            if key not in self._clients:
                self._clients[key] = self._made(*key)
            return self._clients[key]

    def _made(self, place: Place, service: str, once: bool, whole: bool) -> Any:  # noqa: FBT001  a key
        session = self._session(place.account, whole)
        config = _config(1 if once else ATTEMPTS)
        client: Any = session.create_client(service, region_name=place.region, config=config)
        if service == "ec2" and not whole:
            send_reads_fast(client, self.core)
        pace = self._paces.setdefault((place, service), Pace(self.pause))
        pace.keep(client)
        client.meta.events.register("response-received", partial(self._hear, pace))
        return client

    def _session(self, account: str, whole: bool) -> Session:  # noqa: FBT001  a key
        if (account, whole) not in self._sessions:
            core = self._cores.get(account, self.core)
            self._sessions[account, whole] = sessions.whole(core) if whole else core
        return self._sessions[account, whole]

    def at_home(self, service: str) -> Any:
        """The client of `service` where the caller itself is at home."""
        return self.clients(Place(self.account, self.home, self.partition), service)

    def admit(self, account: Account) -> None:
        """Make the role of another account the way into it."""
        if account.role and account.id != self.account:
            self._cores[account.id] = sessions.assumed(self.core, account, account.role)

    def alias(self, account: str) -> str:
        """What a person types to confirm: the account's alias, or its id where it has none."""
        iam = self.clients(Place(account, self.home, self.partition), "iam")
        answer = attempt(iam.list_account_aliases)
        aliases = [] if isinstance(answer, Refusal) else answer["AccountAliases"]
        return str(aliases[0]) if aliases else account

    @property
    def home(self) -> str:
        """The region in which questions are asked that belong to none."""
        return self.core.get_config_variable("region") or HOME

    def in_partition(self, region: str) -> bool:
        """Whether `region` belongs to the partition of the caller; unknown ones may."""
        try:
            return self.core.get_partition_for_region(region) == self.partition
        except UnknownRegionError:
            return True

    def _hear(
        self, pace: Pace, event_name: str, parsed_response: Mapping[str, Any] | None, **_: object
    ) -> None:
        """Note that there were too many requests, also where the SDK repeats one by itself."""
        if throttles((parsed_response or {}).get("Error", {}).get("Code", "")):
            pace.slow_down(event_name.rpartition(".")[2])
            with self._lock:
                self.throttled += 1


def connect() -> Aws:
    """Find credentials the ordinary AWS ways and ask whose they are.

    Raises UnreachableError: no credentials, an expired token, an endpoint that does not answer.
    """
    answer = attempt(_identify)
    if isinstance(answer, Refusal):
        raise unreachable(answer)
    return answer


def named_accounts(aws: Aws, settings: Settings, selection: Selection) -> list[Account]:
    """The accounts to look at. Raises RefusedError where the credentials fit none of them.

    Source: aws-lifecycle.md, Guard rails: any account that is not named is refused.
    """
    from cs_aws_janitor.settings import Account  # noqa: PLC0415  pydantic only when it is used

    known = {account.id: account for account in settings.accounts}
    for account_id in selection.accounts - known.keys():
        known[account_id] = Account.model_validate({"id": account_id})
    if not known:
        return [Account.model_validate({"id": aws.account})]
    wanted = [a for a in known.values() if not selection.accounts or a.id in selection.accounts]
    within = [a for a in wanted if a.id == aws.account or a.role]
    if within:
        for account in within:
            aws.admit(account)
        return within
    named = ", ".join(sorted(a.id for a in wanted))
    raise RefusedError(
        f"the credentials belong to account {aws.account}, and only {named} may be touched",
        "Use other credentials, name this account in accounts, or give the others a role",
    )


def places(
    aws: Aws, settings: Settings, accounts: Iterable[Account], regions: frozenset[str]
) -> tuple[list[Place], list[tuple[Place, str, str]]]:
    """Every place to look at, and those known to be dark: place, status and why.

    Raises RefusedError for a region that the settings leave out, or that does not exist.
    """
    lit: list[Place] = []
    dark: list[tuple[Place, str, str]] = []
    for account in accounts:
        listed = settings.regions_of(account)
        if listed is not None and regions - set(listed):
            outside = ", ".join(sorted(regions - set(listed)))
            raise RefusedError(
                f"region {outside} is not among the regions of account {account.id}",
                "Add it to regions in the settings",
            )
        names = sorted(regions) or listed
        if names is not None:
            _refuse_unknown(aws, account.id, names)
            lit += [Place(account.id, name, aws.partition) for name in names]
            continue
        _list_regions(aws, account.id, lit, dark)
    return lit, dark


def coverage_of(dark: Sequence[tuple[Place, str, str]], kinds: Iterable[str]) -> list[Coverage]:
    """The dark places as rows of the coverage table."""
    names = list(kinds)
    return [Coverage(place, kind, status, 0, why) for place, status, why in dark for kind in names]


def _refuse_unknown(aws: Aws, account: str, names: Iterable[str]) -> None:
    """Refuse a slip of the keyboard now: it would look like a region that cannot be seen."""
    known = set(aws.core.get_available_regions("ec2", aws.partition))
    strange = sorted(set(names) - known)
    if not strange:
        return
    ec2 = aws.clients(Place(account, aws.home, aws.partition), "ec2")  # it knows of newer ones
    answer = attempt(lambda: ec2.describe_regions(AllRegions=True))
    if isinstance(answer, Refusal):
        return  # whoever may not list them may still see one
    known |= {region["RegionName"] for region in answer["Regions"]}
    for name in strange:
        if name not in known:
            near = get_close_matches(name, known, 1)
            cure = f"Did you mean {near[0]}?" if near else "Check --region and the settings"
            raise RefusedError(f"AWS has no region {name!r}", cure)


def _list_regions(
    aws: Aws, account: str, lit: list[Place], dark: list[tuple[Place, str, str]]
) -> None:
    ec2 = aws.clients(Place(account, aws.home, aws.partition), "ec2")
    answer = attempt(lambda: ec2.describe_regions(AllRegions=True))
    if isinstance(answer, Refusal):
        why = f"its regions cannot be listed ({answer.sentence}): name them in regions"
        dark.append((Place(account, "*", aws.partition), "denied", why))
        return
    for region in answer["Regions"]:
        place = Place(account, region["RegionName"], aws.partition)
        if not aws.in_partition(place.region):
            continue
        if region.get("OptInStatus") == _DISABLED:
            dark.append((place, "disabled", "the region is not enabled in this account"))
        else:
            lit.append(place)


def _identify() -> Aws:
    core = sessions.quick()
    region = core.get_config_variable("region") or HOME
    sts: Any = core.create_client("sts", region_name=region, config=_config(3))
    answer = sts.get_caller_identity()
    return Aws(core, answer["Account"], answer["Arn"].split(":")[1])


def _config(attempts: int) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=CONNECTIONS,
        parameter_validation=False,  # mypy and the tests have seen to it: a twentieth of a call
        connect_timeout=REACHED_IN,
        read_timeout=ANSWERED_IN,
        user_agent=f"cs-aws-janitor/{__version__}",
    )
