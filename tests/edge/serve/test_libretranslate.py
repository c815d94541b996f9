"""LibreTranslate's API, as its documentation shows it and as a client made for it uses it."""

import pytest

pytest.importorskip("fastapi")


@pytest.fixture(scope="module")
def client(server):
    return pytest.importorskip("libretranslatepy").LibreTranslateAPI(server.url)


def test_the_client_translates_and_detects(client):
    assert client.translate("uno dos tres", "es", "en") == "one two three"
    assert client.translate("one two", "en", "es") == "uno dos"
    assert client.translate("nueve diez", "es", "la") == "NINE TEN"
    assert client.translate("siete ocho", "auto", "en") == "seven eight"
    assert [found["language"] for found in client.detect("seis cinco")] == ["es", "en"]


def test_the_client_reads_the_languages(client):
    assert client.languages() == [
        {"code": "en", "name": "English", "targets": ["en", "es", "la"]},
        {"code": "es", "name": "Spanish", "targets": ["en", "es", "la"]},
        {"code": "la", "name": "Latin", "targets": ["la"]},
    ]


def test_the_client_gets_its_errors(client):
    error = pytest.importorskip("urllib.error")
    with pytest.raises(error.HTTPError) as caught:
        client.translate("uno", "es", "fr")
    assert caught.value.code == 400


def test_a_text_in_json(server):
    status, reply, headers = server.ask(
        "/translate", {"q": "uno dos", "source": "es", "target": "en", "format": "text"}
    )
    assert (status, reply) == (200, {"translatedText": "one two"})
    assert headers["Content-Type"] == "application/json"


def test_html(server):
    """Also over two bundles, with alternatives, detected, as a list, as a stream and on the page."""
    text = '<p class="uno">uno &amp; <b>dos</b></p>\n<code>tres</code>'
    asked = {"q": "<p id='uno'>uno <b>dos</b></p>", "source": "es", "target": "en", "format": "html"}
    assert server.ask("/translate", asked)[1] == {"translatedText": "<p id='uno'>one <b>two</b></p>"}
    _, reply, _ = server.ask(
        "/translate", {**asked, "target": "la", "source": "auto", "q": [asked["q"], "uno dos", ""]}
    )
    assert reply["translatedText"] == ["<p id='uno'>ONE <b>TWO</b></p>", "ONE TWO", ""]
    assert reply["detectedLanguage"][0]["language"] == "es"
    _, reply, _ = server.ask("/translate", {**asked, "alternatives": 2})
    assert reply["translatedText"] == "<p id='uno'>one <b>two</b></p>" and len(reply["alternatives"]) == 2
    assert all(other.startswith("<p id='uno'>") and other.count("<b>") == 1 for other in reply["alternatives"])
    body = server.form("/translate/stream", **asked)[1]
    assert body.startswith('data: {"text": "<p id=\'uno\'>one <b>two</b></p>"}')
    _, reply, _ = server.ask("/explain", asked)
    assert reply["readings"][0]["sentences"][0]["target"] == ["one", "two"]
    _, reply, _ = server.ask("/translate", {**asked, "q": text.replace("&amp; ", "")})
    assert reply["translatedText"] == '<p class="uno">one <b>two</b></p>\n<code>tres</code>'


@pytest.mark.parametrize("way", ["json", "form", "multipart"])
def test_a_list_of_texts(server, way):
    texts = ["uno", "", "dos tres"]
    if way == "json":
        _, reply, _ = server.ask("/translate", {"q": texts, "source": "es", "target": "en"})
    elif way == "form":
        _, reply, _ = server.form("/translate", q=texts, source="es", target="en")
    else:
        fields = [*(("q", text) for text in texts), ("source", "es"), ("target", "en")]
        parts = "".join(
            f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
        )
        kind = {"Content-Type": "multipart/form-data; boundary=X"}
        _, reply, _ = server.ask("/translate", f"{parts}--X--\r\n".encode(), kind)
    assert reply == {"translatedText": ["one", "", "two three"]}


