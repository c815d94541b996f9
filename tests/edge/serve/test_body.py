"""One request in every way that it can be written, and what nobody can read, which is never the server's fault."""

from urllib.parse import quote, urlencode

import pytest

pytest.importorskip("fastapi")

FIELDS = {"q": "uno dos", "source": "es", "target": "en"}
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=X"}


def multipart(fields: list[tuple[str, bytes]]) -> bytes:
    head = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return b"".join(head % (name.encode(), value) for name, value in fields) + b"--X--\r\n"


def ask(server, way: str, path: str, fields: dict):
    if way == "json":
        return server.ask(path, fields)
    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    # What is null in JSON is left empty elsewhere.
    pairs = [(name, "" if value is None else str(value)) for name, value in pairs]
    if way == "query":
        return server.ask(f"{path}?{urlencode(pairs)}", method="POST")
    if way == "form":
        return server.ask(path, urlencode(pairs).encode(), URLENCODED)
    return server.ask(path, multipart([(name, value.encode()) for name, value in pairs]), MULTIPART)


WAYS = pytest.mark.parametrize("way", ["json", "form", "multipart", "query"])


@WAYS
@pytest.mark.parametrize(
    ("more", "translation"),
    [({}, "one two"), ({"q": ["uno", "dos & tres", "cuatro"]}, None), ({"q": "uno\ndos"}, "one\ntwo")],
)
def test_a_request_in_every_way(server, way, more, translation):
    status, reply, _ = ask(server, way, "/translate", {**FIELDS, **more})
    assert status == 200
    if translation is None:
        assert reply["translatedText"][::2] == ["one", "four"]
    else:
        assert reply == {"translatedText": translation}


@WAYS
@pytest.mark.parametrize("name", ["format", "alternatives", "api_key"])
@pytest.mark.parametrize("empty", [None, ""])
def test_null_or_empty_is_missing(server, way, name, empty):
    assert ask(server, way, "/translate", {**FIELDS, name: empty})[:2] == (200, {"translatedText": "one two"})


@WAYS
def test_alternatives_are_a_number(server, way):
    _, reply, _ = ask(server, way, "/translate", {**FIELDS, "alternatives": 2})
    assert len(reply["alternatives"]) == 2
    for wrong in ("two", "1.5", -1, 6):
        status, reply, _ = ask(server, way, "/translate", {**FIELDS, "alternatives": wrong})
        assert status == 400 and reply["error"].startswith("alternatives: ")


@pytest.mark.parametrize("wrong", [True, False, 1.5, [1], {}, float("nan"), 10**400])
def test_alternatives_in_json(server, wrong):
    status, reply, _ = server.ask("/translate", {**FIELDS, "alternatives": wrong})
    assert status == 400 and "error" in reply


@WAYS
@pytest.mark.parametrize("name", ["q", "source", "target"])
def test_a_missing_field_is_named(server, way, name):
    fields = {key: value for key, value in FIELDS.items() if key != name}
    assert ask(server, way, "/translate", fields)[:2] == (400, {"error": f"{name}: field required"})


def test_a_query_as_other_clients_write_it(server):
    text = quote("uno") + "%20" + quote("dos")
    for headers in ({}, URLENCODED, {"Content-Type": "application/json"}, {"Content-Length": "0"}):
        path = f"/translate?q={text}&source=es&target=en"
        assert server.ask(path, headers=headers, method="POST")[:2] == (200, {"translatedText": "one two"})
    # As in LibreTranslate: before a form's, and of no account beside JSON.
    assert server.form("/translate?q=tres", **FIELDS)[1] == {"translatedText": "three"}
    assert server.ask("/translate?q=tres", FIELDS)[1] == {"translatedText": "one two"}
    assert server.ask("/translate")[0] == 405


