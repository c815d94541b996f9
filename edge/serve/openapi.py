"""The OpenAPI document: FastAPI's, with what it cannot know."""

from typing import Any

from fastapi import FastAPI

from edge.serve.body import JSON, MULTIPART, URLENCODED, FieldsRoute
from edge.serve.errors import TRANSCRIPTIONS
from edge.serve.service import Service
from edge.serve.transcription import Transcription


def _schema(name: str) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


_ERROR, _OPENAI_ERROR = _schema("ErrorBody"), _schema("OpenAIErrorBody")
_HTML = "text/html"


def describe(app: FastAPI, service: Service, transcription: Transcription) -> None:
    """Adds to an application's document how its errors look, that fields may come as a form, and the server's limits.

    Args:
        app: with all its routes.
        service: of the server.
        transcription: of the server.
    """
    document, limits = app.openapi(), service.limits
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operation in ((path, each) for path, methods in document["paths"].items() for each in methods.values()):
        # What FastAPI answers with 422 is 400 here.
        operation["responses"].pop("422", None)
        for status, response in operation["responses"].items():
            if status >= "400":
                # FastAPI takes it to be of the kind that the route answers with. The page shows errors, too.
                error = _OPENAI_ERROR if path == TRANSCRIPTIONS else _ERROR
                response["content"] = error | ({_HTML: {}} if _HTML in response["content"] else {})
    for route in app.routes:
        if isinstance(route, FieldsRoute) and route.body_field:
            content = document["paths"][route.path_format]["post"]["requestBody"]["content"]
            content |= dict.fromkeys((URLENCODED, MULTIPART), content[JSON])
            fields = schemas[content[JSON]["schema"]["$ref"].rpartition("/")[2]]["properties"]
            text, *several = fields["q"].get("anyOf", [fields["q"]])
            text["maxLength"] = limits.characters
            for texts in several:
                texts["maxItems"] = limits.items
            if "source" in fields:
                fields["source"]["enum"], fields["target"]["enum"] = service.sources, service.directions.languages
            if "alternatives" in fields:
                fields["alternatives"].setdefault("maximum", limits.alternatives)
            if "glossary" in fields:
                fields["glossary"]["maxProperties"] = limits.terms
    if TRANSCRIPTIONS in document["paths"]:
        content = document["paths"][TRANSCRIPTIONS]["post"]["requestBody"]["content"][MULTIPART]
        fields = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
        fields["file"]["maxLength"] = limits.audio_bytes
        if len(names := [*transcription.recognizers.by_name]) > 1:
            fields["model"]["enum"] = names
    if "PredictBody" not in schemas:
        # There is nothing to translate with.
        return
    fields = schemas["PredictBody"]["properties"]
    unnamed, named = fields["inputs"]["anyOf"]
    for texts in (fields["instances"], unnamed, named["properties"]["text"]):
        texts["maxItems"] = limits.items
