"""Telling languages apart, and not pretending to."""

import io

import pytest
import sentencepiece

from edge.serve.detection import Detector
from edge.serve.refusal import Refusal
from edge.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def spanish(toy):
    return Tokenizer(toy / "source.model")


@pytest.fixture(scope="module")
def english(toy):
    return Tokenizer(toy / "target.model")


def test_words_of_both(spanish, english):
    """Two Spanish words and an English one: fewer characters are unknown to Spanish."""
    (first, sure), (second, unsure) = Detector({"es": spanish, "en": english}).detect("uno dos three")
    assert (first, second) == ("es", "en")
    # It knows 6 of 11 characters.
    assert sure == pytest.approx(100 * 6 / 11, abs=0.1) and unsure < 0.1


def test_a_single_language_is_as_sure_as_its_words_are_known(spanish):
    assert Detector({"es": spanish}).detect("uno dos") == [("es", 100)]
    assert Detector({"es": spanish}).detect("uno zebra") == [("es", 37.5)]


def test_one_tokenizer_for_both_tells_nothing(spanish):
    with pytest.raises(Refusal, match="cannot detect the language: name it, one of es, en"):
        Detector({"es": spanish, "en": spanish}).detect("uno")


def test_a_bpe_tokenizer_tells_nothing(spanish, tmp_path):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["one two three four five six seven"] * 9), model_writer=model, model_type="bpe",
        vocab_size=40, pad_id=0, unk_id=1, bos_id=2, eos_id=3, minloglevel=2,
    )  # fmt: skip
    (tmp_path / "bpe.model").write_bytes(model.getvalue())
    with pytest.raises(Refusal, match="cannot detect"):
        Detector({"es": spanish, "en": Tokenizer(tmp_path / "bpe.model")}).detect("uno")
