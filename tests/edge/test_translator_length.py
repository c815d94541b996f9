"""Text that is longer than a model reads or writes at once."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge import Control, SearchOptions, Translator
from edge.components import Components
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.tokenizer import Tokenizer

LIMIT = 16


@pytest.fixture(scope="module")
def translator(each_toy: Path) -> Translator:
    return Translator(each_toy)


@pytest.fixture
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("words", [LIMIT, LIMIT + 1, 500])
def test_what_is_too_long_is_cut_with_a_warning_where_a_prefix_is_of_the_whole(translator, words):
    cut, control = " ".join(["dos"] * (LIMIT - 1)), Control(prefix="two ")
    with pytest.warns(UserWarning, match=f"{words + 1} tokens was truncated to the {LIMIT}"):
        explained = translator.explain(" ".join(["dos"] * words), control=control)
    assert explained.source_tokens == ["▁dos"] * (LIMIT - 1) + ["</s>"]
    assert explained.text == translator.translate(cut, control=control)


LONG = "  tres uno dos\n\nuno dos uno dos tres   diez uno tres dos dos tres uno uno dos tres  uno\n"


def test_what_is_too_long_is_translated_in_parts(translator, no_warnings):
    lines = ["tres uno dos", "uno dos uno dos tres   diez uno tres dos dos tres uno uno dos tres", "uno"]
    one, two, three = (translator.explain(line) for line in lines)
    whole = translator.explain(LONG)
    assert whole.text == f"  {one.text}\n\n{two.text}  {three.text}\n"
    assert whole.target_tokens == one.target_tokens + two.target_tokens + three.target_tokens
    assert whole.score == pytest.approx(one.score + two.score + three.score, abs=1e-4)
    # Each part has looked at its own pieces.
    rows, columns = one.attention.shape
    np.testing.assert_allclose(whole.attention[:rows, :columns], one.attention, atol=1e-4)
    assert not whole.attention[:rows, columns:].any() and not whole.attention[rows:, :columns].any()
    np.testing.assert_allclose(whole.attention.sum(axis=1), 1.0, atol=1e-5)


def test_long_text_has_n_best_and_a_stream_too(translator):
    found = translator.n_best([LONG, "uno"], SearchOptions(beam=3, n_best=3))
    assert [len(each) for each in found] == [3, 3]
    assert found[0][0].score >= found[0][1].score >= found[0][2].score
    lines = "\n\n".join(
        ["tres uno dos", "cinco  diez ocho", "dos nueve", "siete seis tres cuatro", "uno dos tres cinco"]
    )
    assert "".join(translator.stream(lines)) == translator.translate(lines)


def test_the_longest_sentence_is_not_cut(translator, no_warnings):
    explained = translator.explain(" ".join(["dos"] * (LIMIT - 1)))
    assert len(explained.source_tokens) == LIMIT
    # Longer than any it has learned from: whatever comes out ends in time.
    assert 0 < len(explained.target_tokens) <= LIMIT


def test_the_length_limit_shows_as_a_missing_end_symbol(each_toy):
    tokenizers = [Tokenizer(each_toy / f"{side}.model") for side in ("source", "target")]
    step = FlatbufferStep(Flatbuffer(each_toy / "model.tflite"))
    explained = Translator(Components(step, *tokenizers, LIMIT, 2)).explain("tres uno dos")
    assert explained.text == "three one"
    assert explained.target_tokens == ["▁three", "▁one"]
    assert explained.attention.shape == (2, 4)


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=5)])
@pytest.mark.parametrize(
    "text", ["uno " * 2500, "a" * 10_000, "\U0001f600" * 50, " " * 500, "uno три 四 \u0635 dos", "\0" * 100]
)
def test_adversarial_text_is_answered_within_the_limit(translator, text, options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        explained = translator.explain(text, options)
    # A long text is several: each ends in time.
    assert len(explained.target_tokens) <= LIMIT * max(1, -(-len(text.split()) // (LIMIT // 2)))
    assert not caught
