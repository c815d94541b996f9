"""Translations while they are made, as server-sent events."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from edge.serve.body import FieldsRoute
from edge.serve.directions import Direction
from edge.serve.errors import ERRORS
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


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/translate/stream`."""
    router = APIRouter(tags=["Streaming"], route_class=FieldsRoute)

    async def begin(request: Request, asked: StreamBody) -> tuple[str, Sequence[Direction]]:
        """What is refused is refused before the stream begins."""
        texts = check_request(request, asked, service, keys)
        return asked.q, service.path(detect_sources(service, texts, asked.source)[0].language, asked.target)

    @router.post("/translate/stream", description=_DESCRIPTION, responses=ERRORS, response_class=EventSourceResponse)
    async def stream(
        request: Request, begun: Annotated[tuple[str, Sequence[Direction]], Depends(begin)]
    ) -> AsyncIterator[ServerSentEvent]:
        text = ""
        try:
            async for bit in service.stream(*begun):
                text += bit
                yield ServerSentEvent(data={"text": bit})
        except Refusal as refusal:
            yield ServerSentEvent(event="error", data={"error": refusal.message})
        except Exception as error:
            note_error(request, error)
            yield ServerSentEvent(event="error", data={"error": "internal error"})
        else:
            yield ServerSentEvent(event="done", data={"translatedText": text})

    return router
