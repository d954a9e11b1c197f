"""From settings and the environment to the places beyond this machine where tasks are put."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cs_aws_janitor.shared import clock
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cs_aws_janitor.customers.gitlab_project import Project
    from cs_aws_janitor.customers.sinks._people import Directory
    from cs_aws_janitor.customers.sinks._sink import Sink
    from cs_aws_janitor.settings import Settings


def connected(settings: Settings) -> Iterator[tuple[str, Sink]]:
    """The sinks that are reached over a network, by their names.

    Raises RefusedError where a secret or a library is missing.
    """
    own = settings.customers
    if own.gitlab.project:
        project = gitlab_project(settings, own.gitlab.project)
        from cs_aws_janitor.customers.sinks.gitlab import GitLabSink

        yield "gitlab", GitLabSink(project, _directory(settings), own.gitlab.labels)
    if own.slack.enabled:
        yield "slack", _slack(settings)
    if own.mail.server and own.mail.sender:
        yield "mail", _mail(settings, own.mail.server, own.mail.sender)


def gitlab_project(settings: Settings, path: str) -> Project:
    """The project of that path in the GitLab of the settings."""
    token = secret(settings.customers.gitlab.token_from, "customers.gitlab.token_from")
    try:
        from cs_aws_janitor.customers.gitlab_project import Project
    except ModuleNotFoundError as error:
        raise _not_installed(error, "gitlab") from None
    return Project(settings.customers.gitlab.url, token, path)


def _slack(settings: Settings) -> Sink:
    own = settings.customers.slack
    token = secret(own.token_from, "customers.slack.token_from")
    try:
        from cs_aws_janitor.customers.sinks.slack import SlackSink
        from cs_aws_janitor.shared.slack import Slack
    except ModuleNotFoundError as error:
        raise _not_installed(error, "slack") from None
    return SlackSink(Slack(own.url, token, clock.pause), _directory(settings))


def _mail(settings: Settings, server: str, sender: str) -> Sink:
    import ssl

    from cs_aws_janitor.customers.sinks.mail import MailSink
    from cs_aws_janitor.shared.email import Login, Post

    own = settings.customers.mail
    login = None
    if own.user:
        login = Login(own.user, secret(own.password_from, "customers.mail.password_from"))
    tls = ssl.create_default_context() if own.starttls else None
    return MailSink(Post(server, own.port, sender, clock.now, login, tls), _directory(settings))


def secret(variable: str, key: str) -> str:
    """What a variable of the environment holds; RefusedError where it is empty."""
    found = os.environ.get(variable, "").strip()
    if not found:
        raise RefusedError(f"the variable {variable} is not set", f"{key} names it: set it")
    return found


def _directory(settings: Settings) -> Directory:
    from cs_aws_janitor.customers.sinks._people import Directory

    people = settings.customers.people
    return Directory(
        {name: person.email for name, person in people.items() if person.email},
        {name: person.gitlab for name, person in people.items() if person.gitlab},
        {name: person.slack for name, person in people.items() if person.slack},
    )


def _not_installed(error: ModuleNotFoundError, extra: str) -> RefusedError:
    cure = f"Install it: pip install 'cs-aws-janitor[{extra}]'"
    return RefusedError(f"{error.name} is not installed", cure)
