"""Text in segments, with a tokenizer that counts."""

import unicodedata
import warnings
from collections import Counter

import pytest

from edge import SearchOptions, Translator
from edge.reader import Segment, TextReader, regroup
from edge.tokenizer import EOS, Tokenizer
from edge.translation import join_texts

LONGEST = 6


class Counting:
    """A token per word, its length; says how often each text was tokenized."""

    has_features = False

    def __init__(self):
        self.seen: Counter[str] = Counter()

    def encode(self, text: str) -> list[int]:
        self.seen[text] += 1
        return [*map(len, text.split()), EOS]

    def cut(self, text: str, ids: list[int], longest: int) -> list[int]:
        return [*ids[: longest - 1], EOS]

    def split(self, text: str) -> tuple[str, list[str]]:
        return text, []

    def tokens(self, ids: list[int]) -> list[str]:
        return ["▁" + "x" * length for length in ids]


@pytest.fixture
def tokenizer() -> Counting:
    return Counting()


@pytest.fixture
def reader(tokenizer) -> TextReader:
    return TextReader(tokenizer, LONGEST)


def test_what_fits_is_one_segment(reader, tokenizer):
    assert reader.segments(" Uno dos. Tres. ") == [Segment(" Uno dos. Tres. ", "", True, (3, 4, 5, EOS))]
    assert tokenizer.seen.total() == 1


def test_what_does_not_is_split(reader, tokenizer):
    text = "  Uno dos.  Tres\ncuatro cinco seis siete ocho, nueve diez once doce trece catorce \n"
    found = reader.segments(text)
    assert "".join(segment.text + segment.gap for segment in found) == text
    assert [(segment.text, segment.gap) for segment in found] == [
        ("", "  "),
        ("Uno dos.", "  "),
        ("Tres", "\n"),
        ("cuatro cinco seis siete ocho,", " "),
        ("nueve diez once doce trece", " "),
        ("catorce", " \n"),
    ]
    assert [segment.last for segment in found] == [False] * 5 + [True]
    assert [segment.tokens for segment in found] == [
        (*map(len, segment.text.split()), EOS) if segment.text else () for segment in found
    ]
    # Whatever else was tried.
    assert all(tokenizer.seen[segment.text] == 1 for segment in found[1:])


def test_sentences_are_split_even_if_the_text_fits(reader, tokenizer):
    assert reader.sentences("Uno. Dos.") == [
        Segment("Uno.", " ", False, (4, EOS)),
        Segment("Dos.", "", True, (4, EOS)),
    ]
    assert tokenizer.seen == {"Uno.": 1, "Dos.": 1}


def test_segments_that_are_not_for_the_model_keep_their_text(reader):
    assert reader.segments(" - ") == [Segment(" - ", "", True, (), "-")]
    assert reader.whole("\u200b\u2060") == [Segment("\u200b\u2060", "", True, (), "")]
    found = reader.sentences("Cuatro. ... \U0001f600! Cinco.")
    assert [(segment.text, segment.kept, bool(segment.tokens)) for segment in found] == [
        ("Cuatro.", "", True),
        ("...", "...", False),
        ("\U0001f600!", "\U0001f600!", False),
        ("Cinco.", "", True),
    ]
    # However long it is.
    assert reader.segments("- " * 50) == [Segment("- " * 50, "", True, (), ("- " * 50).strip())]


def test_a_letterless_reader_reads_what_has_no_letter(tokenizer):
    reader = TextReader(tokenizer, LONGEST, letterless=True)
    assert reader.segments("12345 + 6") == [Segment("12345 + 6", "", True, (5, 1, 1, EOS))]
    assert reader.segments("\u200b") == [Segment("\u200b", "", True, (), "")]


def test_abbreviations_reach_the_splitter(tokenizer):
    reader = TextReader(tokenizer, LONGEST, abbreviations=["aprox"])
    assert [segment.text for segment in reader.sentences("Pesa aprox. Un kilo. Bien.")] == [
        "Pesa aprox. Un kilo.",
        "Bien.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000"])
def test_white_space_has_no_tokens(reader, tokenizer, text):
    for found in (reader.segments(text), reader.sentences(text), reader.whole(text)):
        assert [segment.tokens for segment in found] == [()]
        assert not found[0].text.strip() and found[0].last
    assert all(not seen.strip() for seen in tokenizer.seen)


