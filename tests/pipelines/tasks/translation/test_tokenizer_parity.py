"""One tokenizer: tensorflow-text inside the graph and sentencepiece on the device give the same ids, always."""

import random
import re
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2

from edge.errors import UserError
from edge.tokenizer import EOS, UNK, Tokenizer
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer

SIZES = {"unigram": 200, "bpe": 400, "word": 300, "char": 120}
REPEATS = ["0", "00", "000000", "!!!!!!", "hahahaha", "ababab", "a" * 100, "0.0.0.0", "......", "¡¡¡", "jajaja ja"]
ODD = [
    "",
    " ",
    "     ",
    "\t",
    "\u3000\u3000",
    "\u00a0",
    "\u2028",
    "x",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1ea\U0001f1f8 \u2764\ufe0f",
    "\x00",
    "a\x00b",
    "\x01\x02\x1b[31m\x7f",
    "a\rb\nc\td\x0be",
    "שלום עולם",
    "مرحبا بالعالم",
    "\u202eabc\u202c \u200fx\u200e",
    "e\u0301 n\u0303 o\u0308",
    "Z\u0351\u0322\u034c\u0324a\u0329\u031bl\u0338g\u031do",
    "ＦＵＬＬ　ｗｉｄｔｈ １２３！",
    "ﬁ ﬂ ½ Ⅳ ㎏ ª",
    "\ufeffbom \ufeff inside\ufeff",
    "\u200b\u200czero\u200dwidth\u00ad",
    "<s>",
    "</s>",
    "<unk> <pad> <s>a</s>",
    "▁",
    "▁a▁▁b▁",
    " leading and trailing ",
    "many    spaces",
    "日本語のテキスト 中文 한국어",
    "\uffff\ufffe\U0010ffff",
    "\ue000 private",
    "a" * 5000,
    "palabra " * 2000,
    "日" * 3000,
]


def generated_text(number: int) -> list[str]:
    """Sentences of made-up words in two scripts, with digits, punctuation and repeats."""
    draw = random.Random(5)
    syllables = ["ba", "ce", "di", "fo", "gu", "ña", "lé", "mi", "the", "qu", "дa", "жe", "ли", "мо", "на", "ha", "ja"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 3))) for _ in range(200)]
    words += ["000", "1000", "00", "hahaha", "jajaja", "...", "!!!", "\U0001f600"]
    return [
        " ".join(draw.choices(words, k=draw.randint(1, 12))).capitalize() + draw.choice([".", "?", "!!", "..."])
        for _ in range(number)
    ]


Pair = tuple[GraphTokenizer, Tokenizer]


@pytest.fixture(scope="module")
def text() -> list[str]:
    return generated_text(1500)


@pytest.fixture(scope="module", params=SIZES)
def file(request: pytest.FixtureRequest, text: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / f"{request.param}.model"
    train_tokenizer(text, path, request.param, SIZES[request.param])
    return path


@pytest.fixture(scope="module")
def both(file: Path) -> Pair:
    return GraphTokenizer(file), Tokenizer(file)


def assert_same(both: Pair, texts: list[str]) -> None:
    """Ids are the same, and what is made of them again."""
    graph, device = both
    ids = graph.encode(tf.constant(texts))
    expected = [device.encode(text) for text in texts]
    for text, found, wanted in zip(texts, ids.to_list(), expected, strict=True):
        assert found == wanted, repr(text[:80])
    decoded = [text.decode("utf-8") for text in graph.decode(ids.to_tensor()).numpy()]
    assert decoded == [device.decode(wanted) for wanted in expected]


def test_ids_on_sentences_like_those_it_was_trained_on(both, text):
    assert_same(both, text[:500])


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text[:20]))
def test_ids_on_odd_input(both, odd):
    assert_same(both, [odd])
    # In a batch and inside a sentence, too.
    assert_same(both, ["the first", odd, f"mi {odd} ña", f"{odd}the"])


def test_ids_on_repeated_characters(both):
    assert_same(both, [text * n for text in REPEATS for n in range(1, 8)])
    assert_same(both, [f"mi {text * n} ha" for text in REPEATS for n in range(1, 8)])


