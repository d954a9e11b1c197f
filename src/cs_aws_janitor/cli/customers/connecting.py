"""From settings and the environment to the places beyond this machine where tasks are put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError, not_installed
from cs_aws_janitor.shared.secret import secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cs_aws_janitor.customers.gitlab_project import Project
    from cs_aws_janitor.customers.sinks._people import Directory
    from cs_aws_janitor.customers.sinks._sink import Receipt, Sink
    from cs_aws_janitor.customers.task import Delivery, Task
    from cs_aws_janitor.settings import Settings


@dataclass(frozen=True, slots=True)
class Closed:
    """A sink for which a secret or a library is missing: what is left for it stays due."""

    why: RefusedError

    def put(self, tasks: Sequence[Task]) -> Iterator[Receipt]:  # noqa: ARG002  as a sink
        """Nothing: SinkError."""
        raise self._told()

    def withdraw(self, deliveries: Sequence[Delivery]) -> Iterator[Receipt]:  # noqa: ARG002
        """Nothing: SinkError."""
        raise self._told()

    def _told(self) -> Exception:
        from cs_aws_janitor.customers.sinks._sink import SinkError

        return SinkError(self.why.what, self.why.cure)


def connected(settings: Settings) -> Iterator[tuple[str, Sink]]:
    """The sinks that are reached over a network, by their names."""
    own = settings.customers
    ways: dict[str, tuple[object, Callable[[Settings], Sink]]] = {
        "gitlab": (own.gitlab.project, _gitlab),
        "slack": (own.slack.enabled, _slack),
        "mail": (own.mail.server, _mail),
    }
    for name, (is_set_up, connect) in ways.items():
        if is_set_up:
            try:
                yield name, connect(settings)
            except RefusedError as error:
                yield name, Closed(error)


def _gitlab(settings: Settings) -> Sink:
    own = settings.customers.gitlab
    project = gitlab_project(settings, own.project or "")
    from cs_aws_janitor.customers.sinks.gitlab import GitLabSink

    return GitLabSink(project, _directory(settings), own.labels)


def gitlab_project(settings: Settings, path: str) -> Project:
    """The project of that path in the GitLab of the settings."""
    token = secret(settings.customers.gitlab.token_from, "customers.gitlab.token_from")
    try:
        from cs_aws_janitor.customers.gitlab_project import Project
    except ModuleNotFoundError as error:
        raise not_installed(error, "gitlab") from None
    return Project(settings.customers.gitlab.url, token, path)


def _slack(settings: Settings) -> Sink:
    own = settings.customers.slack
    token = secret(own.token_from, "customers.slack.token_from")
    try:
        from cs_aws_janitor.customers.sinks.slack import SlackSink
        from cs_aws_janitor.shared.slack import Slack
    except ModuleNotFoundError as error:
        raise not_installed(error, "slack") from None
    return SlackSink(Slack(own.url, token, clock.pause), _directory(settings))


def _mail(settings: Settings) -> Sink:
    import ssl

    from cs_aws_janitor.customers.sinks.mail import MailSink
    from cs_aws_janitor.shared.email import Login, Post

    own = settings.customers.mail
    login = None
    if own.user:
        login = Login(own.user, secret(own.password_from, "customers.mail.password_from"))
    tls = ssl.create_default_context() if own.starttls else None
    post = Post(own.server or "", own.port, own.sender or "", clock.now, login, tls)
    return MailSink(post, _directory(settings))


def _directory(settings: Settings) -> Directory:
    from cs_aws_janitor.customers.sinks._people import Directory

    people = settings.customers.people
    return Directory(
        {name: person.email for name, person in people.items() if person.email},
        {name: person.gitlab for name, person in people.items() if person.gitlab},
        {name: person.slack for name, person in people.items() if person.slack},
    )
