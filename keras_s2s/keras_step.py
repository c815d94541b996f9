"""A Keras model behind the interface that `edge.search` knows."""

import numpy as np
import tensorflow as tf

from edge.flatbuffer_step import MEMORY
from edge.search.step import Encoded, Stepped
from keras_s2s.models.seq2seq import Seq2Seq


class KerasStep:
    """Drives the encoder and the step of a network.

    Args:
        models: the network.
    """

    vocabulary = None

    def __init__(self, models: Seq2Seq):
        # One trace for every length and batch, instead of one for each.
        specs = [{tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in models.step.inputs}]
        self._step = tf.function(lambda inputs: models.step(inputs), input_signature=specs)
        source = [tf.TensorSpec((None, None), tf.int32)]
        self._encode = tf.function(lambda source: models.encoder({"source": source}), input_signature=source)

    def encode(self, source: np.ndarray) -> Encoded:
        """Encodes sentences of one length, int32 `(batch, source_length)`."""
        outputs = {name: output.numpy() for name, output in self._encode(tf.constant(source)).items()}
        memory = {name: outputs.pop(name) for name in MEMORY if name in outputs}
        if memory:
            memory["mask"] = np.ones(source.shape, np.float32)
        return Encoded(memory, outputs)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        inputs = {"token": token, **encoded.memory, **encoded.states}
        outputs = self._step({name: tf.constant(value) for name, value in inputs.items()})
        outputs = {name: output.numpy() for name, output in outputs.items()}
        return Stepped(outputs.pop("logits"), outputs, outputs.pop("attention", None))
