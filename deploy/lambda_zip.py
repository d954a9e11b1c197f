"""Builds the zip for AWS Lambda, of the same bytes from the same commit: `make lambda`.

In it are the package, without its commands, and what it needs beside the standard library and the
SDK, which the runtime brings. Every wheel is one that the lock names by its hash. With
`--wing customers` it can run that wing too: its libraries are in it, and the playbooks.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "cs_aws_janitor"
LOCK = ROOT / "requirements-dev.lock"
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
NEWEST = "3.14"  # of Lambda's runtimes
BROUGHT = {"boto3", "click"}  # by the runtime; and what only the commands use
LEFT_OUT = {"__main__.py", "cli", "demo", "starter"}  # of the package
EXTRAS = {"resources": ("lambda",), "customers": ("lambda", "customers", "gitlab", "slack")}
SHIPPED = "starter/playbooks"  # of the package, for the customers' wing
PLAYBOOKS = "config/playbooks"  # in the zip: where a run looks for them
BY_INSTALLING = {".lock", "INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first instant that a zip can tell
MOST = 15 * 1000**2  # bytes


def main() -> None:
    """Build what the options name, and print where it is, its size and its hash."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--arch", choices=PLATFORMS, action="append", help="default: both")
    options.add_argument("--python", default=NEWEST, help=f"the runtime; default: {NEWEST}")
    options.add_argument("--out", type=Path, default=ROOT / "dist", help="default: dist/")
    options.add_argument("--settings", type=Path, help="a janitor.toml to put into it")
    options.add_argument("--wing", choices=EXTRAS, default="resources", help="customers: both")
    options.add_argument("--customers", type=Path, help="a file of customers to put into it")
    options.add_argument("--playbooks", type=Path, help="a folder of playbooks to put into it")
    asked = options.parse_args()
    if asked.wing == "resources" and (asked.customers or asked.playbooks):
        options.error("--customers and --playbooks are for --wing customers")
    asked.out.mkdir(parents=True, exist_ok=True)
    wing = "-customers" if asked.wing == "customers" else ""
    for arch in asked.arch or PLATFORMS:
        target = asked.out / f"cs-aws-janitor-lambda{wing}-{arch}-python{asked.python}.zip"
        _build(target, PLATFORMS[arch], asked)
        content = target.read_bytes()
        if len(content) > MOST:
            sys.exit(f"{target} has {len(content):,} bytes, more than {MOST:,}")
        print(f"{target}  {len(content):,} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


def _build(target: Path, platform: str, asked: argparse.Namespace) -> None:
    given = dict(_given(asked))
    with tempfile.TemporaryDirectory() as folder:
        _install(Path(folder), platform, asked.python, _needed(EXTRAS[asked.wing]))
        _write(target, {**dict(_installed(Path(folder))), **dict(_own()), **given})


def _given(asked: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """What the options put into it beside the package, by its name there."""
    if asked.settings:
        yield "janitor.toml", asked.settings
    if asked.customers:
        yield asked.customers.name, asked.customers
    if asked.wing == "customers":
        for path in (PACKAGE / SHIPPED).glob("*.toml"):
            yield f"{PACKAGE.name}/{SHIPPED}/{path.name}", path
    if asked.playbooks:
        found = sorted(asked.playbooks.glob("*.toml"))
        if not found:
            sys.exit(f"there are no playbooks (*.toml) in {asked.playbooks}")
        yield from ((f"{PLAYBOOKS}/{path.name}", path) for path in found)


def _install(folder: Path, platform: str, python: str, names: Iterable[str]) -> None:
    """Have uv unpack the wheels of `platform` that the lock names; nothing else is fetched."""
    lock = folder / "lambda.lock"
    lock.write_text("\n".join(_locked(names)))
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps"]
    only = ["--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    where = ["--python-platform", platform, "--python-version", python, "--target", str(folder)]
    if subprocess.run([*uv, *only, *where, "--requirements", str(lock)], check=False).returncode:
        sys.exit(f"the wheels for {platform} and Python {python} could not be had")
    lock.unlink()


def _needed(extras: Iterable[str]) -> set[str]:
    """The names of all packages that the zip must hold for these extras of ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(each for extra in extras for each in optional[extra])]
    found: set[str] = set()
    while wanted:
        one = Requirement(wanted.pop())
        name = canonicalize_name(one.name)
        if name in found | BROUGHT or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        wanted += requires(name) or ()
    return found


def _locked(names: Iterable[str]) -> Iterator[str]:
    """The entries of the lock for `names`, each with its hashes."""
    for entry in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8")):
        if entry.partition("==")[0] in names:
            yield entry


def _installed(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        made = path.name in BY_INSTALLING or {"bin", "__pycache__"} & {*inside.parts}
        if path.is_file() and not made:
            yield inside.as_posix(), path


def _own() -> Iterator[tuple[str, Path]]:
    for path in PACKAGE.rglob("*"):
        inside = path.relative_to(PACKAGE)
        if path.is_file() and (LEFT_OUT | {"__pycache__"}).isdisjoint(inside.parts):
            yield f"{PACKAGE.name}/{inside.as_posix()}", path


def _write(target: Path, files: Mapping[str, Path]) -> None:
    """A zip that tells nothing of when, where and by whom it was made."""
    with zipfile.ZipFile(target, "w") as made:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o100644 << 16
            made.writestr(entry, files[name].read_bytes(), compresslevel=9)


if __name__ == "__main__":
    main()
