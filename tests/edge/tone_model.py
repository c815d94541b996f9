"""A language of tones and a model that knows it, in NumPy: what is right for a sound is known without the model."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.recognizer_components import RecognizerComponents
from edge.search.step import Encoded, Stepped
from edge.tokenizer import EOS, Tokenizer

RATE, POSITION = 8000, 320
# Tokens of the toy bundle's target: control tokens, then ten words.
VOCABULARY = 14
FIRST = EOS + 1

Spoken = tuple[str, float, float]


def pitch(token: int) -> float:
    return 400.0 + 200.0 * (token - FIRST)


class ToneModel:
    """Reads tones, a word each; has CTC and attention, or one of them.

    CTC and attention have a word at the position in the middle of its tone, and know nothing of its start and end.
    """

    vocabulary = None

    def __init__(self, ctc: bool = True, attention: bool = True, decoder: bool = True):
        self.ctc, self.attention, self.decoder = ctc, attention, decoder
        self.lengths: list[int] = []

    def encode(self, audio: np.ndarray, audio_length: np.ndarray) -> Encoded:
        assert audio.dtype == np.float32 and audio.shape == (1, *audio_length) and audio_length.dtype == np.int32
        self.lengths.append(audio.shape[1])
        count = -(-audio.shape[1] // POSITION)
        frames = np.pad(audio[0], (0, count * POSITION - audio.shape[1])).reshape(count, POSITION)
        spectrum = np.abs(np.fft.rfft(frames * np.hanning(POSITION)))
        loudest = spectrum.argmax(axis=1) * RATE / POSITION
        known = np.abs(loudest[:, None] - [pitch(token) for token in range(FIRST, VOCABULARY)])
        is_tone = (spectrum.max(axis=1) > 4.0) & (known.min(axis=1) < 30.0)
        tokens = np.where(is_tone, known.argmin(axis=1) + FIRST, 0)
        middles = np.zeros(count, int)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], tokens, [0]])))
        for start, end in itertools.pairwise(edges):
            if tokens[start] and end - start >= 3:
                middles[(start + end - 1) // 2] = tokens[start]
        probabilities = np.full((1, count, VOCABULARY), 1e-4, np.float32)
        probabilities[0, np.arange(count), middles] = 0.95
        memory = {"memory": middles[None, :, None].astype(np.float32), "mask": np.ones((1, count), np.float32)}
        states = {"state_0": np.zeros((1, 1), np.float32)}
        return Encoded(memory, states, np.log(probabilities) if self.ctc else None)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        assert self.decoder, "the decoder is not needed"
        middles, start = encoded.memory["memory"][..., 0], encoded.states["state_0"].astype(int)
        count = middles.shape[1]
        following = np.where((middles > 0) & (np.arange(count) >= start), np.arange(count), count).min(axis=1)
        rows = np.arange(len(middles))
        tokens = np.where(following < count, middles[rows, np.minimum(following, count - 1)], EOS).astype(int)
        logits = np.where(np.arange(VOCABULARY) == tokens[:, None], 8.0, 0.0).astype(np.float32)
        attention = np.zeros(middles.shape, np.float32)
        attention[rows, np.minimum(following, count - 1)] = 1.0
        state = np.minimum(following + 1, count)[:, None].astype(np.float32)
        return Stepped(logits, {"state_0": state}, attention if self.attention else None)


class Tones:
    """Speaks, and makes recognizers that understand it.

    Args:
        tokenizer: of the toy bundle's target.
    """

    rate, position = RATE, POSITION
    model = ToneModel

    def __init__(self, tokenizer: Path):
        self.target = Tokenizer(tokenizer)

    def say(self, words: Sequence[Spoken], seconds: float, noise: float = 0.0, seed: int = 1) -> np.ndarray:
        """Tones for words with start and end in seconds; float32 `(samples,)`."""
        sound = noise * np.random.default_rng(seed).standard_normal(round(seconds * RATE))
        for text, start, end in words:
            (token, _) = self.target.encode(text)
            time = np.arange(round(start * RATE), round(end * RATE)) / RATE
            sound[round(start * RATE) : round(end * RATE)] += 0.4 * np.sin(2 * np.pi * pitch(token) * time)
        return sound.astype(np.float32)

    def components(self, step: ToneModel, seconds: float = 10.0) -> RecognizerComponents:
        """A recognizer's components that split sound of more seconds; their model reads twice as much."""
        samples = round(seconds * RATE)
        return RecognizerComponents(step, self.target, RATE, POSITION / RATE, 2 * samples, samples, 60)
