"""The one way to refuse a request."""

import math


class Refusal(Exception):
    """Ends a request with an error that its sender can understand.

    Args:
        status: of HTTP.
        message: one line, without the text that was to be translated.
        retry_after: seconds after which it is worth trying again; None if it never is.
    """

    def __init__(self, status: int, message: str, retry_after: float | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = {} if retry_after is None else {"Retry-After": str(max(1, math.ceil(retry_after)))}
