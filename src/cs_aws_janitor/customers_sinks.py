"""From settings and the environment to the sinks: the places where tasks are put."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor import customers_places
from cs_aws_janitor.customers.sinks._people import Directory
from cs_aws_janitor.customers.sinks._sink import SinkError
from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError
from cs_aws_janitor.shared.secret import secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.customers.gitlab_project import Project
    from cs_aws_janitor.customers.sinks._sink import Receipt, Sink
    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.customers_ready import Door
    from cs_aws_janitor.settings import Settings
    from cs_aws_janitor.settings.values import Location
    from cs_aws_janitor.shared.notify import Carrier
    from cs_aws_janitor.shared.pathlike import Pathlike

KEYS = {"file": "customers.tasks", "calendar": "customers.calendar"}  # of sinks that write files


@dataclass(frozen=True, slots=True)
class Closed:
    """A sink for which a secret or a library is missing: what is left for it stays due."""

    why: RefusedError

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:  # noqa: ARG002  as a sink
        """Nothing: SinkError."""
        raise SinkError(self.why.what, self.why.cure)

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:  # noqa: ARG002
        """Nothing: SinkError."""
        raise SinkError(self.why.what, self.why.cure)


def sinks(door: Door) -> dict[str, Sink]:
    """The sinks that are set up, by the names that playbooks and settings use."""
    return {name: _opened(door, name) for name in door.settings.customers.sink_names}


def _opened(door: Door, name: str) -> Sink:
    open_, extra = _WAYS[name]
    try:
        return open_(door)
    except ModuleNotFoundError as error:
        return Closed(door.lacks(error, extra))
    except RefusedError as error:
        return Closed(error)


def require_lasting(settings: Settings) -> None:
    """Refuse sinks that write files, for a function: they would be gone after it."""
    own = settings.customers
    for key, name in {"customers.sink": own.sink, "customers.mails": own.mails}.items():
        if isinstance(_written(settings, name), Path):
            raise RefusedError(
                f"a function keeps no file, and {key} is {name!r}",
                f'Set {key} to another sink, or {KEYS[name]} to "s3://bucket/name"',
            )


def _written(settings: Settings, name: str) -> Location | None:
    """Where a sink of that name writes files."""
    own = settings.customers
    return {"file": own.tasks, "calendar": own.calendar}.get(name)


def _place(door: Door, name: str) -> Pathlike:
    location = _written(door.settings, name)
    if location is None:
        raise RefusedError(f"the settings give the sink {name} no place", f"Set {KEYS[name]}")
    if isinstance(location, Path) and not door.keeps_files:
        raise customers_places.no_file(KEYS[name], location)
    return customers_places.at(door, location)


def _file(door: Door) -> Sink:
    from cs_aws_janitor.customers.sinks.files import FileSink  # noqa: PLC0415  only where used

    return FileSink(_place(door, "file"))


def _calendar(door: Door) -> Sink:
    from cs_aws_janitor.customers.sinks.calendar import CalendarSink  # noqa: PLC0415  an extra

    return CalendarSink(_place(door, "calendar"), clock.now)


def _gitlab(door: Door) -> Sink:
    own = door.settings.customers.gitlab
    project = gitlab_project(door, own.project or "")
    from cs_aws_janitor.customers.sinks.gitlab import GitLabSink  # noqa: PLC0415  an extra

    return GitLabSink(project, _directory(door), own.labels)


def gitlab_project(door: Door, path: str) -> Project:
    """The project of that path in the GitLab of the settings."""
    own = door.settings.customers.gitlab
    token = secret(door.environ, own.token_from, "customers.gitlab.token_from")
    try:
        from cs_aws_janitor.customers.gitlab_project import Project  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise door.lacks(error, "gitlab") from None
    return Project(own.url, token, path)


def _slack(door: Door) -> Sink:
    own = door.settings.customers.slack
    token = secret(door.environ, own.token_from, "customers.slack.token_from")
    from cs_aws_janitor.customers.sinks.slack import SlackSink  # noqa: PLC0415  an extra
    from cs_aws_janitor.shared.slack import Slack  # noqa: PLC0415  as well

    return SlackSink(Slack(own.url, token, door.pause), _directory(door))


def _mail(door: Door) -> Sink:
    from cs_aws_janitor.customers.sinks.mail import MailSink  # noqa: PLC0415  only where used

    post = _by_ses(door) if door.settings.customers.mail.ses else _by_smtp(door)
    return MailSink(post, _directory(door))


def _by_ses(door: Door) -> Carrier:
    from cs_aws_janitor.resources.model import Place  # noqa: PLC0415  AWS is asked only here
    from cs_aws_janitor.resources.sending import Ses  # noqa: PLC0415  as well

    own, aws = door.settings.customers.mail, door.connect()
    place = Place(aws.account, own.ses_region or aws.home, aws.partition)
    return Ses(aws.clients(place, "sesv2", once=True, whole=True), own.sender or "", door.pause)


def _by_smtp(door: Door) -> Carrier:
    import ssl  # noqa: PLC0415  slow, and for mails alone

    from cs_aws_janitor.shared import email  # noqa: PLC0415  as well

    own = door.settings.customers.mail
    login = None
    if own.user:
        password = secret(door.environ, own.password_from, "customers.mail.password_from")
        login = email.Login(own.user, password)
    tls = ssl.create_default_context() if own.starttls else None
    return email.Post(own.server or "", own.port, own.sender or "", clock.now, login, tls)


def _salesforce(door: Door) -> Sink:
    from cs_aws_janitor import customers_salesforce  # noqa: PLC0415  an extra

    return customers_salesforce.sink(door)


def _directory(door: Door) -> Directory:
    people = door.settings.customers.people
    return Directory(
        {name: person.email for name, person in people.items() if person.email},
        {name: person.gitlab for name, person in people.items() if person.gitlab},
        {name: person.slack for name, person in people.items() if person.slack},
    )


# How each is opened, and the extra that has its libraries.
_WAYS: dict[str, tuple[Callable[[Door], Sink], str]] = {
    "file": (_file, "customers"),
    "calendar": (_calendar, "customers"),
    "gitlab": (_gitlab, "gitlab"),
    "slack": (_slack, "slack"),
    "mail": (_mail, "customers"),
    "salesforce": (_salesforce, "customers"),
}
