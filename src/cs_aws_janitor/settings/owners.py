"""The section of `janitor.toml` for the people of a team, and the file that lists them."""

# Annotations are read by pydantic at run time, so they are not postponed here.
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, model_validator

from cs_aws_janitor.resources.owners import Person
from cs_aws_janitor.settings import names, values
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.sections import Section
from cs_aws_janitor.shared import toml_reading
from cs_aws_janitor.shared.wording import meant, shown

TABLE, KEYS = "owner", ("initials", "name", "email", "slack", "logins")
Initials = Annotated[str, Field(min_length=1)]


class Owners(Section):
    """Who the people are whose initials stand in names, and who hears of what is nobody's."""

    file: values.FilePath = Field(
        None, description="The file of people (TOML, [[owner]]), from the settings' folder."
    )
    fallback: Initials | None = Field(
        None, description="Initials of who hears of what is nobody's; accounts may name another."
    )

    cloudtrail: bool = Field(
        default=False,
        description="Ask CloudTrail once who made what neither its name nor a tag tells of.",
    )

    _people: tuple[Person, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _read_file(self) -> "Owners":
        if self.file:
            self._people = tuple(_people(self.file))
        if self.fallback:
            self.require(self.fallback)
        return self

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody that the file lists."""
        return self._people

    def require(self, initials: str) -> None:
        """Raise a fault where nobody of these `initials` stands in the file."""
        if not self.file:
            what = f"nobody is known by {shown(initials)} without a file of people"
            raise fault(what, 'write file = "owners.toml" under [owners]')
        known = [person.initials for person in self._people]
        if initials.lower() not in {each.lower() for each in known}:
            cure = meant(initials, known, f"add them as [[{TABLE}]], or name another")
            raise fault(f"{shown(initials)} does not stand in {self.file.name}", cure)


def _people(file: Path) -> Iterator[Person]:
    try:
        document = toml_reading.loads(file.read_bytes())
    except OSError as error:
        what = f"{file} cannot be read ({error.strerror})"
        raise fault(what, "write it, or name another as file") from None
    except toml_reading.NotTomlError as error:
        raise fault(f"{file} is not TOML", str(error)) from None
    rows = document.get(TABLE, [])
    if document.keys() - {TABLE} or not isinstance(rows, list):
        raise fault(f"{file} holds something else than people", f"write [[{TABLE}]] above each")
    taken: set[str] = set()
    for number, row in enumerate(rows, 1):
        person = _person(row, f"{file}, {TABLE} {number}")
        for word in person.words:
            if word.lower() in taken:
                what = f"{file}, {TABLE} {number}: {shown(word)} stands in it twice"
                raise fault(what, "remove one of the two")
            taken.add(word.lower())
        yield person


def _person(row: Any, where: str) -> Person:
    if not isinstance(row, dict):
        raise fault(f"{where} is not a table", f"write [[{TABLE}]] above its lines")
    for key, value in row.items():
        _check(key, value, where)
    if "initials" not in row:
        raise fault(f"{where}: initials are missing", 'add initials = "…"')
    if "email" in row and not names.ADDRESS.fullmatch(row["email"]):
        raise fault(f"{where}: {shown(row['email'])} is no address", "write name@example.com")
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
