"""Clients made for LibreTranslate, as they come from PyPI, and what its own page does with the languages."""

import pytest

pytest.importorskip("fastapi")


@pytest.fixture
def deep(server):
    """deep-translator's, which sends its fields in the query of a POST, and always a key."""
    translator = pytest.importorskip("deep_translator").LibreTranslator

    def make(source: str, target: str):
        return translator(source=source, target=target, api_key="none is needed", custom_url=f"{server.url}/")

    return make


@pytest.mark.parametrize(
    ("source", "target", "text", "translation"),
    [
        ("es", "en", "uno dos", "one two"),
        ("Spanish", "English", "tres\ncuatro", "three\nfour"),
        ("English", "Spanish", "one two", "uno dos"),
        ("auto", "en", "siete ocho", "seven eight"),
        ("es", "en", "uno dos\n" * 600, "one two\n" * 600),
    ],
)
def test_deep_translator(deep, source, target, text, translation):
    assert deep(source, target).translate(text) == translation


def test_deep_translator_with_several_texts_and_a_file(deep, tmp_path):
    (tmp_path / "text").write_text("uno dos", encoding="utf-8")
    assert deep("es", "en").translate_batch(["uno", "dos tres"]) == ["one", "two three"]
    assert deep("es", "en").translate_file(str(tmp_path / "text")) == "one two"


def test_deep_translator_gets_its_errors(deep):
    exceptions = pytest.importorskip("deep_translator.exceptions")
    with pytest.raises(exceptions.ServerException):
        deep("es", "fr").translate("uno")


def test_keys_of_both_clients(start, toy, tmp_path):
    deep_translator, libretranslatepy = map(pytest.importorskip, ("deep_translator", "libretranslatepy"))
    (tmp_path / "keys").write_bytes(b"\xef\xbb\xbffirst-key\r\nsecond-key\r\n")
    server = start(toy, "--api-keys", tmp_path / "keys")
    for key in ("first-key", "second-key"):
        deep = deep_translator.LibreTranslator(source="es", target="en", api_key=key, custom_url=f"{server.url}/")
        assert deep.translate("uno") == "one"
        assert libretranslatepy.LibreTranslateAPI(server.url, api_key=key).translate("uno", "es", "en") == "one"
    deep = deep_translator.LibreTranslator(source="es", target="en", api_key="first", custom_url=f"{server.url}/")
    with pytest.raises(deep_translator.exceptions.AuthorizationException):
        deep.translate("uno")
    assert not [line for line in server.log if "-key" in line]


def test_a_client_that_always_sends_html(server):
    """The exact request of wagtail-localize's LibreTranslator: it needs a whole site of Django to run.

    Of the clients on PyPI that run alone none sends html without being told to.
    """
    strings = ["uno dos", 'uno <a id="a1">dos</a> &amp; tres', "<b>uno</b><br>dos", "3 < 5"]
    asked = {"q": strings, "source": "es", "target": "en", "api_key": "", "format": "html"}
    status, reply, _ = server.ask("/translate", asked, {"Content-Type": "application/json"})
    assert status == 200
    plain, link, parted, kept = reply["translatedText"]
    assert plain == "one two" and parted == "<b>one</b><br>two" and kept == "3 < 5"
    assert link.startswith('one <a id="a1">two</a>')


def target_languages(languages: list[dict], source: str) -> list[dict]:
    """What LibreTranslate's page offers as targets: the languages that the source's targets name; it needs each."""
    by_code = {language["code"]: language for language in languages}
    return [by_code[target] for target in by_code[source]["targets"]]


def test_the_page_of_libretranslate(server, styled):
    for each in (server, styled):
        languages, settings = each.ask("/languages")[1], each.ask("/frontend/settings")[1]
        codes = [language["code"] for language in languages]
        assert sorted(set(codes)) == codes
        for code in codes:
            # As LibreTranslate has it, every language is a target of itself.
            assert code in [language["code"] for language in target_languages(languages, code)]
        # What is chosen at first can be chosen, and the page looks up the target's targets to see if it can swap.
        chosen = {side: settings["language"][side]["code"] for side in ("source", "target")}
        assert chosen["target"] in [language["code"] for language in target_languages(languages, chosen["source"])]
        assert isinstance(next(each["targets"] for each in languages if each["code"] == chosen["target"]), list)


def test_whatever_is_listed_is_translated(server, styled):
    for each in (server, styled):
        for language in each.ask("/languages")[1]:
            for target in language["targets"]:
                asked = {"q": "one", "source": language["code"], "target": target}
                assert each.ask("/translate", asked)[0] == 200


def test_a_server_of_one_bundle(start, toy):
    """Its target is listed, too."""
    assert start(toy).ask("/languages")[1] == [
        {"code": "en", "name": "English", "targets": ["en"]},
        {"code": "es", "name": "Spanish", "targets": ["en", "es"]},
    ]
