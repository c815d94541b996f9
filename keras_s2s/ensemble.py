"""Several models that translate together."""

from collections.abc import Sequence

import numpy as np

from edge.search.step import Arrays, Encoded, Step, Stepped
from edge.search.top import log_normalizer


class EnsembleStep:
    """Predicts with the mean of several models' probabilities.

    Args:
        steps: the models; their vocabularies are the same.
    """

    vocabulary = None

    def __init__(self, steps: Sequence[Step]):
        self._steps = list(steps)

    def encode(self, source: np.ndarray) -> Encoded:
        """Encodes sentences of one length with each model, int32 `(batch, source_length)`."""
        memory, states = zip(*(step.encode(source) for step in self._steps), strict=True)
        return Encoded(_together(memory), _together(states))

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        parts = [Encoded(*(_part(arrays, index) for arrays in encoded)) for index in range(len(self._steps))]
        stepped = [step.step(token, part) for step, part in zip(self._steps, parts, strict=True)]
        probabilities = [
            np.exp(logits.astype(np.float64) - log_normalizer(logits)[:, None]) for logits, _, _ in stepped
        ]
        looks = [attention for _, _, attention in stepped if attention is not None]
        return Stepped(
            np.log(np.mean(probabilities, axis=0)),
            _together([states for _, states, _ in stepped]),
            np.mean(looks, axis=0) if looks else None,
        )


def _together(parts: Sequence[Arrays]) -> Arrays:
    return {f"{index}.{name}": array for index, part in enumerate(parts) for name, array in part.items()}


def _part(arrays: Arrays, index: int) -> Arrays:
    beginning = f"{index}."
    return {name.removeprefix(beginning): array for name, array in arrays.items() if name.startswith(beginning)}
