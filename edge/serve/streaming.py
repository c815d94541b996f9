"""Translations while they are made, as server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import StreamingResponse

from edge.serve.body import FieldsRoute
from edge.serve.errors import ERRORS
from edge.serve.glossaries import requested
from edge.serve.journal import note_error
from edge.serve.keys import Keys
from edge.serve.libretranslate import TextBody, check_request, detect_sources
from edge.serve.refusal import Refusal
from edge.serve.service import Service

_DESCRIPTION = """Translates a text bit by bit.

Events are `data: {"text": BIT}` for each bit, then `event: done` with `{"translatedText": TEXT}`, or `event: error`
with `{"error": MESSAGE}`.
"""


class StreamBody(TextBody):
    """A text to translate; there are no alternatives of a stream."""

    alternatives: Annotated[int, Field(ge=0, le=0)] = 0


class Events(StreamingResponse):
    """Server-sent events. FastAPI's own take three tasks an event, and half as long again for a short sentence."""

    media_type = "text/event-stream"


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/translate/stream`."""
    router = APIRouter(tags=["Streaming"], route_class=FieldsRoute)

    @router.post("/translate/stream", description=_DESCRIPTION, responses=ERRORS, response_class=Events)
    async def stream(request: Request, asked: StreamBody) -> Events:
        texts = check_request(request, asked, service, keys)
        path = service.path(detect_sources(service, texts, asked)[0].language, asked.target)
        glossary = requested(asked.glossary, service.limits)
        service.check_glossary(path, glossary)

        async def events() -> AsyncIterator[str]:
            text = ""
            try:
                async for bit in service.stream(asked.q, path, asked.is_html, glossary):
                    text += bit
                    yield _event({"text": bit})
            except Refusal as refusal:
                yield _event({"error": refusal.message}, "error")
            except Exception as error:
                note_error(request, error)
                yield _event({"error": "internal error"}, "error")
            else:
                yield _event({"translatedText": text}, "done")

        return Events(events(), headers={"X-Accel-Buffering": "no"})

    return router


def _event(data: dict[str, str], name: str | None = None) -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"
