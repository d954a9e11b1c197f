"""What people do with what they have launched: well, badly, or not at all on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation import census
from tests.simulation.dates_typed import UNREADABLE, later, odd, typed
from tests.simulation.launches import LOOKALIKES, OURS, OWNED_BY, named

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from tests.faults.truth import Truth
    from tests.simulation.scene import Scene

    Do = Callable[[Scene, Truth], None]

SPELLINGS = ("expiration", "EXPIRATION", " Expiration", "Expiration ")
MOST = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that people do. `moves`: it writes the dates, or what they are counted from.

    `aloud`: it is said to the janitor itself.
    """

    name: str
    do: Do
    moves: bool = False
    aloud: bool = False


DEEDS: dict[str, Deed] = {}


def deed(*, moves: bool = False, aloud: bool = False) -> Callable[[Do], Do]:
    """Enter a deed into the book."""

    def enter(function: Do) -> Do:
        name = function.__name__
        DEEDS[name] = Deed(name, function, moves, aloud)
        return function

    return enter


def done(scene: Scene, name: str, it: Truth) -> None:
    """Let a person do it; what AWS refuses is not done."""
    what = DEEDS[name]
    scene.touched.add(it.id)
    if what.moves:
        scene.moved(it.id)
    scene.ask(lambda: what.do(scene, it))


# With tags


@deed(moves=True)
def extend(scene: Scene, it: Truth) -> None:
    """Move the date to a later one."""
    day = later(scene.dice, max(scene.today, _expires(scene, it)))
    scene.account.tag(it.id, Expiration=typed(scene.dice, day))


@deed(moves=True)
def shorten(scene: Scene, it: Truth) -> None:
    """Give it back early."""
    scene.account.tag(it.id, Expiration=scene.today.isoformat())


@deed(moves=True)
def misdate(scene: Scene, it: Truth) -> None:
    """Write something odd where a date is expected."""
    scene.account.tag(it.id, Expiration=odd(scene.dice, scene.today))


@deed(moves=True)
def mend_date(scene: Scene, it: Truth) -> None:
    """Write a plain date over whatever stood there."""
    wrong = [key for key in it.tags if key.strip().lower() == "expiration" and key != "Expiration"]
    if wrong:
        scene.account.untag(it.id, *wrong)
    scene.account.tag(it.id, Expiration=later(scene.dice, scene.today).isoformat())


@deed(moves=True)
def double_date(scene: Scene, it: Truth) -> None:
    """Write a second date under a key in other letters."""
    text = scene.dice.choice((typed(scene.dice, later(scene.dice, scene.today)), "never"))
    scene.account.tag(it.id, **{scene.dice.choice(SPELLINGS): text})


@deed(moves=True)
def drop_date(scene: Scene, it: Truth) -> None:
    """Delete the Expiration, in the hope that this helps."""
    scene.account.untag(it.id, "Expiration")


@deed(moves=True)
def garble_discovered(scene: Scene, it: Truth) -> None:
    """Write something else where the janitor had written the day."""
    days = scene.dice.choice((-365, -20, -1, 0, 1, 40))
    day = (scene.today + timedelta(days=days)).isoformat()
    text = scene.dice.choice((day, scene.dice.choice(UNREADABLE)))
    scene.account.tag(it.id, **{scene.dice.choice(("Discovered", "discovered")): text})


@deed()
def write_mark(scene: Scene, it: Truth) -> None:
    """Write or copy a ShutOff that the janitor never wrote: stale, to come, or no date."""
    at = scene.account.now + timedelta(days=scene.dice.choice((-300, -40, 2, 30)))
    text = scene.dice.choice((at.isoformat(), scene.dice.choice(UNREADABLE)))
    scene.account.tag(it.id, **{scene.dice.choice(("ShutOff", "shutoff")): text})


@deed()
def drop_mark(scene: Scene, it: Truth) -> None:
    """Delete the ShutOff: its days begin anew."""
    scene.account.untag(it.id, "ShutOff", "shutoff")


@deed()
def name_it(scene: Scene, it: Truth) -> None:
    """Give it a good name."""
    scene.account.tag(it.id, Name=named(scene, scene.story(it.id).owner))


@deed()
def unname(scene: Scene, it: Truth) -> None:
    """Take its name away."""
    scene.account.untag(it.id, "Name")


@deed()
def strip(scene: Scene, it: Truth) -> None:
    """Let a tool take all tags away that it does not know: those of the janitor are among them."""
    known = {"Name", "managed-by"}
    foreign = [k for k in it.tags if k not in known and not k.startswith("aws:")]
    if foreign:
        scene.account.untag(it.id, *foreign)


