"""Encoder and decoder step of a translation model in a TFLite file."""

import numpy as np

from edge.runtime import Flatbuffer
from edge.search.step import Encoded, Stepped


class FlatbufferStep:
    """Drives the signatures `encode` and `decode_step`.

    Args:
        flatbuffer: a loaded translation flatbuffer.

    Attributes:
        loop_length: tokens after which `greedy` ends in any case; None if the flatbuffer has no such loop.
    """

    vocabulary = None

    def __init__(self, flatbuffer: Flatbuffer):
        self._flatbuffer = flatbuffer
        loop = flatbuffer.description().get("translate", {"outputs": []})
        self.loop_length = next((each["shape"][1] for each in loop["outputs"] if each["name"] == "tokens"), None)

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encodes a batch of sources; the inputs are those of the signature `encode`."""
        return Encoded.of(self._flatbuffer.call("encode", inputs))

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        outputs = self._flatbuffer.call("decode_step", {"token": token, **encoded.states}, encoded.memory)
        return Stepped(outputs.pop("logits"), outputs, outputs.pop("attention", None))

    def greedy(self, **inputs: np.ndarray) -> list[int]:
        """The tokens that greedy search finds for one source, without EOS, by the loop inside the flatbuffer.

        Nothing comes back between its steps: it is faster than a search on the host, and says nothing but the tokens.

        Args:
            inputs: as for `encode`, a batch of one.
        """
        outputs = self._flatbuffer.call("translate", inputs)
        return outputs["tokens"][0, : int(outputs["length"][0])].tolist()

    def shortened(self, tokens: np.ndarray) -> "ShortStep":
        """The same model with a smaller vocabulary: these tokens, int32, ascending, the control ones among them."""
        rows = self._flatbuffer.call("output_rows", {"token": tokens})["rows"]
        return ShortStep(self._flatbuffer, tokens, np.ascontiguousarray(rows.T))


class ShortStep:
    """A model that predicts few of its tokens: the device's projection is replaced by a small one.

    The rows of a matrix that are picked at run time are no constants, and lose the runtime's packed 8-bit product; a
    float32 product of few rows in NumPy is faster than either.

    Args:
        flatbuffer: the whole model, with the signatures `decode_readout` and `output_rows`.
        vocabulary: its tokens.
        projection: float32 `(readout, tokens)`.
    """

    def __init__(self, flatbuffer: Flatbuffer, vocabulary: np.ndarray, projection: np.ndarray):
        self._flatbuffer = flatbuffer
        self._projection = projection
        self.vocabulary = vocabulary

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        outputs = self._flatbuffer.call("decode_readout", {"token": token, **encoded.states}, encoded.memory)
        logits = outputs.pop("readout") @ self._projection
        return Stepped(logits, outputs, outputs.pop("attention", None))
