"""Slack, as far as messages of a bot to one person go: it checks what the real one checks.

Source: docs.slack.dev, the pages of the methods, Rate limits, Message metadata.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug import Response

from tests.fake_server import Fake

if TYPE_CHECKING:
    from werkzeug import Request

TOKEN = "xoxb-of-a-test"  # noqa: S105  of no workspace
MEMBERS = {"jo@example.com": "U1", "al@example.com": "U2"}
PAGE = 2  # messages at most of a page, so that there are many
NEEDED = {
    "users.lookupByEmail": {"email"},
    "conversations.open": {"users"},
    "conversations.history": {"channel", "oldest", "limit", "include_all_metadata"},
    "chat.postMessage": {"channel", "text", "metadata"},
    "chat.update": {"channel", "ts", "text", "metadata"},
}


@dataclass(slots=True)
class FakeSlack(Fake):
    """Its messages, oldest first; `clock` is when the next one is sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    clock: int = 1_768_500_000  # 2026-01-15

    def answer(self, request: Request) -> Response:
        """What Slack would answer: 200, whatever it thinks of the request."""
        method = request.path.removeprefix("/")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return reply(error="invalid_auth")
        asked = request.get_json()
        if not NEEDED[method] <= {name for name, value in asked.items() if value}:
            return reply(error="invalid_arguments")
        return reply(**getattr(self, f"_{method.replace('.', '_')}")(asked))

    def _users_lookupByEmail(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        member = MEMBERS.get(asked["email"])
        return {"user": {"id": member}} if member else {"error": "users_not_found"}

    def _conversations_open(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = asked["users"] in MEMBERS.values()
        return {"channel": {"id": f"D{asked['users']}"}} if known else {"error": "user_not_found"}

    def _conversations_history(self, asked: dict[str, Any]) -> dict[str, Any]:
        there = [m for m in self.messages if m["channel"] == asked["channel"]]
        rows = [m for m in reversed(there) if float(m["ts"]) > float(asked["oldest"])]
        start = int(asked["cursor"] or 0)
        more = f"{start + PAGE}" if start + PAGE < len(rows) else ""
        page = rows[start : start + PAGE]
        return {"messages": page, "response_metadata": {"next_cursor": more}}

    def _chat_postMessage(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.clock += 1
        self.messages.append({**asked, "ts": f"{self.clock}.000100"})
        return {"ts": self.messages[-1]["ts"]}

    def _chat_update(self, asked: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (asked["channel"], asked["ts"]):
                message.update(asked)
                return {"ts": asked["ts"]}
        return {"error": "message_not_found"}


def reply(**content: Any) -> Response:
    """JSON, ok unless there is an error in it."""
    body = {"ok": "error" not in content, **content}
    return Response(json.dumps(body), content_type="application/json")
