"""A translation flatbuffer behind the interface that search knows."""

import numpy as np

from edge.runtime import Flatbuffer
from edge.search.step import Encoded, Stepped

MEMORY = ("memory", "keys")


class FlatbufferStep:
    """Drives the signatures `encode` and `decode_step`.

    Args:
        flatbuffer: a loaded translation flatbuffer.
    """

    vocabulary = None

    def __init__(self, flatbuffer: Flatbuffer):
        self._flatbuffer = flatbuffer

    def encode(self, source: np.ndarray) -> Encoded:
        """Encodes a sentence, int32 `(1, source_length)`."""
        outputs = self._flatbuffer.call("encode", {"source": source})
        memory = {name: outputs.pop(name) for name in MEMORY if name in outputs}
        if memory:
            memory["mask"] = np.ones(source.shape, np.float32)
        return Encoded(memory, outputs)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        outputs = self._flatbuffer.call("decode_step", {"token": token, **encoded.memory, **encoded.states})
        return Stepped(outputs.pop("logits"), outputs, outputs.pop("attention", None))
