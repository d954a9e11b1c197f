"""What was done, out of the entries of a ledger: one deed for each outcome, act and manifest.

Of a manifest only its backups are told: the rest of it is user data. Whatever an entry holds,
also one that was damaged or is of another version, it is read without a guess or an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import arns, dates
from cs_aws_janitor.resources.model import Place, Verb
from cs_aws_janitor.resources.plan import ONLY_MARKED

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Mapping

    Entry = Mapping[str, Any]
    Where = tuple[str, str, str, str]  # account, region, kind, id

UNTOLD = "?"
RECORDED = "what it was is recorded"  # before its end, where no backup stands by then
_ACTS = {"keep": "protected, and kept for good", "release": "no longer kept"}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to one resource. `at` (aware) is None where the entry does not say it.

    `by` is the command (run, apply, extend, keep, release, ...), `what` what was done, in words,
    `reason` what called for it, `why` what stood against it or is still to come.
    """

    at: datetime | None
    by: str
    what: str
    result: str
    account: str
    region: str
    kind: str
    id: str
    name: str | None = None
    owner: str | None = None
    reason: str | None = None
    why: str | None = None

    @property
    def where(self) -> Where:
        """What names one resource among all."""
        return self.account, self.region, self.kind, self.id


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deeds are asked for; what is empty or None asks for all.

    `resource` is an id, an ARN, or a name; `since` (aware) the first instant; `owners` are in
    lower case; `arns` are what the ARNs of each kind look like.
    """

    resource: str | None = None
    since: datetime | None = None
    accounts: Collection[str] = ()
    regions: Collection[str] = ()
    kinds: Collection[str] = ()
    owners: Collection[str] = ()
    arns: Mapping[str, Collection[str]] = field(default_factory=dict)

    def fits(self, deed: Deed) -> bool:
        """Whether `deed` is wanted, whatever its resource. One of an unknown time may be."""
        return (
            (not self.accounts or deed.account in self.accounts)
            and (not self.regions or deed.region in self.regions)
            and (not self.kinds or deed.kind in self.kinds)
            and (not self.owners or (deed.owner or "").lower() in self.owners)
            and (self.since is None or deed.at is None or deed.at >= self.since)
        )


def deeds(entries: Iterable[Entry], names: re.Pattern[str]) -> list[Deed]:
    """What was done, in the order of the ledger; `names` (naming.pattern) tells owners."""
    found: list[Deed] = []
    known: dict[Where, Deed] = {}
    for entry in entries:
        deed = _deed(entry)
        if deed is None:
            continue
        if not deed.name and deed.where in known:
            last = known[deed.where]
            deed = replace(deed, name=last.name, owner=deed.owner or last.owner)
        if deed.name:
            known[deed.where] = deed = _owned(deed, names)
        found.append(deed)
    return found


def chosen(done: Iterable[Deed], wanted: Wanted) -> list[Deed]:
    """The deeds that are `wanted`; by name, all on the resources that ever bore it."""
    done = list(done)
    if wanted.resource is not None:
        meant = _meant(done, wanted.resource, wanted.arns)
        done = [deed for deed in done if deed.where in meant]
    return [deed for deed in done if wanted.fits(deed)]


def _meant(
    done: Iterable[Deed], resource: str, shapes: Mapping[str, Collection[str]]
) -> set[Where]:
    if arns.parse(resource):
        return {deed.where for deed in done if _bears(deed, resource, shapes.get(deed.kind))}
    return {deed.where for deed in done if resource in {deed.id, deed.name}}


def _bears(deed: Deed, arn: str, shapes: Collection[str] | None) -> bool:
    """Whether `arn` is its own; a kind that is not known any more may bear any that ends so."""
    if shapes is None:
        said = arns.parse(arn)
        here = said is not None and (said.account, said.region) == (deed.account, deed.region)
        return here and arn.endswith((f"/{deed.id}", f":{deed.id}"))
    place = Place(deed.account, deed.region, arn.split(":")[1])
    return arns.names(arn, shapes, place, deed.id)


def _owned(deed: Deed, names: re.Pattern[str]) -> Deed:
    if deed.owner or not (named := names.match(deed.name or "")):
        return deed
    return replace(deed, owner=named.groupdict().get("owner"))


def _deed(entry: Entry) -> Deed | None:
    match entry.get("entry"):
        case "outcome":
            return _told(entry, entry.get("by", "run"), _verbs(entry), entry.get("result"))
        case "act":
            return _told(entry, entry.get("act"), _act(entry), entry.get("result", "done"))
        case "manifest":
            backups = ", ".join(words(entry.get("backups")))
            kept = f"backed up as {backups}" if backups else RECORDED
            return _told(entry, entry.get("by", "run"), kept, "done")
    return None


def _told(entry: Entry, by: object, what: str, result: object) -> Deed:
    given = {key: text(value) for key, value in entry.items()}
    account, region, kind, resource = (
        given.get(key) or UNTOLD for key in ("account", "region", "kind", "id")
    )
    return Deed(
        at=instant(entry.get("at")),
        by=text(by) or UNTOLD,
        what=what or UNTOLD,
        result=text(result) or UNTOLD,
        account=account,
        region=region,
        kind=kind,
        id=resource,
        name=given.get("name"),
        owner=given.get("owner"),
        reason=given.get("reason"),
        why=given.get("why"),
    )


def _verbs(entry: Entry) -> str:
    """The verbs that were carried out, and which were not; the result says why."""
    planned, done = words(entry.get("verbs")), words(entry.get("carried_out"))
    if _only_marked(entry):
        planned, done = _marked(planned), _marked(done)
    left = [verb for verb in planned if done and verb not in done]
    text = ", ".join(done or planned) + (f"; not {', '.join(left)}" if left else "")
    return text.replace("_", " ")


def _only_marked(entry: Entry) -> bool:
    facts = entry.get("facts")
    return isinstance(facts, dict) and facts.get(ONLY_MARKED) is True


def _marked(verbs: list[str]) -> list[str]:
    return ["mark" if verb == Verb.SHUT_OFF else verb for verb in verbs]


def _act(entry: Entry) -> str:
    """What the act did; of a later version's the act itself."""
    act, old, new = (text(entry.get(key)) for key in ("act", "old", "new"))
    if act == "extend":
        return f"Expiration moved from {old or 'none'} to {new or 'none'}"
    return _ACTS.get(act or "", act or "")


def instant(given: object) -> datetime | None:
    """The instant (aware) that an entry has, or None where it has none that can be read."""
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    if at is None or at.year not in dates.YEARS:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def text(given: object) -> str | None:
    """The text that an entry has, or None where it has none."""
    return given if isinstance(given, str) and given else None


def words(given: object) -> list[str]:
    """The words of a list that an entry has; none where it has no list."""
    return [word for word in given if isinstance(word, str)] if isinstance(given, list) else []
