"""What a restore would do, whatever the kind: the manifest is found, and all it needs looked at.

Source: aws-lifecycle.md: the manifest is stored "where `janitor restore` finds it". Nothing is
written here; what is missing is told before `bringing_back` makes anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from cs_aws_janitor.resources import arns, tags
from cs_aws_janitor.resources.model import Place, Power
from cs_aws_janitor.resources.refusals import Refusal, attempt
from cs_aws_janitor.resources.restore_plan import Manifest, Marking
from cs_aws_janitor.shared.errors import JanitorError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cs_aws_janitor.resources.kinds._kind import Kind, Restore
    from cs_aws_janitor.resources.ledger import Ledger
    from cs_aws_janitor.resources.policy import Policy
    from cs_aws_janitor.resources.restore_plan import Instead, RestorePlan
    from cs_aws_janitor.resources.sweep import Rules, World

T = TypeVar("T")

TRIES = 8  # tokens of one restore, each spent by an instance that has ended


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a restore would do, and what earlier ones did.

    `living` are those alive that bear its label, each with the token it was launched with;
    `recorded` are the ids that the ledger tells of; `tokens` are those of this restore.
    """

    plan: RestorePlan
    living: Mapping[str, str] = field(default_factory=dict)
    recorded: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()

    @property
    def cut_off(self) -> str | None:
        """What an earlier try of this very restore has launched, and not ended."""
        if self.plan.impossible:
            return None
        ours = (each for each, token in self.living.items() if token in self.tokens)
        return next((each for each in ours if each not in self.recorded), None)

    @property
    def back(self) -> tuple[str, ...]:
        """What it came back as, alive; the oldest first."""
        return tuple(each for each in self.living if each != self.cut_off)


def find(world: World, rules: Rules, wanted: str) -> Manifest:
    """The manifest of what `wanted` names: an id, an ARN, or a Name that only one bore.

    Raises NotFoundError, with the candidates, where it names none or several, and RefusedError
    for one that is out of reach.
    """
    fits = [each for each in _manifests(world, rules) if _is_meant(world, wanted, each)]
    if len(fits) > 1:
        candidates = ", ".join(f"{m.id} (ended {rules.policy.day_of(m.at)})" for m in fits)
        raise NotFoundError(f"{wanted!r} was the name of {candidates}", "Give the id of one")
    if not fits:
        raise NotFoundError(
            f"the ledger holds no manifest of {wanted!r}: nothing to bring it back from",
            "`janitor history` shows what was terminated",
        )
    _check_reach(world, fits[0])
    return fits[0]


def _is_meant(world: World, wanted: str, manifest: Manifest) -> bool:
    """Whether `wanted` is its id, its Name or its ARN; of a kind left out, as its ARN is read."""
    arn, kind = arns.parse(wanted), world.kinds.get(manifest.kind)
    if arn is None:
        return wanted in {manifest.id, manifest.name}
    if kind:
        return arns.names(wanted, kind.arns, manifest.place, manifest.id)
    place = manifest.place
    return (arn.id, arn.region, arn.account) == (manifest.id, place.region, place.account)


def look(world: World, rules: Rules, manifest: Manifest, instead: Instead) -> Prospect:
    """See what still stands, and decide what a restore would do. Writes nothing.

    Raises RefusedError where it is not gone, or there is nothing to bring it back from.
    """
    kind, restore = way_back(world, manifest)
    client = world.clients(manifest.place, kind.service, whole=True)
    there = _seen(manifest, lambda: kind.read(client, manifest.place, [manifest.id]))
    alive = _seen(manifest, lambda: restore.living(client, manifest))
    if there and manifest.id not in alive:  # what came back may bear the id that it had
        power = there[0].power
        stands = "" if power is Power.NONE else f", and {power}"
        cure = "It is yours" if power is Power.NONE else "Start it yourself; it is yours"
        raise RefusedError(f"{manifest.id} is still there{stands}", cure)
    found = _seen(manifest, lambda: restore.look(_asker(world, manifest), manifest, instead))
    plan = _whole(
        manifest,
        lambda: _with_permanent(
            restore.plan(manifest, found, instead, _marking(manifest, rules)), rules.policy, restore
        ),
    )
    if plan.impossible and not alive:
        raise _impossible(plan)
    recorded = tuple(_recorded(rules.ledger, manifest)) if rules.ledger else ()
    tokens = tuple(_token(manifest, recorded, number) for number in range(TRIES))
    return Prospect(plan, alive, recorded, tokens)


def check(prospect: Prospect) -> None:
    """Raise RefusedError where something is missing: it is told before anything is made."""
    if prospect.plan.impossible:
        raise _impossible(prospect.plan)
    missing = prospect.plan.missing
    if missing and not prospect.cut_off:
        told = "; ".join(f"{each.what} ({each.options})" for each in missing)
        raise RefusedError(
            f"{prospect.plan.manifest.id} cannot come back as it was: {told}",
            "Give the options named; nothing was made",
        )


def way_back(world: World, manifest: Manifest) -> tuple[Kind, Restore]:
    """Its kind, and how that comes back. Raises RefusedError for a kind that does not."""
    kind = world.kinds[manifest.kind]
    if isinstance(kind.restore, str):
        raise RefusedError(f"{manifest.id} cannot be brought back: {kind.restore}")
    return kind, kind.restore()


