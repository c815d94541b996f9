"""The graph functions that make up an exported translator. Their names are the contract of DESIGN.md."""

from collections.abc import Callable

import tensorflow as tf

from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.search import greedy

Signatures = dict[str, Callable]


def translation_signatures(models: Seq2Seq, max_length: int) -> Signatures:
    """Signatures of a translation flatbuffer.

    Args:
        models: the network; it must live as long as the functions, which do not hold it.
        max_length: tokens after which `translate` ends in any case.

    Returns:
        encode: source int32 `(1, source_length)` to memory, keys `(1, source_length, units)`, state_0.. `(1, units)`.
        decode_step: token int32 `(batch,)`, memory, keys, mask `(batch, source_length)`, state_0.. to logits
            `(batch, target_vocabulary)`, state_0.., attention `(batch, source_length)`.
        translate: source int32 `(1, source_length)` to tokens int32 `(1, max_length)`, length int32 `(1,)` and score
            float32 `(1,)`: the whole greedy loop.
    """
    source = tf.TensorSpec((1, None), tf.int32, name="source")
    step_inputs = {
        tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype, name=tensor.name) for tensor in models.step.inputs
    }

    @tf.function(input_signature=[source])
    def encode(source: tf.Tensor) -> dict[str, tf.Tensor]:
        return models.encoder({"source": source})

    @tf.function
    def decode_step(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return models.step(inputs)

    @tf.function(input_signature=[source])
    def translate(source: tf.Tensor) -> dict[str, tf.Tensor]:
        tokens, length, score = greedy(models, source, max_length)
        return {"tokens": tokens, "length": length, "score": score}

    return {
        "encode": encode.get_concrete_function(),
        "decode_step": decode_step.get_concrete_function(**step_inputs),
        "translate": translate.get_concrete_function(),
    }
