import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sentencepiece

from edge import UserError
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer

TEXT = ["the cat sat on the mat", "a cat and a dog sat", "the dog ate the mat", "cats and dogs: 2 of 3!"] * 5
CONTROL = {"pad_id": PAD, "unk_id": UNK, "bos_id": BOS, "eos_id": EOS}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Trains a SentencePiece model, without any code of ours."""

    def train(kind: str, size: int, **options: object) -> Path:
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TEXT),
            model_writer=model,
            model_type=kind,
            vocab_size=size,
            hard_vocab_limit=False,
            minloglevel=2,
            **{**CONTROL, **options},
        )
        path = tmp_path_factory.mktemp("tokenizer") / f"{kind}.model"
        path.write_bytes(model.getvalue())
        return path

    return train


@pytest.fixture(scope="module", params=[("unigram", 40), ("bpe", 40), ("word", 30), ("char", 40)], ids=lambda p: p[0])
def tokenizer(request: pytest.FixtureRequest, make: Callable[..., Path]) -> Tokenizer:
    return Tokenizer(make(*request.param))


def test_ids_of_the_toy_tokenizer_are_words_in_order(toy):
    tokenizer = Tokenizer(toy / "source.model")
    ids = tokenizer.encode("dos uno dos")
    assert ids[0] == ids[2] != ids[1]
    assert ids[3:] == [EOS]
    assert tokenizer.tokens(ids) == ["▁dos", "▁uno", "▁dos", "</s>"]
    # Ten words and four control pieces.
    assert len(tokenizer) == 14


def test_decode_gives_the_text_back(tokenizer):
    for text in TEXT[:4]:
        ids = tokenizer.encode(text)
        assert ids[-1] == EOS and not {PAD, BOS, EOS} & set(ids[:-1])
        assert max(ids) < len(tokenizer)
        assert tokenizer.decode(ids) == text


def test_pieces_put_together_are_the_text(tokenizer):
    pieces = tokenizer.tokens(tokenizer.encode("the dog ate"))
    assert "".join(pieces) == "▁the▁dog▁ate</s>"


def test_control_pieces_have_no_text(tokenizer):
    ids = tokenizer.encode("the cat")[:-1]
    assert tokenizer.decode([BOS, *ids, EOS, PAD, PAD]) == "the cat"
    assert tokenizer.decode([]) == tokenizer.decode([EOS]) == ""


@pytest.mark.parametrize("text", ["", " ", "  \t ", "\u3000"])
def test_nothing_but_space_is_the_end_symbol(tokenizer, text):
    assert tokenizer.encode(text) == [EOS]


def test_what_is_not_in_the_vocabulary_is_unknown(tokenizer):
    ids = tokenizer.encode("\U0001f600")
    assert UNK in ids and ids[-1] == EOS
    assert "⁇" in tokenizer.decode(ids)


@pytest.mark.parametrize("text", ["\ud800", "a\udc80b", "cat \ud83d cat"])
def test_half_a_surrogate_pair_counts_as_a_question_mark(tokenizer, text):
    assert tokenizer.encode(text) == tokenizer.encode(re.sub("[\ud800-\udfff]", "?", text))


def test_numpy_ids_decode(tokenizer):
    numpy = pytest.importorskip("numpy")
    assert tokenizer.decode(numpy.array(tokenizer.encode("the cat"), numpy.int32)) == "the cat"


@pytest.mark.parametrize("data", [b"", b"x", b"not a model\n" * 99, bytes(100), b"\xff" * 100])
def test_a_file_that_is_no_model(tmp_path, data):
    path = tmp_path / "x.model"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        Tokenizer(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_path_that_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="cannot be read") as caught:
            Tokenizer(path)
        assert str(path) in str(caught.value)


def test_control_pieces_elsewhere_are_refused(make):
    """SentencePiece's own default: unknown 0, begin 1, end 2, no padding."""
    path = make("unigram", 40, pad_id=-1, unk_id=0, bos_id=1, eos_id=2)
    with pytest.raises(UserError, match=re.escape("[-1, 0, 1, 2]")):
        Tokenizer(path)


def test_tokens_that_continue_a_word(toy, tokenizer):
    assert Tokenizer(toy / "target.model").continuing == frozenset()
    for token, text in enumerate(tokenizer.spellings):
        assert (token in tokenizer.continuing) == text[:1].isalnum()
