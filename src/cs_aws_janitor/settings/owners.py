"""The section of `janitor.toml` for the people of a team, and the file that lists them."""

# Annotations are read by pydantic at run time, so they are not postponed here.
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.settings import names, values
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.sections import Section
from cs_aws_janitor.shared import toml_reading
from cs_aws_janitor.shared.addresses import is_address
from cs_aws_janitor.shared.wording import meant, shown

TABLE, KEYS = "owner", ("initials", "name", "email", "slack", "logins")
Initials = Annotated[str, Field(min_length=1)]


def _listed(rows: object) -> tuple[Person, ...]:
    if not isinstance(rows, list):
        raise fault(f"{shown(rows)} is not a list", 'write [{initials = "jd"}, ...]')
    return tuple(_person(row, f"entry {number}") for number, row in enumerate(rows, 1))


def _as_toml(people: tuple[Person, ...]) -> list[dict[str, Any]]:
    """People as a list of tables that says of each what is known."""
    return [
        {key: list(v) if isinstance(v, tuple) else v for key in KEYS if (v := getattr(one, key))}
        for one in people
    ]


People = Annotated[
    tuple[Person, ...],
    PlainValidator(_listed),
    PlainSerializer(_as_toml),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]


class Owners(Section):
    """Who the people are whose initials stand in names, and who hears of what is nobody's."""

    file: values.FilePath = Field(
        None, description="The file of people (TOML, [[owner]]), from the settings' folder."
    )
    people: People = Field(
        (), description="The same people in the settings themselves, for a function, or more."
    )
    fallback: Initials | None = Field(
        None, description="Initials of who hears of what is nobody's; accounts may name another."
    )
    cloudtrail: bool = Field(
        default=False,
        description="Ask CloudTrail once who made what neither its name nor a tag tells of.",
    )

    _everybody: tuple[Person, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _read_file(self) -> "Owners":
        known = [(each, f"people, entry {number}") for number, each in enumerate(self.people, 1)]
        if self.file:
            listed = enumerate(_people(self.file), 1)
            known += [(each, f"{self.file}, {TABLE} {number}") for number, each in listed]
        _check_distinct(known)
        self._everybody = tuple(person for person, _ in known)
        if self.fallback:
            self.require(self.fallback)
        return self

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All that the settings and the file list."""
        return self._everybody

    def require(self, initials: str) -> None:
        """Raise a fault where nobody of these `initials` is listed."""
        if not self._everybody:
            what = f"nobody is known by {shown(initials)} without a list of people"
            raise fault(what, 'write people, or file = "owners.toml", under [owners]')
        known = [person.initials for person in self._everybody]
        if initials.lower() not in {each.lower() for each in known}:
            cure = meant(initials, known, f"add them as [[{TABLE}]], or name another")
            where = self.file.name if self.file else "people"
            raise fault(f"{shown(initials)} does not stand in {where}", cure)


def _check_distinct(known: Iterable[tuple[Person, str]]) -> None:
    taken: set[str] = set()
    for person, where in known:
        for word in person.words:
            if word.lower() in taken:
                raise fault(f"{where}: {shown(word)} stands in it twice", "remove one of the two")
            taken.add(word.lower())


def _people(file: Path) -> Iterator[Person]:
    try:
        document = toml_reading.loads(file.read_bytes())
    except OSError as error:
        what = f"{file} cannot be read ({error.strerror})"
        raise fault(what, "write it, name another as file, or list people instead") from None
    except toml_reading.NotTomlError as error:
        raise fault(f"{file} is not TOML", str(error)) from None
    rows = document.get(TABLE, [])
    if document.keys() - {TABLE} or not isinstance(rows, list):
        raise fault(f"{file} holds something else than people", f"write [[{TABLE}]] above each")
    for number, row in enumerate(rows, 1):
        yield _person(row, f"{file}, {TABLE} {number}")


def _person(row: Any, where: str) -> Person:
    if not isinstance(row, dict):
        cure = f'write {{initials = "jd"}}, or [[{TABLE}]] above its lines in a file'
        raise fault(f"{where} is not a table", cure)
    for key, value in row.items():
        _check(key, value, where)
    if "initials" not in row:
        raise fault(f"{where}: initials are missing", 'add initials = "…"')
    if "email" in row and not is_address(row["email"]):
        raise fault(f"{where}: {shown(row['email'])} is no address", "write name@example.com")
    if "slack" in row and not names.SLACK_MEMBER.fullmatch(row["slack"]):
        what = f"{where}: {shown(row['slack'])} is not the id of a member of Slack"
        raise fault(what, "write it as U012AB3CD: Copy member ID in their profile")
    logins = tuple(login.strip() for login in row.get("logins", ()))
    words = {key: value.strip() for key, value in row.items() if key != "logins"}
    return Person(**words, logins=logins)


def _check(key: str, value: object, where: str) -> None:
    if key not in KEYS:
        cure = meant(key, KEYS, f"the keys are {', '.join(KEYS)}")
        raise fault(f"{where}: unknown key {shown(key)}", cure)
    if key == "logins":
        if not isinstance(value, list) or not all(map(_is_word, value)):
            cure = 'write a list of words: logins = ["..."]'
            raise fault(f"{where}: logins {shown(value)} is no list of words", cure)
    elif not _is_word(value):
        raise fault(f"{where}: {key} {shown(value)} is no text", "write a word in quotes")


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()
