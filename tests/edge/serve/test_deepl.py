"""DeepL's API, as its documentation shows it and as the official client uses it."""

import pytest

pytest.importorskip("fastapi")

KEY = {"Authorization": "DeepL-Auth-Key first-key"}
ASKED = {"text": ["uno dos"], "target_lang": "EN-US"}


@pytest.fixture(scope="module")
def client(server):
    return pytest.importorskip("deepl").Translator("any key", server_url=server.url, send_platform_info=False)


def translated(server, path: str = "/v2/translate", **fields: object) -> list[str]:
    status, reply, _ = server.ask(path, {**ASKED, **fields})
    assert status == 200, reply
    return [each["text"] for each in reply["translations"]]


def test_the_client_translates(client):
    found = client.translate_text("uno dos tres", target_lang="EN-US")
    assert (found.text, found.detected_source_lang, found.billed_characters) == ("one two three", "ES", 12)
    several = client.translate_text(["cinco", "one two"], target_lang="ES")
    assert [(each.text, each.detected_source_lang) for each in several] == [("cinco", "ES"), ("uno dos", "EN")]
    assert client.translate_text("nueve diez", source_lang="ES", target_lang="LA").text == "NINE TEN"


@pytest.mark.parametrize("split", ["0", "1", "nonewlines"])
def test_the_client_has_options(client, split):
    options = {"split_sentences": split, "preserve_formatting": True, "formality": "prefer_more", "context": "seis"}
    assert client.translate_text("uno", source_lang="ES", target_lang="EN-GB", **options).text == "one"


def test_the_client_translates_html(client):
    html = '<p class="a">uno <b id="b">dos</b></p>'
    found = client.translate_text(html, source_lang="ES", target_lang="EN-GB", tag_handling="html")
    assert found.text == '<p class="a">one <b id="b">two</b></p>'


def test_the_client_translates_xml(client):
    def translate(text: str, **options) -> str:
        found = client.translate_text(text, source_lang="ES", target_lang="EN-GB", tag_handling="xml", **options)
        return found.text

    text = '<d><t k="dos">uno <b>dos</b> <p>tres</p></t><code>uno</code></d>'
    assert translate(text) == '<d><t k="dos">one <b>two</b> <p>three</p></t><code>one</code></d>'
    assert translate(text, ignore_tags=["b", "code"]) == text.replace("uno ", "one ").replace("tres", "three")
    assert translate("<t>uno <b>dos</b></t>", splitting_tags="b", outline_detection=False) == "<t>one <b>two</b></t>"
    assert translate("<b>uno</b> <b>dos</b>", non_splitting_tags=["b"]) == "<b>one</b> <b>two</b>"


def test_the_client_reads_the_languages_and_every_target_can_be_used(client):
    sources, targets = client.get_source_languages(), client.get_target_languages()
    assert [(str(each), each.name) for each in sources] == [("EN", "English"), ("ES", "Spanish")]
    assert [(str(each), each.name, each.supports_formality) for each in targets] == [
        ("EN-GB", "English (British)", False),
        ("EN-US", "English (American)", False),
        ("ES", "Spanish", False),
        ("LA", "Latin", False),
    ]
    for target in targets:
        assert client.translate_text("uno", source_lang="ES", target_lang=target).text in ("one", "uno", "ONE")


def test_the_client_reads_the_usage(start, toy):
    deepl = pytest.importorskip("deepl")
    client = deepl.Translator("any key", server_url=start(toy).url)
    assert client.get_usage().character.count == 0
    client.translate_text(["uno", "dos tres"], target_lang="EN-US")
    usage = client.get_usage()
    assert usage.character.count == 11 and usage.character.valid and not usage.any_limit_reached


def test_the_client_gets_its_errors(client):
    deepl = pytest.importorskip("deepl")
    with pytest.raises(deepl.DeepLException, match=r"Bad request.*'FR' is not a language of this server"):
        client.translate_text("uno", source_lang="ES", target_lang="FR")
    with pytest.raises(deepl.DeepLException, match=r"Not found.*glossary_id: "):
        client.translate_text("uno", source_lang="ES", target_lang="EN-GB", glossary="terms")
    with pytest.raises(deepl.DeepLException, match="text: line 1, column 9: is not well-formed XML"):
        client.translate_text("<a>uno</b>", source_lang="ES", target_lang="EN-GB", tag_handling="xml")


