"""What a call asks for: the parameters of EC2's query protocol, and how it says no."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from itertools import count, takewhile
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

LARGEST_PAGE = 1000


class RefusedError(Exception):
    """The call is refused, with the code, the sentence and the status that AWS would give."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one call."""

    parameters: dict[str, str]

    @classmethod
    def read(cls, body: bytes) -> Asked:
        """Read the body of a call."""
        return cls(dict(parse_qsl(body.decode(), keep_blank_values=True)))

    @property
    def action(self) -> str:
        """What is to be done."""
        return self.one("Action")

    def one(self, name: str) -> str:
        """The parameter of that name; '' where it is missing."""
        return self.parameters.get(name, "")

    def many(self, name: str) -> list[str]:
        """The parameters name.1, name.2 and so on."""
        numbered = (self.parameters.get(f"{name}.{number}") for number in count(1))
        return [value for value in takewhile(lambda value: value is not None, numbered) if value]

    def tags(self, within: str = "") -> dict[str, str]:
        """The tags that it gives: keys and values, of which some may be missing."""
        name = f"{within}Tag"
        numbers = takewhile(lambda n: f"{name}.{n}.Key" in self.parameters, count(1))
        return {self.one(f"{name}.{n}.Key"): self.one(f"{name}.{n}.Value") for n in numbers}

    def filters(self) -> dict[str, list[str]]:
        """The values of each filter, by its name."""
        numbers = takewhile(lambda n: f"Filter.{n}.Name" in self.parameters, count(1))
        return {self.one(f"Filter.{n}.Name"): self.many(f"Filter.{n}.Value") for n in numbers}

    def page(self, rows: Iterable[T]) -> tuple[Sequence[T], dict[str, object]]:
        """The part of `rows` that is asked for, and the nextToken where more follow.

        Without MaxResults all come at once, as from EC2.
        """
        rows = list(rows)
        first, size = self._start(), len(rows)
        if most := self.one("MaxResults"):
            size = min(int(most), LARGEST_PAGE)
        after = first + size
        if after >= len(rows):
            return rows[first:], {}
        token = base64.b64encode(str(after).encode()).decode()
        return rows[first:after], {"nextToken": token}

    def _start(self) -> int:
        try:
            return int(base64.b64decode(self.one("NextToken") or "MA=="))
        except (ValueError, binascii.Error):
            raise RefusedError("InvalidNextToken", "The token is not valid.") from None
