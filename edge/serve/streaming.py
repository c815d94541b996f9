"""Translations while they are made, as server-sent events."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from edge.serve.body import openapi_body
from edge.serve.journal import note_error
from edge.serve.keys import Keys
from edge.serve.libretranslate import describe, detect_sources, read_request
from edge.serve.refusal import Refusal
from edge.serve.reply import ERRORS
from edge.serve.service import Service

_DESCRIPTION = """Translates a text bit by bit.

Events are `data: {"text": BIT}` for each bit, then `event: done` with `{"translatedText": TEXT}`, or `event: error`
with `{"error": MESSAGE}`.
"""


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/translate/stream`."""
    router = APIRouter(tags=["Streaming"])

    @router.post(
        "/translate/stream",
        description=_DESCRIPTION,
        responses={200: {"content": {"text/event-stream": {}}, "description": "Events"}, **ERRORS},
        response_model=None,
        openapi_extra=openapi_body(describe(service, single=True, alternatives=False)),
    )
    async def stream(request: Request) -> Response:
        texts, asked = await read_request(request, service, keys)
        if not isinstance(asked.q, str):
            raise Refusal(400, "q: only a single text can be streamed")
        if asked.alternatives:
            raise Refusal(400, "alternatives: there are none of a stream")
        path = service.path(detect_sources(service, texts, asked.source)[0].language, asked.target)

        async def events() -> AsyncIterator[str]:
            text = ""
            try:
                async for bit in service.stream(asked.q, path):
                    text += bit
                    yield _event({"text": bit})
            except Refusal as refusal:
                yield _event({"error": refusal.message}, "error")
            except Exception as error:
                note_error(request, error)
                yield _event({"error": "internal error"}, "error")
            else:
                yield _event({"translatedText": text}, "done")

        return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return router


def _event(data: dict[str, str], name: str | None = None) -> str:
    # ASCII: half of a surrogate pair cannot be sent otherwise.
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"