def test_keys_and_what_each_has_used(start, toy, tmp_path):
    deepl = pytest.importorskip("deepl")
    (tmp_path / "keys").write_text("first-key\nsecond-key\n", encoding="utf-8")
    server = start(toy, "--api-keys", tmp_path / "keys")
    first, second, wrong = (deepl.Translator(f"{key}-key", server_url=server.url) for key in ("first", "second", "x"))
    assert first.translate_text("uno", target_lang="EN-US").text == "one"
    assert (first.get_usage().character.count, second.get_usage().character.count) == (3, 0)
    for ask in (wrong.get_usage, wrong.get_target_languages, lambda: wrong.translate_text("uno", target_lang="EN-US")):
        with pytest.raises(deepl.AuthorizationException):
            ask()
    assert server.ask("/v2/usage", {}, KEY)[1]["character_count"] == 3
    assert server.form("/v2/translate", text="uno", target_lang="EN", auth_key="first-key")[0] == 200
    assert not [line for line in server.log if "-key" in line]


def test_forms(server):
    status, reply, _ = server.form("/v2/translate", text=["uno", "dos"], source_lang="es", target_lang="en")
    assert status == 200
    assert reply["translations"] == [
        {"detected_source_language": "ES", "text": "one"},
        {"detected_source_language": "ES", "text": "two"},
    ]
    tags = {"text": "<a>uno</a><b>dos</b>", "target_lang": "EN", "tag_handling": "xml", "ignore_tags": "x, b"}
    reply = server.form("/v2/translate", **tags)[1]
    assert reply["translations"] == [{"detected_source_language": "ES", "text": "<a>one</a><b>dos</b>"}]
    assert server.form("/v2/translate", text="uno", target_lang="EN")[1]["translations"][0]["text"] == "one"
    assert server.form("/v2/languages", type="target")[1] == server.ask("/v2/languages?type=target")[1]


@pytest.mark.parametrize(
    ("split", "translation"),
    [("0", "  one two \n"), (0, "  one two \n"), ("1", "  one\ntwo \n"), ("nonewlines", "  one two \n")],
)
def test_line_ends(server, split, translation):
    assert translated(server, text="  uno\ndos \n", source_lang="ES", split_sentences=split) == [translation]


def test_variants_of_a_language(start, brazilian_english):
    server = start(brazilian_english)
    for source in ("PT", "pt-br", "PT_BR"):
        assert translated(server, source_lang=source) == ["one two"]
    assert server.ask("/v2/translate", {**ASKED, "source_lang": "PT-PT"})[0] == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"target_lang": "FR"}, 400), ({"target_lang": None}, 400), ({"text": []}, 400), ({"text": 5}, 400),
        ({"text": ["u"] * 101}, 400), ({"text": "u" * 10_001}, 400), ({"formality": "more"}, 400),
        ({"tag_handling": "json"}, 400), ({"tag_handling": "html", "split_sentences": "0"}, 400),
        ({"tag_handling": "xml", "text": "&"}, 400), ({"tag_handling": "html", "ignore_tags": ["b"]}, 400),
        ({"split_sentences": "2"}, 400), ({"glossary_id": "a"}, 404), ({"style_id": "a"}, 404),
    ],
)  # fmt: skip
def test_errors_have_deepls_form(server, fields, status):
    told, reply, _ = server.ask("/v2/translate", {**ASKED, **fields})
    assert told == status
    assert reply.keys() == {"message"} and isinstance(reply["message"], str)


def test_other_errors_have_deepls_form(server):
    for path, body, status in (
        ("/v2/glossaries", None, 404), ("/v2/translate", None, 405), ("/v2/languages?type=x", None, 400),
        ("/v2/languages", b"[]", 400), ("/v2/languages", b"[" * 100_000, 400), ("/v2/translate", b"{", 400),
    ):  # fmt: skip
        told, reply, _ = server.ask(path, body)
        assert (told, [*reply]) == (status, ["message"]), path


def test_a_body_that_is_too_large(start, toy):
    """Small enough to be sent whole before the answer, which ends the connection."""
    status, reply, _ = start(toy, "--body", 1000).ask("/v2/translate", {**ASKED, "text": "u" * 1001})
    assert (status, reply) == (413, {"message": "body: has more than 1000 bytes"})
