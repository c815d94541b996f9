"""The page: plain forms that work by themselves, and what their scripts ask for."""

import html
import time
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from edge.serve.body import FieldsRoute, Text
from edge.serve.directions import Direction
from edge.serve.errors import ERRORS
from edge.serve.glossaries import requested
from edge.serve.keys import Keys
from edge.serve.libretranslate import Count, TextBody, check_request, detect_sources
from edge.serve.recognizers import ServedRecognizer
from edge.serve.refusal import Refusal
from edge.serve.service import Reading, Service
from edge.serve.templates import STATIC, language_options, template
from edge.serve.transcription import Transcription
from edge.serve.words import explain_words


class PageForm(TextBody):
    """The page's fields; what is missing is said on the page."""

    q: Text = ""
    source: Text = ""
    target: Text = ""


class ExplainBody(TextBody):
    """A text to translate and to explain."""

    alternatives: Count = 0


def mount(app: FastAPI) -> None:
    """Serves the page's style, scripts and icon."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def routes(service: Service, transcription: Transcription, keys: Keys) -> APIRouter:
    """`/`, and `/explain` where there is a translation bundle."""
    router = APIRouter(tags=["Page"], route_class=FieldsRoute)
    page = _Page(service, transcription, keys)

    @router.get("/", response_class=HTMLResponse)
    async def empty() -> Response:
        """The page."""
        return page.show(PageForm())

    if not service.directions.by_name:
        return router

    @router.post("/", response_class=HTMLResponse, responses=ERRORS)
    async def filled(request: Request, form: PageForm) -> Response:
        """The page with a translation, for browsers that run no scripts."""
        try:
            texts = check_request(request, form, service, keys)
            path = service.path(detect_sources(service, texts, form.source, form.document)[0].language, form.target)
            glossary = requested(form.glossary, service.limits)
            translation = (await service.translate(texts, path, 0, form.document, glossary))[0][0].text
        except Refusal as refusal:
            return page.show(form, refusal=refusal)
        return page.show(form, translation)

    @router.post("/explain", responses=ERRORS)
    async def explain(request: Request, asked: ExplainBody) -> dict[str, Any]:
        """Translate a text, with its word alignment."""
        texts = check_request(request, asked, service, keys)
        started = time.perf_counter()
        source = detect_sources(service, texts, asked.source, asked.document)[0]
        path = service.path(source.language, asked.target)
        glossary = requested(asked.glossary, service.limits)
        readings = (await service.translate(texts, path, asked.alternatives, asked.document, glossary))[0]
        taken = 1000 * (time.perf_counter() - started)
        return {
            "source": source.language,
            "milliseconds": round(taken, 1),
            "models": [_model(direction) for direction in path],
            "readings": [_reading(reading, path) for reading in readings],
        }

    return router


class _Page:
    """Fills the page in."""

    def __init__(self, service: Service, transcription: Transcription, keys: Keys):
        self._page, self._translate, self._speech = map(template, ("page", "translate", "speech"))
        self._service = service
        self._key = "" if keys.required else "hidden"
        self._recognizers = "".join(_recognizer(each, service) for each in transcription.recognizers.by_name.values())
        self._seconds = transcription.limits.audio_seconds
        directions = service.directions
        self._first = next(iter(directions.by_name.values()), None)
        # With one language there is nothing to detect.
        self._sources = service.sources if len(directions.sources) > 1 else [*directions.sources]
        # What is translated into itself by a bundle, for spelling or style.
        self._same = [code for code in directions.languages if code in directions.targets(code)]
        self._targets = sorted({code for source in directions.sources for code in directions.targets(source)})

    def show(self, form: PageForm, translation: str = "", refusal: Refusal | None = None) -> Response:
        """The page as it was filled in, and what came of it."""
        parts = {
            "speech.js": self._transcribing() if self._recognizers else "",
            "page.js": self._translating(form, translation, refusal) if self._first else "",
        }
        filled = self._page.substitute(
            head="",
            title="Translate" if self._first else "Transcribe",
            scripts="".join(f'<script type="module" src="static/{name}"></script>\n' for name in parts if parts[name]),
            content="".join(parts.values()),
        )
        headers = {"Cache-Control": "no-store", **(refusal.headers if refusal else {})}
        return HTMLResponse(filled.encode("utf-8", "replace"), refusal.status if refusal else 200, headers)

    def _transcribing(self) -> str:
        return self._speech.substitute(recognizers=self._recognizers, seconds=f"{self._seconds:g}", key=self._key)

    def _translating(self, form: PageForm, translation: str, refusal: Refusal | None) -> str:
        assert self._first
        return self._translate.substitute(
            text=html.escape(form.q),
            translation=html.escape(translation),
            error=html.escape(refusal.message if refusal else ""),
            sources=language_options(self._sources, form.source or self._first.source),
            targets=language_options(self._targets, form.target or self._first.target),
            characters=self._service.limits.characters,
            alternatives=min(3, self._service.limits.alternatives),
            same=html.escape(" ".join(self._same)),
            key=self._key,
        )


def _recognizer(served: ServedRecognizer, service: Service) -> str:
    """An option, with what the script has to know: rate of the sound, and the language of the text."""
    name, rate = html.escape(served.name), served.recognizer.rate
    language = html.escape(service.spelled(served.target or ""))
    return f'<option value="{name}" data-rate="{rate}" data-language="{language}">{name}</option>'


def _model(direction: Direction) -> dict[str, Any]:
    bundle = direction.bundle
    return {"name": direction.name, "bytes": bundle.bytes, "quantization": bundle.manifest["quantization"]}


def _reading(reading: Reading, path: Sequence[Direction]) -> dict[str, Any]:
    """A translation; pivot translation has no word alignment."""
    pairs = zip(reading.sources, reading.sentences, strict=True) if len(path) == 1 else []
    source = path[0].components.source
    words = [explain_words(each.surfaces or source.surfaces(text), each) for text, each in pairs]
    return {"text": reading.text, "confidence": round(reading.confidence, 3), "sentences": words}
