"""Units a side: symbols as they are, decomposed letters; the same ids in the graph and on the device."""

import random
import unicodedata
from pathlib import Path

import pytest
import tensorflow as tf
from sentencepiece.sentencepiece_model_pb2 import ModelProto

from edge.tokenizer import UNK, Tokenizer
from keras_s2s.tokenizer import GraphTokenizer, tokenizer_kind, train_tokenizer
from pipelines.tasks.translation.symbols import count_symbols

# Ties, length, tones (letters and marks), non-syllabic and syllabic marks, clicks, ejectives; one symbol of one letter,
# a repeated one, symbols that are no letters, a no-break space inside of a symbol; rare ones last.
IPA = [
    "t͡ʃ a ˈt͡ʃː",
    "n̩ ɹ̩ˠ i̯ u̯",
    "ma˥˩ ˨˩˦ á à a̋ ã̌",
    "ǃ ǂʰ kʼ ɓ",
    "a",
    "a a a a",
    "<s ⁿd s> 1 ?",
    "k\u00a0w ɡ|ʷ",
    "# _ + - .",
    "ö ö é e\u0301 ç c\u0327",
    "˧˥ ꜛ ↗ ‿",
]
RARE = "ʩ"


def read(file: Path, text: str) -> list[str]:
    """The tokens of a text, the same in the graph and on the device; decoded to the same text by both."""
    graph, device = GraphTokenizer(file), Tokenizer(file)
    ids = device.encode(text)
    in_graph = graph.encode(tf.constant([text]))
    assert in_graph.to_list() == [ids]
    assert graph.decode(in_graph.to_tensor()).numpy()[0].decode() == device.decode(ids)
    return device.surfaces(text)


@pytest.mark.parametrize("kind", ["word", "char"])
def test_symbols_are_taken_as_they_are(tmp_path, kind):
    file = tmp_path / "x.model"
    texts = [*IPA * 300, f"t͡ʃ{RARE} a"]
    train_tokenizer(texts, file, kind, 8000, coverage=1.0, normalization="identity")
    tokenizer = Tokenizer(file)
    for text in texts[-len(IPA) - 1 :]:
        surfaces = read(file, text)
        assert UNK not in tokenizer.encode(text)
        assert tokenizer.decode(tokenizer.encode(text)) == text
        if kind == "word":
            assert [surface.removeprefix("▁") for surface in surfaces] == text.split(" ")
    if kind == "word":
        symbols = {symbol for text in texts for symbol in text.split(" ")}
        assert len(tokenizer) == 4 + len(symbols)
    assert tokenizer_kind(file) == kind


def test_a_coverage_of_less_than_one_drops_symbols_with_a_rare_character(tmp_path):
    train_tokenizer([*IPA * 300, f"t͡ʃ{RARE} a"], tmp_path / "x.model", "word", 8000, normalization="identity")
    assert UNK in Tokenizer(tmp_path / "x.model").encode(f"t͡ʃ{RARE}")


KOREAN = ["한국어", "닭", "값", "뷁", "하다", "안녕하세요", "a한b"]
VIETNAMESE = ["tiếng Việt", "nghệ thuật", "ường", "ẵ", "được", "quỳnh"]
TONES = ["ẹ́", "ọ̀", "ǹ", "ɔ̂", "ɛ́ɛ̀", "ǒ", "ŋ̀", "à̤"]
OTHERS = ["ガギグ", "क़ ड़ा", "কো", "مَّ", "שׁ", "ﬁ", "Å", "ⅳ"]


@pytest.mark.parametrize("texts", [KOREAN, VIETNAMESE, TONES, OTHERS], ids=["Hangul", "Vietnamese", "tones", "others"])
@pytest.mark.parametrize("kind", ["char", "word", "unigram"])
def test_nfd_is_read_and_nfc_is_written(tmp_path, texts, kind):
    file = tmp_path / "x.model"
    train_tokenizer(texts * 50, file, kind, 200, coverage=1.0, normalization="nfd", size_is_limit=True)
    tokenizer = Tokenizer(file)
    for text in texts:
        for form in ("NFC", "NFD"):
            written = unicodedata.normalize(form, text)
            surfaces = read(file, written)
            assert "".join(surfaces).replace("▁", " ").strip() == unicodedata.normalize("NFD", text)
            ids = tokenizer.encode(written)
            assert UNK not in ids and tokenizer.decode(ids) == unicodedata.normalize("NFC", text)


