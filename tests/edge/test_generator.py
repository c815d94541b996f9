"""Generation without text: sources are recordings of a kind, and the model is a table."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from edge.errors import UserError
from edge.generator import Generator
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.step import Encoded, Source, Stepped
from edge.tokenizer import EOS

GREEDY, FREE = SearchOptions(), Constraints()
SIZE = 12


class Sound(NamedTuple):
    """Frames, each the token that is to be written for it: its generation is known without a search."""

    frames: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.frames)


class CopyStep:
    """Writes the frames one after the other, then EOS; its state is the position."""

    def __init__(self, tokens: Sequence[int] = range(SIZE)):
        self.vocabulary = None if len(tokens) == SIZE else np.array(tokens, np.int32)
        self._tokens = list(tokens)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        frames, position = encoded.memory["memory"], encoded.states["state_0"]
        place = np.minimum(position[:, 0].astype(int), frames.shape[1])
        wanted = np.pad(frames, [(0, 0), (0, 1)], constant_values=EOS)[np.arange(len(frames)), place].astype(int)
        logits = np.where(np.arange(SIZE) == np.where(wanted == 0, EOS, wanted)[:, None], 5.0, 0.0)
        attention = encoded.memory["mask"] / encoded.memory["mask"].sum(axis=1, keepdims=True)
        return Stepped(logits[:, self._tokens].astype(np.float32), {"state_0": position + 1}, attention)


class Encoding:
    """Encodes sounds, and remembers in which batches."""

    def __init__(self):
        self.batches: list[list[Sound]] = []

    def __call__(self, sounds: Sequence[Sound]) -> list[Source]:
        self.batches.append(list(sounds))
        found = []
        for sound in sounds:
            frames = np.array([sound.frames], np.float32)
            encoded = Encoded({"memory": frames, "mask": np.ones_like(frames)}, {"state_0": np.zeros((1, 1))})
            found.append(Source(encoded, len(sound), sound.frames))
        return found


def sounds(*lengths: int) -> list[Sound]:
    random = np.random.default_rng(1)
    return [Sound(tuple(random.integers(4, SIZE, length).tolist())) for length in lengths]


def test_results_are_in_order_and_batches_by_length():
    encoding, given = Encoding(), sounds(5, 1, 9, 2, 3, 7, 4)
    found = Generator(encoding, CopyStep(), 20, batch=3).generate(given, GREEDY, FREE)
    assert [best.tokens for best, *_ in found] == [list(sound.frames) for sound in given]
    assert [best.attention.shape for best, *_ in found] == [(len(sound) + 1, len(sound)) for sound in given]
    assert [[len(sound) for sound in batch] for batch in encoding.batches] == [[1, 2, 3], [4, 5, 7], [9]]


def test_the_limit_ends_what_is_too_long():
    (found,) = Generator(Encoding(), CopyStep(), 4).generate(sounds(9), GREEDY, FREE)
    assert found[0].tokens == list(sounds(9)[0].frames[:4])


def test_nothing_gives_nothing():
    encoding = Encoding()
    assert Generator(encoding, CopyStep(), 4).generate([], GREEDY, FREE) == [] and not encoding.batches


def test_what_is_repeated_is_searched_once_with_a_cache():
    encoding = Encoding()
    generator, (one, other) = Generator(encoding, CopyStep(), 20, cache=4), sounds(3, 5)
    first = generator.generate([one, other, one], GREEDY, FREE)
    assert [[len(sound) for sound in batch] for batch in encoding.batches] == [[3, 5]]
    # What a caller does to what it got is its own affair.
    first[0][0].tokens.clear()
    assert [found[0].tokens for found in generator.generate([other, Sound(one.frames)], GREEDY, FREE)] == [
        list(other.frames),
        list(one.frames),
    ]
    assert len(encoding.batches) == 1
    # Other options and other constraints are other questions.
    for options, constraints in ((SearchOptions(beam=2), FREE), (GREEDY, Constraints(suppressed=(4,)))):
        for _ in range(2):
            generator.generate([one], options, constraints)
    assert len(encoding.batches) == 3


def test_sources_have_constraints_of_their_own():
    """With a cache and without; in order of their lengths or not."""
    given, options = sounds(5, 3, 5), SearchOptions(beam=4)
    given[2] = Sound(given[0].frames)
    constraints = [Constraints(required=((token, token),)) for token in (7, 8, 9)]
    for cache in (0, 8):
        generator = Generator(Encoding(), CopyStep(), 20, batch=2, cache=cache)
        for _ in range(2):
            found = generator.generate(given, options, constraints)
            for (best, *_), token in zip(found, (7, 8, 9), strict=True):
                pairs = list(zip(best.tokens, best.tokens[1:], strict=False))
                assert [(each, each) in pairs for each in (7, 8, 9)].count(True) >= 1 and (token, token) in pairs
    with pytest.raises(UserError, match="sentence 2 meets"):
        impossible = [FREE, Constraints(required=((4, 4),)), FREE]
        Generator(Encoding(), CopyStep(), 8, cache=8).generate(
            given, SearchOptions(beam=2, no_repeat_ngram=1), impossible
        )


def test_results_come_batch_by_batch_with_their_encoded_sources():
    encoding, given = Encoding(), sounds(5, 1, 9, 2)
    each = Generator(encoding, CopyStep(), 20, batch=2, cache=4).each(given, GREEDY, FREE)
    found = [next(each), next(each)]
    assert [[len(sound) for sound in batch] for batch in encoding.batches] == [[1, 2]]
    found += each
    assert [place for place, _, _ in found] == [1, 3, 0, 2]
    for place, source, (best, *_) in found:
        assert source.length == len(given[place]) and best.tokens == list(given[place].frames)


@pytest.mark.parametrize("options", [GREEDY, SearchOptions(beam=3)])
def test_a_stream_grows_to_the_result(options):
    generator, (sound,) = Generator(Encoding(), CopyStep(), 20), sounds(6)
    *steps, last = generator.stream(sound, options, FREE)
    assert all(step.hypothesis is None for step in steps)
    for earlier, later in zip(steps, [*steps[1:], last], strict=True):
        assert later.tokens[: len(earlier.tokens)] == earlier.tokens
    assert last.tokens == last.hypothesis.tokens == list(sound.frames)
    assert last.hypothesis.score == generator.generate([sound], options, FREE)[0][0].score
    if options == GREEDY:
        assert [step.tokens for step in steps[:3]] == [list(sound.frames[:length]) for length in (1, 2, 3)]


def test_a_smaller_vocabulary_is_for_a_batch_and_not_where_tokens_are_asked_for():
    shortened, listed = [], [0, 1, 2, EOS, 4, 5, 6]

    def shorten(batch: Sequence[Sound]) -> CopyStep:
        shortened.append([len(sound) for sound in batch])
        return CopyStep(listed)

    generator = Generator(Encoding(), CopyStep(), 20, batch=2, shorten=shorten)
    given = [Sound((4, 6)), Sound((5, 4, 6)), Sound((6,))]
    found = generator.generate(given, GREEDY, FREE)
    assert [best.tokens for best, *_ in found] == [list(sound.frames) for sound in given]
    assert shortened == [[1, 2], [3]]
    assert generator.generate(given[:1], GREEDY, Constraints(suppressed=(9,)))[0][0].tokens == [4, 6]
    assert len(shortened) == 3
    for constraints in (Constraints(prefix=(11,)), Constraints(required=((11,),))):
        (best, *_), *_ = generator.generate(given[:1], SearchOptions(beam=2), constraints)
        assert 11 in best.tokens
    assert len(shortened) == 3


def test_constraints_that_cannot_be_met():
    generator, impossible = Generator(Encoding(), CopyStep(), 8), Constraints(required=((4, 4),))
    options = SearchOptions(beam=2, no_repeat_ngram=1)
    with pytest.raises(UserError, match="no translation of sentence 1 meets the constraints; use a larger --beam"):
        generator.generate(sounds(3), options, impossible)
    with pytest.raises(UserError, match="no translation of sentence 1 meets the constraints"):
        list(generator.stream(sounds(3)[0], options, impossible))


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_that_is_none(batch):
    with pytest.raises(UserError, match=f"batch {batch}: is less than 1"):
        Generator(Encoding(), CopyStep(), 8, batch=batch)
