"""A random model small enough to look at every sentence that it can say."""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from edge.search.step import Encoded, Stepped
from edge.tokenizer import BOS, EOS, PAD


class RandomStep:
    """An untrained recurrent network with attention, in NumPy."""

    vocabulary = None

    def __init__(self, seed: int, vocabulary: int = 6, sharpness: float = 2.0):
        random = np.random.default_rng(seed)
        self.size = vocabulary
        self.embedding = random.normal(size=(vocabulary, 8))
        self.recurrent = 0.7 * random.normal(size=(8, 8))
        self.projection = sharpness * random.normal(size=(8, vocabulary))

    def encode(self, source: np.ndarray) -> Encoded:
        embedded = self.embedding[source % self.size]
        memory = {"memory": embedded.astype(np.float32), "mask": np.ones(source.shape, np.float32)}
        return Encoded(memory, {"state_0": np.tanh(embedded.sum(axis=1)).astype(np.float32)})

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        state = np.tanh(encoded.states["state_0"] @ self.recurrent + self.embedding[token])
        scores = np.einsum("rsd,rd->rs", encoded.memory["memory"], state)
        weights = np.where(encoded.memory["mask"] > 0, np.exp(scores), 0)
        weights = weights / weights.sum(axis=1, keepdims=True)
        logits = state @ self.projection
        return Stepped(logits.astype(np.float32), {"state_0": state.astype(np.float32)}, weights)

    def log_probabilities(self, source: Sequence[int], tokens: Sequence[int]) -> list[float]:
        """Of each token, in float64 and without the search."""
        encoded, found = self.encode(source=np.array([source])), []
        for last, token in zip([BOS, *tokens], tokens, strict=False):
            logits, states, _ = self.step(np.array([last]), encoded)
            encoded = Encoded(encoded.memory, states)
            logits = logits[0].astype(np.float64)
            found.append(logits[token] - np.log(np.exp(logits).sum()))
        return found

    def everything(
        self, source: Sequence[int], limit: int, score: Callable[[float, int], float]
    ) -> list[tuple[float, list[int]]]:
        """Every sentence of at most `limit` tokens, and its score from log probability and length; the best first."""
        found = []
        words = [token for token in range(self.size) if token != EOS]
        for length in range(limit + 1):
            for sentence in itertools.product(words, repeat=length):
                whole = [*sentence, EOS][:limit]
                found.append((score(sum(self.log_probabilities(source, whole)), len(whole)), list(sentence)))
        return sorted(found, key=lambda pair: -pair[0])


class CtcPaths:
    """Everything that CTC can say of a source, and how probable it is.

    Args:
        ctc: log probabilities `(positions, vocabulary)`, of few positions and tokens.

    Attributes:
        texts: probability of each text.
    """

    def __init__(self, ctc: np.ndarray):
        self.texts: Counter[tuple[int, ...]] = Counter()
        tokens = [token for token in range(ctc.shape[1]) if token not in (BOS, EOS)]
        probabilities = np.exp(ctc.astype(np.float64))
        for path in itertools.product(tokens, repeat=len(ctc)):
            text = tuple(token for token, _ in itertools.groupby(path) if token != PAD)
            self.texts[text] += float(np.prod(probabilities[np.arange(len(path)), path]))
        self._beginnings: Counter[tuple[int, ...]] = Counter()
        for text, probability in self.texts.items():
            for length in range(len(text) + 1):
                self._beginnings[text[:length]] += probability

    def score(self, before: Sequence[int], token: int) -> float:
        """What a token adds to the logarithm of the probability that the text begins so; EOS: that it is so.

        What cannot be costs as much as a probability of 1e-300, once.
        """
        if token in (PAD, BOS):
            return -np.inf
        before = tuple(before)
        if not self._beginnings[before]:
            return 0.0
        after = self.texts[before] if token == EOS else self._beginnings[(*before, token)]
        return float(np.log(max(after / self._beginnings[before], 1e-300)))

    def scores(self, tokens: Sequence[int]) -> list[float]:
        """What each of these tokens adds to those before."""
        return [self.score(tokens[:place], token) for place, token in enumerate(tokens)]


def random_ctc(random: np.random.Generator, positions: int, vocabulary: int, sharpness: float = 1.5) -> np.ndarray:
    """Log probabilities as a network gives them, float32."""
    logits = sharpness * random.normal(size=(positions, vocabulary))
    logits[:, [BOS, EOS]] = -1e9
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


class CtcStep(RandomStep):
    """The same network, which also gives CTC log probabilities, at as many positions as the source has tokens."""

    def __init__(self, seed: int, vocabulary: int = 6, sharpness: float = 2.0):
        super().__init__(seed, vocabulary, sharpness)
        self.ctc = random_ctc(np.random.default_rng(seed), vocabulary, vocabulary)

    def encode(self, source: np.ndarray) -> Encoded:
        return super().encode(source)._replace(ctc=self.ctc[source % self.size])

    def joint_scores(self, source: Sequence[int], tokens: Sequence[int], weight: float) -> list[float]:
        """What each token adds to a hypothesis, without the search."""
        pairs = zip(self.log_probabilities(source, tokens), self.paths(tuple(source)).scores(tokens), strict=True)
        return [(1 - weight) * one + weight * other if weight < 1 else other for one, other in pairs]

    @functools.cache  # noqa: B019
    def paths(self, source: tuple[int, ...]) -> CtcPaths:
        return CtcPaths(self.encode(np.array([source])).ctc[0])


class ShortStep(RandomStep):
    """The same network, which predicts some of its tokens only."""

    def __init__(self, seed: int, vocabulary: int, tokens: Sequence[int]):
        super().__init__(seed, vocabulary)
        self.vocabulary = np.array(tokens, np.int32)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        logits, *rest = super().step(token, encoded)
        return Stepped(logits[:, self.vocabulary], *rest)


@pytest.fixture(scope="session")
def ctc_step() -> type[CtcStep]:
    return CtcStep


@pytest.fixture(scope="session")
def ctc_paths() -> type[CtcPaths]:
    """Everything that CTC can say, by looking at every path."""
    return CtcPaths


@pytest.fixture(scope="session", name="random_ctc")
def random_ctc_fixture() -> Callable[..., np.ndarray]:
    return random_ctc


@pytest.fixture(scope="session")
def short_step() -> type[ShortStep]:
    return ShortStep


@pytest.fixture(scope="session")
def random_step() -> type[RandomStep]:
    return RandomStep
