"""Sound as a source that a model reads."""

import functools
import hashlib
from collections.abc import Sequence

import numpy as np

from edge.encoding import Encoder
from edge.search.step import Source


class Sound:
    """Sound that a model reads at once. Equal samples are equal sounds.

    Args:
        samples: float32 `(samples,)` in [-1, 1], not to be changed any more.
    """

    def __init__(self, samples: np.ndarray):
        self.samples = samples

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.samples)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sound) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @functools.cached_property
    def digest(self) -> bytes:
        """A hash of the samples."""
        return hashlib.blake2b(np.ascontiguousarray(self.samples).data, digest_size=16).digest()


def pad_sounds(sounds: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return sounds, float32 `(samples,)` each, as one batch: the inputs of `encode`, padded with zeros."""
    audio = np.zeros((len(sounds), max(map(len, sounds))), np.float32)
    for row, sound in zip(audio, sounds, strict=True):
        row[: len(sound)] = sound
    return {"audio": audio, "audio_length": np.array([len(sound) for sound in sounds], np.int32)}


def encode_sounds(encoder: Encoder, sounds: Sequence[Sound]) -> list[Source]:
    """Encode sounds one at a time: without padding, no result depends on the rest of the batch.

    Args:
        encoder: of a model that reads sound.
        sounds: at the model's rate.

    Returns:
        The encoded sounds, in order. The length of a sound is its number of positions.
    """
    sources = []
    for sound in sounds:
        encoded = encoder.encode(**pad_sounds([sound.samples]))
        source = Source(encoded, 0, list(sound.digest))
        positions = source.positions or (0 if source.ctc is None else len(source.ctc))
        sources.append(source._replace(length=positions))
    return sources
