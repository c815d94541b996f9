"""The OpenAPI document: FastAPI's, with what it cannot know."""

from fastapi import FastAPI

from edge.serve.body import JSON, MULTIPART, URLENCODED, FieldsRoute
from edge.serve.service import Service

_ERROR = {JSON: {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
_HTML = "text/html"


def describe(app: FastAPI, service: Service) -> None:
    """Adds to an application's document how its errors look, that fields may come as a form, and the server's limits.

    Args:
        app: with all its routes.
        service: of the server.
    """
    document, limits = app.openapi(), service.limits
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operation in (each for path in document["paths"].values() for each in path.values()):
        # What FastAPI answers with 422 is 400 here.
        operation["responses"].pop("422", None)
        for status, response in operation["responses"].items():
            if status >= "400":
                # FastAPI takes it to be of the kind that the route answers with. The page shows errors, too.
                response["content"] = _ERROR | ({_HTML: {}} if _HTML in response["content"] else {})
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
    fields = schemas["PredictBody"]["properties"]
    unnamed, named = fields["inputs"]["anyOf"]
    for texts in (fields["instances"], unnamed, named["properties"]["text"]):
        texts["maxItems"] = limits.items