@deed()
def strip_all(scene: Scene, it: Truth) -> None:
    """Let a tool take every tag away, the name too."""
    own = [key for key in it.tags if not key.startswith("aws:")]
    if own:
        scene.account.untag(it.id, *own)


@deed(moves=True)
def strip_some(scene: Scene, it: Truth) -> None:
    """Delete one or two of the janitor's tags."""
    scene.account.untag(it.id, *scene.dice.sample(OURS, 2))


@deed()
def fill_up(scene: Scene, it: Truth) -> None:
    """Add tags until AWS allows no more, or nearly so."""
    own = [key for key in it.tags if not key.startswith("aws:")]
    room = MOST - len(own) - scene.dice.choice((0, 0, 1, 2))
    if room > 0:
        scene.account.tag(it.id, **{f"more-{n}-{len(own)}": "x" for n in range(room)})


@deed()
def tidy_tags(scene: Scene, it: Truth) -> None:
    """Take the needless tags away again."""
    needless = [key for key in it.tags if key.startswith(("more-", "key-"))]
    if needless:
        scene.account.untag(it.id, *needless)


@deed()
def pretend(scene: Scene, it: Truth) -> None:
    """Write a tag that looks like one of AWS, or is that of another owner."""
    scene.account.tag(it.id, **{scene.dice.choice(LOOKALIKES + OWNED_BY): "demo"})


@deed()
def disown(scene: Scene, it: Truth) -> None:
    """Delete the tags of other owners."""
    keys = [k for k in (*LOOKALIKES, *OWNED_BY) if k in it.tags and not k.startswith("aws:")]
    if keys:
        scene.account.untag(it.id, *keys)


@deed()
def declare_permanent(scene: Scene, it: Truth) -> None:
    """Say that it is permanent, without protecting it."""
    scene.account.tag(it.id, Permanent="because I say so")


# With attributes and power


@deed()
def protect(scene: Scene, it: Truth) -> None:
    """Protect it against termination."""
    scene.account.protect(it.id)


@deed()
def unprotect(scene: Scene, it: Truth) -> None:
    """Take the protection off."""
    scene.account.protect(it.id, on=False)


@deed()
def protect_stop(scene: Scene, it: Truth) -> None:
    """Protect it against being stopped."""
    scene.account.protect_stop(it.id)


@deed()
def unprotect_stop(scene: Scene, it: Truth) -> None:
    """Take that off."""
    scene.account.protect_stop(it.id, on=False)


@deed()
def start(scene: Scene, it: Truth) -> None:
    """Turn it on again."""
    scene.account.start(it.id)


@deed()
def stop(scene: Scene, it: Truth) -> None:
    """Turn it off."""
    scene.account.stop(it.id)


@deed()
def terminate(scene: Scene, it: Truth) -> None:
    """End it themselves."""
    scene.account.terminate(it.id)


@deed()
def add_volume(scene: Scene, it: Truth) -> None:
    """Attach one more volume."""
    client = scene.client("ec2", it)
    zone = it.instance.availability_zone
    volume = client.create_volume(AvailabilityZone=zone, Size=8)["VolumeId"]
    device = f"/dev/sdz{len(it.volumes)}"
    client.attach_volume(VolumeId=volume, InstanceId=it.id, Device=device)


# With the janitor's own commands


@deed(moves=True, aloud=True)
def extend_aloud(scene: Scene, it: Truth) -> None:
    """`janitor extend`."""
    days = str(scene.dice.choice((7, 14, 30)))
    words = ("extend", it.id, "--days", days, "--region", census.region_of(it))
    if scene.commands.type(*words, "--reason", "proof of concept") == 0:
        now = census.of(it.id)
        scene.story(it.id).known = now.expires(scene.terms) if now else None


@deed(aloud=True)
def keep_aloud(scene: Scene, it: Truth) -> None:
    """`janitor keep`."""
    words = ("keep", it.id, "--region", census.region_of(it), "--reason", "the weekly demo")
    scene.commands.type(*words)


@deed(aloud=True)
def release_aloud(scene: Scene, it: Truth) -> None:
    """`janitor release`."""
    scene.commands.type("release", it.id, "--region", census.region_of(it))


def _expires(scene: Scene, it: Truth) -> date:
    at = it.expires(scene.terms)
    soon = scene.today + timedelta(days=120)  # whoever wrote 2099 does not add to it
    return at.date() if at and at.date() < soon else scene.today
