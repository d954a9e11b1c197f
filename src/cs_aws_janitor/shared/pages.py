"""Pages from templates that lie in the package: whatever is filled in is inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.safe import safe

if TYPE_CHECKING:
    from jinja2 import Environment


def templates(package: str) -> Environment:
    """The templates that lie in `package`.

    What is filled in is escaped, and what does not show or turns text around is written out.
    Raises RefusedError where the extra `report` is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415
    except ImportError:
        cure = "Install it: pip install 'cs-aws-janitor[report]'"
        raise RefusedError(
            "the page needs a package that is not installed (jinja2)", cure
        ) from None
    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inert(value: object) -> object:
    """Plain text made harmless; markup of the templates themselves is left as it is."""
    return safe(value) if type(value) is str else value
