"""Bodies in more than one way: FastAPI reads JSON or a form, and LibreTranslate's clients send either, or a query."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, model_validator

from edge.serve.refusal import Refusal

JSON, URLENCODED, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
_FIELDS = 1000


def _whole(text: str) -> str:
    # JSON can have half of a surrogate pair, which is no character and cannot be answered.
    return text.encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, AfterValidator(_whole)]


class Body(BaseModel):
    """A body in which an optional field that is null or empty counts as missing, as LibreTranslate has it."""

    @model_validator(mode="before")
    @classmethod
    def _present(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: value for name, value in values.items() if name not in optional or value not in (None, "")}


class JsonRoute(APIRoute):
    """Takes bodies for JSON whatever their content type: TF Serving does not ask, and curl calls all of them forms."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request: FastAPI's own, which is given JSON."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return await handle(_with_json(request, await self.read(request)) if self.body_field else request)

        return handler

    async def read(self, request: Request) -> bytes:
        """The body as JSON."""
        return await request.body()


class FieldsRoute(JsonRoute):
    """Takes JSON, or a form, or a query, which comes before a form. A field that comes several times is a list."""

    async def read(self, request: Request) -> bytes:
        """The fields as JSON. Errors as `read_fields`'s."""
        return await read_fields(request)


async def read_fields(request: Request) -> bytes:
    """Returns the fields of a request as JSON; nothing if it has none.

    Raises:
        Refusal: the body is of another kind, or no form.
    """
    body, query = await request.body(), request.scope["query_string"]
    kind = request.headers.get("content-type", JSON).split(";")[0].strip().lower()
    if kind == JSON and (body or not query):
        return body
    if body and kind not in (JSON, URLENCODED, MULTIPART):
        raise Refusal(415, f"content type: {kind[:40]!r} cannot be read here")
    fields: dict[str, list[Any]]
    try:
        if kind == MULTIPART:
            form = await request.form(max_files=0, max_fields=_FIELDS)
            fields = {name: form.getlist(name) for name in form}
        else:
            fields = _parse(body)
        fields |= _parse(query)
    except (LookupError, ValueError) as error:
        raise Refusal(400, "body: is not a form in UTF-8") from error
    return json.dumps({name: values[0] if len(values) == 1 else values for name, values in fields.items()}).encode()


def _parse(text: bytes) -> dict[str, list[str]]:
    # Not Starlette's parser: it takes what curl sends unquoted for Latin-1.
    return parse_qs(text.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS)


def _with_json(request: Request, body: bytes) -> Request:
    """A request with another body."""
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    headers.append((b"content-type", JSON.encode()))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request.scope, "headers": headers}, receive)
