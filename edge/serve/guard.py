"""What every request meets first: bounds on its body, and on what a browser may make of the answer."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.serve.limits import Limits
from edge.serve.refusal import Refusal
from edge.serve.reply import error_reply

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


class Guard:
    """Refuses bodies that are too large or come too slowly.

    A body is read before the request is passed on: what waits for a model has all it needs.

    Args:
        app: answers the rest.
        limits: of bytes and seconds.
    """

    def __init__(self, app: ASGIApp, limits: Limits):
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def protect(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            async with asyncio.timeout(self._limits.receive):
                body = await self._read(scope, receive)
        except TimeoutError:
            refusal = Refusal(408, f"the request took longer than {self._limits.receive:g} seconds to arrive")
        except Refusal as error:
            refusal = error
        else:
            return None if body is None else await self._app(scope, _replay(body, receive), protect)
        # What is still to come of the body is not read: the connection ends.
        reply = error_reply(refusal.status, refusal.message, {"Connection": "close"})
        return await reply(scope, receive, protect)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None if the client has gone."""
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        body, more = bytearray(), True
        while more:
            if max(len(body), int(told)) > self._limits.body:
                raise Refusal(413, f"body: has more than {self._limits.body} bytes")
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > self._limits.body:
            raise Refusal(413, f"body: has more than {self._limits.body} bytes")
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one message, and then whatever comes."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
