"""Requests to the solutions architects: what is whole, and what is the same again."""

from __future__ import annotations

import pytest

from cs_aws_janitor.customers.solutions import Request
from tests.customers.making import customer

WHOLE = ("All builds run in GitLab", "Three nodes on premises", "Two hundred pipelines")


def test_what_is_whole_has_no_faults() -> None:
    """Three parts in words; each stands under its name, with whose customer it is."""
    request = Request(customer(sa="Sy"), *WHOLE)
    assert list(request.faults()) == []
    assert request.title == "SA request: Acme GmbH"
    assert request.description.startswith("## Outcome\n\nAll builds run in GitLab\n\n## Infra")
    assert request.description.endswith("- Customer: Acme GmbH\n- CSM: Jo\n- SA: Sy")


@pytest.mark.parametrize("words", ["", " \n"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_what_is_missing(part: int, words: str) -> None:
    """Each part is needed; spaces do not count."""
    parts = [*WHOLE[:part], words, *WHOLE[part + 1 :]]
    name = ("outcome", "infrastructure", "challenges")[part]
    assert list(Request(customer(), *parts).faults()) == [f"{name} is missing"]


def test_few_words_are_enough() -> None:
    """The document's own examples are short: which tools there are, and what they are slow at."""
    asked = Request(customer(), "Faster demos", "Jenkins for CI", "Release velocity")
    assert list(asked.faults()) == []


def test_the_same_words_are_the_same_request() -> None:
    """Whatever its spaces; for another customer, or with other words, it is another one."""
    first = Request(customer(), *WHOLE)
    assert first.key == Request(customer(csm="Al"), *(f" {part}\n" for part in WHOLE)).key
    assert first.key != Request(customer(id="beta"), *WHOLE).key
    assert first.key != Request(customer(), *WHOLE[:2], "Nobody knows them any more").key
