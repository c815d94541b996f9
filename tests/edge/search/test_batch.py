"""Sources of different lengths side by side."""

import numpy as np
import pytest

from edge.search.batch import stack, take
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Encoded, Source, Stepped
from edge.tokenizer import PAD


def encoded(length: int, ctc: bool = True) -> Encoded:
    """As `encode` returns it with location-aware attention."""
    random = np.random.default_rng(length)
    outputs = {
        "memory": random.normal(size=(1, length, 2)),
        "mask": np.ones((1, length)),
        "state_0": random.normal(size=(1, 3)),
        "alignment": random.normal(size=(1, length)),
        **({"ctc": -random.random((1, length, 5))} if ctc else {}),
    }
    return Encoded.of({name: array.astype(np.float32) for name, array in outputs.items()})


def test_outputs_are_sorted_by_what_becomes_of_them():
    whole = encoded(3)
    assert list(whole.memory) == ["memory", "mask"]
    assert list(whole.states) == ["state_0", "alignment"]
    assert whole.ctc.shape == (1, 3, 5)
    assert encoded(3, ctc=False).ctc is None


def test_shorter_sources_are_padded():
    sentences = [encoded(4), encoded(2)]
    memory, states, ctc = stack(sentences, 3)
    assert {name: array.shape for name, array in (memory | states).items()} == {
        "memory": (6, 4, 2),
        "mask": (6, 4),
        "state_0": (6, 3),
        "alignment": (6, 4),
    }
    for row in range(6):
        own, length = sentences[row // 3], (4, 2)[row // 3]
        np.testing.assert_array_equal(memory["memory"][row, :length], own.memory["memory"][0])
        np.testing.assert_array_equal(states["state_0"][row], own.states["state_0"][0])
        np.testing.assert_array_equal(states["alignment"][row, :length], own.states["alignment"][0])
        np.testing.assert_array_equal(ctc[row, :length], own.ctc[0])
        for array in (memory["memory"], memory["mask"], states["alignment"]):
            assert not array[row, length:].any()
        # Certainly blank.
        np.testing.assert_array_equal(np.exp(ctc[row, length:]), np.eye(5)[[PAD] * (4 - length)])
    assert {array.dtype for array in (*memory.values(), *states.values(), ctc)} == {np.dtype(np.float32)}


def test_without_ctc_there_is_none():
    together = stack([encoded(4, ctc=False), encoded(2, ctc=False)], 2)
    assert together.ctc is None and take(together, np.array([1])).ctc is None


@pytest.mark.parametrize("rows", [np.array([5, 0]), slice(2, 4)])
def test_some_rows(rows):
    whole = stack([encoded(4), encoded(2)], 3)
    some = take(whole, rows)
    for name, array in (whole.memory | whole.states).items():
        np.testing.assert_array_equal((some.memory | some.states)[name], array[rows])
    np.testing.assert_array_equal(some.ctc, whole.ctc[rows])


class LocationStep:
    """Looks at the position after the one that it looked at before, and says what stands there."""

    vocabulary = None

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        before, mask = encoded.states["alignment"], encoded.memory["mask"]
        assert before.shape == mask.shape
        weights = np.roll(before, 1, axis=1) * mask
        begins = ~before.any(axis=1)
        weights[begins, 0] = 1
        said = np.where(weights.any(axis=1), (weights * encoded.memory["memory"]).sum(axis=1), 3)
        logits = np.where(np.arange(9) == said[:, None], 5.0, 0.0).astype(np.float32)
        return Stepped(logits, {"alignment": weights}, weights)


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=3)])
def test_states_along_the_source_are_searched_in_a_batch(options):
    texts = [[4, 5, 6, 7, 8], [6, 4], [8], [5, 5, 5, 7]]
    sources = []
    for text in texts:
        memory = {"memory": np.array([text], np.float32), "mask": np.ones((1, len(text)), np.float32)}
        start = {"alignment": np.zeros((1, len(text)), np.float32)}
        sources.append(Source(Encoded(memory, start), len(text), text))
    found = search(LocationStep(), sources, 5, options)
    assert [best.tokens[: len(text)] for [best], text in zip(found, texts, strict=True)] == texts
    for [best], text in zip(found, texts, strict=True):
        np.testing.assert_array_equal(best.attention[: len(text)], np.eye(len(text)))


def test_ctc_of_a_source_ends_where_its_positions_end():
    padded = encoded(4)
    padded.memory["mask"][0, 3:] = 0
    np.testing.assert_array_equal(Source(padded, 4, ()).ctc, padded.ctc[0, :3])
    without = Encoded({}, padded.states, padded.ctc)
    np.testing.assert_array_equal(Source(without, 4, ()).ctc, padded.ctc[0])
    assert Source(encoded(4, ctc=False), 4, ()).ctc is None
