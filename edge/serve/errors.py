"""Every error is `{"error": MESSAGE}`, as LibreTranslate and TF Serving have it; DeepL's and OpenAI's paths differ."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from edge.serve.refusal import Refusal


class ErrorBody(BaseModel):
    """What every error says."""

    error: str


class OpenAIError(BaseModel):
    """An error as OpenAI's clients read it: what is wrong, of what kind it is, and with which field."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorBody(BaseModel):
    """What every error says in OpenAI's API."""

    error: OpenAIError


class DeepLErrorBody(BaseModel):
    """What every error says in DeepL's API."""

    message: str


# What the paths of DeepL's API begin with.
DEEPL = "/v2/"
# The paths of OpenAI's API.
TRANSCRIPTIONS, MODELS = "/v1/audio/transcriptions", "/v1/models"
# The codes of OpenAI's errors by status.
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}

# For OpenAPI: what every operation that translates may answer beside its result.
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The request cannot be understood, or asks for what there is not"},
    403: {"model": ErrorBody, "description": "An API key is needed"},
    408: {"model": ErrorBody, "description": "The request came too slowly"},
    413: {"model": ErrorBody, "description": "The body is too large"},
    415: {"model": ErrorBody, "description": "The body is of a kind that cannot be read here"},
    429: {"model": ErrorBody, "description": "The queue is full; Retry-After is the time to wait in seconds"},
    504: {"model": ErrorBody, "description": "It took too long"},
}

# And those of DeepL's and OpenAI's APIs.
SPEECH_ERRORS: dict[int | str, dict[str, Any]] = {
    401 if status == 403 else status: {**told, "model": OpenAIErrorBody} for status, told in ERRORS.items()
}
DEEPL_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {**told, "model": DeepLErrorBody} for status, told in ERRORS.items()
}
DEEPL_ERRORS[404] = {"model": DeepLErrorBody, "description": "There is no such glossary, style or memory"}
SPEECH_ERRORS[404] = {"model": OpenAIErrorBody, "description": "There is no such model"}


def error_reply(path: str, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error.

    Args:
        path: that was asked; those of DeepL's and of OpenAI's API have their forms of errors.
        status: of HTTP.
        message: one line; if it is about a field, `FIELD: REASON`.
        headers: of the answer.
    """
    if path.startswith(DEEPL):
        return JSONResponse({"message": message}, status, headers)
    if path not in (TRANSCRIPTIONS, MODELS):
        return JSONResponse({"error": message}, status, headers)
    # Its clients take 403 for a right that a known key lacks.
    status = 401 if status == 403 else status
    field = message.partition(": ")[0] if ": " in message else None
    error = OpenAIError(
        message=message,
        type="server_error" if status >= 500 else "invalid_request_error",
        param=field if field and field.removesuffix("[]").isidentifier() else None,
        code=_CODES.get(status),
    )
    return JSONResponse({"error": error.model_dump()}, status, headers)


def add_handlers(app: FastAPI) -> None:
    """Has an application answer all of its errors like that."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return error_reply(request.url.path, refusal.status, refusal.message, refusal.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return error_reply(request.url.path, 400, _message(error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # A path's routes know only their own methods.
            routes = [
                route for route in app.routes if isinstance(route, Route) and route.path_regex.match(request.url.path)
            ]
            headers["Allow"] = ", ".join(sorted({method for route in routes for method in route.methods or ()}))
        return error_reply(request.url.path, error.status_code, error.detail.lower(), headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        return error_reply(request.url.path, 500, "internal error")


def _message(error: Mapping[str, Any]) -> str:
    """Which field is wrong, and why; the values are the users', and stay out of messages."""
    _, *path = error["loc"]
    if error["type"] == "json_invalid" or (not path and error["type"] in ("missing", "model_attributes_type")):
        return "body: is not a JSON object"
    if "UploadFile" in error["msg"]:
        return f"{path[0]}: input should be a file with a name, in multipart/form-data"
    return f"{path[0] if path else 'body'}: {error['msg'][0].lower()}{error['msg'][1:]}"
