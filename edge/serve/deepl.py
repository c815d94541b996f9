"""DeepL's API for texts: clients made for it work with another address."""

import functools
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from edge.errors import UserError
from edge.markup import Markup, visible_text
from edge.serve.body import Body, FieldsRoute, Text, read_fields
from edge.serve.directions import plain_code
from edge.serve.errors import DEEPL_ERRORS
from edge.serve.journal import note
from edge.serve.keys import Keys
from edge.serve.languages import language_name
from edge.serve.libretranslate import detect_sources
from edge.serve.plain_text import FlowingText, PlainText, UndividedText
from edge.serve.refusal import Refusal
from edge.serve.service import AUTO, Reader, Service
from edge.xml_tokens import XmlReader

# There is none; clients want a number.
_CHARACTER_LIMIT = 10**12
# DeepL's clients take these languages as targets only with a region.
_REGIONS = {
    "en": {"en-gb": "English (British)", "en-us": "English (American)"},
    "pt": {"pt-br": "Portuguese (Brazilian)", "pt-pt": "Portuguese (European)"},
}
_DOCUMENTS: dict[str, Reader] = {"0": UndividedText, "1": PlainText, "nonewlines": FlowingText}

Side = Literal["source", "target"]
Split = Annotated[
    Literal["0", "1", "nonewlines"], BeforeValidator(lambda value: str(value) if type(value) is int else value)
]
Tags = Annotated[
    list[Text], BeforeValidator(lambda value: value.replace(" ", "").split(",") if isinstance(value, str) else value)
]


class DeepLBody(Body):
    """Texts to translate. Further fields of DeepL's API have no effect."""

    text: Text | Annotated[list[Text], Field(min_length=1)]
    source_lang: Text = Field(default=AUTO, description="language code; detected if there is none")
    target_lang: Text = Field(description="language code; a variant is served by its language, if there is only that")
    tag_handling: Literal["html", "xml"] | None = Field(
        default=None, description="tags are kept, and placed by alignment"
    )
    splitting_tags: Tags = Field(default_factory=list, description="elements of XML that part sentences")
    non_splitting_tags: Tags = Field(default_factory=list, description="elements of XML that part no sentences")
    ignore_tags: Tags = Field(default_factory=list, description="elements of XML that are left as they are")
    outline_detection: bool = Field(default=True, description="false: only splitting_tags part sentences of XML")
    split_sentences: Split | None = Field(
        default=None, description="0: each text is one sentence; nonewlines: line ends do not end sentences"
    )
    formality: Literal["default", "prefer_more", "prefer_less"] = "default"
    show_billed_characters: bool = False
    glossary_id: Text | None = Field(
        default=None, description="name of a glossary of the server, which is used in any case"
    )
    style_id: Text | None = Field(default=None, description="there is none")
    translation_memory_id: Text | None = Field(default=None, description="there is none")
    auth_key: Text | None = None


class DeepLTranslation(BaseModel):
    """A translation, and the language of its text."""

    detected_source_language: str
    text: str
    billed_characters: int | None = None


class DeepLTranslations(BaseModel):
    """A translation of each text, in order."""

    translations: list[DeepLTranslation]


class DeepLLanguage(BaseModel):
    """A language to translate from or to."""

    language: str
    name: str
    supports_formality: bool | None = None


class Usage(BaseModel):
    """Characters translated since the start of the server, with a key if keys are asked for."""

    character_count: int
    character_limit: int


