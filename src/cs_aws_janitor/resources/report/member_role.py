"""The role that each account has for the janitor, as a CloudFormation template with its policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "janitor"
_INDENT = " " * 12  # where the policy stands in the frame


def template(frame: str, policy: Mapping[str, Any], role: str | None) -> str:
    """`frame` with `policy` in it, for a role called `role`: its name, after its path if any.

    The policy stands in it as JSON, which is YAML as well.
    """
    path, _, name = (role or NAME).rpartition("/")
    text = json.dumps(policy, indent=2).replace("\n", f"\n{_INDENT}")
    filled = {"@NAME@": name, "@PATH@": f"/{path}/" if path else "/", "@POLICY@": text}
    for mark, value in filled.items():
        frame = frame.replace(mark, value)
    return frame
