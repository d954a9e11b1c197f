"""What every kind holds to: a loop over the registry, so that a new kind cannot forget it.

The test of each kind, beside this one, holds what only that kind can know: `one(account)` makes
one of it in the strict AWS, as a person would, and gives its id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources import kinds, price_files, refusals
from cs_aws_janitor.resources.estimating import Estimator, lines_of
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.kinds._kind import NOT_PRICED, NOTHING_KEPT
from cs_aws_janitor.resources.lifecycle import decide
from cs_aws_janitor.resources.model import Phase, Place, Verb
from cs_aws_janitor.resources.policy import Policy
from cs_aws_janitor.resources.prices import STAND_IN
from tests.resources.kinds.living import Life
from tests.stories.driver import REGION, Janitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Resource
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+")
READS = ("discover", "examine")
TOLD = {Verb.NOTIFY}  # a word to its owner, and no call to AWS
DUTIES = {*READS, *(set(Verb) - TOLD), "protect", "give_back"}
# Asked for along with what they are part of: tags with what is made, a role with its profile.
ALONGSIDE = {"ec2:CreateTags", "rds:AddTagsToResource", "iam:PassRole"}
PAGE = 2

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture
def place(account: Account) -> Place:
    """Where the kinds live."""
    return Place(account.id, REGION)


@pytest.fixture
def asking(place: Place) -> Callable[[Kind], Any]:
    """The janitor's own client of a kind."""
    aws = wiring.connect()
    return lambda kind: aws.clients(place, kind.service)


def beside(kind: Kind) -> Any:
    """The test of a kind alone."""
    return import_module(f"tests.resources.kinds.test_{kind.name}")


def one(kind: Kind, account: Account) -> str:
    """Make one as a person would; its id."""
    made: str = beside(kind).one(account)
    return made


def all_of(kind: Kind, client: Any, place: Place) -> list[Resource]:
    """Everything that a listing shows."""
    return [resource for page in kind.discover(client, place) for resource in page]


def makers(kind: Kind) -> list[Callable[[Account], str]]:
    """How to make one of each sort that differs by the calls that are made for it."""
    several: list[Callable[[Account], str]] = getattr(beside(kind), "SORTS", [])
    return several or [beside(kind).one]


def listed_in_pages(account: Account, client: Any) -> bool:
    """Whether AWS gives any of what was asked for in pages."""
    return any(client.can_paginate(xform_name(call.operation)) for call in account.calls)


def protected(kind: Kind, client: Any, of: Resource) -> bool | None:
    """Its protection as the kind tells it: by a call of its own, or in a listing."""
    if kind.protected:
        return kind.protected(client, of.id)
    (seen,) = kind.read(client, of.place, [of.id])
    return seen.protected


# What it says about itself


def test_every_file_is_in_the_registry() -> None:
    """A kind that is written is known; what begins with an underscore is none."""
    folder = Path(kinds.__file__).parent
    assert {path.stem for path in folder.glob("[!_]*.py")} == set(KINDS)


@every_kind
def test_it_is_named_after_its_file(kind: Kind) -> None:
    """Grep for a kind finds its file and its test."""
    module = import_module(f"cs_aws_janitor.resources.kinds.{kind.name}")
    assert module.KIND is kind is KINDS[kind.name]
    assert (Path(__file__).parent / f"test_{kind.name}.py").is_file()
    assert callable(beside(kind).one)


@every_kind
def test_people_can_read_its_title(kind: Kind) -> None:
    """Words, not a name of the code; no two kinds share it."""
    assert kind.title.strip() == kind.title != kind.name
    assert "_" not in kind.title
    assert [other.title for other in KINDS.values()].count(kind.title) == 1


@every_kind
def test_its_service_exists(kind: Kind) -> None:
    """There is a client of that name."""
    assert kind.service in boto3.Session().get_available_services()


@every_kind
def test_what_it_lists_it_can_read(kind: Kind, account: Account, asking: Any, place: Place) -> None:
    """Found in a listing or asked for by id: the same facts, under its own name and place."""
    made = one(kind, account)
    client = asking(kind)
    (listed,) = all_of(kind, client, place)
    assert kind.read(client, place, [made]) == [listed]
    assert (listed.id, listed.kind, listed.place) == (made, kind.name, place)
    shown = bool(kind.protect) and kind.protected is None
    assert listed.protected is (False if shown else None)


# Permissions


@every_kind
def test_its_permissions_are_actions(kind: Kind) -> None:
    """Spelled as IAM spells them."""
    named = {action for actions in kind.permissions.values() for action in actions}
    assert named
    assert [action for action in named if not ACTION.fullmatch(action)] == []


@every_kind
def test_every_verb_has_its_permissions(kind: Kind) -> None:
    """For each verb that it can do, and for looking; all of them of its own service."""
    examine = ["examine"] if kind.examine or kind.protected or kind.barriers or kind.backups else []
    duties = ["discover", *examine, *(verb.value for verb in kind.verbs - TOLD)]
    for duty in (*duties, *(["protect"] if kind.protect else [])):
        assert kind.permissions[duty], duty
        assert {action.split(":")[0] for action in kind.permissions[duty]} >= {kind.service}, duty


