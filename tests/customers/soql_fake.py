"""As much of SOQL as the janitor writes, read as strictly as Salesforce does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Record = Mapping[str, Any]

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|[\w.]+|!=|[=(),])")
_WORDS = {"true": True, "false": False, "null": None}


class NotSoqlError(Exception):
    """A query that Salesforce refuses, by its `code`."""

    def __init__(self, why: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(why)
        self.code = code


@dataclass
class _Query:
    tokens: list[str]
    fields: Mapping[str, set[str]]
    records: Mapping[str, list[dict[str, Any]]]
    everything: bool
    kind: str = ""
    columns: list[str] = field(default_factory=list)

    def select(self) -> list[dict[str, Any]]:
        self.head()
        found = [each for each in self.records.get(self.kind, ()) if self.visible(each)]
        if self.next_is("WHERE"):
            self.take("WHERE")
            kept = self.condition(found)
            found = [each for each in found if each["Id"] in kept]
        if self.next_is("ORDER"):
            for word in ("ORDER", "BY", "Id"):
                self.take(word)
            found.sort(key=lambda each: str(each["Id"]))
        return found

    def head(self) -> None:
        self.take("SELECT")
        self.columns.append(self.tokens.pop(0))
        while self.next_is(","):
            self.take(",")
            self.columns.append(self.tokens.pop(0))
        self.take("FROM")
        self.kind = self.tokens.pop(0)
        if self.kind not in self.fields:
            raise NotSoqlError(f"sObject type '{self.kind}' is not supported.", "INVALID_TYPE")
        for column in self.columns:
            self.known(column)
        if len(set(self.columns)) < len(self.columns):
            raise NotSoqlError("duplicate field selected")

    def visible(self, record: Record) -> bool:
        return self.everything or not (record.get("IsDeleted") or record.get("IsArchived"))

    def condition(self, found: Sequence[Record]) -> set[str]:
        kept = self.term(found)
        while self.next_is("AND"):
            self.take("AND")
            kept &= self.term(found)
        return kept

    def term(self, found: Sequence[Record]) -> set[str]:
        if self.next_is("("):
            self.take("(")
            kept = self.condition(found)
            self.take(")")
            return kept
        name = self.tokens.pop(0)
        self.known(name)
        match self.tokens.pop(0):
            case "=":
                return self.matching(found, name, [self.value()])
            case "!=":
                return {str(e["Id"]) for e in found} - self.matching(found, name, [self.value()])
            case "IN":
                return self.matching(found, name, self.listed())
            case other:
                raise NotSoqlError(f"unexpected token: {other}")

    def listed(self) -> list[Any]:
        self.take("(")
        if self.next_is("SELECT"):
            inner = _Query(self.tokens, self.fields, self.records, everything=False)
            values = [record[inner.columns[0]] for record in inner.select()]
        else:
            values = [self.value()]
            while self.next_is(","):
                self.take(",")
                values.append(self.value())
        self.take(")")
        return values

    def value(self) -> Any:
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return re.sub(r"\\(.)", r"\1", token[1:-1]).lower()
        if token not in _WORDS:
            raise NotSoqlError(f"unexpected token: {token}")
        return _WORDS[token]

    def matching(self, found: Sequence[Record], name: str, values: list[Any]) -> set[str]:
        wanted = [each.lower() if isinstance(each, str) else each for each in values]
        return {str(e["Id"]) for e in found if _lower(_at(e, name)) in wanted}

    def known(self, name: str) -> None:
        if name not in self.fields[self.kind]:
            why = f"\nSELECT {name}\n       ^\nNo such column '{name}' on entity '{self.kind}'."
            raise NotSoqlError(why, "INVALID_FIELD")

    def next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == word

    def take(self, word: str) -> None:
        if not self.next_is(word):
            raise NotSoqlError(f"expecting {word}")
        self.tokens.pop(0)


def select(
    soql: str,
    fields: Mapping[str, set[str]],
    records: Mapping[str, list[dict[str, Any]]],
    *,
    everything: bool,
) -> list[dict[str, Any]]:
    """The records that a query asks for. Raises NotSoqlError."""
    tokens = list(_tokens(soql))
    query = _Query(tokens, fields, records, everything)
    found = query.select()
    if tokens:
        raise NotSoqlError(f"unexpected token: {tokens[0]}")
    return [_shown(record, query) for record in found]


def _tokens(soql: str) -> Iterator[str]:
    at = 0
    while soql[at:].strip():
        token = _TOKEN.match(soql, at)
        if token is None:
            raise NotSoqlError(f"unexpected token: {soql[at:]}")
        yield token[1]
        at = token.end()


def _shown(record: Record, query: _Query) -> dict[str, Any]:
    shown: dict[str, Any] = {"attributes": {"type": query.kind}}
    for column in query.columns:
        above, _, name = column.rpartition(".")
        if not above:
            shown[column] = record.get(column)
        elif (there := record.get(above)) is not None:
            shown.setdefault(above, {"attributes": {}})[name] = there[name]
        else:
            shown[above] = None
    return shown


def _at(record: Record, name: str) -> Any:
    above, _, own = name.rpartition(".")
    return record.get(own) if not above else (record.get(above) or {}).get(own)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
