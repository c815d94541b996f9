"""The OpenAPI document says what the server does: every operation is asked, by what the document says of it."""

import functools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("fastapi")

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def document(server) -> dict:
    return server.ask("/openapi.json")[1]


def operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path.replace("{name}", "es-en").replace("{version}", "1"), method, operation


def resolved(document: dict, value: Any) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(value, list):
        return [resolved(document, each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return resolved(document, functools.reduce(dict.get, value["$ref"].removeprefix("#/").split("/"), document))
    return {name: resolved(document, each) for name, each in value.items()}


def fits(schema: dict, value: Any) -> bool:
    """Whether a value is what a schema says, as far as schemas go here."""
    if "anyOf" in schema:
        return any(fits(each, value) for each in schema["anyOf"])
    if ("enum" in schema and value not in schema["enum"]) or value != schema.get("const", value):
        return False
    match schema.get("type"):
        case "object" if not isinstance(value, dict):
            return False
        case "object":
            # None asked for, or one of several.
            choices = [set(each["required"]) <= value.keys() for each in schema.get("oneOf", ())]
            properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
            return (
                set(schema.get("required", ())) <= value.keys()
                and choices.count(True) == min(1, len(choices))
                and all(fits(properties[name], each) for name, each in value.items() if name in properties)
                and (rest is not False or value.keys() <= properties.keys())
            )
        case "array":
            sizes = schema.get("minItems", 0), schema.get("maxItems", 10**9)
            return (
                isinstance(value, list)
                and sizes[0] <= len(value) <= sizes[1]
                and all(fits(schema.get("items", {}), each) for each in value)
            )
        case "integer":
            number = isinstance(value, int) and not isinstance(value, bool)
            return number and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str) and len(value) <= schema.get("maxLength", len(value))
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
    return True


TEXT = {"q": "uno", "source": "es", "target": "en"}
BODIES: dict[str, list[Any]] = {
    "/translate": [
        TEXT, {**TEXT, "q": ["uno", ""], "alternatives": 5}, {**TEXT, "source": "auto", "format": "text"},
        {**TEXT, "q": []}, {**TEXT, "q": 5}, {**TEXT, "q": ["uno", None]}, {**TEXT, "q": ["u"] * 101}, {"q": "uno"},
        {**TEXT, "q": "u" * 10_001}, {**TEXT, "source": "xx"}, {**TEXT, "target": "auto"}, {**TEXT, "format": "xml"},
        {**TEXT, "alternatives": 6}, {**TEXT, "alternatives": -1}, {**TEXT, "alternatives": True}, [], "uno",
        {**TEXT, "api_key": "key"}, {**TEXT, "api_key": 5},
    ],
    "/translate/stream": [
        TEXT, {**TEXT, "target": "la"}, {**TEXT, "q": ["uno"]}, {**TEXT, "alternatives": 1},
        {**TEXT, "alternatives": 0},
    ],
    "/v2/translate": [
        {"text": "uno", "target_lang": "EN"}, {"text": ["uno"], "source_lang": "ES", "target_lang": "EN-US"},
        {"text": ["uno"], "target_lang": "EN", "tag_handling": "html"}, {"text": "uno"}, {"target_lang": "EN"},
        {"text": "uno", "target_lang": "EN", "tag_handling": "xml", "ignore_tags": ["b"]},
        {"text": "uno", "target_lang": "EN", "tag_handling": "json"}, {"text": [], "target_lang": "EN"},
        {"text": "uno", "target_lang": "EN", "formality": "more"}, {"text": ["u"] * 101, "target_lang": "EN"},
        {"text": "uno", "target_lang": "EN", "split_sentences": "2"}, [],
    ],
    "/explain": [TEXT, {**TEXT, "alternatives": 2}, {**TEXT, "q": ["uno"]}, {**TEXT, "alternatives": 6}, {"q": "uno"}],
    "/suggest": [
        {**TEXT, "s": "one"}, {**TEXT, "s": "one", "source": "auto"}, TEXT, {**TEXT, "s": 5}, {**TEXT, "s": ["one"]},
        {**TEXT, "s": "one", "source": "xx"}, {**TEXT, "s": "one", "q": "u" * 10_001},
    ],
    "/detect": [{"q": "uno"}, {"q": ["uno", "two"]}, {}, {"q": []}, {"q": {}}, {"q": ["u"] * 101}],
    "/": [TEXT, {**TEXT, "q": ["uno"]}, {**TEXT, "source": "xx"}, {**TEXT, "q": "u" * 10_001}],
    "/v1/models/es-en:predict": [
        {"instances": ["uno", {"text": "dos"}, {"b64": "dW5v"}, {"text": {"b64": "dW5v"}}]}, {"instances": []},
        {"inputs": ["uno"], "signature_name": "beam"}, {"inputs": {"text": ["uno", {"b64": "dW5v"}]}},
        {}, {"instances": ["uno"], "inputs": ["uno"]}, {"instances": "uno"}, {"instances": [{"texts": "uno"}]},
        {"instances": [{"text": "uno", "b64": "dW5v"}]}, {"instances": [{"b64": 5}]}, {"inputs": {"text": "uno"}},
        {"inputs": {}}, {"instances": ["uno"], "signature_name": "other"}, {"instances": ["u"] * 101}, [],
    ],
}  # fmt: skip
BODIES["/v1/models/es-en/versions/1:predict"] = BODIES["/v1/models/es-en:predict"]


def test_every_operation_that_takes_a_body_is_asked(document):
    taking = {path for path, _, operation in operations(document) if "requestBody" in operation}
    # Files are sent in tests of their own.
    assert taking == {*BODIES, "/translate_file"}


@pytest.mark.parametrize("path", BODIES)
def test_what_the_document_allows_is_done_and_all_else_refused(server, document, path):
    operation = next(
        operation for asked, method, operation in operations(document) if (asked, method) == (path, "post")
    )
    schema = resolved(document, operation["requestBody"]["content"][JSON]["schema"])
    allowed = [fits(schema, body) for body in BODIES[path]]
    assert True in allowed and False in allowed
    for body, fine in zip(BODIES[path], allowed, strict=True):
        status, reply, headers = server.ask(path, body)
        assert status == (200 if fine else 400), body
        check_reply(document, operation, status, reply, headers)


@pytest.mark.parametrize("path", [path for path in BODIES if not path.startswith("/v1")])
def test_forms(server, document, path):
    operation = next(
        operation for asked, method, operation in operations(document) if (asked, method) == (path, "post")
    )
    content = operation["requestBody"]["content"]
    assert content.keys() == {JSON, FORM, "multipart/form-data"} and content[FORM] == content[JSON]
    status, reply, headers = server.ask(path, urlencode(BODIES[path][0], doseq=True).encode(), {"Content-Type": FORM})
    assert status == 200
    check_reply(document, operation, status, reply, headers)


def test_what_can_be_got(server, document):
    got = [(path, operation) for path, method, operation in operations(document) if method == "get"]
    assert {"/languages", "/health", "/v1/models/es-en/versions/1"} < {path for path, _ in got}
    for path, operation in got:
        status, reply, headers = server.ask(path)
        # There is no model and no file of the name that stands for all.
        assert status == (404 if path.startswith("/download_file") else 200)
        check_reply(document, operation, status, reply, headers)


def check_reply(document: dict, operation: dict, status: int, reply: Any, headers: Any) -> None:
    """Whether an answer is one that the document tells of."""
    kind = headers["Content-Type"].split(";")[0]
    schema = operation["responses"][str(status)]["content"][kind].get("schema", {})
    assert fits(resolved(document, schema), reply)


def test_errors_look_alike(document):
    for path, method, operation in operations(document):
        assert "422" not in operation["responses"]
        if method == "post":
            assert {"400", "403", "408", "413", "429", "504"} <= operation["responses"].keys()
        for status, response in operation["responses"].items():
            if status >= "400":
                kinds = {JSON, "text/html"} if path == "/" else {JSON}
                assert response["content"].keys() == kinds
                member = "message" if path.startswith("/v2/") else "error"
                assert fits(resolved(document, response["content"][JSON]["schema"]), {member: ""})
                assert not fits(resolved(document, response["content"][JSON]["schema"]), {"detail": ""})
