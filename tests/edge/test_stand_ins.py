"""Stand-ins in a source and in its translation, with tokenizers made for it: symbols, digits, and neither."""

import io

import numpy as np
import pytest
import sentencepiece

from edge.put_back import put_back
from edge.spans import find_spans
from edge.stand_ins import SYMBOLS, StandIns, has_stand_ins, same_spans
from edge.tokenizer import UNK, Tokenizer
from edge.translation import Translation

WORDS = "we see you and them here now at last with many words of all kinds in one line"


def tokenizer(folder, text: str = WORDS, **options) -> Tokenizer:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text] * 3),
        model_writer=model,
        vocab_size=30 + len(options.get("extra", ())) + 9 * ("7" in text),
        model_type="char",
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        minloglevel=2,
        hard_vocab_limit=False,
        user_defined_symbols=list(options.get("extra", ())),
    )
    path = folder / "source.model"
    path.write_bytes(model.getvalue())
    return Tokenizer(path)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> dict[str, tuple[StandIns, Tokenizer]]:
    given = {"symbols": {"extra": SYMBOLS}, "digits": {"text": f"{WORDS} 7 8 9"}, "unknown": {}}
    made = {name: tokenizer(tmp_path_factory.mktemp(name), **options) for name, options in given.items()}
    return {name: (StandIns(each, each), each) for name, each in made.items()}


def translation(text: str, tokens: list[str], attention: np.ndarray | None = None) -> Translation:
    return Translation(text, 0.0, [], tokens, [], attention)


@pytest.mark.parametrize(
    ("kind", "masked"),
    [
        ("symbols", "see \ufdd0 and 3rd \ufdd1"),
        ("digits", "see 7 and 3rd 8"),
        ("unknown", "see \ufdd0 and 3rd \ufdd1"),
    ],
)
def test_stand_ins_are_what_the_model_knows(kinds, kind, masked):
    text = "see {x} and 3rd 12:30"
    found, carried = kinds[kind][0].mask(text, find_spans(text))
    assert found == masked
    assert [each.text for each in carried] == ["{x}", "12:30"]
    assert all(found[each.place] == each.stand_in for each in carried)


def test_a_digit_that_the_text_has_is_no_stand_in(kinds):
    text = "the 7th of {x}"
    assert kinds["digits"][0].mask(text, find_spans(text))[0] == "the 7th of 8"


def test_more_spans_than_stand_ins(kinds):
    text = " ".join(f"{{{number}}}" for number in range(12))
    masked, carried = kinds["symbols"][0].mask(text, find_spans(text))
    assert len(carried) == 8 and masked.endswith("\ufdd7 {8} {9} {10} {11}")


def test_what_the_search_holds(kinds):
    for kind, (stand_ins, target) in kinds.items():
        _, carried = stand_ins.mask("{x} {y}", find_spans("{x} {y}"))
        phrases = [stand_ins.phrase(each) for each in carried]
        single = stand_ins.single(carried, 2)
        assert all(phrase[-1] in single for phrase in phrases)
        if kind == "unknown":
            assert phrases == [(UNK,), (UNK,)] and single == {UNK}
        else:
            assert [target.decode(phrase) for phrase in phrases] == [each.stand_in for each in carried]
    # No other symbol may come, either; but another digit may.
    assert len(kinds["symbols"][0].single(carried, 2)) == 8


@pytest.mark.parametrize(
    ("source", "target", "same"),
    [
        ("{x} y 5", "5 z {x}", True),
        ("{x} y 5", "z {x}", False),
        ("5 km", "5 km 5 km", False),
        ("Hola", "Hello", True),
        ("5", "5th", False),
    ],
)
def test_the_same_spans(source, target, same):
    assert same_spans(source, target) is same


