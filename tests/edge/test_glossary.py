"""Terms in text: what is found is written down here by hand."""

import pytest

from edge import Glossary, UserError
from edge.glossary import Term, split_words, words_of


def found(terms: dict[str, str], text: str) -> list[tuple[str, str]]:
    return [(text[term.start : term.end], term.held) for term in Glossary(terms).find(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't, naïve Straße!", ["don", "'", "t", ",", "naïve", "strasse", "!"]),
        ("nai\u0308ve", ["naïve"]),
        ("我来 ok", ["我", "来", "ok"]),
        ("हिन्दी C++", ["हिन्दी", "c", "+", "+"]),
        (" \t\n", []),
    ],
)
def test_words(text, words):
    assert words_of(text) == tuple(words)
    for word in split_words(text):
        assert text[word.start : word.end].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ein Haus", [("Haus", "home")]),
        ("ein Hausboot im Rathaus", []),
        ("das Haus-Haus, Haus.", [("Haus", "home")] * 3),
        ("Weißes Haus und Haus", [("Weißes Haus", "White House"), ("Haus", "home")]),
        ("weißes   HAUS", [("weißes   HAUS", "White House")]),
        ("Das WEISSE HAUS", [("HAUS", "HOME")]),
        ("das weißes\u00a0Haus", [("weißes\u00a0Haus", "White House")]),
        ("", []),
    ],
)
def test_whole_words_and_the_longest_match(text, expected):
    assert found({"Haus": "home", "Weißes Haus": "White House"}, text) == expected


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("la casa", "house"),
        ("Casa blanca", "House"),
        ("«Casa» blanca", "House"),
        ("la Casa", "House"),
        ("LA CASA", "HOUSE"),
        ("La CASA", "HOUSE"),
    ],
)
def test_case_is_followed(text, held):
    assert found({"casa": "house"}, text)[0][1] == held


def test_a_translation_with_capital_letters_is_a_name():
    assert found({"telefon": "iPhone"}, "Telefon und telefon") == [("Telefon", "iPhone"), ("telefon", "iPhone")]
    assert found({"telefon": "iPhone"}, "TELEFON") == [("TELEFON", "IPHONE")]
    assert found({"NATO": "OTAN"}, "NATO") == [("NATO", "OTAN")]


def test_a_noun_with_a_capital_letter():
    """German writes nouns so: only at the start of the sentence does the translation have it, too."""
    assert Glossary({"Haus": "house"}).find("Haus am Haus") == (
        Term(0, 4, "house", capital=True, leads=True),
        Term(8, 12, "house"),
    )
    assert found({"Haus": "house"}, "ein haus") == [("haus", "house")]


def test_of_spellings_that_differ_in_case_the_same_one_counts():
    terms = {"polish": "pulir", "Polish": "polaco"}
    assert found(terms, "we polish Polish POLISH") == [("polish", "pulir"), ("Polish", "polaco"), ("POLISH", "PULIR")]


def test_scripts_without_spaces():
    assert found({"東京": "Tokyo", "東京都": "Tokyo Prefecture"}, "私は東京都の東京") == [
        ("東京都", "Tokyo Prefecture"),
        ("東京", "Tokyo"),
    ]


def test_further_terms_replace():
    glossary = Glossary({"casa": "house", "perro": "dog"})
    both = glossary.joined(Glossary({"Casa": "home", "gato": "cat"}))
    assert [term.target for term in both.find("casa perro gato")] == ["home", "dog", "cat"]
    assert [term.target for term in glossary.find("casa perro gato")] == ["house", "dog"]
    assert both and not Glossary() and Glossary().find("casa") == ()


@pytest.mark.parametrize("terms", [{"": "house"}, {"casa": " "}, {"\u3000": "x"}])
def test_a_term_needs_text_on_both_sides(terms):
    with pytest.raises(UserError, match="has no text on one side"):
        Glossary(terms)


def test_no_file_is_no_terms():
    assert not Glossary.read(None)


def test_a_file(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_bytes("\ufeff# a comment\ncasa\thouse\r\n\n  \n Weißes Haus \t White House\ncasa\thouse\n".encode())
    glossary = Glossary.read(path)
    assert [term.target for term in glossary.find("casa weißes haus")] == ["house", "White House"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"casa\thouse\nperro\n", "terms.tsv, line 2: 'perro' is not a term, a tab and its translation"),
        (b"casa\thouse\tx\n", "terms.tsv, line 1: "),
        (b"casa\t\n", "terms.tsv, line 1: "),
        (b"\thouse\n", "terms.tsv, line 1: "),
        (b"casa\thouse\n# x\ncasa\thome\n", "terms.tsv, line 3: 'casa' has another translation above, 'house'"),
        (b"# only this\n\n", "terms.tsv: has no terms"),
        (b"", "terms.tsv: has no terms"),
        (b"casa\th\xff\n", "terms.tsv, line 1: is not UTF-8"),
        ("casa\thouse\n".encode("utf-16"), "terms.tsv: is UTF-16"),
        (None, "terms.tsv: cannot be read as a glossary"),
    ],
)
def test_files_that_are_none(tmp_path, content, message):
    path = tmp_path / "terms.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        Glossary.read(path)
