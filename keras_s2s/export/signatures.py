"""The graph functions of an exported sequence-to-sequence network. `docs/bundle.md` has the contract of their names."""

from collections.abc import Callable

import keras
import tensorflow as tf

from keras_s2s import names
from keras_s2s.layers.scan import converting
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.search import greedy

Signatures = dict[str, Callable]


def seq2seq_signatures(
    models: Seq2Seq,
    max_length: int,
    shortlist: bool = False,
    source_length: int | None = None,
    memory_length: int | None = None,
) -> Signatures:
    """Signatures of a flatbuffer.

    Args:
        models: the network; it must live as long as the functions, which do not hold it.
        max_length: tokens after which `translate` ends in any case.
        shortlist: with `decode_readout` and `output_rows`, too.
        source_length: for static shapes: one source of this length, padded with 0 after its EOS, per call. None
            leaves lengths and batches free; sources are not padded then.
        memory_length: of the memory for a source of that length; as long as the source if not given.

    Returns:
        encode: the source's inputs, of tokens int32 `(batch, source_length)`, padded with 0, to what
            `Seq2Seq.encoder` returns.
        decode_step: token int32 `(batch,)`, and memory, keys, mask and states as `encode` returns them, to logits
            `(batch, target_vocabulary)`, the states, attention `(batch, length)`.
        translate: the inputs of encode for a single source to tokens int32 `(1, max_length)`, length int32 `(1,)` and
            score float32 `(1,)`: the whole greedy loop.
        decode_readout: as decode_step, but with readout `(batch, embedding)` in place of logits.
        output_rows: token int32 `(tokens,)` to rows `(tokens, embedding)`, whose products with a readout are logits.
    """
    sources = _specs(models.encoder, source_length)
    source = {name: tf.TensorSpec((1, *spec.shape[1:]), spec.dtype, name) for name, spec in sources.items()}
    step_inputs = _specs(models.step, memory_length or source_length)

    @tf.function
    def encode(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return models.encoder(inputs)

    @tf.function
    def decode_step(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return models.step(inputs)

    @tf.function
    def translate(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        tokens, length, score = greedy(models, models.encoder(inputs), max_length)
        return {"tokens": tokens, "length": length, "score": score}

    with converting():
        functions = {
            "encode": encode.get_concrete_function(**sources),
            "decode_step": decode_step.get_concrete_function(**step_inputs),
            "translate": translate.get_concrete_function(**source),
        }
        return functions | (_shortlist_functions(models, step_inputs) if shortlist else {})


def _specs(model: keras.Model, source_length: int | None) -> dict[str, tf.TensorSpec]:
    """The inputs of a view, with a batch of one and a source of such a length, if there is one."""
    return {
        tensor.name: tf.TensorSpec(_fixed(tensor.shape, source_length), tensor.dtype, tensor.name)
        for tensor in model.inputs
    }


def _fixed(shape: tuple[int | None, ...], source_length: int | None) -> tuple[int | None, ...]:
    """A shape with a batch of one and a source of such a length, if there is one."""
    if source_length is None:
        return shape
    return 1, *(source_length if size is None else size for size in shape[1:])


def _shortlist_functions(models: Seq2Seq, step_inputs: dict[str, tf.TensorSpec]) -> Signatures:
    embedding = models.training.get_layer(names.TARGET_EMBEDDING)

    @tf.function
    def decode_readout(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return models.readout(inputs)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32, name="token")])
    def output_rows(token: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"rows": tf.gather(embedding.projection, token)}

    return {
        "decode_readout": decode_readout.get_concrete_function(**step_inputs),
        "output_rows": output_rows.get_concrete_function(),
    }
