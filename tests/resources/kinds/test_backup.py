"""Backups of the janitor: which are ours, what they hang on, and which calls are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cs_aws_janitor import wiring
from cs_aws_janitor.resources.kinds._ec2_backups import SHUT_OFF, SOURCE
from cs_aws_janitor.resources.kinds.backup import COPYING, KIND
from cs_aws_janitor.resources.model import Place, Power, Resource
from tests.stories.driver import REGION
from tests.strict import backend

if TYPE_CHECKING:
    from tests.strict.aws import Account

pytestmark = pytest.mark.usefixtures("quiet")

ZONE = f"{REGION}a"
MARK = "2026-11-20T06:00:00+00:00"
GONE = "i-00000000000000001"
AT = datetime(2026, 11, 21, tzinfo=UTC)
IMAGE: dict[str, Any] = {
    "ImageId": "ami-0123456789abcdef0",
    "State": "available",
    "CreationDate": "2026-11-21T00:00:00.000Z",
    "Tags": [{"Key": SOURCE, "Value": GONE}],
    "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}, {"VirtualName": "ephemeral0"}],
}
SHOT: dict[str, Any] = {
    "SnapshotId": "snap-0123456789abcdef0",
    "State": "completed",
    "StartTime": AT,
    "VolumeId": "vol-1",
    "VolumeSize": 8,
    "Tags": [{"Key": SOURCE, "Value": GONE}],
}


@pytest.fixture
def place(account: Account) -> Place:
    """Where the backups are."""
    return Place(account.id, REGION)


@pytest.fixture
def ec2(place: Place) -> Any:
    """The janitor's client there."""
    return wiring.connect().clients(place, "ec2", whole=True)


def one(account: Account) -> str:
    """A complete snapshot with the label, of something that is gone; its id."""
    return snapshot(account, {SOURCE: GONE, SHUT_OFF: MARK})


def snapshot(account: Account, labels: dict[str, str]) -> str:
    """A complete snapshot of a volume that is gone."""
    person: Any = account.client("ec2")
    volume = person.create_volume(AvailabilityZone=ZONE, Size=8)["VolumeId"]
    made: str = person.create_snapshot(VolumeId=volume, TagSpecifications=of("snapshot", labels))[
        "SnapshotId"
    ]
    person.delete_volume(VolumeId=volume)
    account.snapshots_finish()
    return made