def routes(service: Service, keys: Keys) -> APIRouter:
    """`/v2/translate`, `/v2/languages` and `/v2/usage`."""
    router = APIRouter(prefix="/v2", tags=["DeepL"], route_class=FieldsRoute, responses=DEEPL_ERRORS)
    characters: Counter[str] = Counter()

    @router.post("/translate", response_model_exclude_none=True)
    async def translate(request: Request, asked: DeepLBody) -> DeepLTranslations:
        """Translates a text, or each of several."""
        key = keys.check(request, asked.auth_key)
        for name in ("style_id", "translation_memory_id"):
            if getattr(asked, name):
                raise Refusal(404, f"{name}: is not on this server, which has none")
        texts = [asked.text] if isinstance(asked.text, str) else asked.text
        service.check(texts)
        keys.check_characters(key, texts)
        source, target = _served(asked.source_lang, service), _served(asked.target_lang, service)
        document, visible = _document(asked), _visible(texts, asked)
        note(request, texts, source=service.loggable(source), target=service.loggable(target))
        sources = [found.language for found in detect_sources(service, visible, source, document)]
        _check_glossary(asked.glossary_id, sources, target, service)
        found = await service.translate_from(sources, texts, target, document=document)
        characters[key] += sum(map(len, texts))
        return DeepLTranslations(
            translations=[
                DeepLTranslation(
                    detected_source_language=language.upper(),
                    text=readings[0].text,
                    billed_characters=len(text) if asked.show_billed_characters else None,
                )
                for language, text, readings in zip(sources, texts, found, strict=True)
            ]
        )

    async def languages(request: Request, side: Annotated[Side, Query(alias="type")] = "source") -> list[DeepLLanguage]:
        """The languages of this server, to translate from or to."""
        keys.check(request)
        # The official client sends a form, also with GET.
        side = _fields(await read_fields(request)).get("type", side)
        if side not in ("source", "target"):
            raise Refusal(400, "type: input should be 'source' or 'target'")
        return listed(service, side)

    async def usage(request: Request) -> Usage:
        """What has been translated."""
        return Usage(character_count=characters[keys.check(request)], character_limit=_CHARACTER_LIMIT)

    for method in ("GET", "POST"):
        router.add_api_route("/languages", languages, methods=[method], response_model_exclude_none=True)
        router.add_api_route("/usage", usage, methods=[method])
    return router


def listed(service: Service, side: Side) -> list[DeepLLanguage]:
    """The languages to translate from or to, as DeepL spells them."""
    directions = service.directions
    if side == "source":
        return [DeepLLanguage(language=code.upper(), name=language_name(code)) for code in sorted(directions.sources)]
    codes = sorted({target for source in directions.sources for target in directions.targets(source)})
    return [
        DeepLLanguage(language=variant.upper(), name=name, supports_formality=False)
        for code in codes
        for variant, name in _REGIONS.get(code.lower(), {code: language_name(code)}).items()
    ]


def _served(code: str, service: Service) -> str:
    """The server's spelling of a language; EN-US is served by en, and PT by the only variant of it."""
    spelled, known = service.spelled(code), service.directions.languages
    if spelled in known or spelled == AUTO:
        return spelled
    main, _, region = plain_code(code).partition("-")
    if region:
        return service.spelled(main) if service.spelled(main) in known else code
    variants = [each for each in known if plain_code(each).partition("-")[0] == main]
    return variants[0] if len(variants) == 1 else code


def _check_glossary(name: str | None, sources: Sequence[str], target: str, service: Service) -> None:
    """Refuses a glossary that is not one of the directions between these languages."""
    for source in dict.fromkeys(sources) if name else ():
        if name not in (known := service.glossary_names(service.path(source, target))):
            told = ", ".join(sorted(known)) or "none"
            raise Refusal(404, f"glossary_id: is no glossary of {source} to {target}; this server has {told}")


def _document(asked: DeepLBody) -> Reader:
    if asked.tag_handling is None:
        return _DOCUMENTS[asked.split_sentences or "1"]
    if asked.split_sentences == "0":
        raise Refusal(400, "split_sentences: 0 is not available with tag_handling")
    if asked.tag_handling == "xml":
        return functools.partial(Markup, reader=_xml(asked))
    for name in ("splitting_tags", "non_splitting_tags", "ignore_tags"):
        if getattr(asked, name):
            raise Refusal(400, f"{name}: is for tag_handling xml; HTML says itself what its elements are")
    return Markup


def _xml(asked: DeepLBody) -> XmlReader:
    return XmlReader(
        splitting=frozenset(asked.splitting_tags),
        joining=frozenset(asked.non_splitting_tags),
        ignored=frozenset(asked.ignore_tags),
        detects=asked.outline_detection,
    )


def _visible(texts: Sequence[str], asked: DeepLBody) -> list[str]:
    """The texts of XML without their tags; those of all else as they are."""
    if asked.tag_handling != "xml":
        return [*texts]
    try:
        return [visible_text(text, _xml(asked)) for text in texts]
    except UserError as error:
        raise Refusal(400, f"text: {error}") from error


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise Refusal(400, "body: is not a JSON object")
    return fields