@every_kind
def test_a_plan_changes_nothing_by_its_permissions(kind: Kind) -> None:
    """What a plan needs are readings, by name."""
    granted = (kind.permissions.get(duty, ()) for duty in READS)
    looked = {action.split(":")[1] for actions in granted for action in actions}
    assert [name for name in looked if not name.startswith(("Describe", "Get", "List"))] == []


@every_kind
def test_its_permissions_are_what_its_calls_use(kind: Kind, account: Account, place: Place) -> None:
    """Duty by duty: everything that is asked for is called, and nothing else is.

    Of each sort of resource that its test makes, in both forms of a backup.
    """
    used: defaultdict[str, set[str]] = defaultdict(set)
    for make in makers(kind):
        for form in ("snapshot", "image"):
            life = Life(kind, account, place, make(account))
            life.live(form)
            for duty, called in life.used.items():
                used[duty] |= called
    listing = used["discover"]
    for duty in DUTIES & kind.permissions.keys():
        # What is listed already may be read again for any other duty.
        assert used[duty] - listing <= kind.permissions[duty], duty
        assert kind.permissions[duty] - ALONGSIDE - listing <= used[duty], duty


@every_kind
@pytest.mark.parametrize("form", ["snapshot", "image"])
def test_a_life_stays_within_its_permissions(
    kind: Kind, account: Account, tmp_path: Path, form: str
) -> None:
    """From the first tag to the end, with an extension in between, no other action is called."""
    janitor = Janitor(account, tmp_path, kind.name)
    janitor.settings(f'backup.as = "{form}"')
    made = one(kind, account)
    janitor.until_waiting()
    account.tag(made, Expiration="2026-12-10")
    janitor.run()
    account.travel(days=7)
    janitor.run()
    account.travel(days=7)
    janitor.run()
    account.travel(minutes=10)
    janitor.run()
    allowed = {a for d in (*READS, *kind.verbs) for a in kind.permissions.get(d, ())}
    called = {call.name for call in account.calls} - {"sts:GetCallerIdentity"}
    assert called <= allowed
    assert kind.permissions["terminate"] & called


# Listings


@every_kind
def test_it_follows_every_page(kind: Kind, account: Account, asking: Any, place: Place) -> None:
    """Of five on pages of two all are found, each once; also when they are asked for by id."""
    made = sorted(one(kind, account) for _ in range(2 * PAGE + 1))
    client = asking(kind)
    account.pages_of(PAGE)
    account.clear_calls()
    assert sorted(resource.id for resource in all_of(kind, client, place)) == made
    assert len(account.calls) >= (3 if listed_in_pages(account, client) else 1)
    assert sorted(resource.id for resource in kind.read(client, place, made)) == made


@every_kind
@pytest.mark.parametrize("calls", range(6))
def test_a_listing_that_fails_is_not_empty(
    kind: Kind, account: Account, asking: Any, place: Place, calls: int
) -> None:
    """On whichever call it breaks off, it raises: what was not seen is not gone."""
    made = [one(kind, account) for _ in range(2 * PAGE + 1)]
    account.pages_of(PAGE)
    account.clear_calls()
    client = asking(kind)
    assert len(all_of(kind, client, place)) == len(made)
    if calls >= len(account.calls):
        pytest.skip("it needs fewer calls")
    account.deny_after(calls)
    with pytest.raises(ClientError):
        all_of(kind, client, place)


