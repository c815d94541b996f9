"""The LibreTranslate API: clients made for it work unchanged."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from edge.serve.body import openapi_body, read_body
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.languages import language_name
from edge.serve.refusal import Refusal
from edge.serve.reply import ERRORS, json_reply
from edge.serve.service import AUTO, Reading, Service

_TEXT = "text"


def _whole(value: Any) -> Any:
    """2.0 is an integer in JSON Schema, and a float in Python."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class TranslateBody(BaseModel):
    """What to translate."""

    q: str | Annotated[list[str], Field(min_length=1)] = Field(description="text, or a list of texts")
    source: str = Field(description="language code, or auto where the languages can be told apart")
    target: str = Field(description="language code")
    format: str = Field(_TEXT, description="text; markup is not understood")
    alternatives: Annotated[int, Field(ge=0, description="other translations wanted"), BeforeValidator(_whole)] = 0
    api_key: str | None = None


class DetectBody(BaseModel):
    """What to detect the language of."""

    q: str
    api_key: str | None = None


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
    """A language and what it can be translated into."""

    code: str
    name: str
    targets: list[str]


async def read_request(request: Request, service: Service, keys: Keys) -> tuple[list[str], TranslateBody]:
    """Reads what to translate; all else as `check_request`."""
    return check_request(request, await read_body(request, TranslateBody), service, keys)


def check_request(
    request: Request, asked: TranslateBody, service: Service, keys: Keys
) -> tuple[list[str], TranslateBody]:
    """Checks what to translate.

    Returns:
        The texts, and all that was asked.

    Raises:
        Refusal: there is no key, or something that this server does not do.
    """
    keys.check(request, asked.api_key)
    if asked.format != _TEXT:
        raise Refusal(400, "format: is not text, and this server does not understand markup")
    if asked.alternatives > service.limits.alternatives:
        raise Refusal(400, f"alternatives: are more than {service.limits.alternatives}")
    texts = [asked.q] if isinstance(asked.q, str) else asked.q
    service.check(texts)
    # Whatever else stands there may be anything.
    known = {AUTO, *service.directions.languages}
    pair = {"source": asked.source, "target": asked.target}
    note(request, texts, **{side: code if code in known else "unknown" for side, code in pair.items()})
    return texts, asked


def describe(service: Service, single: bool = False, alternatives: bool = True) -> dict[str, Any]:
    """What `/translate` and the like take, for OpenAPI: as the model has it, with what this server has.

    Args:
        service: of the server.
        single: whether a text may not be a list of texts.
        alternatives: whether there may be some.
    """
    schema = TranslateBody.model_json_schema()
    limits, fields = service.limits, schema["properties"]
    text = {"type": "string", "maxLength": limits.characters}
    several = {"type": "array", "items": text, "minItems": 1, "maxItems": limits.items}
    fields["q"] = text if single else {"anyOf": [text, several]}
    fields["source"]["enum"] = service.sources
    fields["target"]["enum"] = service.directions.languages
    fields["format"]["enum"] = [_TEXT]
    fields["alternatives"]["maximum"] = limits.alternatives if alternatives else 0
    return schema


def detect_sources(service: Service, texts: list[str], source: str) -> list[Detected]:
    """The language of each text, as the request has it or as it is detected."""
    if source != AUTO:
        return [Detected(language=source, confidence=100)] * len(texts)
    return [detected(service, text)[0] for text in texts]


def detected(service: Service, text: str) -> list[Detected]:
    """The languages that a text may be in."""
    return [Detected(language=code, confidence=round(percent, 1)) for code, percent in service.detect(text)]


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/translate`, `/detect`, `/languages` and `/frontend/settings`."""
    router = APIRouter(tags=["LibreTranslate"])

    @router.post(
        "/translate",
        responses={200: {"model": Translated}, **ERRORS},
        response_model=None,
        openapi_extra=openapi_body(describe(service)),
    )
    async def translate(request: Request) -> Response:
        """Translates a text, or each of several."""
        texts, asked = await read_request(request, service, keys)
        sources = detect_sources(service, texts, asked.source)
        paths = {found.language: service.path(found.language, asked.target) for found in sources}
        answers: dict[int, list[Reading]] = {}
        for language, path in paths.items():
            places = [place for place, found in enumerate(sources) if found.language == language]
            these = await service.translate([texts[place] for place in places], path, asked.alternatives)
            answers |= zip(places, these, strict=True)
        ordered = [answers[place] for place in range(len(texts))]
        reply: dict[str, list] = {"translatedText": [readings[0].text for readings in ordered]}
        if asked.alternatives:
            reply["alternatives"] = [[reading.text for reading in readings[1:]] for readings in ordered]
        if asked.source == AUTO:
            reply["detectedLanguage"] = [found.model_dump() for found in sources]
        single = isinstance(asked.q, str)
        return json_reply({name: values[0] if single else values for name, values in reply.items()})

    @router.post(
        "/detect",
        responses={200: {"model": list[Detected]}, **ERRORS},
        response_model=None,
        openapi_extra=openapi_body(DetectBody.model_json_schema()),
    )
    async def detect(request: Request) -> Response:
        """Says which of the languages served a text is in."""
        asked = await read_body(request, DetectBody)
        keys.check(request, asked.api_key)
        service.check([asked.q])
        note(request, [asked.q])
        return json_reply([found.model_dump() for found in detected(service, asked.q)])

    @router.get("/languages")
    async def languages() -> list[Language]:
        """The languages that can be translated."""
        directions = service.directions
        return [
            Language(code=code, name=language_name(code), targets=directions.targets(code))
            for code in directions.sources
        ]

    @router.get("/frontend/settings")
    async def settings() -> dict:
        """What a client needs to know of the server."""
        first = next(iter(service.directions.by_name.values()))
        pair = {"source": first.source, "target": first.target}
        return {
            "apiKeys": keys.required,
            "charLimit": service.limits.characters,
            "filesTranslation": False,
            "frontendTimeout": 500,
            "keyRequired": keys.required,
            "language": {side: {"code": code, "name": language_name(code)} for side, code in pair.items()},
            "suggestions": False,
            "supportedFilesFormat": [],
        }

    return router