def test_a_whole_text_is_truncated_with_a_warning(reader, tokenizer):
    with pytest.warns(UserWarning, match="a sentence of 8 tokens was truncated to the 6 that the model reads: 'a bb"):
        (found,) = reader.whole("a bb ccc dddd eeeee f g")
    assert found.tokens == (1, 2, 3, 4, 5, EOS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert reader.whole("aaaa bb")[0].tokens == (4, 2, EOS)
    assert max(tokenizer.seen.values()) == 1


def test_a_space_where_the_source_has_none():
    """After a sentence, which Chinese puts no space behind; not at the end of the text, and not in its middle."""
    segments = [
        Segment("一。", "", False, (4, EOS)),
        Segment("二", "", False, (5, EOS)),
        Segment("三。", "", True, (6, EOS)),
    ]
    assert join_texts(segments, ["One.", "two", "three."]) == "One. twothree."
    assert join_texts(segments[:1], ["One"]) == "One"
    assert Segment("a", "\n\n", False, ()).after("b.") == "\n\n"


def test_regroup():
    texts = [[Segment("a", " ", False, ()), Segment("b", "", True, ())], [Segment("c", "", True, ())], []]
    assert regroup("xyz", texts) == [["x", "y"], ["z"], []]


LONG = "  tres uno dos\n\nuno dos uno dos tres   diez uno tres dos dos tres uno uno dos tres  uno\n"


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=3)])
def test_segments_streamed_are_segments_translated(each_toy, options):
    """As a server takes them, one at a time; and the text as a whole."""
    translator = Translator(each_toy)
    # Of sentences that are too long for the toy, which loops then, a stream is another one.
    long = "  tres uno dos\n\nuno dos tres cinco   ocho\n diez uno tres\nseis siete dos cinco\n  uno\n"
    for text in (long, "uno. dos.", "", "  ", "tres"):
        segments = translator.components.reader.sentences(text)
        found = translator.translate_segments(segments, options)
        streamed = ["".join(translator.stream_segment(segment, options)) for segment in segments]
        best = [translations[0].text for translations in found]
        assert streamed == [text + segment.after(text) for text, segment in zip(best, segments, strict=True)]
        assert "".join(streamed) == join_texts(segments, best)
        assert "".join(translator.stream(text, options)) == translator.translate(text, options)


@pytest.mark.parametrize("text", ["uno dos", LONG])
@pytest.mark.parametrize("stream", [False, True])
def test_a_translator_tokenizes_a_sentence_once(toy, monkeypatch, stream, text):
    translator, seen = Translator(toy), Counter()
    segments = [segment.text for segment in translator.components.reader.segments(text) if segment.text]
    encode = Tokenizer.encode

    def counted(self: Tokenizer, text: str) -> list[int]:
        seen[text] += 1
        return encode(self, text)

    monkeypatch.setattr(Tokenizer, "encode", counted)
    assert "".join(translator.stream(text)) if stream else translator.translate([text, "siete"])[0]
    assert [seen[segment] for segment in segments] == [1] * len(segments)


def test_a_character_of_more_tokens_than_the_model_reads():
    """U+FDFA is eighteen letters of Arabic once it is normalized."""

    class Letters(Counting):
        def encode(self, text: str) -> list[int]:
            return [*map(ord, unicodedata.normalize("NFKC", text)), EOS]

    found = TextReader(Letters(), LONGEST).segments("ﷺ")
    expected = [ord(letter) for letter in "صلى ا"]
    assert [(segment.text, list(segment.tokens)) for segment in found] == [("ﷺ", [*expected, EOS])]


def test_a_word_that_is_too_long_is_its_own_translation(toy):
    """Whatever the parts of it would be; a script without spaces has no such words."""

    class Letters(Tokenizer):
        """Reads a letter as a token."""

        def encode(self, text: str) -> list[int]:
            return [5] * len(text) + [EOS]

    reader = TextReader(Letters(toy / "source.model"), 11)
    word = "uno" * 20
    found = reader.sentences(f"uno dos {word}, tres\n{word}")
    assert [segment.text for segment in found] == ["uno dos", f"{word},", "tres", word]
    assert [bool(segment.tokens) for segment in found] == [True, False, True, False]
    assert [segment.kept for segment in found] == ["", f"{word},", "", word]
    assert join_texts(found, [segment.text for segment in found]) == f"uno dos {word}, tres\n{word}"
    found = reader.sentences("東京" * 20)
    assert len(found) > 3 and all(segment.tokens for segment in found)
