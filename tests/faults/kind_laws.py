"""What must hold at every call of the janitor on any kind of resource.

What is true of a resource is asked of AWS as a person asks, at the moment of the call, and what a
call means is read off the permissions that its kind asks for. The rules are those of laws.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Place, Power
from tests.faults import truth
from tests.faults.kind_lives import IT, KEPT, beside
from tests.faults.laws import ELSEWHERE
from tests.faults.lives import HERE
from tests.strict.calls import READS
from tests.strict.world import now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Resource
    from tests.faults.acts import Act
    from tests.faults.lives import Ids, Life
    from tests.resources.kinds.living import Kept
    from tests.strict.aws import Account
    from tests.strict.wire import Request

ENDS = re.compile(r"(Delete|Deregister|Release|Terminate)(?!Tags)")
TAG = {"autoscaling:CreateOrUpdateTags", "ec2:CreateTags", "rds:AddTagsToResource"}
UNTAG = {"autoscaling:DeleteTags", "ec2:DeleteTags", "rds:RemoveTagsFromResource"}
TAGS = TAG | UNTAG
DUTIES = ("tag", "clear_mark", "shut_off", "before_shut_off", "back_up", "terminate")


@dataclass(frozen=True)
class Seeing:
    """How a person looks at the resources of a kind in `account`."""

    kind: Kind
    account: Account

    def shown(self, resource: str) -> Resource | None:
        """It as AWS shows it now; None where it stands no more."""
        client, place = self.account.client(self.kind.service, HERE), Place(self.account.id, HERE)
        return next(iter(self.kind.read(client, place, [resource])), None)

    def kept(self, resource: str) -> list[Kept]:
        """The backups that were made of it."""
        look = getattr(beside(self.kind.name), "kept", None)
        found: list[Kept] = look(self.account, resource) if look else []
        return found

    def listed(self) -> set[str]:
        """All that stand."""
        client, place = self.account.client(self.kind.service, HERE), Place(self.account.id, HERE)
        return {each.id for page in self.kind.discover(client, place) for each in page}


class KindLaws:
    """Judges every call by what holds for all kinds. `breaches` is whatever broke it.

    The resource of a life is known by the last that was seen of it, also while what goes with it
    ends after it.
    """

    def __init__(self, life: Life, account: Account, ids: Ids) -> None:
        self.acts: list[Act] = []
        self.breaches: list[str] = []
        self._life, self._ids = life, ids
        self._kind = KINDS[life.kind]
        self._seeing = Seeing(self._kind, account)
        self._may_write = True
        self._it = self._seeing.shown(ids[IT])

    def begin_run(self, *, may_write: bool = True) -> None:
        """Another run begins."""
        self._may_write = may_write

    def judge(self, request: Request) -> None:
        """Examine a call before anything happens to it."""
        if request.operation.startswith(READS) or request.name.startswith(ELSEWHERE):
            return
        self._it = self._seeing.shown(self._ids[IT]) or self._it
        for why in self._wrong(request):
            self.breaches.append(f"{request.name} at {now():%Y-%m-%d %H:%M:%S}: {why}")

    def took_effect(self, request: Request) -> None:
        """What has happened is judged at the next call, and at the end."""

    def arrived(self, request: Request) -> None:
        """What was read is not judged here."""

    def _wrong(self, request: Request) -> Iterator[str]:
        if not self._may_write:
            yield "it writes while nothing may be written"
        if request.name not in {a for duty in DUTIES for a in self._asked(duty)}:
            yield "no run of the janitor does this to this kind"
        if self._names(request, self._ids[KEPT]):
            if request.name not in TAGS or _writes(request, "ShutOff"):
                yield "it is about what is protected"
        elif request.name in self._asked("terminate", "back_up") and ENDS.match(request.operation):
            yield from self._before_its_time()
            yield from self._without_its_backup(request)
        elif request.name in self._asked("shut_off") - TAGS:
            yield from self._before_it_expires()
            yield from self._with_what_it_loses()
        elif _writes(request, "ShutOff"):
            yield from self._while_it_is_on()

    def _asked(self, *duties: str) -> frozenset[str]:
        """The calls that the kind needs for these duties."""
        empty: frozenset[str] = frozenset()
        return empty.union(*(self._kind.permissions.get(duty, empty) for duty in duties))

    def _names(self, request: Request, resource: str) -> bool:
        """Whether it is about `resource`, or what goes with it and is called after it."""
        ends = (value.rpartition(":")[2] for value in request.form.values())
        return any(end == resource or end.startswith(f"{resource}-") for end in ends)

    def _before_its_time(self) -> Iterator[str]:
        """S5, S6: nothing ends before Expiration + 7 days, nor 7 days after its ShutOff."""
        terms, tags = self._life.terms, self._it.tags if self._it else {}
        expires, shut_off = _expires(tags), truth.when(tags.get("ShutOff", ""))
        if expires is None or now() < expires + terms.terminate_after:
            yield f"its Expiration is {expires or 'unreadable'}"
        if shut_off is None or now() < shut_off + terms.terminate_after:
            yield f"its ShutOff is {shut_off or 'missing'}"

    def _without_its_backup(self, request: Request) -> Iterator[str]:
        """S6: a completed backup, or an end that makes it; of what a cluster has the cluster's."""
        backups = self._kind.backups
        if backups is None or self._it is None or not self._it.parts:
            return
        makes_it = backups.last_act and any(key.startswith("Final") for key in request.form)
        goes_with_it = backups.last_act and not self._names_alone(request)
        complete = any(each.complete for each in self._seeing.kept(self._it.id))
        if not (makes_it or goes_with_it or complete):
            yield "it has no complete backup"

    def _names_alone(self, request: Request) -> bool:
        return self._ids[IT] in request.form.values()

    def _before_it_expires(self) -> Iterator[str]:
        """S5: what is shut off has expired; of these kinds each has a name."""
        expires = _expires(self._it.tags if self._it else {})
        if expires is None or now() < expires:
            yield f"its Expiration is {expires or 'unreadable'}"

    def _with_what_it_loses(self) -> Iterator[str]:
        """What was asked to be saved before its shut-off is saved."""
        asked = any(setting.startswith("backup.group_image") for setting in self._life.settings)
        if asked and not any(each.complete for each in self._seeing.kept(self._ids[IT])):
            yield "what its shut-off loses is not saved"

    def _while_it_is_on(self) -> Iterator[str]:
        """Shut off, observe it, and only then mark it; what cannot be shut off is marked only."""
        it = self._it
        if it and not it.cannot_shut_off and it.power not in {Power.OFF, Power.NONE}:
            yield f"it is {it.power} and is marked as shut off"


def _expires(tags: Mapping[str, str]) -> datetime | None:
    return truth.when(tags.get("Expiration", ""))


def _writes(request: Request, key: str) -> bool:
    """Whether it writes this tag."""
    return request.name in TAG and key in request.form.values()
