"""Words with unknown characters: translations by hand, of tokenizers of letters; and by the toy bundle."""

import io
from dataclasses import replace

import numpy as np
import pytest
import sentencepiece

from edge import SearchOptions, Translator
from edge.glossary import Term
from edge.reader import Segment
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer
from edge.translation import Translation
from edge.unknown_words import copy_unknown

# Letters that are known on both sides; of capitals only some.
KNOWN = "abcdefghijklmnopqrstuvwxyz áé¿?.,;' VTIL"


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([KNOWN] * 3),
        model_writer=model,
        model_type="char",
        vocab_size=len(KNOWN) + 4,
        pad_id=PAD,
        unk_id=UNK,
        bos_id=BOS,
        eos_id=EOS,
        minloglevel=2,
        normalization_rule_name="identity",
    )
    path = tmp_path_factory.mktemp("letters") / "letters.model"
    path.write_bytes(model.getvalue())
    return Tokenizer(path)


def translation(letters: Tokenizer, source: str, written: list[tuple[str, str | None]], score: float) -> Translation:
    """A translation of parts, each with the source word that it attends to; `#` is unknown."""
    surfaces = letters.surfaces(source)
    ends = np.cumsum([len(surface) for surface in surfaces])
    shift = len("".join(surfaces)) - len(source)
    tokens, rows = [], []
    for text, word in written:
        start = source.index(word) + shift if word else 0
        row = [float(bool(word) and start < end <= start + len(word or "")) for end in ends] + [float(not word)]
        for character in text:
            tokens.append("<unk>" if character == "#" else character.replace(" ", "▁"))
            rows.append(row)
    attention = np.array([*rows, [0.0] * len(surfaces) + [1.0]], np.float32)
    attention /= attention.sum(axis=1, keepdims=True)
    tokens.append("</s>")
    text = letters.decode(letters.ids(tokens))
    return Translation(text, -1.0, [*surfaces, "</s>"], tokens, [score] * len(tokens), attention)


def copied(letters: Tokenizer, source: str, written, score: float = -0.1, terms: tuple[Term, ...] = ()) -> Translation:
    segment = Segment(source, "", True, tuple(letters.encode(source)), terms=terms)
    given = translation(letters, source, written, score)
    found = copy_unknown(segment, given, letters, letters)
    assert len(found.target_tokens) == len(found.token_scores) == len(found.attention)
    assert found.text == "".join(found.target_tokens[:-1]).replace("▁", " ").strip()
    return found


@pytest.mark.parametrize(
    ("written", "score", "expected"),
    [
        # Characters where the model is sure of the rest, else words.
        ([("I saw", "Vi"), (" #ukasz", "Łukasz"), (" there", "allá"), (".", ".")], -0.1, "I saw Łukasz there."),
        ([("I saw", "Vi"), (" #ukes", "Łukasz"), (" there", "allá"), (".", ".")], -2.0, "I saw Łukasz there."),
        # An UNK token behind another word, or more of them than words.
        ([("I saw", "Vi"), ("#", "Łukasz"), (" there", "allá"), (".", ".")], -0.1, "I saw Łukasz there."),
        ([("I saw", "Vi"), (" #", "Łukasz"), (" there #ab", "allá"), (".", ".")], -0.1, "I saw Łukasz there."),
        # A word that the model guessed; one that may be the name's translation stays.
        ([("I saw", "Vi"), (" her", "Łukasz"), (" there", "allá"), (".", ".")], -0.1, "I saw Łukasz there."),
        ([("I saw", "Vi"), (" Lucas", "Łukasz"), (" there", "allá"), (".", ".")], -0.1, "I saw Lucas there."),
        # Nothing looks at it.
        ([("I saw", "Vi"), (" there", "allá"), (".", ".")], -0.1, "I saw Łukasz there."),
        ([(" there", "allá"), (" I saw", "Vi"), (".", ".")], -0.1, "there I saw Łukasz."),
        # A part of a contraction is no name.
        ([("I", "Vi"), ("'", None), ("m", "Łukasz"), (" there", "allá"), (".", ".")], -0.1, "I'm Łukasz there."),
    ],
)
def test_a_name(letters, written, score, expected):
    assert copied(letters, "Vi a Łukasz allá.", written, score).text == expected


