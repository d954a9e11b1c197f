"""The laws can be broken: for each of them a violation is planted, and it is seen.

The janitor of these tests is a plain client that does what no janitor should.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.faults import ends
from tests.faults.acts import Act, untold
from tests.faults.laws import LAWS, Laws, watching
from tests.faults.truth import Terms, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.strict.aws import Account

    Plant = Callable[[Account, Any], None]

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
SHUT_OFF = "2026-12-06T06:00:00+00:00"
OWN_PLACES = {"a_plan_writes_nothing", "only_its_own_verbs"}  # laws about a call as such


@pytest.fixture
def ec2(account: Account) -> Any:
    """The client of a janitor that does what it likes."""
    del account
    return boto3.Session().client("ec2", config=ONCE)


@pytest.fixture
def laws(account: Account) -> Iterator[Laws]:
    """The laws, at the door of `account`."""
    del account
    with watching(Laws()) as standing:
        yield standing


def broken(laws: Laws) -> set[str]:
    """The names of the laws that were broken."""
    return {breach.partition(":")[0] for breach in laws.breaches}


def look(ec2: Any, instance: str) -> None:
    """Read all that must be read, and again."""
    for _ in range(2):
        ec2.describe_instances()
        ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
        ec2.describe_snapshots(OwnerIds=["self"])
        ec2.describe_spot_instance_requests()


def expired(account: Account, name: str | None = "jd-web", **how: Any) -> str:
    """An instance on the day of its Expiration."""
    instance = account.launch(name, **how)
    account.tag(instance, Discovered="2026-11-22", Expiration="2026-12-06")
    account.at("2026-12-06T06:00")
    return instance


def due(account: Account, **how: Any) -> str:
    """An instance whose 7 days are over."""
    instance = expired(account, **how)
    account.tag(instance, ShutOff=SHUT_OFF)
    account.at("2026-12-13T06:00")
    return instance


def backed_up(account: Account, **how: Any) -> str:
    """One whose backup is complete as well."""
    instance = due(account, **how)
    account.snapshots_finish()
    back_up(account.client("ec2"), instance)
    return instance


def back_up(ec2: Any, instance: str) -> None:
    """Take a snapshot of all of its volumes."""
    ec2.create_snapshots(InstanceSpecification={"InstanceId": instance})


def stop(ec2: Any, instance: str) -> None:
    """Read, and stop it."""
    look(ec2, instance)
    ec2.stop_instances(InstanceIds=[instance])


def end(ec2: Any, instance: str) -> None:
    """Read, and terminate it."""
    look(ec2, instance)
    ec2.terminate_instances(InstanceIds=[instance])


# What is lawful


def test_a_lawful_life_breaks_no_law(account: Account, laws: Laws, ec2: Any) -> None:
    """Tagged, shut off, marked, backed up and terminated, each in its time."""
    instance = account.launch("jd-web")
    ec2.describe_instances()
    dates = {"Discovered": "2026-11-22", "Expiration": "2026-12-06"}
    tag(ec2, instance, **dates)
    account.at("2026-12-06T06:00")
    stop(ec2, instance)
    account.travel(minutes=1)
    ec2.describe_instances()
    tag(ec2, instance, ShutOff=SHUT_OFF, JanitorNote="Shut off.")
    account.at("2026-12-13T06:00")
    account.snapshots_finish()
    ec2.describe_instances()
    back_up(ec2, instance)
    account.travel(seconds=1)
    end(ec2, instance)
    assert laws.breaches == []
    assert laws.calls == 24
    verbs = [act.verb for act in laws.acts]
    assert verbs == ["tag", "shut_off", "mark", "back_up", "terminate"]


def tag(ec2: Any, instance: str, **tags: str) -> None:
    """Write tags."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    ec2.create_tags(Resources=[instance], Tags=pairs)


# Planted violations


def stop_what_is_protected(account: Account, ec2: Any) -> None:
    """S4."""
    stop(ec2, expired(account, protected=True))


def end_what_is_protected(account: Account, ec2: Any) -> None:
    """S4, also where AWS itself refuses it."""
    with pytest.raises(ec2.exceptions.ClientError):
        end(ec2, backed_up(account, protected=True))


def stop_a_member(account: Account, ec2: Any) -> None:
    """A member of an Auto Scaling group."""
    stop(ec2, expired(account, asg="web"))


def back_up_a_member(account: Account, ec2: Any) -> None:
    """The same."""
    instance = due(account, tags={"karpenter.sh/nodepool": "a"})
    look(ec2, instance)
    back_up(ec2, instance)


