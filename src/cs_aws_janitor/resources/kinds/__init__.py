"""The kinds of resources that the janitor knows: one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.resources.kinds import ec2_instance

if TYPE_CHECKING:
    from cs_aws_janitor.resources.kinds._kind import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (ec2_instance.KIND,)}
