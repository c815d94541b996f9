"""What a request says, whichever way it is written."""

import json
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from edge.serve.refusal import Refusal

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_FIELDS = 1000

Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, model: type[Model]) -> Model:
    """Reads JSON or a form.

    Args:
        request: what came.
        model: what it should say.

    Raises:
        Refusal: it says something else.
    """
    if _kind(request) == JSON:
        return validated(model, json_object(await request.body()), strict=True)
    return await read_form(request, model)


async def read_form(request: Request, model: type[Model]) -> Model:
    """Reads a form; a field that comes several times is a list. All else as `read_body`."""
    kind = _kind(request)
    if kind == URLENCODED:
        return validated(model, _fields(await request.body()), strict=False)
    if kind == _MULTIPART:
        form = await request.form(max_files=0, max_fields=_FIELDS)
        return validated(model, _single({name: form.getlist(name) for name in form}), strict=False)
    raise Refusal(415, f"content type: {kind[:40]!r} cannot be read here")


def json_object(body: bytes) -> dict[str, Any]:
    """Parses a JSON object.

    Raises:
        Refusal: it is something else.
    """
    try:
        value = json.loads(body)
    # Brackets within brackets within brackets are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "body: is not JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise Refusal(400, "body: is not a JSON object")
    return value


def validated(model: type[Model], values: dict[str, Any], strict: bool) -> Model:
    """Makes a model of values; strictly if a number may not be a text.

    Raises:
        Refusal: it cannot be made; the message names the first field that is wrong.
    """
    try:
        return model.model_validate(values, strict=strict)
    except ValidationError as error:
        # The values themselves are the users': they stay out of messages.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = next((str(part) for part in first["loc"]), "body")
        raise Refusal(400, f"{field}: {first['msg'][0].lower()}{first['msg'][1:]}") from error


def openapi_body(schema: dict[str, Any], *kinds: str) -> dict[str, Any]:
    """The description of a body for OpenAPI, in so many kinds of writing it; JSON and forms if not told."""
    content = {kind: {"schema": schema} for kind in kinds or (JSON, URLENCODED)}
    return {"requestBody": {"required": True, "content": content}}


def _kind(request: Request) -> str:
    return request.headers.get("content-type", JSON).split(";")[0].strip().lower()


def _fields(body: bytes) -> dict[str, Any]:
    # Not Starlette's parser: it takes what curl sends unquoted for Latin-1.
    try:
        return _single(parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError as error:
        raise Refusal(400, "body: is not a form in UTF-8") from error


def _single(fields: dict[str, list[Any]]) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
