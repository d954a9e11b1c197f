"""Slack, as far as messages of a bot and of a webhook go: it checks what the real one checks.

Source: docs.slack.dev, the pages of the methods, Rate limits, Message metadata, Block Kit,
Incoming webhooks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug import Response

from tests.fake_server import Fake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug import Request

TOKEN = "xoxb-of-a-test"  # noqa: S105  of no workspace
HOOK = "/services/T1/B1/of-a-test"  # where the webhook is
MEMBERS = {"jo@example.com": "U1", "al@example.com": "U2"}
CHANNEL, ELSEWHERE = "C1", "C2"  # one that the bot is in, one that it is not in
PAGE = 2  # messages at most of a page, so that there are many
NEEDED = {
    "users.lookupByEmail": {"email"},
    "conversations.open": {"users"},
    "conversations.history": {"channel", "oldest", "limit", "include_all_metadata"},
    "conversations.replies": {"channel", "ts", "oldest", "limit", "include_all_metadata"},
    "chat.postMessage": {"channel", "text", "metadata"},
    "chat.update": {"channel", "ts", "text", "metadata"},
}
LIMITS = {"header": 150, "section": 3000, "context": 2000}
BLOCKS, ALL_BLOCKS, TEXT = 50, 11_000, 40_000


@dataclass(slots=True)
class FakeSlack(Fake):
    """Its messages, oldest first; `clock` is when the next one is sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    clock: int = 1_768_500_000  # 2026-01-15

    def answer(self, request: Request) -> Response:
        """What Slack would answer: to a bot 200, whatever it thinks of the request."""
        asked = request.get_json()
        if request.path == HOOK:
            return self._hooked(asked)
        if request.path.startswith("/services/"):
            return Response("no_service", 404)
        method = request.path.removeprefix("/")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return reply(error="invalid_auth")
        if not NEEDED[method] <= {name for name, value in asked.items() if value}:
            return reply(error="invalid_arguments")
        return reply(**getattr(self, f"_{method.replace('.', '_')}")(asked))

    def _hooked(self, asked: dict[str, Any]) -> Response:
        wrong = refused(asked) or (None if asked.get("text") else "no_text")
        if wrong:
            return Response(wrong, 400)
        self._take({**asked, "channel": "of the webhook"})
        return Response("ok")

    def _take(self, message: dict[str, Any]) -> str:
        self.clock += 1
        self.messages.append({**message, "ts": f"{self.clock}.000100"})
        return f"{self.clock}.000100"

    def _users_lookupByEmail(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        member = MEMBERS.get(asked["email"])
        return {"user": {"id": member}} if member else {"error": "users_not_found"}

    def _conversations_open(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = asked["users"] in MEMBERS.values()
        return {"channel": {"id": f"D{asked['users']}"}} if known else {"error": "user_not_found"}

    def _conversations_history(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._page(asked, [m for m in self.messages if not m.get("thread_ts")])

    def _conversations_replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self._page(asked, self.thread(asked["ts"]))

    def _page(self, asked: dict[str, Any], among: list[dict[str, Any]]) -> dict[str, Any]:
        there = [m for m in among if m["channel"] == asked["channel"]]
        rows = [m for m in reversed(there) if float(m["ts"]) > float(asked["oldest"])]
        start = int(asked["cursor"] or 0)
        more = f"{start + PAGE}" if start + PAGE < len(rows) else ""
        page = rows[start : start + PAGE]
        return {"messages": page, "response_metadata": {"next_cursor": more}}

    def _chat_postMessage(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if asked["channel"] == ELSEWHERE:
            return {"error": "not_in_channel"}
        if asked["channel"] not in {CHANNEL, *(f"D{each}" for each in MEMBERS.values())}:
            return {"error": "channel_not_found"}
        if wrong := refused(asked):
            return {"error": wrong}
        begins = asked.get("thread_ts")
        if begins and not any(m["ts"] == begins for m in self.messages):
            return {"error": "thread_not_found"}
        return {"ts": self._take(asked)}

    def _chat_update(self, asked: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (asked["channel"], asked["ts"]):
                message.update(asked)
                return {"ts": asked["ts"]}
        return {"error": "message_not_found"}

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The messages that are no replies."""
        return [message for message in self.messages if not message.get("thread_ts")]

    def thread(self, begins: str) -> list[dict[str, Any]]:
        """The message that a thread begins with, and its replies."""
        return [m for m in self.messages if begins in {m["ts"], m.get("thread_ts")}]


def refused(asked: dict[str, Any]) -> str | None:
    """Why a message is not taken: the word that Slack has for it."""
    blocks = asked.get("blocks") or []
    if len(asked.get("text", "")) > TEXT:
        return "msg_too_long"
    if len(blocks) > BLOCKS or any(not 0 < len(t) <= most for t, most in texts(blocks)):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(len(t) for t, _ in texts(blocks)) > ALL_BLOCKS else None


def texts(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Every text in `blocks`, and how long it may be."""
    for block in blocks:
        for each in block.get("elements") or [block["text"]]:
            yield each["text"], LIMITS[block["type"]]


def said(message: dict[str, Any]) -> str:
    """All that a message shows."""
    return "\n".join(text for text, _ in texts(message["blocks"]))


def reply(**content: Any) -> Response:
    """JSON, ok unless there is an error in it."""
    body = {"ok": "error" not in content, **content}
    return Response(json.dumps(body), content_type="application/json")
