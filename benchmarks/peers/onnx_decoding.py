"""ONNX Runtime on the graphs of `onnx_network.py`; `benchmarks.edge` starts it beside ours.

python -m benchmarks.peers.onnx_decoding FOLDER encode|step|loop VOCABULARY LENGTH STEPS THREADS
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.peers.onnx_graph import Bound, session
from benchmarks.peers.rounds import answer_rounds
from benchmarks.peers.source import random_source
from edge.tokenizer import BOS


class Decoding:
    """Encoder and step, all tensors bound once; what one step writes as states the next one reads where it is.

    Args:
        folder: of `encode.onnx` and `decode_step.onnx`.
        source: int32 `(1, length)`.
        steps: of a sentence.
        threads: of the sessions.
    """

    def __init__(self, folder: Path, source: np.ndarray, steps: int, threads: int):
        encode, step = (session(folder / f"{name}.onnx", threads) for name in ("encode", "decode_step"))
        self._steps = steps
        self._token = np.array([BOS], np.int32)
        units = step.get_inputs()[-1].shape[1]
        length = source.shape[1]
        memory = {name: np.zeros((1, length, units), np.float32) for name in ("memory", "keys")}
        sets = [{f"state_{index}": np.zeros((1, units), np.float32) for index in range(3)} for _ in range(2)]
        self._states = sets[0]
        encoded = memory | {name: self._states[name] for name in ("state_0", "state_1")}
        self._encoder = Bound(encode, {"source": source}, encoded)
        constant = memory | {"mask": np.ones(source.shape, np.float32), "token": self._token}
        self._logits = np.zeros((1, step.get_outputs()[0].shape[1]), np.float32)
        outputs = {"logits": self._logits, "attention": np.zeros(source.shape, np.float32)}
        self._bound = [
            Bound(step, constant | before, outputs | {f"{name}_next": state for name, state in after.items()})
            for before, after in (sets, sets[::-1])
        ]
        self._turns = itertools.cycle(self._bound)
        self.jobs = {"encode": self.encode, "step": self.step, "loop": self.loop}
        self.encode()

    def encode(self) -> None:
        """A sentence, before its first step."""
        self._states["state_2"].fill(0.0)
        self._encoder.run()
        self._token[0] = BOS
        self._turns = itertools.cycle(self._bound)

    def step(self) -> None:
        """One more step, and the choice of its token."""
        next(self._turns).run()
        self._token[0] = self._logits.argmax()

    def loop(self) -> None:
        """A sentence."""
        self.encode()
        for _ in range(self._steps):
            self.step()


def main(folder: str, job: str, *sizes: str) -> None:
    """Measures whenever asked to."""
    vocabulary, length, steps, threads = map(int, sizes)
    decoding = Decoding(Path(folder), random_source(length, vocabulary), steps, threads)
    answer_rounds(decoding.jobs[job], f"onnxruntime {onnxruntime.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