def put(kinds, kind: str, source: str, text: str, tokens: list[str] = [], attention=None) -> str:  # noqa: B006
    masked, carried = kinds[kind][0].mask(source, find_spans(source))
    return put_back(carried, masked, masked.split(), translation(text, tokens, attention)).text


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("see {x} and {y}", "\ufdd1 y \ufdd0", "{y} y {x}"),
        # Doubled, and one that the source has not.
        ("see {x}", "a \ufdd0 b \ufdd0 c \ufdd3.", "a {x} b c."),
        # Lost: without attention at the end, before what ends the sentence.
        ("see {x}.", "we see.", "we see {x}."),
        ("see {x}", "", "{x}"),
        # White space as in the source.
        ("see {x} now", "a\ufdd0b", "a {x} b"),
        ("see ({x})", "we ( \ufdd0)", "we ({x})"),
        ("see. {x}", "we.\ufdd0", "we. {x}"),
        ("see {x}", "¿\ufdd0?", "¿{x}?"),
        # A sentence does not end before its end.
        ("is it now {x}?", "now? \ufdd0?", "now {x}?"),
        ("now {x} {y}.", "now. \ufdd0 \ufdd1", "now {x} {y}."),
        ("now {x}.", "Mr. \ufdd0.", "Mr. {x}."),
        ("now. {x}", "now. \ufdd0", "now. {x}"),
        ("{x} now.", "now.\ufdd0", "now. {x}"),
    ],
)
def test_spans_are_put_back(kinds, source, text, expected):
    assert put(kinds, "symbols", source, text) == expected


def test_a_lost_span_goes_behind_the_word_that_looks_at_it(kinds):
    attention = np.array([[0.9, 0.1, 0.0], [0.0, 0.2, 0.8], [0.5, 0.3, 0.2]])
    tokens = ["▁one", "▁two", "▁three"]
    assert put(kinds, "symbols", "see now {x}", "one two three", tokens, attention) == "one two {x} three"


def test_digits_count_as_words_only(kinds):
    masked, carried = kinds["digits"][0].mask("see {x}", find_spans("see {x}"))
    assert masked == "see 7"
    assert has_stand_ins(carried, "we 7.")
    assert not has_stand_ins(carried, "we 7th")
    assert not has_stand_ins(carried, "we 17")
    assert not has_stand_ins(carried, "7 we 7")
    assert put(kinds, "digits", "see {x}", "17 we 7") == "17 we {x}"


def test_unknown_tokens_are_the_symbols_that_they_look_at(kinds):
    stand_ins, target = kinds["unknown"]
    _, carried = stand_ins.mask("{x} and {y}", find_spans("{x} and {y}"))
    surfaces = ["▁", carried[0].stand_in, "▁and", "▁", carried[1].stand_in]
    tokens = [*target.encode("we ")[:-1], *target.ids(["▁"]), UNK, *target.encode("see")[:-1], *target.ids(["▁"]), UNK]
    places = [place for place, token in enumerate(tokens) if token == UNK]
    attention = np.full((len(tokens), 5), 0.01)
    attention[places[0], 4] = attention[places[1], 1] = 0.9
    assert stand_ins.read(carried, 2, tokens)[0].split() == ["we", "\ufdd0", "see", "\ufdd1"]
    text, spelled = stand_ins.read(carried, 2, tokens, surfaces, attention)
    assert text.split() == ["we", "\ufdd1", "see", "\ufdd0"]
    assert [spelled[place] for place in places] == ["\ufdd1", "\ufdd0"]
    # Not certain: the order stays.
    attention[places] = [0.2, 0.3, 0.1, 0.1, 0.3], [0.2, 0.3, 0.1, 0.1, 0.3]
    assert stand_ins.read(carried, 2, tokens, surfaces, attention)[0].split() == ["we", "\ufdd0", "see", "\ufdd1"]


def test_tokens_have_the_spans(kinds):
    masked, carried = kinds["symbols"][0].mask("see {x}", find_spans("see {x}"))
    given = Translation("we \ufdd0", 0.0, ["▁see", "▁", "\ufdd0", "</s>"], ["▁we", "▁", "\ufdd0", "</s>"], [], None)
    found = put_back(carried, masked, ["▁see", "▁", "\ufdd0"], given)
    assert found.source_tokens == ["▁see", "▁", "{x}", "</s>"]
    assert found.target_tokens == ["▁we", "▁", "{x}", "</s>"]
    assert list(found.surfaces) == ["▁see", "▁", "{x}"]
