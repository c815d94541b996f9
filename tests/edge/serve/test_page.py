"""The page without its script: a form, and nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

pytest.importorskip("fastapi")


class Page(HTMLParser):
    """What a page has."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: dict[str, str] = {}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside.append(dict(attrs).get("id", tag))

    def handle_endtag(self, tag):
        self._inside.pop()

    def handle_data(self, data):
        if self._inside:
            self.texts[self._inside[-1]] = self.texts.get(self._inside[-1], "") + data

    def chosen(self) -> list[str]:
        return [attrs["value"] for tag, attrs in self.tags if tag == "option" and "selected" in attrs]


def test_a_form_that_needs_no_script(server):
    status, text, headers = server.form("/", q="uno\ndos", source="es", target="la")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(text)
    assert page.texts["translation"] == "ONE\nTWO" and page.texts["text"] == "uno\ndos"
    assert page.chosen() == ["es", "la"]


def test_an_empty_page(server):
    status, text, _ = server.ask("/")
    assert status == 200
    assert Page(text).chosen() == ["es", "en"]
    assert "translation" not in Page(text).texts


def test_languages_can_be_detected(server):
    _, text, _ = server.form("/", q="one two", source="auto", target="es")
    assert Page(text).texts["translation"] == "uno dos"


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"target": "xx"}, 400, "'xx' is not"),
        ({"q": "u" * 10_001}, 400, "10001 characters"),
        ({"source": ""}, 400, "''"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_page(server, fields, status, message):
    found, text, _ = server.form("/", **{"q": "uno", "source": "es", "target": "en", **fields})
    assert found == status and Page(text).texts["status"].startswith(message)


def test_what_is_written_is_no_markup(server):
    evil = '</textarea><script>alert("1")</script>$text&amp;'
    _, text, _ = server.form("/", q=evil, source=evil, target=evil)
    page = Page(text)
    assert page.texts["text"] == evil
    assert [attrs["src"] for tag, attrs in page.tags if tag == "script"] == ["static/page.js"]


def test_the_policy_lets_nothing_in(server):
    """Nothing inline, nothing from another host, neither by the policy nor in fact."""
    _, text, headers = server.ask("/")
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert all(value in ("'self'", "'none'") for value in policy.values())
    page = Page(text)
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name == "style" or name.startswith("on")], tag
        assert tag != "style" and (tag != "script" or "src" in attrs)
    resources = [attrs.get("src") or attrs.get("href") for _, attrs in page.tags if {"src", "href"} & attrs.keys()]
    resources += ["static/form.js", "static/words.js"]
    assert len(resources) > 4
    for resource in resources:
        status, content, headers = server.ask(f"/{resource}")
        assert status == 200 and headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)\w+\.", content)


def test_texts_have_their_own_direction(server):
    page = Page(server.ask("/")[1])
    directed = {attrs.get("id") for _, attrs in page.tags if attrs.get("dir") == "auto"}
    assert {"text", "translation"} <= directed


def test_every_field_has_a_label(server):
    page = Page(server.ask("/")[1])
    labelled = {attrs["for"] for tag, attrs in page.tags if tag == "label" and "for" in attrs}
    assert {"source", "target", "text"} <= labelled


def test_the_script_learns_which_word_comes_from_which(server, toy):
    status, reply, _ = server.ask("/explain", {"q": "uno dos", "source": "es", "target": "en", "alternatives": 2})
    assert status == 200 and reply["source"] == "es"
    size = sum(file.stat().st_size for file in toy.iterdir() if file.name != "manifest.json")
    assert [(model["name"], model["bytes"]) for model in reply["models"]] == [("es-en", size)]
    best = reply["readings"][0]
    assert best["text"] == "one two" and 0.9 < best["confidence"] <= 1
    (sentence,) = best["sentences"]
    assert (sentence["source"], sentence["target"]) == (["uno", "dos"], ["one", "two"])
    # The diagonal: word order is the same.
    assert sentence["attention"][0][0] > 0.5 > sentence["attention"][0][1]
    assert sentence["attention"][1][1] > 0.5 > sentence["attention"][1][0]
    assert len({reading["text"] for reading in reply["readings"]}) == 3


def test_by_way_of_a_third_language_no_word_comes_from_another(server):
    _, reply, _ = server.ask("/explain", {"q": "uno", "source": "es", "target": "la"})
    assert [model["name"] for model in reply["models"]] == ["es-en", "en-la"]
    assert reply["readings"][0]["text"] == "ONE" and reply["readings"][0]["sentences"] == []