def _impossible(plan: RestorePlan) -> RefusedError:
    return RefusedError(f"{plan.manifest.id} cannot be brought back: {plan.impossible}")


def _manifests(world: World, rules: Rules) -> Iterator[Manifest]:
    """The last manifest of each resource; entries that cannot be read are passed over."""
    for entry in rules.ledger.manifests() if rules.ledger else ():
        kind = world.kinds.get(str(entry.get("kind")))
        facts, backups = entry["manifest"], entry.get("backups")
        try:
            at = datetime.fromisoformat(entry["at"])
        except (KeyError, TypeError, ValueError):
            continue
        yield Manifest(
            place=Place(entry["account"], entry["region"], entry.get("partition", "aws")),
            kind=str(entry.get("kind")),
            id=entry["id"],
            at=at if at.tzinfo else at.replace(tzinfo=UTC),
            backups=tuple(map(str, backups)) if isinstance(backups, list) else (),
            facts=facts,
            name=_name(kind, facts, rules.policy),
        )


def _name(kind: Kind | None, facts: Mapping[str, Any], policy: Policy) -> str | None:
    """The Name that it bore; None where its manifest does not say."""
    if kind is None or isinstance(kind.restore, str):
        return None
    read = kind.restore().tags
    name = attempt(lambda: tags.read(read(facts), policy.keys).name)
    return None if isinstance(name, Refusal) else name


def _check_reach(world: World, manifest: Manifest) -> None:
    """Refuse what stood in an account or a region, or is of a kind, that is not looked at."""
    place = manifest.place
    if place.account not in {each.account for each in (*world.places, *_dark(world))}:
        raise RefusedError(
            f"{manifest.id} stood in account {place.account}, which is out of reach",
            "Use its credentials, and name it in accounts or with --account",
        )
    if place not in world.places:
        raise RefusedError(
            f"{manifest.id} stood in {place.region}, which is not looked at",
            "Check --region, and regions in the settings",
        )
    if manifest.kind not in world.kinds:
        raise RefusedError(
            f"{manifest.id} is of the kind {manifest.kind!r}, which the settings leave out",
            "Add it to kinds",
        )


def _dark(world: World) -> list[Place]:
    return [row.place for row in world.dark]


def _asker(world: World, manifest: Manifest) -> Callable[[str], Any]:
    return lambda service: world.clients(manifest.place, service, whole=True)


def _seen(manifest: Manifest, call: Callable[[], T]) -> T:
    """What `call` gives. What could not be seen is never taken for gone."""
    what = f"{manifest.id} cannot be brought back while this cannot be seen"
    return _or_refused(call, what, "Nothing was made")


def _whole(manifest: Manifest, call: Callable[[], T]) -> T:
    """What `call` makes of the manifest. Raises RefusedError for one that is damaged."""
    what = f"the manifest of {manifest.id} in the ledger cannot be read"
    return _or_refused(call, what, f"Its backup is {', '.join(manifest.backups) or 'not told'}")


def _or_refused(call: Callable[[], T], what: str, cure: str) -> T:
    answer = attempt(call)
    if not isinstance(answer, Refusal):
        return answer
    if isinstance(answer.error, JanitorError):
        raise answer.error
    raise RefusedError(f"{what}: {answer.sentence}", cure)


def _marking(manifest: Manifest, rules: Rules) -> Marking:
    """S2, S3: it is new, and lives `expire_after` from today, under the name that it had."""
    keys, policy = rules.policy.keys, rules.policy
    today = policy.today(rules.now)
    expires = policy.day_of(rules.now + policy.expire_after)
    ended = policy.day_of(manifest.at)
    sentence = f"Restored on {today} from the backup of {manifest.id}, terminated on {ended}."
    sentence += f" It expires on {expires}; {keys.expiration} may be moved."
    written = {
        keys.discovered: today.isoformat(),
        keys.expiration: expires.isoformat(),
        keys.note: tags.note(sentence),
        tags.RESTORED_FROM: manifest.id,
    }
    own = {*written, keys.shut_off, keys.permanent}
    return Marking(written, frozenset(key.strip().lower() for key in own))


def _with_permanent(plan: RestorePlan, policy: Policy, restore: Restore) -> RestorePlan:
    """S4: what made it permanent once is said again by a person, or it is not."""
    if tags.read(restore.tags(plan.manifest.facts), policy.keys).permanent is None:
        return plan
    lost = f"its tag {policy.keys.permanent}: `janitor keep` makes it permanent again"
    return replace(plan, lost=(*plan.lost, lost))


def _recorded(ledger: Ledger, manifest: Manifest) -> Iterator[str]:
    """The ids that it came back as, or should have, by the acts in the ledger."""
    for entry in ledger.entries():
        if (entry["entry"], entry.get("act"), entry.get("id")) == ("act", "restore", manifest.id):
            yield str(entry.get("new"))


def _token(manifest: Manifest, recorded: Sequence[str], number: int) -> str:
    """The same for every repeat of one restore, so that AWS launches one instance for all."""
    parts = [manifest.place.account, manifest.place.region, manifest.id, manifest.at.isoformat()]
    return hashlib.sha256("\n".join([*parts, *recorded, str(number)]).encode()).hexdigest()
