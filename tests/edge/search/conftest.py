"""A random model small enough to look at every sentence that it can say."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from edge.search.step import Encoded, Stepped
from edge.tokenizer import BOS, EOS


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


class ShortStep(RandomStep):
    """The same network, which predicts some of its tokens only."""

    def __init__(self, seed: int, vocabulary: int, tokens: Sequence[int]):
        super().__init__(seed, vocabulary)
        self.vocabulary = np.array(tokens, np.int32)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        logits, *rest = super().step(token, encoded)
        return Stepped(logits[:, self.vocabulary], *rest)


@pytest.fixture(scope="session")
def short_step() -> type[ShortStep]:
    return ShortStep


@pytest.fixture(scope="session")
def random_step() -> type[RandomStep]:
    return RandomStep
