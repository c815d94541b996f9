"""Conversion to a TFLite flatbuffer: several signatures, one copy of the weights, built-in operators only."""

import tempfile
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from keras_s2s.export.fixed import fixed_matrices, restore
from keras_s2s.export.freeze import freeze
from keras_s2s.export.low_bits import quantize_weights

QUANTIZATIONS = ("none", "float16", "int8", "int8-static", "int16x8", "int4", "mixed")

# Those whose scales of activations are found at export.
STATIC = ("int8-static", "int16x8")

# Bits of matrices that are multiplied with only, and of embeddings.
_LOW_BITS = {"int4": (4, 4), "mixed": (4, 8)}


def convert(
    functions: Mapping[str, tf.types.experimental.ConcreteFunction],
    quantize: str = "none",
    calibration: Sequence[tuple[str, dict[str, np.ndarray]]] = (),
) -> bytes:
    """Converts graph functions to one flatbuffer.

    Args:
        functions: signature name to graph function; each returns a dict of tensors.
        quantize: `none` keeps float32; `float16` halves the weights; `int8` stores matrices and embeddings in 8 bits,
            computes their products in 8 bits with scales found at run time, and needs no calibration; `int8-static`
            computes everything in 8 bits, with scales that are found now, and `int16x8` keeps 16 bits between the
            products; `int4` stores matrices in 4 bits, and `mixed` all but the embeddings. These two are for LiteRT
            only. Inputs and outputs are floats with each.
        calibration: for `STATIC` ones, signature names and inputs of the kind that the network will see.

    Returns:
        The flatbuffer. Signatures share their weights: equal constants are stored once.

    Raises:
        ValueError: unknown quantization.
    """
    if quantize not in QUANTIZATIONS:
        raise ValueError(f"unknown quantization {quantize!r}; known are {', '.join(QUANTIZATIONS)}")
    fixed = fixed_matrices(functions.values())
    frozen = {name: freeze(function) for name, function in functions.items()}
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is trained any more: hand-written gradients stay behind.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(tf.Module(), folder, signatures=frozen, options=options)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(functions))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize in ("float16", "int8", *STATIC):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize in STATIC:
            converter.representative_dataset = lambda: iter(calibration)
        if quantize == "int16x8":
            products = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            converter.target_spec.supported_ops = [products, tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if quantize == "int8":
            # Per-channel scales need FULLY_CONNECTED version 12, which tflite-runtime 2.14 has not got.
            converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        flatbuffer = converter.convert()
    if quantize in _LOW_BITS:
        return quantize_weights(flatbuffer, *_LOW_BITS[quantize], fixed)
    return restore(flatbuffer, fixed) if quantize == "int8" else flatbuffer
