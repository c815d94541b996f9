"""The LibreTranslate API: clients made for it work unchanged."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from edge.documents import available_formats
from edge.markup import Markup, visible_text
from edge.serve.body import Body, FieldsRoute, Text
from edge.serve.errors import ERRORS
from edge.serve.glossaries import Terms, requested
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.languages import language_name
from edge.serve.plain_text import PlainText
from edge.serve.refusal import Refusal
from edge.serve.service import AUTO, Reader, Service


def _number(value: Any) -> Any:
    """A number, or the text of one, as a form has it; true is none, though Python counts with it."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


Count = Annotated[int, Field(ge=0, description="other translations wanted"), BeforeValidator(_number)]


class Wanted(Body):
    """How to translate."""

    source: Text = Field(description="language code, or auto where the languages can be told apart")
    target: Text = Field(description="language code")
    glossary: Terms = Field(default_factory=dict)
    format: Literal["text", "html"] = Field(default="text", description="html: tags are kept, and placed by alignment")
    api_key: Text | None = None

    @property
    def document(self) -> Reader:
        """What reads the texts."""
        return Markup if self.format == "html" else PlainText


class TextBody(Wanted):
    """A text to translate."""

    q: Text


class TranslateBody(Wanted):
    """A text to translate, or several."""

    q: Text | Annotated[list[Text], Field(min_length=1)]
    alternatives: Count = 0


class DetectBody(Body):
    """What to detect the language of."""

    q: Text | Annotated[list[Text], Field(min_length=1)]
    api_key: Text | None = None


class Detected(BaseModel):
    """A language and how sure the server is of it, in percent."""

    language: str
    confidence: float


class Translated(BaseModel):
    """Of a list of texts, a list of each."""

    translatedText: str | list[str]
    alternatives: list[str] | list[list[str]] | None = None
    detectedLanguage: Detected | list[Detected] | None = None


class Language(BaseModel):
    """A language and what it can be translated into; into itself always, if only as it is."""

    code: str
    name: str
    targets: list[str]


def check_request(request: Request, asked: TextBody | TranslateBody, service: Service, keys: Keys) -> list[str]:
    """Checks what to translate, and spells its languages as the server does.

    Returns:
        The texts.

    Raises:
        Refusal: there is no key, or it is more than this server does.
    """
    key = keys.check(request, asked.api_key)
    if getattr(asked, "alternatives", 0) > service.limits.alternatives:
        raise Refusal(400, f"alternatives: are more than {service.limits.alternatives}")
    texts = [asked.q] if isinstance(asked.q, str) else asked.q
    service.check(texts)
    keys.check_characters(key, texts)
    asked.source, asked.target = service.spelled(asked.source), service.spelled(asked.target)
    note(request, texts, source=service.loggable(asked.source), target=service.loggable(asked.target))
    return texts


def detect_sources(service: Service, texts: list[str], source: str, document: Reader) -> list[Detected]:
    """The language of each text, as the request has it or as it is detected; tags have none."""
    if source != AUTO:
        return [Detected(language=source, confidence=100)] * len(texts)
    return [detected(service, [visible_text(text) if document is Markup else text])[0] for text in texts]


def detected(service: Service, texts: list[str]) -> list[Detected]:
    """The languages that texts may be in; of several, the mean of how sure the server is, as LibreTranslate has it."""
    found = [dict(service.detect(text)) for text in texts]
    means = {code: sum(each[code] for each in found) / len(found) for code in found[0]}
    ordered = sorted(means.items(), key=lambda mean: -mean[1])
    return [Detected(language=code, confidence=round(percent, 1)) for code, percent in ordered]


def routes(service: Service, keys: Keys, takes_suggestions: bool) -> APIRouter:
    """`/translate`, `/detect`, `/languages` and `/frontend/settings`."""
    router = APIRouter(tags=["LibreTranslate"], route_class=FieldsRoute)
    directions, formats = service.directions, available_formats()

    @router.post("/translate", responses=ERRORS, response_model_exclude_none=True)
    async def translate(request: Request, asked: TranslateBody) -> Translated:
        """Translates a text, or each of several."""
        texts = check_request(request, asked, service, keys)
        sources = detect_sources(service, texts, asked.source, asked.document)
        languages = [found.language for found in sources]
        glossary = requested(asked.glossary, service.limits)
        ordered = await service.translate_from(
            languages, texts, asked.target, asked.alternatives, asked.document, glossary
        )
        reply: dict[str, list] = {"translatedText": [readings[0].text for readings in ordered]}
        if asked.alternatives:
            reply["alternatives"] = [[reading.text for reading in readings[1:]] for readings in ordered]
        if asked.source == AUTO:
            reply["detectedLanguage"] = sources
        single = isinstance(asked.q, str)
        return Translated(**{name: values[0] if single else values for name, values in reply.items()})

    @router.post("/detect", responses=ERRORS)
    async def detect(request: Request, asked: DetectBody) -> list[Detected]:
        """Says which of the languages served a text is in, or several are."""
        key = keys.check(request, asked.api_key)
        texts = [asked.q] if isinstance(asked.q, str) else asked.q
        service.check(texts)
        keys.check_characters(key, texts)
        note(request, texts)
        return detected(service, texts)

    @router.get("/languages")
    async def languages() -> list[Language]:
        """The languages of this server."""
        return [
            Language(code=code, name=language_name(code), targets=sorted({code, *directions.targets(code)}))
            for code in directions.languages
        ]

    @router.get("/frontend/settings")
    async def settings(request: Request, api_key: str = "") -> dict[str, Any]:
        """What a client needs to know of the server."""
        first = next(iter(directions.by_name.values()))
        pair = {"source": first.source, "target": first.target}
        return {
            "apiKeys": keys.required,
            "charLimit": min(service.limits.characters, keys.characters(request, api_key) or service.limits.characters),
            "filesTranslation": True,
            "frontendTimeout": 500,
            "keyRequired": keys.required,
            "language": {side: {"code": code, "name": language_name(code)} for side, code in pair.items()},
            "suggestions": takes_suggestions,
            "supportedFilesFormat": formats,
        }

    return router