def end_too_early(account: Account, ec2: Any) -> None:
    """An hour before the 7 days are over."""
    instance = backed_up(account)
    account.tag(instance, ShutOff="2026-12-06T07:00:00+00:00")
    end(ec2, instance)


def end_without_a_mark(account: Account, ec2: Any) -> None:
    """Nobody knows since when it is off."""
    instance = backed_up(account)
    account.untag(instance, "ShutOff")
    end(ec2, instance)


def end_what_was_extended(account: Account, ec2: Any) -> None:
    """Its owner wants it longer."""
    instance = backed_up(account)
    account.tag(instance, expiration="2026-12-07")
    end(ec2, instance)


def end_what_is_unreadable(account: Account, ec2: Any) -> None:
    """Nobody knows when it expires."""
    instance = backed_up(account)
    account.tag(instance, Expiration="next friday")
    end(ec2, instance)


def end_without_a_backup(account: Account, ec2: Any) -> None:
    """None was made."""
    end(ec2, due(account))


def end_with_a_pending_backup(account: Account, ec2: Any) -> None:
    """It may yet fail."""
    instance = due(account)
    account.snapshots_pend(hours=1)
    back_up(account.client("ec2"), instance)
    end(ec2, instance)


def end_with_an_old_backup(account: Account, ec2: Any) -> None:
    """What was written after it would be lost."""
    account.snapshots_finish()
    instance = account.launch("jd-web")
    back_up(account.client("ec2"), instance)
    account.tag(instance, Discovered="2026-11-22", Expiration="2026-12-06", ShutOff=SHUT_OFF)
    account.at("2026-12-13T06:00")
    end(ec2, instance)


def end_with_half_a_backup(account: Account, ec2: Any) -> None:
    """One of two volumes."""
    instance = due(account, volumes=2)
    account.snapshots_finish()
    account.client("ec2").create_snapshot(VolumeId=account.volumes(instance)[0])
    end(ec2, instance)


def end_an_instance_store(account: Account, ec2: Any) -> None:
    """No backup of it can be had."""
    end(ec2, due(account, instance_store=True))


def end_a_request_first(account: Account, ec2: Any) -> None:
    """To cancel a persistent spot request is the first half of an end."""
    instance = due(account, spot="persistent")
    look(ec2, instance)
    request = account.describe(instance)["SpotInstanceRequestId"]
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request])


def stop_what_has_not_expired(account: Account, ec2: Any) -> None:
    """It bears a name, and its day has not come."""
    instance = expired(account)
    account.at("2026-12-05T23:59")
    stop(ec2, instance)


def stop_what_is_unreadable(account: Account, ec2: Any) -> None:
    """Not even without a name."""
    instance = expired(account, name=None)
    account.tag(instance, Expiration="14")
    stop(ec2, instance)


def mark_what_is_on(account: Account, ec2: Any) -> None:
    """Nobody has shut it off."""
    instance = expired(account)
    look(ec2, instance)
    tag(ec2, instance, ShutOff=SHUT_OFF)


def mark_what_is_stopping(account: Account, ec2: Any) -> None:
    """It is not off yet."""
    instance = expired(account)
    stop(ec2, instance)
    tag(ec2, instance, ShutOff=SHUT_OFF)


def move_a_date(account: Account, ec2: Any) -> None:
    """Only people move an Expiration."""
    instance = expired(account)
    look(ec2, instance)
    tag(ec2, instance, Expiration="2026-12-05")


def back_up_twice(account: Account, ec2: Any) -> None:
    """The first one is good."""
    instance = backed_up(account)
    look(ec2, instance)
    back_up(ec2, instance)


def back_up_twice_as_image(account: Account, ec2: Any) -> None:
    """In whatever form."""
    instance = backed_up(account)
    look(ec2, instance)
    ec2.create_image(InstanceId=instance, Name="again")


def labelled(form: str, shut_off: str) -> list[dict[str, Any]]:
    """What CreateSnapshots and CreateImage take to label a backup with a ShutOff."""
    return [{"ResourceType": form, "Tags": [{"Key": "JanitorShutOff", "Value": shut_off}]}]


def back_up_for_another_shut_off(account: Account, ec2: Any) -> None:
    """A second later: no run would find it, and each would make one more."""
    instance = due(account)
    ec2.describe_instances()
    ec2.create_snapshots(
        InstanceSpecification={"InstanceId": instance},
        TagSpecifications=labelled("snapshot", "2026-12-06T06:00:01+00:00"),
    )


