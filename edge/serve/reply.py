"""Answers as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response


class ErrorBody(BaseModel):
    """What every error says."""

    error: str


# For OpenAPI: what every operation that translates may answer beside its result.
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The request cannot be understood, or asks for what there is not"},
    403: {"model": ErrorBody, "description": "An API key is needed"},
    408: {"model": ErrorBody, "description": "The request came too slowly"},
    413: {"model": ErrorBody, "description": "The body is too large"},
    415: {"model": ErrorBody, "description": "The body is of a kind that cannot be read here"},
    429: {"model": ErrorBody, "description": "Too many requests wait already; Retry-After says when to come back"},
    504: {"model": ErrorBody, "description": "It took too long"},
}


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON in UTF-8; what UTF-8 cannot express is a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, headers, "application/json")


def error_reply(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error, in LibreTranslate's and TF Serving's shape."""
    return json_reply({"error": message}, status, headers)