def of(what: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Tags on what is made."""
    return [{"ResourceType": what, "Tags": [{"Key": k, "Value": v} for k, v in labels.items()]}]


def image(account: Account, instance: str, labels: dict[str, str] | None = None) -> str:
    """A complete image with the label on it and on its snapshots; its id."""
    person: Any = account.client("ec2")
    labels = {SOURCE: instance, SHUT_OFF: MARK} if labels is None else labels
    made: str = person.create_image(
        InstanceId=instance,
        Name=f"of {instance}",
        TagSpecifications=[*of("image", labels), *of("snapshot", labels)],
    )["ImageId"]
    account.snapshots_finish()
    return made


def an_image(account: Account) -> str:
    """A complete image of an instance that is gone."""
    instance = account.launch()
    made = image(account, instance)
    account.terminate(instance)
    return made


def of_volume(account: Account) -> str:
    """A complete snapshot of a volume that lived by itself, and is gone."""
    return snapshot(account, {SOURCE: "vol-00000000000000000", SHUT_OFF: MARK})


SORTS = [one, an_image, of_volume]


def listed(client: Any, place: Place) -> dict[str, Resource]:
    """All that a listing shows."""
    return {r.id: r for page in KIND.discover(client, place) for r in page}


class Shown:
    """A client whose AWS shows these."""

    def __init__(self, *shown: dict[str, Any]) -> None:
        self.shown = list(shown)

    def get_paginator(self, _: str) -> Shown:
        """Itself."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """One page."""
        images = [each for each in self.shown if "ImageId" in each]
        return [{"Images": images, "Snapshots": [s for s in self.shown if "SnapshotId" in s]}]


def shown(place: Place, *facts: dict[str, Any]) -> list[Resource]:
    """How backups are read of which AWS says this."""
    client: Any = Shown(*facts)
    return list(listed(client, place).values())


# Which are ours


def test_the_facts_of_a_snapshot(account: Account, ec2: Any, place: Place) -> None:
    """Without a switch, with nothing to back up; what is lost with it is said."""
    made = one(account)
    seen = listed(ec2, place)[made]
    assert seen == Resource(
        place=place,
        kind="backup",
        id=made,
        tags={SOURCE: GONE, SHUT_OFF: MARK},
        power=Power.NONE,
        born=account.now,
        lost_with_it=f"{GONE} cannot be brought back without it",
        traits=seen.traits,
    )
    assert seen.traits == {
        "type": "snapshot",
        "size": "8",
        "tier": "standard",
        "state": "completed",
        "source": GONE,
    }


def test_the_snapshots_of_an_image_are_held_by_it(account: Account, ec2: Any, place: Place) -> None:
    """They go with it; its own facts name them."""
    made = image(account, account.launch(volumes=2))
    seen = listed(ec2, place)
    shots = seen[made].traits["snapshots"].split()
    assert (len(shots), seen[made].follows) == (2, None)
    assert {seen[each].follows for each in shots} == {f"image {made}"}
    assert seen.keys() == {made, *shots}
    assert KIND.read(ec2, place, shots) == [seen[each] for each in shots]


def test_they_are_held_by_an_image_that_lost_its_label(
    account: Account, ec2: Any, place: Place
) -> None:
    """Somebody has made it theirs: it is not listed, and neither do its snapshots go."""
    made = image(account, account.launch())
    account.untag(made, SOURCE)
    (shot,) = listed(ec2, place).values()
    assert shot.follows == f"image {made}"
    account.client("ec2").deregister_image(ImageId=made)
    (shot,) = listed(ec2, place).values()
    assert shot.follows is None


def test_what_another_made_is_not_ours(account: Account, ec2: Any, place: Place) -> None:
    """Neither a person's own snapshots and images, nor what is shared with the account."""
    snapshot(account, {"Name": "mine"})
    image(account, account.launch(), {"Name": "mine"})
    shared = one(account)
    backend.holder(shared).snapshots[shared].owner_id = "210987654321"
    copied = image(account, account.launch())
    backend.holder(copied).amis[copied].owner_id = "210987654321"
    for each in backend.holder(copied).snapshots.values():
        each.owner_id = "210987654321"
    assert listed(ec2, place) == {}
    assert KIND.read(ec2, place, [shared, copied]) == []


# In which state


@pytest.mark.parametrize(
    ("facts", "follows"),
    [
        (SHOT, None),
        (SHOT | {"State": "pending"}, COPYING),
        (SHOT | {"State": "error"}, None),
        (IMAGE, None),
        (SHOT | {"State": "recovering"}, COPYING),
        (IMAGE | {"State": "pending"}, COPYING),
        (IMAGE | {"State": "transient"}, COPYING),
        (IMAGE | {"State": "failed"}, None),
        (IMAGE | {"State": "disabled"}, None),
    ],
)
def test_what_is_still_being_copied_is_held(
    place: Place, facts: dict[str, Any], follows: str | None
) -> None:
    """It is not ended before it is there; one that has failed is as good as any."""
    (seen,) = shown(place, facts)
    assert (seen.follows, seen.traits["state"]) == (follows, facts["State"])


def test_a_deregistered_image_is_gone(place: Place) -> None:
    """AWS may show it for a while yet."""
    assert shown(place, IMAGE | {"State": "deregistered"}) == []


@pytest.mark.parametrize("facts", [SHOT, IMAGE])
def test_a_state_that_nobody_knows_is_not_guessed_at(place: Place, facts: dict[str, Any]) -> None:
    """It raises: whether it may be ended is not known."""
    with pytest.raises(KeyError):
        shown(place, facts | {"State": "half there"})


@pytest.mark.parametrize(
    ("protection", "protected"),
    [("enabled-with-cooldown", True), ("enabled-without-cooldown", True), ("disabled", None)],
)
def test_an_image_that_may_not_be_deregistered(
    place: Place, protection: str, protected: object
) -> None:
    """A person protects it: it is exempt; where nobody does the Permanent tag decides."""
    (seen,) = shown(place, IMAGE | {"DeregistrationProtection": protection})
    assert seen.protected is protected


@pytest.mark.parametrize("facts", [SHOT, IMAGE])
@pytest.mark.parametrize("missing", ["State", "Tags"])
def test_an_answer_that_lacks_something_is_no_answer(
    place: Place, facts: dict[str, Any], missing: str
) -> None:
    """It raises rather than to be read as a backup that may go."""
    with pytest.raises(KeyError):
        shown(place, {k: v for k, v in facts.items() if k != missing})


# What it was made for


@pytest.mark.parametrize(
    ("mark", "label", "needed"),
    [
        (MARK, MARK, True),
        ("2026-11-20T07:00:00+01:00", MARK, True),
        ("2026-11-21T06:00:00+00:00", MARK, False),
        (None, MARK, False),
        (None, "somebody's word", True),
    ],
)
def test_a_backup_of_what_is_still_due_is_held(
    account: Account, ec2: Any, mark: str | None, label: str, *, needed: bool
) -> None:
    """As long as its source bears the mark that it was made for; extended, it needs it no more."""
    place = Place(account.id, REGION)
    instance = account.launch()
    person: Any = account.client("ec2")
    volume = person.create_volume(AvailabilityZone=ZONE, Size=8)["VolumeId"]
    backups = [snapshot(account, {SOURCE: each, SHUT_OFF: label}) for each in (instance, volume)]
    if mark:
        account.tag(instance, ShutOff=mark)
        account.tag(volume, **{"Läuft.nicht": mark})
    assert KIND.examine
    seen = KIND.examine(ec2, KIND.read(ec2, place, backups))
    assert [bool(each.follows) for each in seen] == [needed] * 2
    if needed:
        assert instance in (seen[0].follows or "")
    account.terminate(instance)
    person.delete_volume(VolumeId=volume)
    seen = KIND.examine(ec2, KIND.read(ec2, place, backups))
    assert [each.follows for each in seen] == [None, None]


def test_sources_are_looked_up_once_for_all(account: Account, ec2: Any, place: Place) -> None:
    """One call for all instances, one for all volumes; none for what is neither."""
    for source in ("i-00000001", "i-00000002", "vol-00000001", "db-1"):
        snapshot(account, {SOURCE: source, SHUT_OFF: MARK})
    resources = list(listed(ec2, place).values())
    account.clear_calls()
    assert KIND.examine
    assert KIND.examine(ec2, resources) == resources
    assert Counter(call.operation for call in account.calls) == {
        "DescribeInstances": 1,
        "DescribeVolumes": 1,
    }


# The end


def test_an_image_takes_its_own_snapshots_along(account: Account, ec2: Any, place: Place) -> None:
    """And no other: neither one of another label, nor one on which it only stands."""
    instance = account.launch(volumes=3)
    made, other = image(account, instance), one(account)
    seen = listed(ec2, place)
    first, second, third = seen[made].traits["snapshots"].split()
    account.untag(second, SOURCE)
    backend.holder(third).snapshots[third].description = "Backup of something"
    KIND.terminate(ec2, seen[made])
    held = backend.holder(other).snapshots
    assert first not in held
    assert {second, third, other} <= held.keys()
    assert backend.holder(other).amis == {}


def test_a_snapshot_on_which_somebody_stands(account: Account, ec2: Any, place: Place) -> None:
    """AWS refuses; the others of the image go, and it is told."""
    made = image(account, account.launch(volumes=2))
    seen = listed(ec2, place)[made]
    kept, other = seen.traits["snapshots"].split()
    theirs = image(account, account.launch(), {"Name": "mine"})
    held = backend.holder(theirs)
    held.amis[theirs].copies["/dev/sdz"] = held.snapshots[kept]  # type: ignore[attr-defined]
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.InUse"):
        KIND.terminate(ec2, seen)
    assert kept in held.snapshots
    assert other not in held.snapshots


def test_what_has_vanished_from_an_image_is_no_matter(
    account: Account, ec2: Any, place: Place
) -> None:
    """An answer was lost, or a person was faster: it is gone, and that was the wish."""
    made = image(account, account.launch(volumes=2))
    seen = listed(ec2, place)[made]
    account.fail_after("DeleteSnapshot", "reset", times=1)
    account.fail_after("DeregisterImage", "reset", times=1)
    KIND.terminate(ec2, seen)
    assert listed(ec2, place) == {}


def test_an_image_without_snapshots(ec2: Any, account: Account, place: Place) -> None:
    """Of an instance store nothing is there beside it: nothing is asked, nothing tagged."""
    made = image(account, account.launch())
    seen = listed(ec2, place)[made]
    account.clear_calls()
    KIND.terminate(ec2, replace(seen, traits={**seen.traits, "snapshots": ""}))
    assert [call.operation for call in account.calls] == ["DeregisterImage"]