def image_for_another_shut_off(account: Account, ec2: Any) -> None:
    """The same hour in another zone is another instant."""
    instance = due(account)
    ec2.describe_instances()
    labels = labelled("image", "2026-12-06T06:00:00+01:00")
    ec2.create_image(InstanceId=instance, Name="another", TagSpecifications=labels)


def back_up_for_no_shut_off(account: Account, ec2: Any) -> None:
    """It was never shut off."""
    instance = expired(account)
    ec2.describe_instances()
    ec2.create_snapshots(
        InstanceSpecification={"InstanceId": instance},
        TagSpecifications=labelled("snapshot", SHUT_OFF),
    )


def stop_unread(account: Account, ec2: Any) -> None:
    """Nothing was read at all."""
    ec2.stop_instances(InstanceIds=[expired(account)])


def stop_after_one_look(account: Account, ec2: Any) -> None:
    """Since then its owner may have changed something."""
    instance = expired(account)
    ec2.describe_instances()
    ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
    ec2.stop_instances(InstanceIds=[instance])


def stop_after_a_denied_look(account: Account, ec2: Any) -> None:
    """What was read the last time does not count."""
    instance = expired(account)
    look(ec2, instance)
    account.deny("ec2:DescribeInstanceAttribute")
    with pytest.raises(ec2.exceptions.ClientError):
        look(ec2, instance)
    account.allow_all()
    ec2.stop_instances(InstanceIds=[instance])


def stop_after_a_lost_look(account: Account, ec2: Any) -> None:
    """An answer that never came was not read."""
    instance = expired(account)
    look(ec2, instance)
    account.fail_after("ec2:DescribeInstances", times=1)
    with pytest.raises(ec2.exceptions.ClientError):
        look(ec2, instance)
    ec2.stop_instances(InstanceIds=[instance])


def tag_after_a_broken_listing(account: Account, ec2: Any) -> None:
    """A partial listing is left alone."""
    instance = account.launch("jd-web")
    account.fail("ec2:DescribeInstances", times=1)
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.describe_instances()
    tag(ec2, instance, Discovered="2026-11-22")


def end_without_a_look_for_backups(account: Account, ec2: Any) -> None:
    """Luck is no proof."""
    instance = backed_up(account)
    for _ in range(2):
        ec2.describe_instances()
        ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
    ec2.terminate_instances(InstanceIds=[instance])


def start_it(account: Account, ec2: Any) -> None:
    """The janitor starts nothing on its own."""
    instance = expired(account)
    account.stop(instance)
    look(ec2, instance)
    ec2.start_instances(InstanceIds=[instance])


def unprotect_it(account: Account, ec2: Any) -> None:
    """It never removes a protection."""
    instance = expired(account, protected=True)
    look(ec2, instance)
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})


PLANTED: dict[str, tuple[Plant, ...]] = {
    "what_is_protected_is_left": (stop_what_is_protected, end_what_is_protected),
    "what_is_owned_is_left": (stop_a_member, back_up_a_member),
    "nothing_ends_before_its_time": (
        end_too_early,
        end_without_a_mark,
        end_what_was_extended,
        end_what_is_unreadable,
    ),
    "nothing_ends_without_its_backup": (
        end_without_a_backup,
        end_with_a_pending_backup,
        end_with_an_old_backup,
        end_with_half_a_backup,
        end_an_instance_store,
        end_a_request_first,
    ),
    "nothing_is_shut_off_without_a_reason": (stop_what_has_not_expired, stop_what_is_unreadable),
    "a_mark_is_written_on_what_is_off": (mark_what_is_on, mark_what_is_stopping),
    "it_is_tagged_once": (move_a_date,),
    "nothing_is_backed_up_twice": (back_up_twice, back_up_twice_as_image),
    "a_backup_is_for_the_shut_off_that_stands": (
        back_up_for_another_shut_off,
        image_for_another_shut_off,
        back_up_for_no_shut_off,
    ),
    "nothing_unread_is_touched": (
        stop_unread,
        stop_after_one_look,
        stop_after_a_denied_look,
        stop_after_a_lost_look,
        tag_after_a_broken_listing,
        end_without_a_look_for_backups,
    ),
    "only_its_own_verbs": (start_it, unprotect_it),
}


@pytest.mark.parametrize(
    ("law", "plant"), [(law, plant) for law, plants in PLANTED.items() for plant in plants]
)
def test_a_planted_violation_is_seen(
    account: Account, laws: Laws, ec2: Any, law: str, plant: Plant
) -> None:
    """It breaks that law and no other."""
    plant(account, ec2)
    assert broken(laws) == {law}


