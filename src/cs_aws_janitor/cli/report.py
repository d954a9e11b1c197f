"""`janitor report`: the account on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cs_aws_janitor.cli import options
from cs_aws_janitor.shared.errors import DONE, PARTLY

if TYPE_CHECKING:
    from pathlib import Path

    from cs_aws_janitor.cli.options import Asked


@click.command("report")
@options.file_option("--out", "Write the page here; else it is printed.")
@options.shared(options.selection, options.as_of)
def report_command(asked: Asked, *, out: Path | None) -> int:
    """Show the account on one page (HTML) that stands by itself. Never writes to AWS.

    What there is and what it costs, what happens in the next 30 days to whose resources, what was
    saved per week, what needs attention, and what could not be seen. Whether a resource is
    protected is read for all to which something would happen by then: one call for each. The page
    fetches nothing, and can be sent as it is.

    \b
    janitor report --out report.html                    everything, everywhere
    janitor report --owner jd --out mine.html           mine
    janitor report --as-of 2026-12-24 --out then.html   the same rules at another time

    Exit code 0: everything was seen. 1: something could not be seen.
    """
    from cs_aws_janitor import looking
    from cs_aws_janitor.cli import printing, reporting
    from cs_aws_janitor.cli.setting_up import get_ready, look
    from cs_aws_janitor.resources.sweep import Wish

    ready = get_ready(asked)
    looked = look(ready, reporting.ahead(ready, Wish()))
    printing.show_page(reporting.page_of(ready, looked), out)
    printing.show_unseen(looked.plan)
    return PARTLY if looking.unseen(looked.plan) else DONE
