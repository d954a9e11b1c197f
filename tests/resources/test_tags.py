"""The janitor's memory on the resource: how tags are read, and what AWS lets be written.

Source: aws-lifecycle.md, "Tags" and the last row of "Real AWS, where naive code fails".
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs_aws_janitor.resources import tags
from cs_aws_janitor.resources.policy import TagKeys
from cs_aws_janitor.resources.tags import Marks

# A busy machine is no fault of ours.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

KEYS = TagKeys()
NOTHING = Marks(name=None, discovered=None, expirations=(), shut_off=None, permanent=None)

# The rule, the tags that stand, one mark and what it is read as.
READ: list[tuple[str, dict[str, str], str, object]] = [
    ("no tag", {}, "name", None),
    ("its own key", {"Name": "jd-Runner"}, "name", "jd-Runner"),
    ("keys in any case", {"NAME": "jd-Runner"}, "name", "jd-Runner"),
    ("keys trimmed", {" expiration ": "2026-12-06"}, "expirations", ("2026-12-06",)),
    ("keys whole", {"Name2": "jd-Runner", "MyName": "jd-Runner"}, "name", None),
    ("values trimmed", {"Name": "  jd-Runner\t"}, "name", "jd-Runner"),
    ("an empty name is none", {"Name": ""}, "name", None),
    ("white space is no name", {"Name": " \t"}, "name", None),
    ("an empty explanation is none", {"Permanent": "  "}, "permanent", None),
    ("an explanation", {"Permanent": "demo of the year"}, "permanent", "demo of the year"),
    ("a date is not judged here", {"Discovered": "soon"}, "discovered", "soon"),
    ("an emptied date was once there", {"Discovered": ""}, "discovered", ""),
    ("an emptied date was once there", {"Expiration": " "}, "expirations", ("",)),
    ("the mark of a shut-off", {"shutoff": "2026-12-06"}, "shut_off", "2026-12-06"),
    ("two spellings: the canonical", {"name": "a-b", "Name": "jd-Runner"}, "name", "jd-Runner"),
    ("two spellings: one that speaks", {"name": "a-b", "Name": " "}, "name", "a-b"),
    ("two dates are two wishes", {"expiration": "b", "Expiration": "a"}, "expirations", ("a", "b")),
    ("twice the same is one wish", {"expiration": "a", "Expiration": "a "}, "expirations", ("a",)),
    ("AWS's own tags are others", {"aws:Name": "jd-Runner"}, "name", None),
]


@pytest.mark.parametrize(
    ("standing", "mark", "value"), [row[1:] for row in READ], ids=[row[0] for row in READ]
)
def test_reading_marks(standing: dict[str, str], mark: str, value: object) -> None:
    """Keys match case-insensitively and trimmed; empty counts as missing where people write."""
    assert getattr(tags.read(standing, KEYS), mark) == value


def test_keys_can_be_configured() -> None:
    """Every key is a setting; the one that is not set any more says nothing."""
    keys = TagKeys(name="Naam", shut_off="cs:off")
    found = tags.read({"naam": "jd-Runner", "Name": "other", "CS:OFF": "2026-12-06"}, keys)
    assert (found.name, found.shut_off) == ("jd-Runner", "2026-12-06")


def test_all_spellings_of_a_key_are_found() -> None:
    """The canonical spelling comes first, the others follow in an order that never changes."""
    standing = ["expiration", "Name", " Expiration", "Expiration", "EXPIRATION"]
    found = ["Expiration", " Expiration", "EXPIRATION", "expiration"]
    assert tags.spellings(standing, "Expiration") == found
    assert tags.spellings(reversed(standing), "Expiration") == found


def standing(count: int) -> list[str]:
    """The keys of so many tags, none of them the janitor's."""
    return [f"key-{number}" for number in range(count)]


# The rule, the keys that stand, and what can be written beside them.
FITS: list[tuple[str, list[str], dict[str, str]]] = [
    ("nothing is always written", standing(50), {}),
    ("the fiftieth tag", standing(49), {"Expiration": "2026-12-06"}),
    ("the last two", standing(48), {"Discovered": "2026-12-06", "Expiration": "2026-12-20"}),
    ("a tag that stands already", [*standing(49), "Expiration"], {"Expiration": "2026-12-06"}),
    ("AWS's own do not count", [*standing(49), "aws:a", "AWS:b"], {"Expiration": "2026-12-06"}),
    ("the shortest key", [], {"k": "value"}),
    ("the longest key", [], {"k" * 128: "value"}),
    ("the longest value", [], {"key": "v" * 256}),
    ("an empty value", [], {"key": ""}),
    ("a key that only contains aws:", [], {"my-aws:key": "value"}),
]

# The rule, the keys that stand, what cannot be written, and a word of why.
REFUSED: list[tuple[str, list[str], dict[str, str], str]] = [
    ("a fifty-first tag", standing(50), {"Expiration": "2026-12-06"}, "50 tags"),
    ("two, where one fits", standing(49), {"Discovered": "a", "Expiration": "b"}, "49 tags"),
    ("another spelling is another tag", [*standing(49), "name"], {"Name": "a"}, "50 tags"),
    ("a reserved key", [], {"aws:Name": "value"}, "reserved"),
    ("a reserved key, in any case", [], {"AWS:Name": "value"}, "reserved"),
    ("no key", [], {"": "value"}, "0 characters"),
    ("a key too long", [], {"k" * 129: "value"}, "129 characters"),
    ("a value too long", [], {"key": "v" * 257}, "257 characters"),
]


@pytest.mark.parametrize(("keys", "writes"), [row[1:] for row in FITS], ids=[r[0] for r in FITS])
def test_what_aws_takes(keys: list[str], writes: dict[str, str]) -> None:
    """Up to 50 tags of its own, a key of up to 128 characters, a value of up to 256."""
    tags.check_room(keys, writes)


@pytest.mark.parametrize(
    ("keys", "writes", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_aws_refuses(keys: list[str], writes: dict[str, str], why: str) -> None:
    """What AWS would refuse is found before the call, and said so that it can be mended."""
    with pytest.raises(tags.TagRefusedError, match=why):
        tags.check_room(keys, writes)


@pytest.mark.parametrize("length", [0, 255, 256, 257, 1000])
def test_a_note_is_cut_to_what_fits(length: int) -> None:
    """`JanitorNote` has at most 256 characters; where it had more it says that there was more."""
    cut = "n" * 253 + "..."
    assert tags.note("n" * length) == ("n" * length if length <= 256 else cut)


@patient
@given(st.text(max_size=600))
def test_a_note_always_fits(sentence: str) -> None:
    """Law: a note is the sentence, or as much of it as one tag takes and a sign that more was."""
    noted = tags.note(sentence)
    tags.check_room((), {KEYS.note: noted})
    assert noted == sentence or (len(noted) == 256 and sentence.startswith(noted[:-3]))
    assert not sentence.isascii() or noted.isascii()
