"""One project of GitLab: its issues, found again by a mark in their description.

An issue is looked for before it is created, so that a run that was cut off after it had created
one makes no second. What creates is never repeated by itself: a server that gave no answer may
have done what it was asked.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import gitlab
import requests

from cs_aws_janitor.shared.notify import LONGEST_WAIT, TIMEOUT, NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What only reads, or says how things shall be, may be asked again.
_AGAIN: dict[str, Any] = {"retry_transient_errors": True, "max_retries": 3}
_REFUSED = {
    401: ("its token is not valid", "Renew it"),
    403: ("its token may not do that", "It needs the scope api, and the role Reporter"),
    404: ("there is no such project, or its token does not see it", "Check its path"),
    429: ("it asks for too long a pause", "Run again later"),
}


class Project:
    """Issues of the project at `path`. Raises NotSentError for whatever GitLab refuses."""

    def __init__(self, url: str, token: str, path: str, timeout: float = TIMEOUT) -> None:
        session = requests.Session()
        session.hooks["response"].append(_check_pause)
        self._gitlab = gitlab.Gitlab(
            url, private_token=token, timeout=timeout, session=session, keep_base_url=True
        )
        self._project = self._gitlab.projects.get(path, lazy=True)
        self._path = path
        self._users: dict[str, int | None] = {}

    def user(self, name: str) -> int | None:
        """The id of the user of that name; None where there is none."""
        if name not in self._users:
            with self._told():
                found: Any = self._gitlab.users.list(username=name, get_all=False, **_AGAIN)
            ids = [user.id for user in found if user.username.lower() == name.lower()]
            self._users[name] = ids[0] if ids else None
        return self._users[name]

    def find(self, key: str) -> Any | None:
        """The issue that bears the mark of `key`, open or closed."""
        asked = {"search": mark(key), "in": "description", "scope": "all", "per_page": 100}
        with self._told():
            issues = self._project.issues.list(iterator=True, query_parameters=asked, **_AGAIN)
            found = [each for each in issues if mark(key) in (each.description or "").split()]
        return min(found, key=lambda issue: issue.iid, default=None)

    def create(self, key: str, description: str, **fields: Any) -> Any:
        """A new issue that bears the mark of `key`."""
        shown = " ".join(key.replace("`", " ").split())
        marked = f"{_inert(description)}\n\n---\n`{shown}`\n{mark(key)}\n"
        with self._told():
            return self._project.issues.create(
                {**fields, "description": marked}, max_retries=3, retry_transient_errors=False
            )

    def change(self, issue: Any, **fields: Any) -> None:
        """Have an issue show `fields`, all at once."""
        with self._told():
            self._project.issues.update(issue.iid, fields, **_AGAIN)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the library as ours; none of them holds the token."""
        where = f"GitLab project {self._path}"
        try:
            yield
        except gitlab.GitlabError as error:
            code = error.response_code or 0
            what, cure = _REFUSED.get(code, (f"it answers {code} {_words(error)}".strip(), ""))
            raise NotSentError(
                f"{where}: {what}",
                cure,
                lasting=code in _REFUSED,
            ) from None
        except (requests.RequestException, ValueError) as error:
            what = f"{where}: no answer that can be read ({type(error).__name__})"
            raise NotSentError(what, lasting=True) from None


def mark(key: str) -> str:
    """One word for a key, which the search of GitLab finds whole."""
    return f"janitor{blake2b(key.encode(), digest_size=12).hexdigest()}"


def _inert(text: str) -> str:
    """`text` without quick actions: GitLab obeys lines such as /close."""
    return re.sub(r"(?m)^(\s*)/", r"\1\\/", text)


def _check_pause(response: requests.Response, **_: Any) -> None:
    """Refuse to wait for hours because a server asks for it."""
    wait = response.headers.get("Retry-After", "0")
    if response.status_code == requests.codes.too_many_requests and (
        not wait.isdecimal() or int(wait) > LONGEST_WAIT
    ):
        raise gitlab.GitlabHttpError(response_code=response.status_code)


def _words(error: gitlab.GitlabError) -> str:
    return " ".join(f"{error.error_message}".split())[:200]
