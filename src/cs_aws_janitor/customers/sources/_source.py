"""What a source of customers must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers.model import Customer, Problem


class Source(Protocol):
    """Customers from somewhere, one after the other.

    What cannot be read, be it a row or all the rest, is a Problem that says where; the others go
    on. A customer of whom something cannot be read is not given at all: half of the facts make
    tasks that are wrong. Raises JanitorError where it cannot even begin.
    """

    def read(self) -> Iterator[Customer | Problem]:
        """Every customer there is, and every problem that there was."""
