"""What a search needs to know of a model and of a source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]

# What `encode` returns for the attention, the same for all steps, and for the search. Its other outputs are states.
MEMORY = ("memory", "keys", "mask")
CTC = "ctc"


class Encoded(NamedTuple):
    """An encoded batch of sources.

    Attributes:
        memory: arrays that stay as they are while the target grows, `(batch, source_length, ...)` each; among them
            `mask`, float32 `(batch, source_length)`, 1 at real positions. Empty without attention.
        states: arrays that a step takes and returns, `(batch, units)` each or `(batch, source_length)`, such as the
            `alignment` of location-aware attention.
        ctc: CTC log probabilities `(batch, source_length, target_vocabulary)`, blank is PAD; a step does not read
            them. None for a model without CTC.
    """

    memory: Arrays
    states: Arrays
    ctc: np.ndarray | None = None

    @classmethod
    def of(cls, outputs: Mapping[str, np.ndarray]) -> "Encoded":
        """Sorts the outputs of `encode` by what becomes of them."""
        memory = {name: outputs[name] for name in MEMORY if name in outputs}
        states = {name: array for name, array in outputs.items() if name not in (*MEMORY, CTC)}
        return cls(memory, states, outputs.get(CTC))


class Source(NamedTuple):
    """A source as a search sees it.

    Attributes:
        encoded: what `encode` returned for it, a batch of one.
        length: its length in tokens, EOS not counted, that length limits of the target may refer to.
        seed: non-negative integers that seed random sampling beside `SearchOptions.seed`. Equal sources have equal
            seeds, so that they get the same samples whatever else is in the batch.
    """

    encoded: Encoded
    length: int
    seed: Sequence[int]

    @property
    def positions(self) -> int:
        """The number of real positions of the memory; 0 without attention."""
        mask = self.encoded.memory.get("mask")
        return 0 if mask is None else int(np.count_nonzero(mask))

    @property
    def ctc(self) -> np.ndarray | None:
        """CTC log probabilities at the real positions, `(positions, target_vocabulary)`; None for a model without."""
        if self.encoded.ctc is None:
            return None
        return self.encoded.ctc[0, : self.positions if "mask" in self.encoded.memory else None]


class Stepped(NamedTuple):
    """What a step returns.

    Attributes:
        logits: `(batch, target_vocabulary)`.
        states: the next step's states.
        attention: weights `(batch, source_length)`; None without attention.
    """

    logits: np.ndarray
    states: Arrays
    attention: np.ndarray | None


class Step(Protocol):
    """The decoder of a model behind the interface that search knows: a flatbuffer's or a Keras model's."""

    @property
    def vocabulary(self) -> np.ndarray | None:
        """The token of each column of the logits, ascending, the four control tokens among them.

        None if the columns are the tokens.
        """

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads each hypothesis' last token, int32 `(batch,)`, and predicts the next one."""


@dataclass(frozen=True)
class Hypothesis:
    """One target sentence.

    Attributes:
        tokens: token ids, without BOS and EOS.
        token_scores: log probability of each token and, if the sentence has ended, of EOS, as the decoder gave it.
        attention: weights `(target_length, source_length)`, a row for each of `token_scores`; None without attention.
        score: what hypotheses are ranked by: the sum of the log probabilities, joined with CTC's where the model has
            CTC, with the penalties of the search.
    """

    tokens: list[int]
    token_scores: list[float]
    attention: np.ndarray | None
    score: float

    @property
    def log_probability(self) -> float:
        """The sum of the log probabilities."""
        return float(sum(self.token_scores))
