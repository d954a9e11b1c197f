"""The house itself: who may import whom, who may read the clock, and which words are not used.

The rules are those of docs/architecture.md, "Rules of the house". Each is a function from a
module to its violations; the tests at the end plant violations, so that a blind rule shows.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass, fields
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

import cs_aws_janitor
from cs_aws_janitor.resources.kinds import KINDS
from cs_aws_janitor.resources.model import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HOUSE = "cs_aws_janitor"
ROOT = Path(cs_aws_janitor.__file__).parent

PURE = {
    "resources": {
        "model",
        "tags",
        "dates",
        "policy",
        "standing",
        "lifecycle",
        "digest",
        "letter",
        "digest_json",
        "owners",
        "plan",
        "plan_json",
        "prices",
    },
    "customers": {
        "model",
        "conditions",
        "calendars",
        "course",
        "notes",
        "playbook",
        "playbook_reading",
        "recurrence",
        "task",
        "schedule",
        "steps",
        "time_to_value",
        "contacts",
    },
    "shared": {"addresses", "metrics", "months", "wording"},
}
MAY_NOT_IMPORT = {
    "resources": {"customers"},
    "customers": {"resources"},
    "shared": {"resources", "customers"},
}
AWS_AT = {
    "boto3": {"wiring.py"},
    "botocore": {"wiring.py", "sessions.py", "fast_sender.py"},
    "botocore.exceptions": {  # they give the SDK's errors a type and a cure
        "wiring.py",
        "unreachable.py",
        "resources/refusals.py",
    },
    "botocore.parsers": {  # or its errors
        "wiring.py",
        "fast_parser.py",
        "fast_trees.py",
        "resources/refusals.py",
    },
    "botocore.utils": {"fast_lines.py", "fast_sender.py"},  # its reader of times, and of proxies
}
CLOCK_AT = "shared/clock.py"
CLOCKS = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.monotonic",
    "time.sleep",
    "time.time",
}
CATCHES_ALL = {
    "cli/__init__.py": "nobody is shown a traceback",
    "customers/rounds.py": "a fault of a sink leaves its tasks told as failed, not lost",
    "resources/execute.py": "a fault of ours leaves its steps told as failed, not lost",
    "resources/refusals.py": "whatever breaks one step becomes its refusal, and the run goes on",
}
NOT_USED = {"base", "data", "helper", "info", "manager", "service", "util"}


@dataclass(frozen=True)
class Import:
    """One imported name, whole: `from a import b` imports `a.b`."""

    name: str
    line: int
    for_types: bool

    def within(self, *modules: str) -> bool:
        """Whether it is one of `modules` or something inside of one."""
        return any(self.name == m or self.name.startswith(f"{m}.") for m in modules)


@dataclass(frozen=True)
class Module:
    """One file of the house; `path` is relative to the package."""

    path: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python reads it."""
        return ast.parse(self.source, self.path)

    @cached_property
    def name(self) -> str:
        """The dotted name by which others import it."""
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join((HOUSE, *parts)).removesuffix(".__init__")

    @property
    def wing(self) -> str:
        """The folder right under the package, or the file itself."""
        return PurePosixPath(self.path).parts[0]

    @cached_property
    def imports(self) -> list[Import]:
        """Whatever it imports, at its top or inside of functions."""
        for_types = {
            id(inner)
            for outer in ast.walk(self.tree)
            if isinstance(outer, ast.If) and ast.unparse(outer.test).endswith("TYPE_CHECKING")
            for statement in outer.body
            for inner in ast.walk(statement)
        }
        return [
            Import(name, node.lineno, id(node) in for_types)
            for node in ast.walk(self.tree)
            for name in self._imported(node)
            if isinstance(node, ast.stmt | ast.expr)
        ]

    @cached_property
    def aliases(self) -> dict[str, str]:
        """The names in this file that stand for something imported."""
        return {
            alias.asname or alias.name: f"{self._origin(node)}{alias.name}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }

    @cached_property
    def assigned(self) -> set[str]:
        """The attributes that it sets of anything but `self`."""
        found = {
            node.attr
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            if ast.unparse(node.value) != "self"
        }
        for node in ast.walk(self.tree):
            match node:
                case ast.Call(func, [_, ast.Constant(str(name)), _]):
                    if ast.unparse(func).endswith("setattr"):
                        found.add(name)
        return found

    def _imported(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                yield from (f"{self._origin(node)}{alias.name}" for alias in names)
            case ast.Call(func, [ast.Constant(str(name)), *_]):
                if ast.unparse(func).endswith(("import_module", "__import__")):
                    yield name

    def _origin(self, node: ast.Import | ast.ImportFrom) -> str:
        if isinstance(node, ast.Import):
            return ""
        above = f"{HOUSE}/{self.path}".split("/")[: -node.level] if node.level else []
        return ".".join((*above, *filter(None, [node.module]))) + "."


def in_this_house(root: Path) -> list[Module]:
    """Every file of the package."""
    return [
        Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(root.rglob("*.py"))
    ]


def across_wings(module: Module) -> Iterator[str]:
    """Imports of a wing that this one may not know."""
    closed = [f"{HOUSE}.{wing}" for wing in MAY_NOT_IMPORT.get(module.wing, ())]
    for found in module.imports:
        if found.within(*closed):
            yield f"line {found.line}: {module.wing} may not import {found.name}"


def into_pure_rooms(module: Module) -> Iterator[str]:
    """Imports of a pure room beyond the standard library, pure rooms of its wing and the hall's."""
    rooms = {f"{HOUSE}.{wing}.{r}" for wing in (module.wing, "shared") for r in PURE.get(wing, ())}
    if module.name not in rooms:
        return
    for found in module.imports:
        if found.name.split(".")[0] not in sys.stdlib_module_names and not found.within(*rooms):
            yield f"line {found.line}: the room is pure and may not import {found.name}"


def of_aws(module: Module) -> Iterator[str]:
    """Imports of the AWS library anywhere but in the wiring; for types they are free."""
    for found in module.imports:
        fitting = [name for name in AWS_AT if found.within(name)]
        if fitting and not found.for_types and module.path not in AWS_AT[max(fitting, key=len)]:
            yield f"line {found.line}: {found.name} is imported outside of the wiring"


def of_click(module: Module) -> Iterator[str]:
    """Imports of click anywhere but at the doors."""
    for found in module.imports:
        if found.within("click") and module.wing != "cli":
            yield f"line {found.line}: click is imported outside of cli/"


def of_the_clock(module: Module) -> Iterator[str]:
    """Readings of the clock, and waits on it, under whatever name."""
    if module.path == CLOCK_AT:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            root, *rest = ast.unparse(node).split(".")
            name = ".".join((module.aliases.get(root, root), *rest))
            if name in CLOCKS:
                yield f"line {node.lineno}: {name} outside of {CLOCK_AT}"


def of_catching_all(module: Module) -> Iterator[str]:
    """Handlers that catch whatever comes."""
    if module.path in CATCHES_ALL:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = re.findall(r"\w+", ast.unparse(node.type)) if node.type else ["Exception"]
            if not {"Exception", "BaseException"}.isdisjoint(caught):
                yield f"line {node.lineno}: it catches whatever comes"


def of_words(module: Module) -> Iterator[str]:
    """Names of modules and classes with a word that says nothing."""
    classes = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for name in (*module.name.split(".")[1:], *classes):
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
        if empty := NOT_USED & (words | {word.removesuffix("s") for word in words}):
            yield f"{name}: {', '.join(empty)} is a word that is not used here"


def cycle(modules: Iterable[Module]) -> list[str]:
    """The modules of one circle of imports, or nothing; imports for types make no circle."""
    imports = {module.name: module.imports for module in modules}
    graph = {
        name: {
            max((m for m in imports if found.within(m)), key=len, default=name)
            for found in outgoing
            if not found.for_types
        }
        - {name}
        for name, outgoing in imports.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


THE_HOUSE = in_this_house(ROOT)
every_file = pytest.mark.parametrize("module", THE_HOUSE, ids=lambda module: module.path)


@every_file
def test_wings_do_not_know_each_other(module: Module) -> None:
    """`resources` and `customers` never import each other; `shared` imports neither."""
    assert list(across_wings(module)) == []


@every_file
def test_pure_rooms_stay_pure(module: Module) -> None:
    """A room where rules live imports the standard library and other such rooms, only."""
    assert list(into_pure_rooms(module)) == []


@every_file
def test_aws_is_imported_in_the_wiring_only(module: Module) -> None:
    """Both SDKs are known to the wiring and its parts; their errors also to who types them."""
    assert list(of_aws(module)) == []


@every_file
def test_click_is_imported_at_the_doors_only(module: Module) -> None:
    """`click` is known to `cli/`, so that every rule can be called without a command line."""
    assert list(of_click(module)) == []


@every_file
def test_the_clock_is_read_in_one_place(module: Module) -> None:
    """The clock is read in `shared/clock.py`; everywhere else `now` is a parameter."""
    assert list(of_the_clock(module)) == []


@every_file
def test_nobody_catches_whatever_comes(module: Module) -> None:
    """`except Exception` stands only where it turns into a reported failure."""
    assert list(of_catching_all(module)) == []


@every_file
def test_names_say_something(module: Module) -> None:
    """No module and no class is called Manager, Service, Helper, Util, Base, Data or Info."""
    assert list(of_words(module)) == []


@every_file
def test_nobody_changes_a_resource(module: Module) -> None:
    """It is not frozen, for speed: whoever needs another one makes another one."""
    assert not module.assigned & {each.name for each in fields(Resource)}


def test_a_planted_change_is_found() -> None:
    """However it is written."""
    for source in ("r.power = 1", "a, r.power = x", "r.power += 1", "setattr(r, 'power', 1)"):
        assert Module("resources/x.py", source).assigned == {"power"}


def test_imports_make_no_circle() -> None:
    """No module imports itself by way of others, not even from inside a function."""
    assert cycle(THE_HOUSE) == []


@pytest.mark.parametrize("wing", [wing for wing in PURE if (ROOT / wing).is_dir()])
def test_every_pure_room_is_there(wing: str) -> None:
    """A pure room that is renamed is renamed in this test too, and so stays under its rule."""
    assert PURE[wing] <= {path.stem for path in (ROOT / wing).glob("*.py")}


@pytest.mark.parametrize("path", CATCHES_ALL)
def test_no_licence_to_catch_all_outlives_its_handler(path: str) -> None:
    """A file that may catch whatever comes does so, and at one place only."""
    elsewhere = Module(f"elsewhere/{path}", (ROOT / path).read_text(encoding="utf-8"))
    assert len(list(of_catching_all(elsewhere))) == 1, CATCHES_ALL[path]


PLANTED: list[tuple[Callable[[Module], Iterator[str]], str, str]] = [
    (across_wings, "resources/plan.py", "from cs_aws_janitor.customers import playbook"),
    (across_wings, "resources/plan.py", "import cs_aws_janitor.customers.playbook"),
    (across_wings, "resources/plan.py", "from cs_aws_janitor import customers"),
    (across_wings, "resources/kinds/a.py", "from ...customers import playbook"),
    (across_wings, "customers/rounds.py", "def f():\n  import cs_aws_janitor.resources.plan"),
    (across_wings, "shared/logs.py", "from cs_aws_janitor.resources.plan import Step"),
    (into_pure_rooms, "resources/plan.py", "import pydantic"),
    (into_pure_rooms, "resources/plan.py", "from cs_aws_janitor import settings"),
    (into_pure_rooms, "resources/plan.py", "from cs_aws_janitor.resources import survey"),
    (into_pure_rooms, "resources/plan.py", "from . import survey"),
    (into_pure_rooms, "customers/schedule.py", "import holidays"),
    (into_pure_rooms, "customers/schedule.py", "from cs_aws_janitor.shared import clock"),
    (into_pure_rooms, "shared/months.py", "from cs_aws_janitor.shared import clock"),
    (into_pure_rooms, "resources/plan.py", "if TYPE_CHECKING:\n  import pydantic"),
    (of_aws, "resources/survey.py", "import boto3"),
    (of_aws, "resources/survey.py", "from importlib import import_module\nimport_module('boto3')"),
    (of_aws, "resources/survey.py", "from botocore.exceptions import ClientError"),
    (of_aws, "resources/refusals.py", "from botocore.config import Config"),
    (of_aws, "cli/run.py", "if TYPE_CHECKING:\n  pass\nelse:\n  import boto3"),
    (of_click, "resources/survey.py", "from click import echo"),
    (of_click, "settings.py", "def f():\n  import click"),
    (of_the_clock, "resources/plan.py", "from datetime import datetime as d\nd.now(UTC)"),
    (of_the_clock, "resources/plan.py", "import datetime\ndatetime.date.today()"),
    (of_the_clock, "resources/plan.py", "from datetime import datetime\nf(clock=datetime.utcnow)"),
    (of_the_clock, "cli/run.py", "from time import sleep\nsleep(1)"),
    (of_the_clock, "cli/run.py", "import time as t\nt.monotonic()"),
    (of_catching_all, "wiring.py", "try: pass\nexcept Exception: pass"),
    (of_catching_all, "wiring.py", "try: pass\nexcept (OSError, BaseException): pass"),
    (of_catching_all, "wiring.py", "try: pass\nexcept: pass"),
    (of_words, "resources/plan.py", "class PlanManager: pass"),
    (of_words, "resources/plan.py", "class EC2Info: pass"),
    (of_words, "shared/utils.py", ""),
    (of_words, "helpers/plan.py", ""),
]

ALLOWED: list[tuple[Callable[[Module], Iterator[str]], str, str]] = [
    (across_wings, "resources/plan.py", "from cs_aws_janitor.shared import clock"),
    (across_wings, "cli/run.py", "from cs_aws_janitor import customers, resources"),
    (into_pure_rooms, "resources/plan.py", "import re\nfrom cs_aws_janitor.resources import tags"),
    (into_pure_rooms, "resources/plan.py", "from .tags import read"),
    (into_pure_rooms, "customers/schedule.py", "from cs_aws_janitor.shared import months"),
    (into_pure_rooms, "resources/survey.py", "from cs_aws_janitor.resources import kinds"),
    (of_aws, "wiring.py", "import boto3\nfrom botocore.config import Config"),
    (of_aws, "resources/refusals.py", "from botocore.exceptions import ClientError"),
    (of_aws, "resources/survey.py", "if TYPE_CHECKING:\n  from botocore.client import BaseClient"),
    (of_click, "cli/run.py", "import click"),
    (of_the_clock, CLOCK_AT, "import time\ntime.sleep(1)"),
    (of_the_clock, "cli/run.py", "from cs_aws_janitor.shared import clock\nclock.now()"),
    (of_the_clock, "resources/plan.py", "from datetime import time\ntime(); policy.today(now)"),
    (of_catching_all, "wiring.py", "try: pass\nexcept KeyError: pass"),
    (of_words, "resources/ledger.py", "class Database(BaseModel): pass\ndef info(): pass"),
]


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_a_planted_violation_is_found(
    rule: Callable[[Module], Iterator[str]], path: str, source: str
) -> None:
    """Each rule sees what it forbids, however it is spelled."""
    assert list(rule(Module(path, source)))


@pytest.mark.parametrize(("rule", "path", "source"), ALLOWED)
def test_what_is_allowed_is_left_alone(
    rule: Callable[[Module], Iterator[str]], path: str, source: str
) -> None:
    """No rule forbids more than it says."""
    assert list(rule(Module(path, source))) == []


@pytest.mark.parametrize("how", ["{}", "def f():\n  {}"])
def test_a_planted_circle_is_found(how: str) -> None:
    """Three modules that import each other in turn are named as a circle."""
    turns = [("a", "b"), ("b", "c"), ("c", "a")]
    rooms = [Module(f"{one}.py", how.format(f"from {HOUSE} import {two}")) for one, two in turns]
    assert {f"{HOUSE}.{one}" for one, _ in turns} == set(cycle(rooms))


def test_imports_for_types_make_no_circle() -> None:
    """Two modules may know each other's types: nothing is imported when they run."""
    one = Module("a.py", f"from {HOUSE} import b")
    two = Module("b.py", f"if TYPE_CHECKING:\n  from {HOUSE}.a import A")
    assert cycle([one, two]) == []


def test_every_kind_is_named_like_its_file() -> None:
    """It is found by that name, and by no other."""
    assert [KINDS[name].name for name in KINDS] == list(KINDS)
    assert "ec2_instance" in KINDS
    for name in ("_kind", "ec2"):
        assert name not in KINDS
        with pytest.raises(KeyError):
            KINDS[name]


def test_a_kind_is_imported_when_it_is_asked_for() -> None:
    """Of the others a plan of one kind reads nothing."""
    source = (
        "import sys; from cs_aws_janitor.resources.kinds import KINDS; KINDS['ec2_instance'];"
        "print([name for name in KINDS if f'{KINDS.__module__}.{name}' in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True)  # noqa: S603  our own words
    assert said.stdout.split() == [b"['ec2_instance']"]
