"""Names that have to do with sinks: of sinks, variables and servers."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from cs_aws_janitor.customers.sinks import NAMES
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.shared.wording import meant, shown

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HERE = {"localhost", "127.0.0.1", "::1"}


def name(value: str) -> str:
    """The name of a sink that there is."""
    if value not in NAMES:
        cure = meant(value, NAMES, f"there are: {', '.join(NAMES)}")
        raise fault(f"there is no sink {shown(value)}", cure)
    return value


def variable(value: str) -> str:
    """The name of a variable of the environment; what looks like a secret is not repeated."""
    if not _VARIABLE.fullmatch(value):
        cure = "put the secret in a variable such as GITLAB_TOKEN, and its name here"
        raise fault("it is not the name of a variable of the environment", cure)
    return value


def url(value: str) -> str:
    """An address of the web, without a password in it; only on this machine without encryption."""
    parts = web(value)
    if parts is None:
        raise fault(f"{shown(value)} is not an address", "write https://HOST")
    if "@" in parts.netloc:
        raise fault("a user or password stands in it", "put the secret in a variable")
    if in_the_clear(parts):
        cure = f"write https://{parts.hostname}"
        raise fault("a token would cross the network in the clear", cure)
    return value


def web(value: str) -> SplitResult | None:
    """The parts of an address of the web, which has a host; None for anything else."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if host and parts.scheme in {"http", "https"} else None


def in_the_clear(parts: SplitResult) -> bool:
    """Whether what is sent there crosses the network unencrypted."""
    return parts.scheme == "http" and parts.hostname not in _HERE
