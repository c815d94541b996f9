"""Bounds that uvicorn does not have: on what a request's head and body may weigh, and on the time they may take."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from edge.serve.errors import error_reply
from edge.serve.limits import Limits, UploadLimits
from edge.serve.refusal import Refusal

# Of a request's line and headers: a query may have all the characters that are allowed by default, nine bytes each.
HEAD_BYTES = 131_072

# Nothing from elsewhere, and nothing written into the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_REPLY = (
    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
)


class BoundBody:
    """Refuses bodies that are too large or come too slowly, and bounds what a browser may make of the answers.

    A body is read before the request is passed on: what waits for a model has all it needs.

    Args:
        app: answers the rest.
        limits: of bytes and seconds.
        uploads: limits of the paths that take files, which are larger and come more slowly.
    """

    def __init__(self, app: ASGIApp, limits: Limits, uploads: Mapping[str, UploadLimits] | None = None):
        self._app = app
        self._limits = limits
        self._uploads = uploads or {}
        self._uploading: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def protect(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        limits, path = self._limits, scope["path"]
        upload = self._uploads.get(path)
        if upload is None:
            return await self._bound(scope, receive, protect, limits.body, limits.receive)
        if self._uploading[path] >= upload.at_once:
            reply = error_reply(path, 429, "too many uploads at once: try again later", {"Retry-After": "1"})
            return await _end(reply, scope, receive, protect)
        self._uploading[path] += 1
        try:
            await self._bound(scope, receive, protect, upload.size, upload.seconds)
        finally:
            self._uploading[path] -= 1

    async def _bound(self, scope: Scope, receive: Receive, send: Send, most: int, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                body = await _read(scope, receive, most)
        except TimeoutError:
            message = f"the request took longer than {seconds:g} seconds to arrive"
            reply = error_reply(scope["path"], 408, message)
        except Refusal as refusal:
            reply = error_reply(scope["path"], refusal.status, refusal.message)
        else:
            return None if body is None else await self._app(scope, _replay(body, receive), send)
        return await _end(reply, scope, receive, send)


async def _end(reply: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers; what is still to come of the body is not read, the connection ends."""
    reply.headers["Connection"] = "close"
    await reply(scope, receive, send)


async def _read(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The whole body, which has a number of bytes at most; None if the client has gone."""
    told = int(next((value for name, value in scope["headers"] if name == b"content-length"), b"0"))
    body, more = bytearray(), True
    while more and max(len(body), told) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if max(len(body), told) > most:
        raise Refusal(413, f"body: has more than {most} bytes")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one message, and then whatever comes."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


class BoundHead(HttpToolsProtocol):
    """HTTP as uvicorn speaks it; closes connections whose requests never quite begin.

    Attributes:
        seconds: that a request's line and headers may take.
    """

    seconds = 10.0
    _timer: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: Any) -> None:
        """Expects a request."""
        super().connection_made(transport)
        self._start("no request came in time")

    def connection_lost(self, exc: Exception | None) -> None:
        """Expects nothing any more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads a request, or a part of one."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or (before and not before.response_complete):
            # Its head is there; bounds on its body are the application's.
            self._stop()
            return
        self._received += len(data)
        if self._received > HEAD_BYTES:
            self._refuse("431 Request Header Fields Too Large", f"headers: are more than {HEAD_BYTES} bytes")
        elif self._timer is None:
            self._start("headers: came too slowly")

    def _start(self, message: str) -> None:
        self._timer = self.loop.call_later(self.seconds, self._refuse, "408 Request Timeout", message)

    def _stop(self) -> None:
        self._received = 0
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: str, message: str) -> None:
        if not self.transport.is_closing():
            body = f'{{"error":"{message}"}}'
            self.transport.write(_REPLY.format(status=status, length=len(body), body=body).encode())
            self.transport.close()