@pytest.fixture(scope="module")
def repeating(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A unigram model with pieces such as `..`, `...` and `....` side by side: text could be cut in several ways."""
    draw = random.Random(1)

    def word() -> str:
        number = f"{draw.randint(1, 9999)}{'0' * draw.randint(0, 7)}"
        return number + draw.choice(["ja" * draw.randint(1, 5), "!" * draw.randint(0, 6), "." * draw.randint(0, 6)])

    path = tmp_path_factory.mktemp("tokenizer") / "repeating.model"
    train_tokenizer([" ".join(word() for _ in range(3)) for _ in range(800)], path, "unigram", 60)
    return path


def test_pieces_that_repeat_a_string_are_retired(repeating):
    """They keep their ids and are not used: the two programs break ties between equally probable cuts differently."""
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(repeating.read_bytes())
    kinds = sentencepiece_model_pb2.ModelProto.SentencePiece
    retired = {piece.piece for piece in proto.pieces if piece.type == kinds.UNUSED}
    assert {"..", "...", "....", "jajaja", "jajajaja"} <= retired
    assert retired == {piece.piece for piece in proto.pieces if re.fullmatch(r"(.+)\1+", piece.piece)}
    both = GraphTokenizer(repeating), Tokenizer(repeating)
    assert_same(both, [text * n for text in ("0", "!", ".", "ja", "j", "10", "0.", ".!") for n in range(1, 40)])


@settings(max_examples=100, deadline=None)
@given(runs=st.lists(st.tuples(st.sampled_from(["0", "!", ".", "ja", " ", "5"]), st.integers(1, 30)), min_size=1))
def test_ids_where_cuts_could_tie(repeating, runs):
    texts = [text * times for text, times in runs]
    assert_same((GraphTokenizer(repeating), Tokenizer(repeating)), [*texts, "".join(texts)])


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_ids_on_any_text(both, texts):
    assert_same(both, texts)


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text("ab0!.hajñД \u0301\u3000▁<s>/", max_size=60), min_size=1, max_size=5))
def test_ids_on_text_of_few_characters(both, texts):
    assert_same(both, texts)


def test_ends_and_pieces(both):
    graph, device = both
    assert graph.encode(tf.constant([""])).to_list() == [[EOS]]
    assert EOS not in device.encode("</s> <s>")[:-1]
    assert device.encode("日本")[:-1].count(UNK) >= 1


def test_decoding_inverts_encoding(both, text):
    """Within the vocabulary; words that it does not have are unknown."""
    graph, device = both
    known = [sentence for sentence in text[:200] if UNK not in device.encode(sentence)]
    assert len(known) > 20
    decoded = graph.decode(graph.encode(tf.constant(known)).to_tensor()).numpy()
    assert [sentence.decode("utf-8") for sentence in decoded] == known


def test_size_is_kept(file):
    size = len(Tokenizer(file))
    assert size == SIZES[file.stem] if file.stem in ("unigram", "bpe") else size <= SIZES[file.stem]


def test_training_twice_gives_the_same_file(text, file, tmp_path):
    train_tokenizer(text, tmp_path / "again.model", file.stem, SIZES[file.stem])
    assert (tmp_path / "again.model").read_bytes() == file.read_bytes()


def refused(sentences: list[str], path: Path, kind: str, size: int) -> str:
    with pytest.raises(UserError) as caught:
        train_tokenizer(sentences, path, kind, size)
    assert "\n" not in str(caught.value)
    assert not path.exists()
    return str(caught.value)


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_vocabulary_larger_than_the_text_allows(tmp_path, kind):
    sentences = ["el gato come", "the cat eats", "the cat and the dog"]
    message = refused(sentences, tmp_path / "x.model", kind, 8000)
    assert message.startswith("tokenizer.size is 8000, but the text allows at most ")
    # The advice holds: that size works, and no larger one.
    most = int(re.search(r"tokenizer\.size=(\d+)$", message)[1])
    assert f"at most {most}" in refused(sentences, tmp_path / "x.model", kind, most + 1)
    train_tokenizer(sentences, tmp_path / "x.model", kind, most)
    assert len(Tokenizer(tmp_path / "x.model")) == most


@pytest.mark.parametrize("kind", ["word", "char"])
def test_words_and_characters_take_what_there_is(tmp_path, kind):
    train_tokenizer(["the cat", "the dog"], tmp_path / "x.model", kind, 8000)
    # Four control pieces, and words; or the letters of them and the space.
    assert len(Tokenizer(tmp_path / "x.model")) == 4 + {"word": 3, "char": len(set("thecatdog")) + 1}[kind]


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_vocabulary_smaller_than_the_characters(tmp_path, kind):
    sentences = ["the quick brown fox jumps over the lazy dog"] * 3
    # Letters, the space, and four control pieces.
    assert "need 31: use a larger one" in refused(sentences, tmp_path / "x.model", kind, 20)


@pytest.mark.parametrize("sentences", [[], [""], [" ", ""]], ids=repr)
@pytest.mark.parametrize("kind", SIZES)
def test_no_text(tmp_path, kind, sentences):
    assert "SentencePiece" in refused(sentences, tmp_path / "x.model", kind, 30)
