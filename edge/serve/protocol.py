"""HTTP as uvicorn speaks it, with bounds on a request's head: uvicorn itself waits for one for ever."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# That a request's line and headers may have.
_BYTES = 32_768

_REPLY = (
    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
)


class Protocol(HttpToolsProtocol):
    """Closes connections whose requests never quite begin.

    Attributes:
        seconds: that a request's line and headers may take.
    """

    seconds = 10.0
    _timer: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Expects a request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.seconds, self._refuse, "408 Request Timeout", "no request came in time")

    def connection_lost(self, exc: Exception | None) -> None:
        """Expects nothing any more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads a request, or a part of one."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or (before and not before.response_complete):
            # Its head is there; bounds on its body are `Guard`'s.
            self._stop()
            return
        self._received += len(data)
        if self._received > _BYTES:
            self._refuse("431 Request Header Fields Too Large", f"headers: are more than {_BYTES} bytes")
        elif self._timer is None:
            self._timer = self.loop.call_later(
                self.seconds, self._refuse, "408 Request Timeout", "headers: came too slowly"
            )

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
