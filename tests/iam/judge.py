"""What IAM says: a policy judged as its reference describes, so far as the printed ones go.

An operator that is not known here is an error, never silently true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

FOR_ALL, IF_EXISTS = "ForAllValues:", "IfExists"
# `${*}` stands for the sign itself; a sign alone matches anything.
_VARIABLE = re.compile(r"\$\{([a-zA-Z]+:\w+)\}")
_TOKENS = re.compile(r"\$\{([*?$])\}|([*?])|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done, on this resource? `context` holds what is known; keys in lower case."""

    action: str
    resource: str = "*"
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Judge:
    """Answers for whoever has these policies and no others."""

    def __init__(self, *documents: Mapping[str, Any]) -> None:
        self._statements = [one for document in documents for one in document["Statement"]]

    def allows(self, question: Question) -> bool:
        """Whether some statement allows it and none denies it."""
        fitting = {one["Effect"] for one in self._statements if _fits(one, question)}
        return fitting == {"Allow"}


def _fits(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        any(_like(question.action, one, re.IGNORECASE) for one in statement["Action"])
        and any(_like(question.resource, one) for one in statement["Resource"])
        and all(
            _holds(operator, question.context.get(key.lower()), _known(wanted, question))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, found: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    if operator == "Null":
        return (found is None) is (wanted == ["true"])
    if found is None:
        return operator.startswith(FOR_ALL) or operator.endswith(IF_EXISTS)
    compare = _COMPARE[operator.removeprefix(FOR_ALL).removesuffix(IF_EXISTS)]
    matching = [any(compare(value, one) for one in wanted) for value in found]
    if operator.startswith(FOR_ALL):
        return all(matching)
    # Without a set operator a key that has several values decides nothing that can be relied on.
    assert len(matching) == 1, f"{operator} for several values"
    return matching[0]


def _listed(wanted: str | Iterable[str]) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _known(wanted: str | Iterable[str], question: Question) -> list[str]:
    """The values wanted; what is written `${key}` is what is known of the question."""
    context = question.context
    return [
        context.get(match[1].lower(), ("",))[0] if (match := _VARIABLE.fullmatch(one)) else one
        for one in _listed(wanted)
    ]


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    expression = ""
    for literal, wild, other in _TOKENS.findall(pattern):
        expression += {"*": ".*", "?": "."}[wild] if wild else re.escape(literal or other)
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
}
