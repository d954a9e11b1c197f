"""The values that settings are made of: each read strictly from TOML, and shown as TOML again."""

# Annotations are read by pydantic at run time, so they are not postponed here.
import re
import warnings
from collections.abc import Callable
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from cs_aws_janitor.resources import tags
from cs_aws_janitor.settings import names, times
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.surroundings import around
from cs_aws_janitor.shared.wording import shown

ALL = "all"
Location = Path | names.S3Place  # on this machine, or in S3


def listed(value: object) -> tuple[Any, ...]:
    """A TOML list."""
    if not isinstance(value, list):
        raise fault(f"{shown(value)} is not a list", "write it in [ ]")
    return tuple(value)


def all_or_listed(value: object) -> tuple[Any, ...] | None:
    """The word "all", which is None, or a list that is not empty."""
    if value == ALL:
        return None
    if not isinstance(value, list):
        cure = f"write [{value!r}]".replace("'", '"') if _one_word(value) else 'write ["…", "…"]'
        raise fault(f'{shown(value)} is neither "all" nor a list', cure)
    if not value:
        raise fault("the list is empty, so nothing would be seen", 'name one at least, or "all"')
    return tuple(value)


def distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list in which nothing stands twice."""
    twice = next((v for n, v in enumerate(values) if v in values[:n]), None)
    if twice is not None:
        raise fault(f"{shown(twice)} stands in it twice", "remove one of the two")
    return values


def account(value: object) -> object:
    """An entry of accounts: an id alone means a table with nothing else."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise fault(f"{shown(value)} is a number", "an account id is text, so write it in quotes")
    if not isinstance(value, str | dict):
        cure = 'write "123456789012" or {id = "123456789012", …}'
        raise fault(f"{shown(value)} is not an account", cure)
    return {"id": value} if isinstance(value, str) else value


