"""What people launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation import census
from tests.simulation.dates_typed import later, odd, typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.scene import Scene
    from tests.strict.launching import How

    Launch = Callable[[Scene, str], str]

WORDS = ("GitLabRunner", "demo", "poc", "runner-2", "geo", "load test", "upgrade")
OWNED_BY = (
    "eks:nodegroup-name",
    "karpenter.sh/nodepool",
    "elasticbeanstalk:environment-name",
    "aws:elasticmapreduce:job-flow-id",
    "kubernetes.io/cluster/demo",
)
LOOKALIKES = ("aws-autoscaling:groupName", "aws_eks:cluster-name", "Aws.ecs:clusterName", "awsome")
OURS = ("Discovered", "Expiration", "ShutOff", "Permanent", "JanitorNote")
GROUPS_OF_ONE, MEMBERS = 1, 4


def named(scene: Scene, who: str) -> str:
    """A name that says whose it is."""
    return f"{who}-{scene.dice.choice(WORDS)}"


def plain(scene: Scene, who: str) -> str:
    """An instance with a good name."""
    how = _anywhere(scene)
    how["volumes"] = scene.dice.choice((1, 1, 1, 2, 3))
    return _launch(scene, who, named(scene, who), how)


def unnamed(scene: Scene, who: str) -> str:
    """One without a name, or with one that says nothing."""
    name = scene.dice.choice((None, None, "", "   ", "test", "my instance"))
    return _launch(scene, who, name, _anywhere(scene))


def dated(scene: Scene, who: str) -> str:
    """One with a date from the start, good or odd."""
    dice, how = scene.dice, _anywhere(scene)
    good = typed(dice, later(dice, scene.today))
    how["tags"] = {"Expiration": dice.choice((good, odd(dice, scene.today)))}
    return _launch(scene, who, named(scene, who), how)


def spot(scene: Scene, who: str) -> str:
    """A spot instance, one-time or persistent."""
    how = _anywhere(scene)
    how["spot"] = scene.dice.choice(("one-time", "persistent"))
    return _launch(scene, who, scene.dice.choice((named(scene, who), None)), how)


def on_store(scene: Scene, who: str) -> str:
    """One whose root is an instance store, with or without EBS volumes beside it."""
    how = _anywhere(scene)
    how |= {"instance_store": True, "volumes": scene.dice.choice((0, 0, 1))}
    return _launch(scene, who, named(scene, who), how)


def protected(scene: Scene, who: str) -> str:
    """One that is to stay, with or without a word why."""
    how = _anywhere(scene)
    how["protected"] = True
    how["tags"] = scene.dice.choice(({}, {"Permanent": "the demo of every week"}))
    return _launch(scene, who, scene.dice.choice((named(scene, who), None)), how)


def stop_protected(scene: Scene, who: str) -> str:
    """One that may not be stopped."""
    how = _anywhere(scene)
    how["stop_protected"] = True
    return _launch(scene, who, named(scene, who), how)


def by_code(scene: Scene, who: str) -> str:
    """One that Terraform or CloudFormation has made."""
    how = _anywhere(scene)
    stack = {"aws:cloudformation:stack-name": f"{who}-stack"}
    how["tags"] = scene.dice.choice((stack, {"managed-by": "terraform"}))
    return _launch(scene, who, scene.dice.choice((named(scene, who), None)), how)


def by_owner(scene: Scene, who: str) -> str:
    """One that something in AWS owns, or one that only looks like it."""
    how = _anywhere(scene)
    how["tags"] = {scene.dice.choice(OWNED_BY + LOOKALIKES): "demo"}
    return _launch(scene, who, scene.dice.choice((named(scene, who), None)), how)


def crowded(scene: Scene, who: str) -> str:
    """One with about as many tags as AWS allows."""
    how = _anywhere(scene)
    how["tags"] = {f"key-{n}": "" for n in range(scene.dice.choice((44, 47, 48, 49)))}
    return _launch(scene, who, named(scene, who), how)


def more_like_this(scene: Scene, who: str) -> str:
    """One more like one of their own, or of anybody: its tags are copied, the janitor's too."""
    own = scene.of(who) or list(census.taken().values())
    if not own:
        return plain(scene, who)
    parent, how = scene.dice.choice(own), _anywhere(scene)
    tags = {k: v for k, v in parent.tags.items() if not k.startswith("aws:")}
    if scene.dice.random() < 0.3:
        tags["Expiration"] = typed(scene.dice, later(scene.dice, scene.today))
    how["tags"] = tags
    how["volumes"] = scene.dice.choice((1, 2))
    return _launch(scene, who, tags.pop("Name", None), how)


def in_group(scene: Scene, who: str) -> str:
    """A member of the one Auto Scaling group of this person."""
    group = f"{who}-web"
    region = scene.regions[sum(map(ord, who)) % len(scene.regions)]
    members = [it for it in census.taken().values() if _group(it.tags) == group]
    if len(members) >= MEMBERS:
        return plain(scene, who)
    return _launch(scene, who, named(scene, who), {"region": region, "zone": "a", "asg": group})


LAUNCHES: dict[str, Launch] = {
    launch.__name__: launch
    for launch in (
        plain,
        unnamed,
        dated,
        spot,
        on_store,
        protected,
        stop_protected,
        by_code,
        by_owner,
        crowded,
        more_like_this,
        in_group,
    )
}


def _group(tags: object) -> str | None:
    assert isinstance(tags, dict)
    group: str | None = tags.get("aws:autoscaling:groupName")
    return group


def _anywhere(scene: Scene) -> How:
    return {"region": scene.dice.choice(scene.regions), "zone": scene.dice.choice("abc")}


def _launch(scene: Scene, who: str, name: str | None, how: How) -> str:
    instance_id = scene.account.launch(name, **how)
    scene.born(instance_id, who)
    return instance_id
