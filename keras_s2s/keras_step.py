"""Encoder and decoder step of a Keras model, for `edge.search`."""

import keras
import numpy as np
import tensorflow as tf

from edge.search.step import Encoded, Stepped
from keras_s2s.models.seq2seq import Seq2Seq


class KerasStep:
    """Drives the encoder and the step of a network.

    Args:
        models: the network.
    """

    vocabulary = None

    def __init__(self, models: Seq2Seq):
        self._encode = _traced(models.encoder)
        self._step = _traced(models.step)

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encodes a batch of sources; the inputs are those of the encoder."""
        return Encoded.of(_run(self._encode, inputs))

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        outputs = _run(self._step, {"token": token, **encoded.memory, **encoded.states})
        return Stepped(outputs.pop("logits"), outputs, outputs.pop("attention", None))


def _traced(model: keras.Model) -> tf.types.experimental.PolymorphicFunction:
    # One trace for every length and batch, instead of one for each.
    specs = [{tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs}]
    return tf.function(lambda inputs: model(inputs), input_signature=specs)


def _run(function: tf.types.experimental.PolymorphicFunction, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    outputs = function({name: tf.constant(array) for name, array in inputs.items()})
    return {name: output.numpy() for name, output in outputs.items()}
