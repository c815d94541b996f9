"""Several models that translate together."""

from collections.abc import Iterable, Sequence

import numpy as np

from edge.encoding import EncoderDecoder
from edge.search.step import Arrays, Encoded, Stepped
from edge.search.top import log_normalizer


class EnsembleStep:
    """Predicts with the mean of several models' probabilities.

    Args:
        members: the models; their vocabularies are the same.
    """

    vocabulary = None

    def __init__(self, members: Sequence[EncoderDecoder]):
        self._members = list(members)

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encodes a batch of sources with each model; the inputs are those of their encoders."""
        memories, states, ctcs = zip(*(member.encode(**inputs) for member in self._members), strict=True)
        memory = _joined(memories)
        masks = [each["mask"] for each in memories if each]
        found = [ctc for ctc in ctcs if ctc is not None]
        # The mask is what the means of attention weights and CTC probabilities refer to.
        return Encoded(
            memory | ({"mask": masks[0]} if masks else {}),
            _joined(states),
            np.logaddexp.reduce(found) - np.log(len(found), dtype=found[0].dtype) if found else None,
        )

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        stepped = [
            member.step(token, Encoded(_of_member(encoded.memory, index), _of_member(encoded.states, index)))
            for index, member in enumerate(self._members)
        ]
        probabilities = [
            np.exp(logits.astype(np.float64) - log_normalizer(logits)[:, None]) for logits, _, _ in stepped
        ]
        attentions = [attention for _, _, attention in stepped if attention is not None]
        return Stepped(
            np.log(np.mean(probabilities, axis=0)),
            _joined(states for _, states, _ in stepped),
            np.mean(attentions, axis=0) if attentions else None,
        )


def _joined(members: Iterable[Arrays]) -> Arrays:
    """The arrays of all members, each name with the member's index before it."""
    return {f"{index}.{name}": array for index, arrays in enumerate(members) for name, array in arrays.items()}


def _of_member(arrays: Arrays, index: int) -> Arrays:
    prefix = f"{index}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
