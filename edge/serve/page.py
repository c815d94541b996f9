"""The page: a plain form that works by itself, and what its script asks for."""

import html
import time
from collections.abc import Sequence
from pathlib import Path
from string import Template

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from edge.serve.body import URLENCODED, openapi_body, read_form, validated
from edge.serve.directions import Direction
from edge.serve.keys import Keys
from edge.serve.languages import language_name
from edge.serve.libretranslate import TranslateBody, check_request, describe, detect_sources, read_request
from edge.serve.refusal import Refusal
from edge.serve.reply import ERRORS, json_reply
from edge.serve.service import AUTO, Reading, Service
from edge.serve.words import explain_words

_STATIC = Path(__file__).parent / "static"
_TEMPLATE = Path(__file__).with_name("page.html")
_HTML = {200: {"content": {"text/html": {}}, "description": "The page"}}


class PageForm(BaseModel):
    """The page's fields, and whatever else a form has."""

    model_config = ConfigDict(extra="allow")

    q: str = ""
    source: str = ""
    target: str = ""
    api_key: str | None = None


def mount(app: FastAPI) -> None:
    """Serves the page's style, scripts and icon."""
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/` and `/explain`."""
    router = APIRouter(tags=["Page"])
    page = _Page(service, keys)

    @router.get("/", response_class=HTMLResponse)
    async def empty() -> Response:
        """The page."""
        return page.show(PageForm())

    @router.post(
        "/",
        response_model=None,
        responses={**_HTML, **{status: {"content": {"text/html": {}}} for status in ERRORS}},
        openapi_extra=openapi_body(describe(service, single=True), URLENCODED),
    )
    async def filled(request: Request) -> Response:
        """The page with a translation, for browsers that run no scripts."""
        form = PageForm()
        try:
            form = await read_form(request, PageForm)
            texts, asked = check_request(
                request, validated(TranslateBody, form.model_dump(exclude_unset=True), False), service, keys
            )
            path = service.path(detect_sources(service, texts, asked.source)[0].language, asked.target)
            translation = (await service.translate(texts, path))[0][0].text
        except Refusal as refusal:
            return page.show(form, refusal=refusal)
        return page.show(form, translation)

    @router.post(
        "/explain",
        responses={200: {"content": {"application/json": {}}}, **ERRORS},
        response_model=None,
        openapi_extra=openapi_body(describe(service, single=True)),
    )
    async def explain(request: Request) -> Response:
        """Translates a text, and says which word comes from which."""
        texts, asked = await read_request(request, service, keys)
        if not isinstance(asked.q, str):
            raise Refusal(400, "q: only a single text can be explained")
        started = time.perf_counter()
        source = detect_sources(service, texts, asked.source)[0]
        path = service.path(source.language, asked.target)
        readings = (await service.translate(texts, path, asked.alternatives))[0]
        taken = 1000 * (time.perf_counter() - started)
        return json_reply(
            {
                "source": source.language,
                "milliseconds": round(taken, 1),
                "models": [_model(direction) for direction in path],
                "readings": [_reading(reading, path) for reading in readings],
            }
        )

    return router


class _Page:
    """Fills the page in."""

    def __init__(self, service: Service, keys: Keys):
        self._template = Template(_TEMPLATE.read_text(encoding="utf-8"))
        self._service = service
        self._keys = keys
        directions = service.directions
        self._first = next(iter(directions.by_name.values()))
        # With one language there is nothing to detect.
        self._sources = service.sources if len(directions.sources) > 1 else [*directions.sources]
        self._targets = sorted({code for source in directions.sources for code in directions.targets(source)})

    def show(self, form: PageForm, translation: str = "", refusal: Refusal | None = None) -> Response:
        """The page as it was filled in, and what came of it."""
        filled = self._template.substitute(
            text=html.escape(form.q),
            translation=html.escape(translation),
            error=html.escape(refusal.message if refusal else ""),
            sources=_options(self._sources, form.source or self._first.source),
            targets=_options(self._targets, form.target or self._first.target),
            characters=self._service.limits.characters,
            alternatives=min(3, self._service.limits.alternatives),
            key="" if self._keys.required else "hidden",
        )
        headers = {"Cache-Control": "no-store", **(refusal.headers if refusal else {})}
        return HTMLResponse(filled.encode("utf-8", "replace"), refusal.status if refusal else 200, headers)


def _options(codes: Sequence[str], chosen: str) -> str:
    names = {code: "Detect language" if code == AUTO else language_name(code) for code in codes}
    return "".join(
        f'<option value="{html.escape(code)}"{" selected" if code == chosen else ""}>{html.escape(name)}</option>'
        for code, name in names.items()
    )


def _model(direction: Direction) -> dict[str, str | int]:
    return {
        "name": direction.name,
        "bytes": direction.bundle.bytes,
        "quantization": direction.bundle.manifest["quantization"],
    }


def _reading(reading: Reading, path: Sequence[Direction]) -> dict:
    """A translation; by way of a third language nobody can say which word comes from which."""
    pairs = zip(reading.sources, reading.sentences, strict=True) if len(path) == 1 else []
    return {
        "text": reading.text,
        "confidence": round(reading.confidence, 3),
        "sentences": [
            explain_words(path[0].components.source.surfaces(text), translation) for text, translation in pairs
        ],
    }