def distinct_accounts(accounts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Accounts of which none stands twice, whatever else is said of it."""
    distinct(tuple(account.id for account in accounts))
    return accounts


def distinct_durations(durations: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """Durations of which none stands twice, however it is spelled."""
    distinct(tuple(times.duration_text(duration) for duration in durations))
    return durations


def _one_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[\w-]{1,40}", value) is not None


def _pattern(value: object) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise fault(f"{shown(value)} is not a pattern", "write it in single quotes")
    try:
        with warnings.catch_warnings():
            # What Python warns of will change its meaning one day.
            warnings.simplefilter("error")
            pattern = re.compile(value)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        what = f"{shown(value)} is not a regular expression: {error}"
        raise fault(" ".join(what.split()), "mend it there") from None
    if "owner" not in pattern.groupindex:
        what = f"{shown(value)} has no group named owner, so no resource would have one"
        raise fault(what, "put the owner's part in (?P<owner>…)")
    return pattern


def _path(value: object, info: ValidationInfo) -> Path | None:
    if value is None:
        return None if info.data.get("s3") else _known_home(lambda: around(info).ledger)
    if _in_s3(value):
        raise fault(f"{shown(value)} is a place in S3", "write s3 = instead of path =")
    return _file(value, info)


def _file(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise fault(f"{shown(value)} is not a path", "write the name of a file in quotes")
    return _known_home(lambda: around(info).resolve(value))


def _in_s3(value: object) -> bool:
    return isinstance(value, str) and value.startswith("s3:")


def _file_or_object(value: object, info: ValidationInfo) -> Location:
    return names.s3_object(value) if _in_s3(value) else _file(value, info)


def _folder(value: object, info: ValidationInfo) -> Location:
    return names.s3(value) if _in_s3(value) else _file(value, info)


def beside_ledger(name: str) -> Callable[[object, ValidationInfo], Location]:
    """A place as the settings give it, else `name` in the folder of a ledger that is not set."""

    def read(value: object, info: ValidationInfo) -> Location:
        if value is None:
            return _known_home(lambda: around(info).ledger.with_name(name))
        return _folder(value, info)

    return read


def _known_home(path: Callable[[], Path]) -> Path:
    try:
        return path()
    except RuntimeError:
        raise fault("no home directory is known", "give a path that begins with /") from None


def _json(kind: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


def _json_all_or(item: dict[str, object]) -> WithJsonSchema:
    some = {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}
    return WithJsonSchema({"anyOf": [{"const": ALL}, some]})


def _all_text(values: tuple[str, ...] | None) -> str | list[str]:
    return ALL if values is None else list(values)


_DURATION_JSON = _json("string", pattern=f"^{times.DURATION.pattern}$")
_shown_as_text = PlainSerializer(lambda value: None if value is None else str(value))
_shown_as_duration = PlainSerializer(times.duration_text)

AnyDuration = Annotated[
    timedelta, PlainValidator(times.duration), _shown_as_duration, _DURATION_JSON
]
Duration = Annotated[AnyDuration, AfterValidator(times.positive)]
Days = Annotated[Duration, AfterValidator(times.whole_days)]
KeptFor = Annotated[
    timedelta | None,
    PlainValidator(times.keep),
    _shown_as_duration,
    _json("string", pattern=f"^({times.DURATION.pattern}|{times.FOREVER})$"),
]
Zone = Annotated[tzinfo, PlainValidator(times.zone), _shown_as_text, _json("string")]
Pattern = Annotated[
    re.Pattern[str],
    PlainValidator(_pattern),
    PlainSerializer(lambda pattern: pattern.pattern),
    _json("string"),
]
AccountId = Annotated[
    str, AfterValidator(names.account_id), _json("string", pattern=f"^{names.ACCOUNT.pattern}$")
]
Role = Annotated[str, AfterValidator(names.role)]
ExternalId = Annotated[str, AfterValidator(names.external_id), PlainSerializer(lambda _: "***")]
RoleName = Annotated[str, AfterValidator(names.role_name)]
Topic = Annotated[str, AfterValidator(names.topic)]
Address = Annotated[str, AfterValidator(names.address)]
Region = Annotated[str, AfterValidator(names.region)]
Namespace = Annotated[str, AfterValidator(names.namespace)]
SessionName = Annotated[str, AfterValidator(names.session_name)]
TagKey = Annotated[
    str, AfterValidator(names.tag_key), _json("string", minLength=1, maxLength=tags.LONGEST_KEY)
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
KindName = Annotated[str, AfterValidator(names.kind)]
Kinds = Annotated[
    tuple[KindName, ...] | None,
    AfterValidator(lambda kinds: kinds and distinct(kinds)),
    BeforeValidator(all_or_listed),
    PlainSerializer(_all_text),
    _json_all_or({"type": "string"}),
]
Regions = Annotated[
    tuple[Annotated[str, AfterValidator(names.region)], ...] | None,
    AfterValidator(lambda regions: regions and distinct(regions)),
    BeforeValidator(all_or_listed),
    PlainSerializer(_all_text),
    _json_all_or({"type": "string", "pattern": f"^{names.REGION.pattern}$"}),
]
Units = Annotated[
    tuple[Annotated[str, AfterValidator(names.unit)], ...] | None,
    AfterValidator(lambda units: units and distinct(units)),
    BeforeValidator(all_or_listed),
    PlainSerializer(_all_text),
    _json_all_or({"type": "string", "pattern": f"^({names.UNIT.pattern})$"}),
]
AccountIds = Annotated[tuple[AccountId, ...], AfterValidator(distinct), BeforeValidator(listed)]
S3 = Annotated[
    names.S3Place | None,
    PlainValidator(names.s3),
    _shown_as_text,
    _json("string", pattern="^s3://."),
]
FilePath = Annotated[Path | None, PlainValidator(_file), _shown_as_text, _json("string")]
FileOrObject = Annotated[
    Location | None, PlainValidator(_file_or_object), _shown_as_text, _json("string")
]
Folder = Annotated[Location | None, PlainValidator(_folder), _shown_as_text, _json("string")]
DeliveriesPath = Annotated[
    Location | None,
    PlainValidator(beside_ledger("customers.jsonl")),
    _shown_as_text,
    _json("string"),
]
TasksPath = Annotated[
    Location | None, PlainValidator(beside_ledger("tasks")), _shown_as_text, _json("string")
]
LedgerPath = Annotated[Path | None, PlainValidator(_path), _shown_as_text, _json("string")]