def test_a_plan_that_writes_is_seen(account: Account, laws: Laws, ec2: Any) -> None:
    """Whatever it writes."""
    instance = account.launch("jd-web")
    laws.begin_run(may_write=False)
    ec2.describe_instances()
    tag(ec2, instance, Discovered="2026-11-22")
    assert broken(laws) == {"a_plan_writes_nothing"}


def test_every_law_has_a_planted_violation() -> None:
    """A law that never fails might be blind."""
    assert PLANTED.keys() - OWN_PLACES == LAWS.keys()


def test_what_was_read_in_another_run_does_not_count(
    account: Account, laws: Laws, ec2: Any
) -> None:
    """Each run reads for itself."""
    instance = expired(account)
    look(ec2, instance)
    laws.begin_run()
    ec2.stop_instances(InstanceIds=[instance])
    assert broken(laws) == {"nothing_unread_is_touched"}


def test_people_do_as_they_like(account: Account, laws: Laws) -> None:
    """No law is for them."""
    account.terminate(account.launch("jd-web"))
    assert (laws.breaches, laws.acts, laws.calls) == ([], [], 0)


def test_what_is_refused_is_judged_and_not_done(account: Account, laws: Laws, ec2: Any) -> None:
    """To try it is a breach; an act is only what took effect."""
    instance = account.launch("jd-web", protected=True)
    with pytest.raises(ec2.exceptions.ClientError):
        end(ec2, instance)
    assert "what_is_protected_is_left" in broken(laws)
    assert laws.acts == []


def test_an_act_whose_answer_is_lost_is_an_act(account: Account, laws: Laws, ec2: Any) -> None:
    """It has been done, whoever heard of it."""
    instance = expired(account)
    look(ec2, instance)
    account.fail_after("ec2:StopInstances", times=1)
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.stop_instances(InstanceIds=[instance])
    assert laws.acts == [Act("shut_off", instance)]


def test_the_repeat_of_an_end_breaks_no_law(account: Account, laws: Laws, ec2: Any) -> None:
    """Its answer is lost, and the SDK asks again for what has no volumes any more."""
    instance = due(account)
    account.snapshots_finish()
    look(ec2, instance)
    back_up(ec2, instance)
    account.travel(seconds=1)
    end(ec2, instance)
    ec2.terminate_instances(InstanceIds=[instance])
    assert laws.breaches == []


@pytest.mark.parametrize("form", ["snapshot", "image"])
@pytest.mark.parametrize("moved", ["2026-12-06T08:30", SHUT_OFF])
def test_a_backup_for_a_moved_mark_is_no_second_one(
    account: Account, laws: Laws, ec2: Any, form: str, moved: str
) -> None:
    """A ShutOff that a person has moved is another one, and its backup is labelled so."""
    instance = due(account)
    account.snapshots_finish()
    for number, mark in enumerate((SHUT_OFF, moved)):
        account.tag(instance, ShutOff=mark)
        look(ec2, instance)
        labels = labelled(form, mark)
        if form == "image":
            ec2.create_image(InstanceId=instance, Name=f"backup-{number}", TagSpecifications=labels)
        else:
            where = {"InstanceId": instance}
            ec2.create_snapshots(InstanceSpecification=where, TagSpecifications=labels)
        account.travel(minutes=1)
    assert bool(laws.breaches) is (moved == SHUT_OFF)


def test_a_label_is_compared_as_an_instant(account: Account, laws: Laws, ec2: Any) -> None:
    """In whatever zone it is written."""
    instance = due(account)
    ec2.describe_instances()
    ec2.create_snapshots(
        InstanceSpecification={"InstanceId": instance},
        TagSpecifications=labelled("snapshot", "2026-12-06T08:00:00+02:00"),
    )
    assert laws.breaches == []


def test_the_terms_are_those_of_the_settings(account: Account, ec2: Any) -> None:
    """Where they ask for no backup none is missed; where for an image a snapshot is not enough."""
    with watching(Laws(Terms(backup_when="stopped"))) as laws:
        end(ec2, due(account))
    assert laws.breaches == []
    account.reset()
    account.at("2026-11-22T06:00")
    with watching(Laws(Terms(backup_as="image"))) as laws:
        end(ec2, backed_up(account))
    assert broken(laws) == {"nothing_ends_without_its_backup"}


