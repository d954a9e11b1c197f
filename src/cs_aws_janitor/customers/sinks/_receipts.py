"""Receipts of what is delivered one by one over a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.customers.sinks._sink import Receipt, SinkError
from cs_aws_janitor.shared.notify import NotSentError

if TYPE_CHECKING:
    from collections.abc import Callable


def receipt(key: str, deliver: Callable[[], str]) -> Receipt:
    """What became of one task, which stands where `deliver` says.

    Raises SinkError where nothing more is possible.
    """
    try:
        return Receipt(key, deliver())
    except NotSentError as error:
        if error.lasting:
            raise SinkError(error.what, error.cure) from None
        return Receipt(key, why=str(error))
