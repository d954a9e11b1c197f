"""The laws of all kinds can be broken: for each of them a violation is planted, and it is seen.

The janitor of these tests is a plain client that does what no janitor should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.faults.kind_ends import OfKind
from tests.faults.kind_lives import IT, KEPT, LIVES_OF_KINDS
from tests.faults.laws import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.strict.aws import Account

    Plant = Callable[["Scene"], object]

LIVES = {life.name: life for life in LIVES_OF_KINDS}
ZONE = "eu-west-1a"


class Scene:
    """A life at its beginning; `do` is a client of a service that does what it likes."""

    def __init__(self, account: Account, life: str) -> None:
        self.account = account
        self.ids = LIVES[life].begin(account)
        self.witness = OfKind(LIVES[life], account, self.ids)

    @property
    def it(self) -> str:
        """The one whose life it is."""
        return self.ids[IT]

    @property
    def kept(self) -> str:
        """The one that is protected."""
        return self.ids[KEPT]

    def do(self, service: str) -> Any:
        """A client of the janitor."""
        client: Any = boto3.Session().client  # typed for each service by its own name
        return client(service)

    def make_due(self, **tags: str) -> None:
        """All its days are over."""
        self.account.tag(self.it, Discovered="2026-11-22", Expiration="2026-12-06")
        self.account.tag(self.it, ShutOff="2026-12-06T06:00:00+00:00", **tags)
        self.account.at("2026-12-13T06:00")

    def back_up(self) -> None:
        """A complete snapshot of a volume."""
        self.account.snapshots_finish()
        self.account.client("ec2").create_snapshot(VolumeId=self.it)

    def breaches(self, plant: Plant) -> list[str]:
        """What is seen of what `plant` does."""
        with watching(self.witness.laws) as laws:
            laws.begin_run()
            plant(self)
        return laws.breaches


def delete(scene: Scene) -> None:
    """End a volume."""
    scene.do("ec2").delete_volume(VolumeId=scene.it)


def delete_when_due(scene: Scene) -> None:
    """Its time has come, and nobody has backed it up."""
    scene.make_due()
    delete(scene)


def delete_lawfully(scene: Scene) -> None:
    """With its backup."""
    scene.make_due()
    scene.back_up()
    delete(scene)


def delete_after_an_extension(scene: Scene) -> None:
    """Its owner has moved the date."""
    scene.make_due()
    scene.account.tag(scene.it, Expiration="2027-01-15")
    scene.back_up()
    delete(scene)


def delete_what_is_protected(scene: Scene) -> None:
    """S4."""
    scene.do("ec2").delete_volume(VolumeId=scene.kept)


def mark_what_is_protected(scene: Scene) -> None:
    """It would end after its days."""
    pairs = [{"Key": "ShutOff", "Value": "2026-12-06T06:00:00+00:00"}]
    scene.do("ec2").create_tags(Resources=[scene.kept], Tags=pairs)


def tag_what_is_protected(scene: Scene) -> None:
    """It may be tagged once, as everything is."""
    pairs = [{"Key": "Discovered", "Value": "2026-11-22"}]
    scene.do("ec2").create_tags(Resources=[scene.kept], Tags=pairs)


def resize(scene: Scene) -> None:
    """No run of the janitor does this."""
    scene.do("ec2").modify_volume(VolumeId=scene.it, Size=16)


def write_in_a_plan(scene: Scene) -> None:
    """A plan looks only."""
    scene.witness.laws.begin_run(may_write=False)
    tag_what_is_protected(scene)


def stop_early(scene: Scene) -> None:
    """Its Expiration has not come."""
    scene.account.tag(scene.it, Expiration="2026-12-06")
    scene.do("rds").stop_db_instance(DBInstanceIdentifier=scene.it)


def mark_while_on(scene: Scene) -> None:
    """Nobody has seen it off."""
    shown = scene.do("rds").describe_db_instances(DBInstanceIdentifier=scene.it)["DBInstances"]
    pairs = [{"Key": "ShutOff", "Value": "2026-12-06T06:00:00+00:00"}]
    scene.do("rds").add_tags_to_resource(ResourceName=shown[0]["DBInstanceArn"], Tags=pairs)


def clear_while_on(scene: Scene) -> None:
    """Its owner has moved the date: the mark goes, whether it is on or off."""
    scene.make_due()
    shown = scene.do("rds").describe_db_instances(DBInstanceIdentifier=scene.it)["DBInstances"]
    arn = shown[0]["DBInstanceArn"]
    scene.do("rds").remove_tags_from_resource(ResourceName=arn, TagKeys=["ShutOff"])


def delete_database_without_a_final(scene: Scene) -> None:
    """Its last act would have been its backup."""
    scene.make_due()
    scene.do("rds").delete_db_instance(DBInstanceIdentifier=scene.it, SkipFinalSnapshot=True)


def delete_database_with_its_final(scene: Scene) -> None:
    """The backup is the end."""
    scene.make_due()
    name = f"janitor-db-{scene.it}-20261206060000-forever"
    asked = {"DBInstanceIdentifier": scene.it, "FinalDBSnapshotIdentifier": name}
    scene.do("rds").delete_db_instance(**asked, DeleteAutomatedBackups=False)


def delete_a_member_of_what_is_kept(scene: Scene) -> None:
    """A cluster goes by its members, which are called after it."""
    scene.make_due()
    member = f"{scene.kept}-0"
    scene.do("rds").delete_db_instance(DBInstanceIdentifier=member, SkipFinalSnapshot=True)


def shrink_without_an_image(scene: Scene) -> None:
    """What its members hold was to be saved first."""
    scene.account.tag(scene.it, Expiration="2026-12-06")
    scene.account.at("2026-12-06T06:00")
    nothing = {"MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0}
    scene.do("autoscaling").update_auto_scaling_group(AutoScalingGroupName=scene.it, **nothing)


BREACHES = [
    ("ebs_volume", delete, ["its Expiration is unreadable", "its ShutOff is missing"]),
    ("ebs_volume", delete_after_an_extension, ["its Expiration is 2027-01-15"]),
    ("ebs_volume", delete_when_due, ["it has no complete backup"]),
    ("ebs_volume", delete_what_is_protected, ["it is about what is protected"]),
    ("ebs_volume", mark_what_is_protected, ["it is about what is protected"]),
    ("ebs_volume", resize, ["no run of the janitor does this"]),
    ("ebs_volume", write_in_a_plan, ["while nothing may be written"]),
    ("ebs_volume", delete_lawfully, []),
    ("ebs_volume", tag_what_is_protected, []),
    ("rds_instance", stop_early, ["its Expiration is 2026-12-06"]),
    ("rds_instance", mark_while_on, ["it is on and is marked as shut off"]),
    ("rds_instance", delete_database_without_a_final, ["it has no complete backup"]),
    ("rds_instance", delete_database_with_its_final, []),
    ("rds_instance", clear_while_on, []),
    ("rds_cluster", delete_a_member_of_what_is_kept, ["it is about what is protected"]),
    ("auto_scaling_group-image", shrink_without_an_image, ["loses is not saved"]),
]


@pytest.mark.parametrize(("life", "plant", "words"), BREACHES)
def test_a_violation_is_seen(account: Account, life: str, plant: Plant, words: list[str]) -> None:
    """Each at the call that does it, and nothing else is."""
    found = {breach: breach for breach in Scene(account, life).breaches(plant)}
    seen = [word for word in words if any(word in each for each in found)]
    assert seen == words
    assert (not words) == (not found)


# At the end


def at_the_end(scene: Scene, entries: list[dict[str, Any]] | None = None) -> list[str]:
    """What is wrong then."""
    return list(scene.witness.wrong_at_the_end(entries or []))


def test_an_end_that_did_not_come(account: Account) -> None:
    """A life of which nothing happens is not survived."""
    assert at_the_end(Scene(account, "elastic_ip")) == ["it has not come to its end"]


def test_an_end_of_which_nobody_was_told(account: Account) -> None:
    """Its last entry says that it was terminated, or what it was just before."""
    scene = Scene(account, "elastic_ip")
    account.client("ec2").release_address(AllocationId=scene.it)
    assert at_the_end(scene) == ["no entry of the ledger tells that it has ended"]
    done = {"entry": "outcome", "id": scene.it, "carried_out": ["tag"]}
    assert at_the_end(scene, [done]) != []
    assert at_the_end(scene, [done | {"carried_out": ["terminate"]}]) == []
    assert at_the_end(scene, [{"entry": "manifest", "id": scene.it}]) == []
    assert at_the_end(scene, [{"entry": "manifest", "id": scene.kept}]) != []


def test_what_is_protected_stands_at_the_end(account: Account) -> None:
    """Whoever has ended it."""
    scene = Scene(account, "elastic_ip")
    account.client("ec2").release_address(AllocationId=scene.kept)
    assert "what is protected has ended" in at_the_end(scene)


def test_two_backups_are_one_too_many(account: Account) -> None:
    """Of one life; one that has failed is none."""
    scene = Scene(account, "ebs_volume")
    scene.back_up()
    assert not any("more than once" in why for why in at_the_end(scene))
    account.snapshots_fail()
    scene.back_up()
    assert not any("more than once" in why for why in at_the_end(scene))
    account.snapshots_fail(on=False)
    scene.back_up()
    assert any("more than once" in why for why in at_the_end(scene))


def test_two_ends_are_compared_in_all_they_leave(account: Account) -> None:
    """Tags, power, backups, the memory of the ledger, and what else there is."""
    scene = Scene(account, "ebs_volume")
    before = scene.witness.end([])
    scene.back_up()
    account.tag(scene.it, Discovered="2026-11-22")
    account.client("ec2").create_volume(AvailabilityZone=ZONE, Size=8)
    after = scene.witness.end([{"entry": "manifest", "id": scene.it, "backups": ["snap-1"]}])
    assert before["account"]["others"] == 0
    assert after["account"]["others"] == 1
    assert before["account"][KEPT] == after["account"][KEPT]
    for what in ("tags", "kept"):
        assert before["account"][IT][what] != after["account"][IT][what]
    assert after["ledger"][IT]["manifest"] == 1
