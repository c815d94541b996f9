"""Our bundle as a device runs it; `benchmarks.speech` starts it beside its peer.

python -m benchmarks.peers.edge_transcribing BUNDLE SOUND.npz greedy_ctc|beam1|beam5|first_word

SOUND.npz has `audio`, float32 `(samples,)` at the model's rate, and the number of `tokens` of its transcript, 0 for as
many as the model finds.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.peers.rounds import answer_rounds
from edge.deciding import decide_words
from edge.recognizer import Recognizer
from edge.runtime import find_runtime
from edge.search.options import SearchOptions
from edge.sound import Sound

# Tokens of a first word where the model's own has no meaning: five letters and a space.
_WORD = 6


class Transcribing:
    """What is measured, by name.

    Args:
        recognizer: with one thread.
        audio: float32 `(samples,)`.
        tokens: of the transcript; 0 for as many as the model finds.
    """

    def __init__(self, recognizer: Recognizer, audio: np.ndarray, tokens: int):
        self._recognizer = recognizer
        self._audio = audio
        self._tokens = tokens
        jobs = (self.greedy_ctc, self.beam1, self.beam5, self.first_word)
        self.jobs: dict[str, Callable[[], None]] = {job.__name__: job for job in jobs}

    def greedy_ctc(self) -> None:
        """By CTC alone."""
        self._check(self._recognizer.transcribe(self._audio, self._recognizer.rate, greedy_ctc=True).segments)

    def beam1(self) -> None:
        """By the joint search, greedily."""
        self._transcribe(1)

    def beam5(self) -> None:
        """By the joint search with a beam, as `transcribe` does it."""
        self._transcribe(5)

    def first_word(self) -> None:
        """By the joint search with a beam, until the first word is decided."""
        sound, options = Sound(self._audio), self._options(5)
        if self._tokens:
            options = replace(options, min_length=_WORD, max_length=_WORD)
            decide_words(self._recognizer.components, sound, options)
        else:
            decide_words(self._recognizer.components, sound, options, words=1)

    def _transcribe(self, beam: int) -> None:
        self._check(self._recognizer.transcribe(self._audio, self._recognizer.rate, self._options(beam)).segments)

    def _options(self, beam: int) -> SearchOptions:
        lengths = {"min_length": self._tokens, "max_length": self._tokens} if self._tokens else {}
        return SearchOptions(beam=beam, **lengths)

    def _check(self, segments: list) -> None:
        if not segments:
            raise RuntimeError("the recognizer hears no speech in the sound")


def main(bundle: str, sound: str, job: str) -> None:
    """Measures whenever asked to."""
    with np.load(sound) as arrays:
        transcribing = Transcribing(Recognizer(bundle), arrays["audio"], int(arrays["tokens"]))
    runtime, version, _ = find_runtime()
    answer_rounds(transcribing.jobs[job], f"{runtime} {version}")


if __name__ == "__main__":
    main(*sys.argv[1:])
