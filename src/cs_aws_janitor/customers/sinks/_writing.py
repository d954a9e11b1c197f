"""Files that are whole at any time: the old content or the new one, never a part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_aws_janitor.shared.pathlike import Pathlike


def write_whole(path: Pathlike, content: bytes) -> None:
    """Replace what `path` holds, or leave it as it was. Raises OSError."""
    if not isinstance(path, Path):
        path.write_bytes(content)  # which replaces it whole by itself
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
