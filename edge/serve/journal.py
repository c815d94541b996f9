"""Structured logging: one JSON object per line, without the texts of requests unless `--log-text` is set."""

import json
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("edge.serve")
_FACTS = "edge.facts"


class JsonLines(logging.Formatter):
    """Formats records as JSON. Of an exception it tells type and place, not the message, which may quote a text."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        told = getattr(record, "facts", None) or {
            "event": "message",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            told = {**told, **failure(record.exc_info[1])}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z"
        return json.dumps({"time": stamp, "level": record.levelname.lower(), **told}, ensure_ascii=False)


def start_journal() -> None:
    """Sends everything that is logged to standard error, as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _LOG.setLevel(logging.INFO)


def tell(event: str, level: int = logging.INFO, **facts: Any) -> None:
    """Logs an event."""
    _LOG.log(level, event, extra={"facts": {"event": event, **facts}})


def failure(error: BaseException) -> dict[str, Any]:
    """What is told of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "trace": [f"{frame.filename}:{frame.lineno}" for frame in frames[-8:]]}


def note(request: Request, texts: Sequence[str], **facts: Any) -> None:
    """Adds facts to the line that will be logged of a request."""
    facts |= {"texts": len(texts), "characters": sum(map(len, texts))}
    if request.app.state.log_text:
        facts["text"] = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    request.scope[_FACTS].update(facts)


def note_error(request: Request, error: Exception) -> None:
    """Adds an unexpected exception to that line."""
    request.scope[_FACTS].update(failure(error))


class Journal:
    """Logs each request when it has been answered, and counts it.

    Args:
        app: answers.
        observe: is told route, status and seconds.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[str, int, float], None]):
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status = time.perf_counter(), 499
        facts: dict[str, Any] = {}
        scope[_FACTS] = facts

        async def watch(message: Message) -> None:
            nonlocal status
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]

        try:
            await self._app(scope, receive, watch)
        finally:
            taken = time.perf_counter() - started
            # The route, not the path: whatever people type into an address stays out.
            route = getattr(scope.get("route"), "path", None) or "none"
            self._observe(route, status, taken)
            level = logging.ERROR if "error" in facts else logging.INFO
            told = {"method": scope["method"], "route": route, "status": status, "milliseconds": round(1000 * taken, 1)}
            tell("request", level, **told, **facts)