@pytest.mark.parametrize("path", ["/detect", "/explain", "/translate/stream"])
def test_a_query_elsewhere(server, path):
    status, reply, _ = ask(server, "query", path, FIELDS)
    assert status == 200 and reply


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", None])
def test_content_types_of_json(server, kind):
    headers = {"Content-Type": kind} if kind else {}
    body = b'\xef\xbb\xbf{"q": "uno", "source": "es", "target": "en"}'
    assert server.ask("/translate", body, headers)[:2] == (200, {"translatedText": "one"})


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "x"])
def test_other_content_types(server, kind):
    status, reply, _ = server.ask("/translate", b"uno", {"Content-Type": kind})
    assert (status, reply["error"]) == (415, f"content type: '{kind}' cannot be read here")


PATHS = ["/translate", "/translate/stream", "/explain", "/detect", "/", "/v1/models/es-en:predict"]
HALF = b'"uno \\ud800"'


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        *((b'{"q": %s, "source": %s, "target": %s, "instances": [%s]}' % each, {}) for each in (
            (HALF, b'"es"', b'"en"', HALF),
            (b'["uno", %s]' % HALF, b'"auto"', b'"en"', b'{"text": %s}' % HALF),
            (b'"uno"', HALF, b'"en"', b'{%s: "uno"}' % HALF),
            (b'"uno"', b'"es"', HALF, b'{"b64": %s}' % HALF),
            (b'"uno \xed\xa0\x80"', b'"es"', b'"en"', b'"\xed\xa0\x80"'),
            (b'"uno \xff"', b'"es"', b'"en"', b'"\xff"'),
            (b"null", b"null", b"null", b"null"),
            (b"5", b"[]", b"{}", b"[]"),
            (b"9" * 5000, b"NaN", b"-Infinity", b"1e999"),
        )),
        (b"\xff\xfe{\0}\0", {}),
        (b"[" * 50_000, {}),
        (b'{"q":' * 50_000, {}),
        (b'{"api_key": "\\udfff", "signature_name": "\\udfff", "q": "", "source": "es", "target": "en"}', {}),
        (b"q=%ff%ed%a0%80&source=es&target=en&api_key=%ff", URLENCODED),
        (b"q=\xff&source=es&target=en", URLENCODED),
        (b"&".join(b"q=a" for _ in range(2000)), URLENCODED),
        (multipart([("q", b"\xff\xed\xa0\x80"), ("source", b"es"), ("target", b"en")]), MULTIPART),
        (b"--X\r\nnothing", MULTIPART),
        (b"uno", {"Content-Type": "multipart/form-data"}),
        (b'--X\r\nContent-Disposition: form-data; name="q"; filename="f"\r\n\r\nuno\r\n--X--\r\n', MULTIPART),
        (b"uno", {"Content-Type": "multipart/form-data; boundary=X; charset=no-such"}),
    ],
)  # fmt: skip
def test_what_is_written_badly_is_an_error_of_its_writer(server, path, body, headers):
    status, reply, _ = server.ask(path, body, headers)
    assert status in (200, 400, 415)
    if status != 200 and path != "/":
        assert list(reply) == ["error"]


@pytest.mark.parametrize(
    "wrong",
    [{"q": {"secreto": "secreto"}}, {"q": ["uno", ["secreto"]]}, {"format": "secreto"}, {"alternatives": "secreto"},
     {"api_key": ["secreto"]}, {"source": ["secreto"]}, {"alternatives": {"secreto": 1}}],
)  # fmt: skip
@pytest.mark.parametrize("path", PATHS[:3])
def test_errors_name_the_field_and_quote_no_text(server, path, wrong):
    status, reply, _ = server.ask(path, {**FIELDS, **wrong})
    assert status == 400 and reply["error"].startswith(f"{next(iter(wrong))}: ")
    assert "secreto" not in reply["error"]


def test_a_query_that_is_no_utf_8(server):
    for path in PATHS[:5]:
        assert server.ask(f"{path}?q=%ff%ed%a0%80&source=es&target=en", method="POST")[0] == 200