@every_kind
def test_a_reading_that_fails_is_not_empty(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """Facts that cannot be read again raise: their resources are not taken for gone."""
    made = one(kind, account)
    client = asking(kind)
    account.deny(f"{kind.service}:*")
    with pytest.raises(ClientError):
        kind.read(client, place, [made])
    for read in filter(None, (kind.protected,)):
        with pytest.raises(ClientError):
            read(client, made)


@every_kind
def test_what_is_gone_is_left_out(kind: Kind, account: Account, asking: Any, place: Place) -> None:
    """One id that nobody knows any more does not hide the others; and an end is an end."""
    gone, there = one(kind, account), one(kind, account)
    client = asking(kind)
    (listed,) = kind.read(client, place, [gone])
    kind.terminate(client, listed)
    for hours in (0, 2):
        account.travel(hours=hours)
        assert [r.id for r in kind.read(client, place, [gone, there])] == [there]
        assert [r.id for r in all_of(kind, client, place)] == [there]


@every_kind
def test_nothing_is_asked_about_nothing(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """No ids, no calls: a filter of no values would mean all there are."""
    one(kind, account)
    client = asking(kind)
    account.clear_calls()
    assert kind.read(client, place, []) == []
    if kind.examine:
        assert kind.examine(client, []) == []
    if kind.backups:
        assert kind.backups.find(client, []) == {}
    assert account.calls == []


# Tags


@every_kind
def test_tags_are_written_and_removed(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """On all that are named, and on no other; what people wrote stays."""
    first, second, other = (one(kind, account) for _ in range(3))
    client = asking(kind)
    before = {r.id: dict(r.tags) for r in all_of(kind, client, place)}
    kind.tag(client, place, [first, second], {"Discovered": "2026-11-22", "JanitorNote": "hello"})
    kind.untag(client, place, [second], ["JanitorNote", "no-such-tag"])
    tags = {r.id: dict(r.tags) for r in all_of(kind, client, place)}
    assert tags == {
        first: before[first] | {"Discovered": "2026-11-22", "JanitorNote": "hello"},
        second: before[second] | {"Discovered": "2026-11-22"},
        other: before[other],
    }


@every_kind
def test_to_remove_no_tag_removes_none(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """AWS takes a call without keys for a call to remove them all."""
    made = one(kind, account)
    kind.untag(asking(kind), place, [made], [])
    assert account.writes == []


# Protection


@every_kind
def test_what_is_protected_is_exempt(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """S4: its own protection, or else the Permanent tag, and it is not even tried to end it."""
    made = one(kind, account)
    client = asking(kind)
    tags = {"Permanent": "why", "Discovered": "2026-11-22", "Expiration": "2026-11-22"}
    kind.tag(client, place, [made], tags)
    if kind.protect:
        kind.protect(client, made, True)  # noqa: FBT003  the attribute's value
    janitor = Janitor(account, Path.cwd(), kind.name)
    account.travel(days=30)
    assert janitor.run().results == {}
    assert janitor.phase(made) == "exempt"
    assert [r.id for r in all_of(kind, client, place)] == [made]


@every_kind
def test_aws_refuses_to_end_what_is_protected(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """Should all else fail: the refusal is one that is told as blocked, and it stands."""
    if not kind.protect:
        pytest.skip("it has no protection of its own")
    made = one(kind, account)
    client = asking(kind)
    (listed,) = all_of(kind, client, place)
    assert protected(kind, client, listed) is False
    kind.protect(client, made, True)  # noqa: FBT003  the attribute's value
    assert protected(kind, client, listed) is True
    with pytest.raises(ClientError) as refused:
        kind.terminate(client, listed)
    assert refusals.of(refused.value).sort is refusals.Sort.BARRED
    assert [r.id for r in all_of(kind, client, place)] == [made]
    kind.protect(client, made, False)  # noqa: FBT003  the attribute's value
    assert protected(kind, client, listed) is False


# Facts


@every_kind
def test_a_listing_is_enough_to_begin_with(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """The rules decide on it without another call: it is new, and protection is not known yet."""
    one(kind, account)
    (listed,) = all_of(kind, asking(kind), place)
    assert decide(listed, Policy(), account.now).phase is Phase.NEW


# Its way back


@every_kind
def test_it_has_a_way_back_or_says_why_not(kind: Kind) -> None:
    """One line of its own says why nothing can be had back; what can be says what that may ask."""
    if isinstance(kind.restore, str):
        assert kind.restore not in {"", NOTHING_KEPT}
        assert kind.restore.strip() == kind.restore
        assert "\n" not in kind.restore
    else:
        assert kind.permissions["restore"]
    assert isinstance(kind.restore, str) == ("restore" not in kind.permissions)


# Money


@every_kind
def test_it_has_lines_in_the_price_table(kind: Kind) -> None:
    """Each says in words what it is and where AWS lists it; its usage type means one thing only."""
    if isinstance(kind.pricing, str):
        assert kind.pricing != NOT_PRICED
        return
    assert kind.pricing.prices
    packaged = price_files.read(price_files.PACKAGED)
    for price in kind.pricing.prices:
        assert price.words.strip() == price.words != price.usage
        assert price.service.startswith(("Amazon", "AWS"))
        assert price.asked
        assert packaged[STAND_IN, price.usage].usd
        assert price in lines_of(KINDS)


@every_kind
def test_it_is_estimated(kind: Kind, account: Account, asking: Any, place: Place) -> None:
    """By lines of its own; what has no switch costs the same after its shut-off as before."""
    made = one(kind, account)
    (listed,) = (r for r in all_of(kind, asking(kind), place) if r.id == made)
    if kind.examine:  # some of it is only shown to who looks closer
        (listed,) = kind.examine(asking(kind), [listed])
    found = Estimator(KINDS)(listed)
    if isinstance(kind.pricing, str):
        assert found is None
        return
    charges = kind.pricing.charges(listed)
    assert charges
    assert all(charge.price in kind.pricing.prices for charge in charges)
    assert found
    assert 0 <= found.while_off <= found.amount
    assert found.amount > 0
    if kind.shut_off is None:
        assert found.while_off == found.amount


@every_kind
def test_facts_that_do_not_tell_a_cost_break_nothing(
    kind: Kind, account: Account, asking: Any, place: Place
) -> None:
    """Whatever AWS shows of it one day: it has an estimate or none."""
    made = one(kind, account)
    (listed,) = (r for r in all_of(kind, asking(kind), place) if r.id == made)
    odd = [{}, *({**listed.traits, name: "odd"} for name in listed.traits)]
    estimator = Estimator(KINDS)
    for traits in odd:
        found = estimator(replace(listed, traits=traits))
        assert found is None or found.amount >= 0
