import io

import numpy as np
import pytest
import sentencepiece

from edge.search.step import Encoded, Hypothesis, Source
from edge.spoken_words import spoken_words, token_spans
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Trains a SentencePiece model, without any code of ours."""

    def train(text: list[str], **options: object) -> Tokenizer:
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(text * 5),
            model_writer=model,
            hard_vocab_limit=False,
            minloglevel=2,
            **{"pad_id": PAD, "unk_id": UNK, "bos_id": BOS, "eos_id": EOS, "vocab_size": 60, **options},
        )
        path = tmp_path_factory.mktemp("tokenizer") / "t.model"
        path.write_bytes(model.getvalue())
        return Tokenizer(path)

    return train


def ctc_of(places: list[tuple[int, int]], positions: int, vocabulary: int) -> np.ndarray:
    """CTC that has each token at one position, and blank at all others."""
    probabilities = np.full((1, positions, vocabulary), 1e-5)
    probabilities[0, :, PAD] = 0.9
    for place, token in places:
        probabilities[0, place, token], probabilities[0, place, PAD] = 0.9, 1e-5
    return np.log(probabilities).astype(np.float32)


def source_of(ctc: np.ndarray | None, positions: int) -> Source:
    return Source(Encoded({"mask": np.ones((1, positions), np.float32)}, {}, ctc), positions, [])


def words_of(tokenizer: Tokenizer, text: str, places: list[int], positions: int) -> list[tuple[str, float, float]]:
    tokens = tokenizer.encode(text)[:-1]
    source = source_of(ctc_of(list(zip(places, tokens, strict=True)), positions, len(tokenizer)), positions)
    hypothesis = Hypothesis(tokens, [-0.1] * (len(tokens) + 1), None, -1.0)
    found = spoken_words(hypothesis, source, tokenizer, 0.1, 20.0, 0.1 * positions, [(0.0, 0.1 * positions)])
    assert [token for word in found for token in word.tokens] == tokens
    return [(tokenizer.decode(word.tokens), word.start, word.end) for word in found]


def test_characters(make):
    """`▁` is a token of its own, at a position of its own, which is no part of a word."""
    tokenizer = make(["one two three"], model_type="char")
    assert tokenizer.tokens(tokenizer.encode("one two"))[:5] == ["▁", "o", "n", "e", "▁"]
    found = words_of(tokenizer, "one two", [0, 2, 3, 4, 5, 8, 9, 10], 12)
    assert [text for text, _, _ in found] == ["one", "two"]
    # Halfway from the end of e, 0.5 s, to the beginning of t, 0.8 s.
    assert np.array([times for _, *times in found]) == pytest.approx(np.array([(20.0, 20.65), (20.65, 21.2)]))


def test_subwords(make):
    tokenizer = make(["walking talking walked talked walk talk ing ed"], model_type="bpe", vocab_size=28)
    tokens = tokenizer.encode("walking talked")[:-1]
    assert len(tokens) > 2
    found = words_of(tokenizer, "walking talked", list(range(1, 2 * len(tokens), 2)), 2 * len(tokens))
    assert [text for text, _, _ in found] == ["walking", "talked"]


def test_a_script_without_spaces_has_a_word_for_each_token(make):
    tokenizer = make(["今日はいい天気", "天気 ok"], model_type="char", character_coverage=1.0)
    found = words_of(tokenizer, "今日は", [0, 1, 3, 5], 6)
    assert [text for text, _, _ in found] == ["今", "日", "は"]
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
    found = words_of(tokenizer, "天気 ok", [0, 1, 3, 5, 6, 7], 9)
    assert [text for text, _, _ in found] == ["天", "気", "ok"]


def test_no_tokens(make):
    tokenizer = make(["one two"], model_type="char")
    assert words_of(tokenizer, "", [], 4) == []
    for ctc in (None, ctc_of([], 4, 10)):
        assert token_spans(Hypothesis([], [-0.1], np.ones((1, 4)) / 4, -0.1), source_of(ctc, 4)) == []


def test_attention_is_followed_forwards():
    """A token that looks far ahead, or back, does not take the others with it."""
    attention = np.full((6, 10), 0.02)
    for row, place in enumerate([1, 9, 3, 4, 0, 8]):
        attention[row, place] = 0.6
    attention[1, 2], attention[4, 6] = 0.25, 0.25
    spans = token_spans(Hypothesis([5] * 5, [0.0] * 6, attention, 0.0), source_of(None, 10))
    assert [first for first, _ in spans] == [1, 2, 3, 4, 6] and all(last == first + 1 for first, last in spans)


def test_without_ctc_and_attention_tokens_are_spread_evenly():
    assert token_spans(Hypothesis([5, 6], [0.0] * 3, None, 0.0), source_of(None, 10)) == [(0, 5), (5, 10)]


def test_no_word_ends_behind_the_sound(make):
    """A network may have positions behind the end of the sound, and CTC may put tokens there."""
    tokenizer = make(["one two three"], model_type="char")
    tokens = tokenizer.encode("one two")[:-1]
    places = [0, 2, 3, 4, 5, 8, 9, 10]
    source = source_of(ctc_of(list(zip(places, tokens, strict=True)), 12, len(tokenizer)), 12)
    hypothesis = Hypothesis(tokens, [-0.1] * (len(tokens) + 1), None, -1.0)
    found = spoken_words(hypothesis, source, tokenizer, 0.1, 20.0, 0.9, [(0.0, 0.9)])
    assert np.array([(word.start, word.end) for word in found]) == pytest.approx(
        np.array([(20.0, 20.65), (20.65, 20.9)])
    )
