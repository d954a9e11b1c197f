"""moto's answers, several times as fast: what has not changed is not rendered anew.

moto renders an instance in several milliseconds, and looks for a tag by reading all tags of all
resources; a year asks for a hundred thousand instances. Here the text that moto gave of an
instance is kept until anything but its tags differs, and a search by a tag is done first. All
rules of the strict layer stand before this as they stand before moto.
"""

from __future__ import annotations

import functools
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import moto.core.responses

from tests.strict import backend
from tests.strict.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from moto.ec2.models.instances import Instance

    from tests.strict.wire import Answer
    from tests.strict.world import Exchange

    Quick = Callable[[Exchange], Answer]

DESCRIBE = "ec2:DescribeInstances"
METHODS = "method_names_from_class"
SNAPSHOTS, IMAGES = "ec2:DescribeSnapshots", "ec2:DescribeImages"
STATE, ID, TAG = "instance-state-name", "instance-id", "tag:"
_PLAIN = frozenset({"Action", "Version"})
_SIZE = frozenset({"MaxResults"})
_SET = re.compile(r"<reservationSet>(.*)</reservationSet>", re.DOTALL)
_AFTER_TAGS = "<virtualizationType>"
_TAGS = re.compile(rf"(<tagSet>((?!</tagSet>).)*</tagSet>)?{_AFTER_TAGS}", re.DOTALL)
_FILTER = re.compile(r"Filter\.(\d+)\.(Name|Value)(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Text:
    """What moto said of an instance, around its tags; and of what it said that."""

    looks: object
    before: str
    after: str


@dataclass
class Rendered:
    """All that moto has said. `frame` is an answer of its without any content."""

    texts: dict[str, Text] = field(default_factory=dict)
    frame: Answer | None = None

    def describe(self, exchange: Exchange) -> Answer:
        """The instances that the request asks for."""
        wanted = _filters(exchange.request.form, known={STATE, ID})
        most = int(exchange.request.form.get("MaxResults", "100"))
        if wanted is None:
            return exchange.forward(None)
        held = backend.ec2(exchange.request)
        found = [i for i in backend.instances(held) if _fits(i, wanted)]
        if not found or len(found) > most:
            return exchange.forward(None)
        whole = "".join(self._text(exchange, instance) for instance in found)
        assert self.frame is not None
        text = f"<reservationSet>{whole}</reservationSet>"
        return self.frame._replace(body=_SET.sub(lambda _: text, self.frame.text, count=1))

    def _text(self, exchange: Exchange, instance: Instance) -> str:
        looks = _looks(instance)
        kept = self.texts.get(instance.id)
        if kept is None or kept.looks != looks:
            kept = self.texts[instance.id] = self._ask(exchange, instance.id, looks)
        tags = _tags(instance.ec2_backend.tags.get(instance.id, {}))
        return f"{kept.before}{tags}{_AFTER_TAGS}{kept.after}"

    def _ask(self, exchange: Exchange, instance_id: str, looks: object) -> Text:
        form = exchange.request.form
        plain = {"Action": form["Action"], "Version": form["Version"], "InstanceId.1": instance_id}
        self.frame = exchange.forward(plain)
        said = _SET.search(self.frame.text)
        assert said, self.frame.text
        tags = _TAGS.search(said[1])
        assert tags, said[1]
        return Text(looks, said[1][: tags.start()], said[1][tags.end() :])


def narrowed(prefix: str, exchange: Exchange) -> Answer:
    """What is asked for by a tag or by its id, found by this and rendered by moto.

    `prefix` is that of a list of ids in the request: `SnapshotId`, `ImageId`.
    """
    form = exchange.request.form
    held = backend.ec2(exchange.request)
    standing: Iterable[str] = held.snapshots if prefix == "SnapshotId" else held.amis
    plain = {k: v for k, v in form.items() if not _FILTER.fullmatch(k)}
    wanted = _filters(form, known={"snapshot-id"}, besides=set(plain))
    if wanted is None or len(wanted) != 1:
        return exchange.forward(None)
    ((name, values),) = wanted.items()
    key = name.removeprefix(TAG)
    found = [i for i in standing if (i if key == name else held.tags.get(i, {}).get(key)) in values]
    if not found:
        return exchange.forward(None) if not held.snapshots else exchange.forward(_never(plain))
    ids = {f"{prefix}.{n}": one for n, one in enumerate(found, 1)}
    return exchange.forward({k: v for k, v in plain.items() if k in _PLAIN} | ids)


@contextmanager
def remembered(rendered: Rendered | None = None) -> Iterator[None]:
    """Let moto render each instance once for as long as it stays as it is."""
    rendered = rendered or Rendered()
    quick: dict[str, Quick] = {
        DESCRIBE: rendered.describe,
        SNAPSHOTS: functools.partial(narrowed, "SnapshotId"),
        IMAGES: functools.partial(narrowed, "ImageId"),
    }
    strict = {name: RULES.get(name) for name in quick}
    # moto lists the methods of a class by inspection, for every single request.
    listing = vars(moto.core.responses)[METHODS]
    setattr(moto.core.responses, METHODS, functools.cache(listing))
    RULES.update({name: _before(strict[name], quick[name]) for name in quick})
    try:
        yield
    finally:
        setattr(moto.core.responses, METHODS, listing)
        for name, rule in strict.items():
            if rule is None:
                del RULES[name]
            else:
                RULES[name] = rule


def _before(strict: Quick | None, quick: Quick) -> Quick:
    """The strict rule, with `quick` where moto stood."""

    def answer(exchange: Exchange) -> Answer:
        def forward(form: Mapping[str, str] | None) -> Answer:
            return quick(exchange) if form is None else exchange.forward(form)

        return strict(replace(exchange, forward=forward)) if strict else quick(exchange)

    return answer


def _filters(
    form: Mapping[str, str], known: AbstractSet[str], besides: AbstractSet[str] = _SIZE
) -> dict[str, set[str]] | None:
    """The values by the name of their filter; None where anything else is asked for."""
    names: dict[str, str] = {}
    values: dict[str, set[str]] = {}
    for key, value in form.items():
        found = _FILTER.fullmatch(key)
        if found is None:
            if key not in _PLAIN | besides:
                return None
        elif found[2] == "Name":
            names[found[1]] = value
        else:
            values.setdefault(found[1], set()).add(value)
    if any(name not in known and not name.startswith(TAG) for name in names.values()):
        return None
    return {name: values.get(number, set()) for number, name in names.items()}


def _fits(instance: Instance, wanted: Mapping[str, set[str]]) -> bool:
    states, ids = wanted.get(STATE), wanted.get(ID)
    return (ids is None or instance.id in ids) and (states is None or instance.state in states)


def _never(plain: Mapping[str, str]) -> dict[str, str]:
    """A question to which the answer is empty, and quickly given."""
    return {**plain, "Filter.1.Name": "description", "Filter.1.Value.1": "-"}


def _tags(tags: Mapping[str, str]) -> str:
    items = (
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
        for key, value in tags.items()
    )
    return f"<tagSet>{''.join(items)}</tagSet>" if tags else ""


def _looks(instance: Instance) -> object:
    """All of an instance that changes in its life, but for its tags."""
    disks = [
        (name, disk.volume_id, disk.status, str(disk.attach_time), disk.delete_on_termination)
        for name, disk in instance.block_device_mapping.items()
    ]
    return (
        instance.state,
        str(instance.launch_time),
        disks,
        instance.lifecycle,
        instance.root_device_type,
        vars(instance).get("spot_instance_request_id"),
        sorted(nic.id for nic in instance.nics.values()),
        vars(instance).get("_reason"),
    )
