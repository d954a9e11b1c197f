"""Letters that are too long are split: no line is lost, none is there twice, none is torn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cs_aws_janitor.resources.letter import Letter, Line, Room, Section, parts

lines = st.lists(st.text("ab", min_size=1, max_size=30), min_size=1, max_size=9)


@given(
    st.lists(lines, min_size=1, max_size=6),
    st.integers(min_value=5, max_value=80),
    st.integers(min_value=1, max_value=4),
)
def test_every_line_stands_in_one_part(texts: list[list[str]], most: int, headings: int) -> None:
    """In order and under its heading; a part is full or the last, and holds no more than it may."""
    sections = tuple(
        Section(f"heading {n}", tuple(Line(text, "") for text in each))
        for n, each in enumerate(texts)
    )
    room = Room(most, lambda line: len(line.thing), headings)
    split = parts(Letter("what", sections, "day"), room)
    said = [
        (section.heading, line.thing)
        for part in split
        for section in part.sections
        for line in section.lines
    ]
    assert said == [(s.heading, line.thing) for s in sections for line in s.lines]
    for number, part in enumerate(split, 1):
        own = [line.thing for section in part.sections for line in section.lines]
        assert sum(map(len, own)) <= most or len(own) == 1
        assert 0 < len(part.sections) <= headings
        assert part.part == (number, len(split))
        assert (part.subject, part.thread) == ("what", "day")


def test_parts_are_numbered_where_there_are_some() -> None:
    """A letter that fits has its subject and nothing else; one of nothing has no part at all."""
    whole = Letter("what", (Section("heading", (Line("a", ""), Line("b", ""))),))
    assert [each.title for each in parts(whole, Room(9, lambda _: 1))] == ["what"]
    split = parts(whole, Room(1, lambda _: 1))
    assert [each.title for each in split] == ["what (1 of 2)", "what (2 of 2)"]
    assert parts(Letter("what", ()), Room(1, lambda _: 1)) == []
