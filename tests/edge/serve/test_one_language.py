"""Bundles of one language, for spelling or style: here one that writes English in capital letters."""

import json
import re

import pytest

pytest.importorskip("fastapi")


@pytest.mark.parametrize(
    ("asked", "translation"),
    [
        ({"q": "one two", "source": "en", "target": "en"}, "ONE TWO"),
        ({"q": ["one", "", "two\nthree"], "source": "en", "target": "en"}, ["ONE", "", "TWO\nTHREE"]),
        ({"q": "three four", "source": "auto", "target": "en"}, "THREE FOUR"),
        ({"q": "five", "source": "EN", "target": "En"}, "FIVE"),
        # Into another language its own model suffices.
        ({"q": "uno dos", "source": "pt-BR", "target": "en"}, "one two"),
        # And without a bundle a text is its own translation.
        ({"q": "uno dos", "source": "pt-BR", "target": "pt-BR"}, "uno dos"),
    ],
)
def test_it_translates(styled, asked, translation):
    status, reply, _ = styled.ask("/translate", asked)
    assert (status, reply["translatedText"]) == (200, translation)


def test_every_other_way_to_ask(styled):
    asked = {"q": "one two", "source": "en", "target": "en"}
    stream = styled.form("/translate/stream", **asked)[1].rstrip().rpartition("data: ")[2]
    assert json.loads(stream) == {"translatedText": "ONE TWO"}
    _, explained, _ = styled.ask("/explain", asked)
    assert [model["name"] for model in explained["models"]] == ["en-en"]
    assert explained["readings"][0]["sentences"][0]["target"] == ["ONE", "TWO"]
    _, predicted, _ = styled.ask("/v1/models/en-en:predict", {"instances": ["one"]})
    assert predicted["predictions"][0]["translation"] == "ONE"


def test_languages(styled):
    assert styled.ask("/languages")[1] == [
        {"code": "en", "name": "English", "targets": ["en"]},
        {"code": "pt-BR", "name": "pt-BR", "targets": ["en", "pt-BR"]},
    ]


def test_the_page(styled, server):
    _, text, _ = styled.form("/", q="one", source="en", target="en")
    assert ">ONE</output>" in text
    # What the script offers as a target of itself, and what the form does.
    assert 'data-same="en"' in text and re.findall('<option value="([^"]+)"', text) == ["en", "pt-BR", "auto", "en"]
    assert 'data-same=""' in server.ask("/")[1]


@pytest.mark.parametrize("source", ["pt-BR", "pt_br", "PT-BR", "pt_BR", "pt-br", "auto", "AUTO"])
@pytest.mark.parametrize("target", ["en", "EN", "En"])
def test_codes_in_any_case(styled, source, target):
    asked = {"q": "uno dos", "source": source, "target": target}
    assert styled.ask("/translate", asked)[1]["translatedText"] == "one two"
    assert styled.form("/translate", **asked)[1]["translatedText"] == "one two"
    assert '{"translatedText": "one two"}' in styled.ask("/translate/stream", asked)[1]


@pytest.mark.parametrize("source", ["pt", "ptbr", "pt-BR-x", "e n", "ＥＮ"])
def test_other_codes_are_not_guessed(styled, source):
    status, reply, _ = styled.ask("/translate", {"q": "uno", "source": source, "target": "en"})
    assert (status, reply["error"]) == (400, f"{source!r} is not a language of this server: it has en, pt-BR")
