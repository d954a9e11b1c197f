"""GitLab, as far as issues of one project go: it checks what the real one checks.

Source: docs.gitlab.com, Issues API, Users API, REST API pagination.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug import Response

from tests.fake_server import Fake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request

TOKEN = "glpat-of-a-test"  # noqa: S105  of no server
PROJECT = "team/customers"
USERS = {"jo": 7, "al": 8}
PAGE = 2  # rows at most of a page, so that there are many


@dataclass(slots=True)
class FakeGitLab(Fake):
    """Its issues."""

    issues: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """What GitLab would answer."""
        if request.headers.get("PRIVATE-TOKEN") != TOKEN:
            return reply({"message": "401 Unauthorized"}, 401)
        path = request.path.removeprefix("/api/v4")
        if path == "/users":
            name = request.args["username"].lower()
            users = [{"id": n, "username": u} for u, n in USERS.items() if u == name]
            return self._page(request, users)
        own = f"/projects/{PROJECT}/issues"
        if not path.startswith(own):
            return reply({"message": "404 Project Not Found"}, 404)
        if request.method == "GET":
            return self._page(request, self._found(request))
        fields = request.get_json()
        if request.method == "POST":
            return self._create(fields)
        issue = next(i for i in self.issues if i["iid"] == int(path.rsplit("/", 1)[1]))
        _set(issue, fields)
        return reply(issue)

    def _found(self, request: Request) -> list[dict[str, Any]]:
        assert request.args["in"] == "description"
        return [each for each in self.issues if request.args["search"] in each["description"]]

    def _page(self, request: Request, rows: Sequence[Any]) -> Response:
        number = int(request.args.get("page", 1))
        page = rows[(number - 1) * PAGE : number * PAGE]
        response = reply(page)
        if number * PAGE < len(rows):
            query = urlencode({**request.args, "page": number + 1})
            response.headers["Link"] = f'<{request.base_url}?{query}>; rel="next"'
        return response

    def _create(self, fields: dict[str, Any]) -> Response:
        if not fields.get("title"):
            return reply({"error": "title is missing"}, 400)
        iid = len(self.issues) + 1
        issue = {
            "iid": iid,
            "web_url": f"https://gitlab.example.com/{PROJECT}/-/issues/{iid}",
            "state": "opened",
            "labels": fields.pop("labels", "").split(","),
            "assignees": [],
            "due_date": None,
        }
        self.issues.append(issue)
        _set(issue, fields)
        return reply(issue, 201)


def _set(issue: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        match name:
            case "assignee_ids":
                assert set(value) <= set(USERS.values())
                issue["assignees"] = [{"id": each} for each in value]
            case "state_event":
                issue["state"] = {"close": "closed", "reopen": "opened"}[value]
            case "add_labels":
                issue["labels"].append(value)
            case "remove_labels":
                issue["labels"].remove(value)
            case "title" | "due_date" | "description":
                issue[name] = value
            case _:
                raise AssertionError(name)


def reply(content: Any, status: int = 200) -> Response:
    """JSON."""
    return Response(json.dumps(content), status, content_type="application/json")