def test_a_form_of_raw_utf8_as_curl_sends_it(server):
    """What the model does not know goes back nowhere: it is the log that must not see it as Latin-1."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, reply, _ = server.ask("/translate", "q=uno ñ&source=es&target=ñ".encode(), kind)
    assert (status, reply["error"][:3]) == (400, "'ñ'")


def test_lines_and_sentences_keep_what_stands_between_them(server):
    text = " uno dos\n\n\ttres cuatro  cinco\n"
    _, reply, _ = server.ask("/translate", {"q": text, "source": "es", "target": "en"})
    assert reply["translatedText"] == " one two\n\n\tthree four five\n"


def test_what_is_not_for_the_model_is_given_back(server):
    texts = ["-", "\u200b", "\U0001f600", "Привет, мир!", "uno\n...\n12:30\ndos"]
    asked = {"q": texts, "source": "es", "target": "en", "alternatives": 2}
    status, reply, _ = server.ask("/translate", asked)
    assert status == 200
    assert reply["translatedText"] == ["-", "", "\U0001f600", "Привет, мир!", "one\n...\n12:30\ntwo"]
    assert reply["alternatives"][:4] == [[]] * 4
    # Whatever language it is said to be in.
    for source in ("es", "auto"):
        body = server.form("/translate/stream", q="- ", source=source, target="en")[1]
        assert body.endswith('event: done\ndata: {"translatedText": "- "}\n\n')


def test_alternatives(server):
    asked = {"q": ["uno dos", "tres"], "source": "es", "target": "en", "alternatives": 2}
    _, reply, _ = server.ask("/translate", asked)
    assert reply["translatedText"] == ["one two", "three"]
    for best, others in zip(reply["translatedText"], reply["alternatives"], strict=True):
        assert len({best, *others}) == 3
    _, reply, _ = server.form("/translate", **{**asked, "q": "uno dos", "alternatives": "1"})
    assert reply["translatedText"] == "one two" and len(reply["alternatives"]) == 1


def test_languages_are_detected_text_by_text(server):
    _, reply, _ = server.ask("/translate", {"q": ["uno dos", "three"], "source": "auto", "target": "la"})
    assert reply["translatedText"] == ["ONE TWO", "THREE"]
    assert [found["language"] for found in reply["detectedLanguage"]] == ["es", "en"]
    assert all(90 < found["confidence"] <= 100 for found in reply["detectedLanguage"])


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["uno dos"], {"es": 100.0, "en": 0.0}),
        (["uno dos", "three four"], {"es": 50.0, "en": 50.0}),
        (["uno", "dos tres", "four", "cinco"], {"es": 75.0, "en": 25.0}),
    ],
)
def test_several_texts_are_detected_as_one(server, texts, found):
    """LibreTranslate answers one list, with the mean of each language."""
    for _, reply, _ in (server.ask("/detect", {"q": texts}), server.form("/detect", q=texts)):
        assert {each["language"]: each["confidence"] for each in reply} == pytest.approx(found, abs=1)
        assert reply == sorted(reply, key=lambda each: -each["confidence"])
    assert server.ask("/detect", {"q": []})[0] == 400
    assert server.ask("/detect", {"q": ["uno"] * 101})[0] == 400


def test_nothing_known_is_nothing_detected(server):
    _, reply, _ = server.form("/detect", q="Привет")
    assert {found["language"]: found["confidence"] for found in reply} == {"es": 0.0, "en": 0.0}


def test_a_text_is_its_own_translation_into_its_language(server):
    """As LibreTranslate has it, whose clients may not look before they ask."""
    _, reply, _ = server.ask("/translate", {"q": ["uno", "two"], "source": "auto", "target": "en"})
    assert reply["translatedText"] == ["one", "two"]
    assert server.form("/translate/stream", q="uno", source="es", target="es")[1].startswith('data: {"text": "uno"}')


def test_settings(server):
    _, reply, _ = server.ask("/frontend/settings")
    assert reply["charLimit"] == 10_000 and reply["keyRequired"] is False and reply["suggestions"] is True
    assert reply["language"]["source"] == {"code": "es", "name": "Spanish"}
    assert reply["filesTranslation"] is True and {".txt", ".srt", ".html", ".json"} <= {*reply["supportedFilesFormat"]}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"source": "es", "target": "en"}, "q: field required"),
        ({"q": 5, "source": "es", "target": "en"}, "q: input should be a valid string"),
        ({"q": "uno", "source": "es"}, "target: field required"),
        ({"q": "uno", "source": "xx", "target": "en"}, "'xx' is not a language of this server: it has en, es, la"),
        ({"q": "uno", "source": "la", "target": "en"}, "nothing here translates la to en"),
        ({"q": "uno", "source": "es", "target": "en", "format": "xml"}, "format: input should be 'text' or 'html'"),
        ({"q": "uno", "source": "es", "target": "en", "alternatives": 6}, "alternatives: are more than 5"),
        ({"q": "uno", "source": "es", "target": "en", "alternatives": -1}, "alternatives: input should be greater"),
        ({"q": ["uno"] * 101, "source": "es", "target": "en"}, "101 texts are more than the 100 of a request"),
        ({"q": "u" * 10_001, "source": "es", "target": "en"}, "10001 characters are more than the 10000"),
        ([], "body: is not a JSON object"),
    ],
)
def test_what_cannot_be_done(server, asked, message):
    status, reply, _ = server.ask("/translate", asked)
    assert status == 400 and list(reply) == ["error"]
    assert reply["error"].startswith(message)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"q": "uno"', b"null", b"[]"])
@pytest.mark.parametrize("path", ["/translate", "/detect", "/explain", "/translate/stream", "/v1/models/es-en:predict"])
def test_what_is_no_json(server, path, body):
    status, reply, _ = server.ask(path, body, {"Content-Type": "application/json"})
    assert status == 400
    assert reply["error"] in ("body: is not a JSON object", "there was an error parsing the body")


def test_half_of_a_surrogate_pair(server):
    status, reply, _ = server.ask("/translate", b'{"q": "uno \\ud800", "source": "es", "target": "en"}', {})
    assert status == 200 and reply["translatedText"].startswith("one")
    status, reply, _ = server.ask("/translate", b'{"q": "uno", "source": "\\ud800", "target": "en"}', {})
    assert status == 400


def test_other_types_methods_and_paths(server):
    assert server.ask("/translate", b"uno", {"Content-Type": "text/plain"})[0] == 415
    status, reply, headers = server.ask("/translate")
    assert (status, reply, headers["Allow"]) == (405, {"error": "method not allowed"}, "POST")
    assert server.ask("/", method="PUT")[2]["Allow"] == "GET, HEAD, POST"
    assert server.ask("/nothing")[:2] == (404, {"error": "not found"})