def test_what_was_not_seen_is_decomposed_and_composed(tmp_path):
    """Letters and marks that were seen in other combinations, and syllables that were not."""
    texts = ["ếộừạ", "aeou", "ẹ́ọ̀ǹ", "ç", "한국어닭값뷁"]
    train_tokenizer(texts * 20, tmp_path / "x.model", "char", 400, coverage=1.0, normalization="nfd")
    tokenizer = Tokenizer(tmp_path / "x.model")
    unseen = ["ậ", "ể", "ó", "à̧", "간", "닥", "각"]
    known = set(unicodedata.normalize("NFD", "".join(texts)))
    assert {*unicodedata.normalize("NFD", "".join(unseen))} - known == {"\u0309"}
    for text in unseen:
        assert "".join(read(tmp_path / "x.model", text)).strip("▁") == unicodedata.normalize("NFD", text)
        if "\u0309" not in unicodedata.normalize("NFD", text):
            assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)
    draw = random.Random(4)
    marks = sorted(mark for mark in known if unicodedata.combining(mark))
    for _ in range(300):
        text = draw.choice("aeouc") + "".join(draw.choices(marks, k=draw.randint(0, 2)))
        assert "".join(read_on_device(tokenizer, text)) == unicodedata.normalize("NFD", text)
        assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text), ascii(text)


def read_on_device(tokenizer: Tokenizer, text: str) -> str:
    return "".join(tokenizer.surfaces(text)).strip("▁")


def test_training_twice_makes_the_same_file(tmp_path):
    for name in ("a", "b"):
        train_tokenizer(VIETNAMESE * 50, tmp_path / name, "char", 200, coverage=1.0, normalization="nfd")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    proto = ModelProto()
    proto.ParseFromString((tmp_path / "a").read_bytes())
    assert proto.normalizer_spec.name == "nfd" and not proto.normalizer_spec.normalization_rule_tsv


def test_rules_of_scripts_that_do_not_occur_take_no_room(tmp_path):
    for name, texts in (("vi", VIETNAMESE), ("ko", KOREAN)):
        train_tokenizer(texts * 50, tmp_path / name, "char", 200, coverage=1.0, normalization="nfd")
    assert (tmp_path / "vi").stat().st_size < 40_000 < 100_000 < (tmp_path / "ko").stat().st_size


def test_text_that_streams_is_settled_when_nothing_composes_with_it_any_more(tmp_path):
    train_tokenizer([*VIETNAMESE, *KOREAN] * 50, tmp_path / "x.model", "char", 200, coverage=1.0, normalization="nfd")
    tokenizer = Tokenizer(tmp_path / "x.model")
    for text in ("tiếng Việt", "한국어 닭", "a̤", "ế"):
        ids, written = tokenizer.encode(text)[:-1], ""
        for end in range(len(ids) + 1):
            settled = tokenizer.settled(tokenizer.decode(ids[:end]))
            assert settled.startswith(written)
            written = settled
        assert tokenizer.decode(ids).startswith(written)
    assert tokenizer.settled("Việ") == "Vi"
    train_tokenizer(VIETNAMESE * 50, tmp_path / "y.model", "char", 200, coverage=1.0, normalization="identity")
    assert Tokenizer(tmp_path / "y.model").settled("Việ") == "Việ"


@pytest.mark.parametrize(
    ("texts", "symbols"),
    [
        (["K AE1 T", "D AO1 G", "K AE1 T S"] * 20, 7),
        (["t͡ʃ a t", "a t a"] * 20, 3),
        (["cat", "dog", "a"] * 20, 0),
        (["the cat sat on the mat", "dogs bark all day long"] * 2, 0),
        (["ich gehe", "du gehst", "er geht", "wir gehen"] * 2, 0),
        (["have walked", "have talked"] * 50, 0),
        (["", " "], 0),
    ],
    ids=lambda value: str(value[:2]) if isinstance(value, list) else "",
)
def test_lists_of_symbols_are_told_from_text(texts, symbols):
    assert count_symbols(texts) == symbols


def test_sentences_are_no_symbols():
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghi", k=draw.randint(1, 6))) for _ in range(3000)]
    assert count_symbols(" ".join(draw.choices(words, k=8)) for _ in range(20_000)) == 0
