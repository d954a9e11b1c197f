"""Builds the real world: sessions, assumed roles, clients. botocore stands here alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import UnknownRegionError

from cs_aws_janitor import __version__, sessions
from cs_aws_janitor.fast_sender import ANSWERED_IN, REACHED_IN, send_reads_fast
from cs_aws_janitor.pacing import Pace
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.plan import Coverage
from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt, throttles
from cs_aws_janitor.settings.partitions import HOMES, USUAL
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.wording import nearest
from cs_aws_janitor.unreachable import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from botocore.session import Session

    from cs_aws_janitor.settings import Account, Settings
    from cs_aws_janitor.shared.clock import Pause

    Dark = tuple[Place, str, str]  # a place, its status, and why nothing is seen there

CONNECTIONS = 32
ATTEMPTS = 10
AT_ONCE = 16  # accounts that are entered

EVERYWHERE = "*"  # in the place of a region: an account of which nothing can be seen
_DISABLED = "not-opted-in"


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
    _connections: dict[tuple[str, str, bool], Any] = field(default_factory=dict)
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
        make = _whole(session) if whole else session.create_client
        client: Any = make(service, region_name=place.region, config=config)
        if service == "ec2" and not whole:
            send_reads_fast(client, self.core)
        # All accounts ask a region at one address: they share its connections, and what those cost.
        shared = client._endpoint.http_session  # noqa: SLF001  it has no other way
        client._endpoint.http_session = self._connections.setdefault(  # noqa: SLF001
            (place.region, service, whole), shared
        )
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
        """Make the role of another account the way into it; nothing is asked yet."""
        if account.role and account.id != self.account:
            sts = self.at_home("sts")
            self._cores[account.id] = sessions.assumed(self.core, sts, account, account.role)

    def enter(self, account: Account) -> Refusal | None:
        """Assume the role of `account`, once for all of its places; why that was refused."""
        core = self._cores.get(account.id)
        credentials = core.get_credentials() if core else None
        answer = attempt(credentials.get_frozen_credentials) if credentials else None
        return answer if isinstance(answer, Refusal) else None

    def alias(self, account: str) -> str:
        """What a person types to confirm: the account's alias, or its id where it has none."""
        iam = self.clients(Place(account, self.home, self.partition), "iam")
        answer = attempt(iam.list_account_aliases)
        aliases = [] if isinstance(answer, Refusal) else answer["AccountAliases"]
        return str(aliases[0]) if aliases else account

    @property
    def home(self) -> str:
        """The region in which questions are asked that belong to none."""
        return self.core.get_config_variable("region") or HOMES.get(self.partition, HOMES[USUAL])

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


def connect(partition: str = USUAL) -> Aws:
    """Find credentials the ordinary AWS ways and ask whose they are.

    Where the surroundings name no region, that is asked at the home of `partition`.
    Raises UnreachableError: no credentials, an expired token, an endpoint that does not answer.
    """
    answer = attempt(lambda: _identify(HOMES[partition]))
    if isinstance(answer, Refusal):
        raise unreachable(answer)
    return answer


def places(
    aws: Aws, settings: Settings, accounts: Sequence[Account], regions: frozenset[str]
) -> tuple[list[Place], list[Dark]]:
    """Every place to look at, and those known to be dark; all accounts are entered at once.

    Raises RefusedError for a region that the settings leave out, or that does not exist.
    """
    _refuse_left_out(settings, accounts, regions)

    def enter(account: Account) -> tuple[list[Place], list[Dark]]:
        listed = settings.regions_of(account)
        both = regions & set(listed) if regions and listed is not None else regions or listed
        return _places_of(aws, account, None if both is None else sorted(both))

    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="enter")
    try:
        entered = list(pool.map(enter, accounts))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # who breaks it off waits for no answer
    return [p for lit, _ in entered for p in lit], [d for _, dark in entered for d in dark]


def coverage_of(dark: Sequence[Dark], kinds: Iterable[str]) -> list[Coverage]:
    """The dark places as rows of the coverage table."""
    names = list(kinds)
    return [Coverage(place, kind, status, 0, why) for place, status, why in dark for kind in names]


def _refuse_left_out(
    settings: Settings, accounts: Sequence[Account], regions: frozenset[str]
) -> None:
    listed = [settings.regions_of(account) for account in accounts]
    outside = regions.difference(*(some for some in listed if some is not None))
    if outside and None not in listed:
        whose = f"of account {accounts[0].id}" if len(accounts) == 1 else "of any account"
        raise RefusedError(
            f"region {', '.join(sorted(outside))} is not among the regions {whose}",
            "Add it to regions in the settings",
        )


def _places_of(
    aws: Aws, account: Account, names: Sequence[str] | None
) -> tuple[list[Place], list[Dark]]:
    """The places of one account; `names` are the regions to look at, None all there are."""
    if names is not None and not names:
        return [], []
    if refusal := aws.enter(account):
        why = f"the role {account.role} cannot be assumed ({refusal.sentence})"
        status = "denied" if refusal.sort is Sort.DENIED else "failed"
        return [], [(Place(account.id, EVERYWHERE, aws.partition), status, why)]
    if names is None:
        return _all_regions(aws, account.id)
    _refuse_unknown(aws, account.id, names)
    return [Place(account.id, name, aws.partition) for name in names], []


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
            near = nearest(name, known)
            cure = f"Did you mean {near}?" if near else "Check --region and the settings"
            raise RefusedError(f"AWS has no region {name!r}", cure)


def _all_regions(aws: Aws, account: str) -> tuple[list[Place], list[Dark]]:
    ec2 = aws.clients(Place(account, aws.home, aws.partition), "ec2")
    answer = attempt(lambda: ec2.describe_regions(AllRegions=True))
    if isinstance(answer, Refusal):
        why = f"its regions cannot be listed ({answer.sentence}): name them in regions"
        return [], [(Place(account, EVERYWHERE, aws.partition), "denied", why)]
    lit: list[Place] = []
    dark: list[Dark] = []
    for region in answer["Regions"]:
        place = Place(account, region["RegionName"], aws.partition)
        if not aws.in_partition(place.region):
            continue
        if region.get("OptInStatus") == _DISABLED:
            dark.append((place, "disabled", "the region is not enabled in this account"))
        else:
            lit.append(place)
    return lit, dark


def _identify(home: str) -> Aws:
    core = sessions.quick()
    region = core.get_config_variable("region") or home
    sts: Any = core.create_client("sts", region_name=region, config=_config(3))
    answer = sts.get_caller_identity()
    return Aws(core, answer["Account"], answer["Arn"].split(":")[1])


def _whole(session: Session) -> Any:
    """What makes the clients that know and show everything."""
    import boto3  # noqa: PLC0415  a plan has no use for it, and would start 45 ms later

    return boto3.Session(botocore_session=session).client


def _config(attempts: int) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=CONNECTIONS,
        parameter_validation=False,  # mypy and the tests have seen to it: a twentieth of a call
        connect_timeout=REACHED_IN,
        read_timeout=ANSWERED_IN,
        user_agent=f"cs-aws-janitor/{__version__}",
    )
