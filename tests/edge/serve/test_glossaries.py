"""Glossaries of a server and of a request."""

import json

import pytest

from edge import UserError
from edge.__main__ import main

pytest.importorskip("fastapi")

from edge.serve.glossaries import read_glossaries, requested
from edge.serve.limits import Limits
from edge.serve.refusal import Refusal


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("glossaries")
    (folder / "es=en.tsv").write_text("dos\tsix\nperro\tdog\n", encoding="utf-8")
    (folder / "en-la.tsv").write_text("seven\tTEN\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def helped(start, toy, english_latin, files):
    """A server with a glossary of each direction; es to la goes by way of en."""
    return start(toy, english_latin, "--glossary", f"ES-en={files}/es=en.tsv", "--glossary", f"en-la={files}/en-la.tsv")


ASKED = {"source": "es", "target": "en"}


def translated(server, q, **fields):
    status, reply, _ = server.ask("/translate", {**ASKED, "q": q, **fields})
    return (status, reply["translatedText"]) if status == 200 else (status, reply["error"])


def test_files(helped):
    assert translated(helped, "uno dos tres") == (200, "one six three")
    assert translated(helped, ["uno dos tres", "uno", "perro"]) == (200, ["one six three", "one", "dog"])
    assert translated(helped, "uno <b>dos</b> tres", format="html") == (200, "one <b>six</b> three")
    assert translated(helped, "siete uno", target="la")[1].split()[0] == "TEN"
    assert translated(helped, "dos", target="es") == (200, "dos")


def test_deepls_client_asks_for_a_glossary_by_its_name(helped):
    deepl = pytest.importorskip("deepl")
    client = deepl.Translator("any key", server_url=helped.url, send_platform_info=False)
    wanted = {"source_lang": "ES", "target_lang": "EN-US"}
    assert client.translate_text("uno dos tres", **wanted, glossary="es=en").text == "one six three"
    with pytest.raises(deepl.DeepLException, match="glossary_id: is no glossary of es to en; this server has es=en"):
        client.translate_text("uno dos", **wanted, glossary="en-la")
    found = client.translate_text("siete uno", source_lang="ES", target_lang="LA", glossary="en-la")
    assert found.text.split()[0] == "TEN"


def test_all_alternatives_have_the_term(helped):
    _, reply, _ = helped.ask("/translate", {**ASKED, "q": "uno dos tres", "alternatives": 3})
    assert reply["translatedText"] == "one six three" and reply["alternatives"]
    assert all("six" in text.split() for text in reply["alternatives"])


def test_a_request_has_terms_of_its_own(server, helped):
    assert translated(server, "uno dos tres", glossary={"dos": "six"}) == (200, "one six three")
    assert translated(server, "uno dos tres", glossary={}) == (200, "one two three")
    assert translated(server, "uno dos tres", glossary=None) == (200, "one two three")
    # The request's come first; the server's stay.
    assert translated(helped, "uno dos tres", glossary={"DOS": "nine"}) == (200, "one nine three")
    assert translated(helped, "uno dos tres", glossary={"uno": "ten"})[1].split()[:2] == ["ten", "six"]
    assert translated(helped, "uno dos tres") == (200, "one six three")


def test_forms_streams_explanations_and_the_page(server, helped):
    fields = {**ASKED, "q": "uno dos tres", "glossary": json.dumps({"dos": "six"})}
    assert server.form("/translate", **fields)[1] == {"translatedText": "one six three"}
    assert server.form("/translate/stream", **fields)[1].startswith('data: {"text": "one six three"}')
    assert server.form("/explain", **fields)[1]["readings"][0]["sentences"][0]["target"] == ["one", "six", "three"]
    assert "one six three" in server.form("/", **fields)[1]
    del fields["glossary"]
    assert 'data: {"text": "one six three"}' in helped.form("/translate/stream", **fields)[1]


def test_the_tensorflow_serving_api_has_the_servers(helped):
    _, reply, _ = helped.ask("/v1/models/es-en:predict", {"instances": ["uno dos tres"]})
    assert reply["predictions"][0]["translation"] == "one six three"


@pytest.mark.parametrize(
    ("glossary", "message"),
    [
        ("secret", "glossary: input should be an object, or the JSON of one"),
        # Nested too deeply.
        ("[" * 100_000, "glossary: input should be an object, or the JSON of one"),
        (["secret"], "glossary: input should be a valid dictionary"),
        ({"secret": 1}, "glossary"),
        ({"secret": ""}, "glossary"),
        ({"secret": " "}, "glossary: a term or its translation has no text"),
        ({"secret": "x" * 201}, "glossary"),
        ({f"secret{number}": "x" for number in range(101)}, "glossary: 101 terms are more than the 100 of a request"),
    ],
)
def test_what_is_refused(server, glossary, message):
    for path in ("/translate", "/translate/stream", "/explain"):
        status, reply, _ = server.ask(path, {**ASKED, "q": "uno", "glossary": glossary})
        assert status == 400 and reply["error"].startswith(message) and "secret" not in reply["error"]


def test_pivot_translation_has_no_terms_of_a_request(helped):
    for path in ("/translate", "/translate/stream"):
        status, reply, _ = helped.ask(path, {"q": "uno", "source": "es", "target": "la", "glossary": {"uno": "X"}})
        assert status == 400 and reply["error"].startswith(
            "glossary: is for one model, and this translation takes es-en"
        )


def test_the_document_says_so(server):
    _, document, _ = server.ask("/openapi.json")
    for name in ("TranslateBody", "StreamBody", "ExplainBody"):
        assert document["components"]["schemas"][name]["properties"]["glossary"]["maxProperties"] == 100


def test_how_they_are_named(files):
    path = f"{files}/en-la.tsv"
    assert [*read_glossaries([f"en_LA={path}"], ["es-en", "en-la"])] == ["en-la"]
    assert [*read_glossaries([path], ["en-la"])] == ["en-la"] and read_glossaries([], []) == {}
    assert [*read_glossaries([f"en-la={files}/es=en.tsv"], ["en-la"])] == ["en-la"]
    for given, names, message in [
        ([path], ["es-en", "en-la"], r"does not begin with a language direction of the server \(es-en, en-la\)"),
        ([f"la-en={path}"], ["en-la"], "does not begin with a language direction"),
        (["en-la="], ["en-la"], "does not begin with a language direction"),
        ([path], [], r"of the server \(none\)"),
        ([path, path], ["en-la"], "en-la has a glossary already"),
        ([f"{path}.no"], ["en-la"], "cannot be read as a glossary"),
    ]:
        with pytest.raises(UserError, match=message):
            read_glossaries(given, names)


def test_a_command_line_that_cannot_be(toy, files, capsys, monkeypatch):
    monkeypatch.setattr("uvicorn.Server.run", lambda *_: pytest.fail("it serves"))
    assert main(["serve", str(toy), "--port", "0", "--glossary", f"en-es={files}/en-la.tsv"]) == 2
    assert "does not begin with a language direction of the server (es-en)" in capsys.readouterr().err


def test_limits():
    assert not requested({}, Limits(terms=0))
    with pytest.raises(Refusal):
        requested({"a": "b"}, Limits(terms=0))
