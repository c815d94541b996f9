"""Our flatbuffer as a device runs it; `benchmarks.edge` starts it beside its peers.

python -m benchmarks.peers.edge_decoding MODEL.tflite encode|step|loop|search|translate VOCABULARY LENGTH STEPS THREADS
"""

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.peers.rounds import answer_rounds
from benchmarks.peers.source import random_source
from edge.encoding import encode_tokens
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Encoded
from edge.tokenizer import BOS


class Decoding:
    """What is measured, by name.

    Args:
        flatbuffer: loaded.
        source: int32 `(1, length)`.
        steps: of a sentence.
    """

    def __init__(self, flatbuffer: Flatbuffer, source: np.ndarray, steps: int):
        self._flatbuffer = flatbuffer
        self._source = source
        self._steps = steps
        self._step = FlatbufferStep(flatbuffer)
        self.encode()
        jobs = (self.encode, self.step, self.loop, self.search, self.translate)
        self.jobs: dict[str, Callable[[], None]] = {job.__name__: job for job in jobs}

    def encode(self) -> None:
        """A sentence, before its first step."""
        self._encoded = self._step.encode(source=self._source)
        self._token = np.array([BOS], np.int32)

    def step(self) -> None:
        """One more step, and the choice of its token."""
        logits, states, _ = self._step.step(self._token, self._encoded)
        self._encoded = Encoded(self._encoded.memory, states)
        self._token = logits.argmax(axis=1).astype(np.int32)

    def loop(self) -> None:
        """A sentence, driven from here."""
        self.encode()
        for _ in range(self._steps):
            self.step()

    def search(self) -> None:
        """A sentence through `edge.search`, with scores."""
        (best, *_), *_ = search(
            self._step, encode_tokens(self._step, self._source.tolist()), self._steps, SearchOptions()
        )
        self._check(len(best.tokens))

    def translate(self) -> None:
        """A sentence in one call: the loop is in the graph."""
        self._check(int(self._flatbuffer.call("translate", {"source": self._source})["length"][0]))

    def _check(self, steps: int) -> None:
        if steps != self._steps:
            raise RuntimeError(f"a sentence took {steps} steps, not {self._steps}")


def main(model: str, job: str, *sizes: str) -> None:
    """Measures whenever asked to."""
    vocabulary, length, steps, threads = map(int, sizes)
    flatbuffer = Flatbuffer(model, threads)
    decoding = Decoding(flatbuffer, random_source(length, vocabulary), steps)
    answer_rounds(decoding.jobs[job], f"{flatbuffer.runtime} {flatbuffer.version}")


if __name__ == "__main__":
    main(*sys.argv[1:])