@pytest.mark.parametrize(
    ("source", "written", "expected"),
    [
        # At the end: before the full stop; what comes behind it comes behind it.
        ("ven a las 27.", [("come", "ven"), (" at", "a"), (".", ".")], "come at 27."),
        ("ven ya. 😀", [("come now", "ven"), (".", ".")], "come now. 😀"),
        # A number replaces no word of letters.
        ("ven 27 veces", [("come", "ven"), (" often", "27"), (" times", "veces")], "come 27 often times"),
        # A word with a rare letter, or with a capital one, is translated; punctuation may be missing.
        ("pingüino", [("penguin", "pingüino")], "penguin"),
        ("Jamás ven", [("never", "Jamás"), (" come", "ven")], "never come"),
        ("ven «ya»", [("come now", "ven")], "come now"),
        ("ven «ya»", [("come", "ven"), (" #", "«"), ("now", "ya"), ("#", "»")], "come «now»"),
        # Words of another script.
        ("東京 ven", [("she", "東京"), (" comes", "ven")], "東京 comes"),
        ("ven Žiž y Đo", [("#", "Đo"), (" and", "y"), (" #", "Žiž")], "Đo and Žiž"),
        # What the target does not know, though the source does.
        ("Ven ya", [("#ome", "Ven"), (" now", "ya")], "Ven now"),
    ],
)
def test_other_words(letters, source, written, expected):
    found = copied(letters, source, written, score=-2.0)
    assert found.text == expected
    assert "<unk>" not in found.target_tokens


def test_each_name_is_copied_as_often_as_it_is_there(letters):
    found = copied(letters, "Žo y Žo", [("#", "Žo"), (" and", "y"), (" him", None)])
    assert found.text == "Žo and Žo him"
    assert copied(letters, "Žo", [("#", "Žo"), (" #", "Žo")]).text == "Žo"


def test_terms_have_their_translations(letters):
    term = Term(5, 11, "Lukas")
    written = [("I saw", "Vi"), (" her", "Łukasz"), (".", ".")]
    assert copied(letters, "Vi a Łukasz.", written, terms=(term,)).text == "I saw her."


def test_without_attention_by_position(letters):
    source = "uno Łukasz ven"
    given = translation(letters, source, [("one", "uno"), (" #", "uno"), (" come", "uno")], -0.1)
    segment = Segment(source, "", True, tuple(letters.encode(source)))
    found = copy_unknown(segment, replace(given, attention=None), letters, letters)
    assert (found.text, found.attention) == ("one Łukasz come", None)
    given = replace(translation(letters, source, [("one", "uno")], -0.1), attention=None)
    assert copy_unknown(segment, given, letters, letters).text == "one"


@pytest.mark.parametrize(
    "text", ["uno Łukasz", "Łuno uno", "uno 2:30 dos", "dos \U0001f600", "dos 東京 tres", "x dos \ud800"]
)
def test_on_every_way_through_the_translator(each_toy, text):
    translator = Translator(each_toy)
    whole = translator.translate(text)
    names = [word for word in text.split() if word != "\ud800" and (not word.isalpha() or word[0] in "Ł東x")]
    assert all(word in whole.split() for word in names)
    assert "⁇" not in whole
    assert "".join(translator.stream(text)) == translator.translate([text, "uno"])[0] == whole
    assert Translator(each_toy, cache=2).explain(text).text == whole
    for found in translator.n_best([text], SearchOptions(beam=4, n_best=4))[0]:
        assert all(word in found.text.split() for word in names)


def test_html(toy):
    translator = Translator(toy)
    assert translator.translate_html("<p>uno <b id='x'>Łukasz</b></p>") == "<p>one <b id='x'>Łukasz</b></p>"


def test_words_of_a_model_of_sounds_are_not_copied(toy):
    own = Translator(toy).components
    assert "Łukasz" not in Translator(replace(own, copies=False)).translate("uno Łukasz")
