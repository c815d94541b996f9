"""Features behind a text, with the toy bundle of words: stems and features to forms."""

import json
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.control import Control
from edge.features import is_feature, split_features
from edge.glossary import Glossary
from edge.held_terms import write_kept
from edge.reader import TextReader
from edge.search.options import SearchOptions
from edge.tokenizer import EOS, UNK, Tokenizer
from edge.translator import Translator
from edge.verbatim import verbatim

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The committed bundle; `make_toy_words.py` makes it again."""
    return HERE / "toy_words"


@pytest.fixture(scope="module")
def tokenizer(bundle) -> Tokenizer:
    return Tokenizer(bundle / "source.model")


@pytest.fixture(scope="module")
def held_out() -> list[tuple[str, str]]:
    """Sources with features behind a tab, and their forms."""
    lines = (HERE / "toy_words.tsv").read_text(encoding="utf-8").splitlines()
    return [(source, form) for source, _, form in (line.rpartition("\t") for line in lines)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walk", ("walk", [])),
        ("walk\tV;PRS", ("walk", ["\tV", "\tPRS"])),
        ("walk\t V ; ;PRS;", ("walk", ["\tV", "\tPRS"])),
        ("a b\t\tX;Y", ("a b", ["\t\tX", "\t\tY"])),
        ("a\tX\tX", ("a", ["\tX", "\t\tX"])),
        ("\tX", ("", ["\tX"])),
        ("a\t;\t", ("a", [])),
        ("", ("", [])),
        ("a;b", ("a;b", [])),
        ("a\tNO\u00a0BREAK", ("a", ["\tNO\u00a0BREAK"])),
    ],
)
def test_text_and_features(text, expected):
    assert split_features(text) == expected
    assert all(map(is_feature, expected[1])) and not is_feature(expected[0])


def test_each_feature_is_one_token(tokenizer):
    assert tokenizer.has_features
    ids = tokenizer.encode("tbb\tN;PL;XX")
    assert tokenizer.tokens(ids) == ["▁", "t", "b", "b", "\tN", "\tPL", "<unk>", "</s>"]
    assert tokenizer.surfaces("tbb\tN;PL;XX") == ["▁", "t", "b", "b", "▁N", "▁PL", "▁XX"]
    assert (ids[-2], ids[-1]) == (UNK, EOS)
    # In the second column nothing is known.
    assert tokenizer.encode("tbb\t\tN")[-2] == UNK


def test_features_have_no_terms(tokenizer):
    reader = TextReader(tokenizer, 30)
    segments = [*reader.segments("привет\tN;PL"), *reader.segments("tbb\tN;PL")]
    kept, read = reader.with_terms(segments, Glossary({"привет": "hello", "n": "five"}))
    assert write_kept(kept, tokenizer) == "hello"
    assert read.tokens and not read.terms


@pytest.mark.parametrize(
    ("longest", "expected"),
    [
        (8, ["▁", "t", "b", "b", "\tN", "\tPL", "</s>"]),
        (6, ["▁", "t", "b", "\tN", "\tPL", "</s>"]),
        (3, ["\tN", "\tPL", "</s>"]),
        (2, ["\tN", "</s>"]),
        (1, ["</s>"]),
    ],
)
def test_features_stay_when_a_text_is_too_long(tokenizer, longest, expected):
    text = "tbb\tN;PL"
    assert tokenizer.tokens(tokenizer.cut(text, tokenizer.encode(text), longest)) == expected


def test_forms_are_composed(bundle, held_out):
    """The network writes letters and marks one by one."""
    translator = Translator(bundle)
    sources = [source for source, _ in held_out]
    assert translator.translate(sources) == [form for _, form in held_out]
    # One by one, which is the flatbuffer's own loop.
    assert [translator.translate(source) for source in sources[:9]] == [form for _, form in held_out[:9]]
    found = translator.explain("tbb\tN;SG")
    assert found.target_tokens[-4:] == ["e", "\u0323", "\u0302", "</s>"] and found.text == "tbbệ"
    assert found.source_tokens[-3:] == ["\tN", "\tSG", "</s>"]


def test_a_stream_ends_with_composed_letters(bundle, held_out):
    translator = Translator(bundle)
    for source, form in held_out[:9]:
        assert "".join(translator.stream(source)) == form


def test_several_lines_have_features_of_their_own(bundle):
    translator = Translator(bundle)
    (found,) = translator.n_best(["tbb\tN;PL"], SearchOptions(beam=5, n_best=3))
    assert found[0].text == "tbbé" and len(found) == 3
    reader = translator.components.reader
    first, second = reader.sentences("tbb. kag\tN;PL\n  kag\tV")
    assert (first.text, first.gap, first.last) == ("tbb. kag\tN;PL", "\n  ", False)
    assert (second.text, second.gap, second.last) == ("kag\tV", "", True)
    with pytest.warns(UserWarning, match="a sentence of 9 tokens was truncated to the 6"):
        (cut,) = TextReader(translator.components.source, 6).segments("tbbkag\tV")
    assert translator.components.source.tokens(cut.tokens)[-2:] == ["\tV", "</s>"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("жук\tN;PL", "жук"), (" \tV", ""), ("tbb\tV", None), ("12\tV", "12"), ("жt\tXX", None), ("\t", "")],
)
def test_text_that_is_not_for_the_model_comes_without_its_features(bundle, tokenizer, text, kept):
    assert verbatim(text, tokenizer.encode(text), tokenizer) == kept
    if kept is not None:
        assert Translator(bundle).translate(text) == kept


def test_a_prefix_of_the_output_is_decomposed_as_well(bundle):
    assert Translator(bundle).translate("tbb\tV", control=Control(prefix="tbbệ")).startswith("tbbệ")


def test_the_command_line(bundle, held_out, capsys, monkeypatch, tmp_path):
    assert main(["translate", str(bundle), "tbb\tN;PL", "--", "tbb\tV"]) == 0
    assert capsys.readouterr().out == "tbbé\ntbbo\n"
    words = tmp_path / "words.tsv"
    words.write_text("".join(f"{source}\n" for source, _ in held_out), encoding="utf-8")
    assert main(["bench", str(bundle), "--source", str(words), "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["sentences"] == len(held_out) and measured["words_per_second"] > 0
    assert main(["bench", str(bundle), "--source", str(words)]) == 0
    assert " a second" in capsys.readouterr().out.split("words  ")[1].splitlines()[0]
    assert main(["bench", str(HERE / "toy_bundle"), "--json"]) == 0
    assert "words_per_second" not in json.loads(capsys.readouterr().out)