# Dates as people type them, read for the laws alone


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2026-12-06", "2026-12-06T00:00:00+00:00"),
        ("2026-12-06T18:00", "2026-12-06T18:00:00+00:00"),
        ("2026-12-06T18:00+02:00", "2026-12-06T18:00:00+02:00"),
        ("2026/12/06", "2026-12-06T00:00:00+00:00"),
        ("6 Dec 2026", "2026-12-06T00:00:00+00:00"),
        ("Dec 6, 2026", "2026-12-06T00:00:00+00:00"),
        ("6-Dec-2026", "2026-12-06T00:00:00+00:00"),
        ("12/01/2026", "2026-12-01T00:00:00+00:00"),
        ("13/01/2026", "2026-01-13T00:00:00+00:00"),
    ],
)
def test_dates_are_read(typed: str, read: str) -> None:
    """Of two readings the later."""
    found = when(typed)
    assert found is not None
    assert found.isoformat() == read


@pytest.mark.parametrize("typed", ["next friday", "14", "Dec 2026", "", "never"])
def test_what_is_no_date_is_not_read(typed: str) -> None:
    """Never guessed."""
    assert when(typed) is None


# The books


def shown(phase: str, *verbs: str, reason: str = "") -> dict[str, Any]:
    """A plan that shows the instance so."""
    return {"steps": [{"id": "i-1", "phase": phase, "verbs": verbs, "reason": reason}]}


HIDDEN = [
    ("tag", shown("new")),
    ("shut_off", shown("active")),
    ("mark", shown("expired")),
    ("note", shown("active")),
    ("back_up", shown("due", reason="shut off 7 days ago")),
    ("clear_mark", shown("waiting")),
    ("cancel", shown("active")),
    ("terminate", shown("due", "terminate")),
]


@pytest.mark.parametrize(("verb", "plan"), HIDDEN)
def test_an_act_that_nobody_can_learn_of_is_seen(verb: str, plan: dict[str, Any]) -> None:
    """Neither the ledger nor the next plan tells of it."""
    said = f"{verb} of i-1 stands neither in the ledger nor in the next plan"
    assert list(untold([Act(verb, "i-1")], [], plan, {})) == [said]
    assert list(untold([Act(verb, "i-1")], [], {"steps": []}, {})) == [said]


@pytest.mark.parametrize(("verb", "plan"), HIDDEN)
def test_an_act_in_the_ledger_is_known(verb: str, plan: dict[str, Any]) -> None:
    """An outcome tells of all that its step was to do; a manifest of the end."""
    verbs = ["tag", "clear_mark", "shut_off", "back_up", "terminate"]
    outcome = {"entry": "outcome", "id": "i-1", "verbs": verbs}
    assert list(untold([Act(verb, "i-1")], [outcome], plan, {})) == []


@pytest.mark.parametrize(("backups", "told"), [(["snap-1"], True), ([], False)])
def test_a_manifest_tells_of_the_backups_that_it_names(backups: list[str], told: bool) -> None:  # noqa: FBT001  a row of a table
    """Where the disk is full after it, it is all that is left of a backup and an end."""
    manifest = {"entry": "manifest", "id": "i-1", "backups": backups}
    acts = [Act("back_up", "i-1"), Act("terminate", "i-1")]
    assert (list(untold(acts, [manifest], {"steps": []}, {})) == []) is told


# The ends


def test_ends_that_differ_are_told(account: Account) -> None:
    """Each difference with its place; ids and hours are none."""
    ids = {"web": account.launch("jd-web"), "bad": account.launch("jd-bad")}
    names = ends.names(account, ids)
    account.tag(ids["web"], ShutOff=SHUT_OFF)
    before = json.loads(json.dumps(ends.account_end(account, ids, names)))
    account.tag(ids["web"], ShutOff="2026-12-06T07:30:00+00:00")
    assert ends.account_end(account, ids, names) == before
    account.terminate(ids["bad"])
    account.tag(ids["web"], ShutOff="2026-12-07T07:30:00+00:00")
    assert list(ends.differences(ends.account_end(account, ids, names), before)) == [
        "/instances/bad/state is 'terminated' and not 'running'",
        "/instances/web/tags/ShutOff is '2026-12-07' and not '2026-12-06'",
    ]


def test_two_backups_of_one_shut_off_are_seen(account: Account) -> None:
    """One that has failed is none."""
    ids = {"web": account.launch("jd-web")}
    account.snapshots_fail()
    back_up(account.client("ec2"), ids["web"])
    account.snapshots_finish()
    account.snapshots_fail(on=False)
    back_up(account.client("ec2"), ids["web"])
    assert list(ends.backed_up_twice(account, ids)) == []
    back_up(account.client("ec2"), ids["web"])
    assert len(list(ends.backed_up_twice(account, ids))) == 1
