"""LibreTranslate's suggestions: better translations that users send, kept in a file."""

import asyncio
import json
import os
import threading

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from edge.errors import UserError
from edge.serve.body import Body, FieldsRoute, Text
from edge.serve.errors import ERRORS, ErrorBody
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.libretranslate import detect_sources
from edge.serve.plain_text import PlainText
from edge.serve.refusal import Refusal
from edge.serve.service import Service

SUGGEST = "/suggest"


class Suggestions:
    """A file of suggestions in JSON lines, as LibreTranslate exports them: `q`, `s`, `source` and `target`.

    Args:
        path: the file, which is made if there is none.
        most: the size in bytes that it may have.

    Raises:
        UserError: it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], most: int):
        self._path, self._most = path, most
        self._lock = threading.Lock()
        try:
            with open(path, "ab"):
                pass
        except OSError as error:
            raise UserError(f"{path}: cannot be written as suggestions ({error.strerror or error})") from error

    def add(self, suggestion: dict[str, str]) -> None:
        """Append a suggestion, the whole line or nothing of it.

        Raises:
            Refusal: the file is full.
            OSError: it cannot be written.
        """
        line = json.dumps(suggestion, ensure_ascii=False).encode() + b"\n"
        with self._lock, open(self._path, "ab", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size + len(line) > self._most:
                raise Refusal(507, "suggestions: there is no room for more on this server")
            if file.write(line) < len(line):
                file.truncate(size)
                raise OSError("no space left for a suggestion")


class SuggestBody(Body):
    """A text, and how it should be translated."""

    q: Text = Field(min_length=1)
    s: Text = Field(min_length=1, description="the translation suggested")
    source: Text = Field(description="language code, or auto where the languages can be told apart")
    target: Text = Field(description="language code")
    api_key: Text | None = None


class Suggested(BaseModel):
    """That a suggestion is stored."""

    success: bool


def routes(service: Service, keys: Keys, suggestions: Suggestions | None) -> APIRouter:
    """`/suggest`, which is refused if there is no file for suggestions."""
    router = APIRouter(tags=["LibreTranslate"], route_class=FieldsRoute)
    full = {"model": ErrorBody, "description": "There is no room for more suggestions"}

    @router.post(SUGGEST, responses={**ERRORS, 507: full})
    async def suggest(request: Request, asked: SuggestBody) -> Suggested:
        """Stores how a text should be translated; no translation changes because of it."""
        key = keys.check(request, asked.api_key)
        if suggestions is None:
            raise Refusal(403, "suggestions are disabled on this server")
        service.check([asked.q, asked.s])
        keys.check_characters(key, [asked.q, asked.s])
        source, target = service.spelled(asked.source), service.spelled(asked.target)
        source = detect_sources(service, [asked.q], source, PlainText)[0].language
        service.path(source, target)
        note(request, [asked.q, asked.s], source=source, target=target)
        told = {"q": asked.q, "s": asked.s, "source": source, "target": target}
        await asyncio.to_thread(suggestions.add, told)
        return Suggested(success=True)

    return router
