"""Limits on recordings and transcripts that a network can learn from."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.tokenizer import EOS, Tokenizer
from pipelines.data.recording_files import NO_TRANSCRIPT

# Two analysis windows: less has no sound that could be told from another.
MIN_SECONDS = 0.05


@dataclass(frozen=True)
class RecordingLimits:
    """What a recording needs to be learned from.

    Attributes:
        tokenizer: of transcripts.
        rate: samples per second that the network reads.
        max_seconds: longest recording.
        max_length: most tokens of a transcript, EOS included.
        positions: samples of a recording to positions of the encoder's output, of a network that is trained with CTC;
            else None. CTC needs a position for each token, and one more between two equal tokens.
    """

    tokenizer: Tokenizer
    rate: int
    max_seconds: float
    max_length: int
    positions: Callable[[int], int] | None = None

    def fault(self, seconds: float, text: str) -> str:
        """Return why a recording cannot be used, as a kind to count; an empty text if it can."""
        tokens = self.tokenizer.encode(text)
        if seconds > self.max_seconds:
            return f"longer than {self.max_seconds:g} s"
        if tokens == [EOS]:
            # It held only what is invisible.
            return NO_TRANSCRIPT
        if len(tokens) > self.max_length:
            return f"with a transcript of more than {self.max_length} tokens"
        return "" if self.has_positions(round(seconds * self.rate), tokens) else "too short for their transcript"

    def has_positions(self, samples: int, tokens: Sequence[int]) -> bool:
        """Return whether CTC can align tokens, EOS included, with samples."""
        if self.positions is None:
            return True
        labels = tokens[:-1]
        repeated = sum(first == second for first, second in itertools.pairwise(labels))
        return self.positions(samples) >= len(labels) + repeated
