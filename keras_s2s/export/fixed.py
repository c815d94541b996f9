"""Matrices that quantization leaves alone: those that stand in a graph as constants, and are no trained weights.

Trained weights bear a hundredth of error. The filters of a filter bank do not: its inputs span six orders of magnitude,
and with one scale for all of them the quiet bands are gone. TensorFlow's converter cannot be told to leave a constant
out, so its 8-bit copy is replaced by the constant itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from keras_s2s.export.schema import pack, schema, unpack

# Smaller ones are never quantized.
_SMALLEST = 1024


def fixed_matrices(functions: Iterable[tf.types.experimental.ConcreteFunction]) -> list[np.ndarray]:
    """The constant float matrices of graph functions, large enough to be quantized. Variables are none."""
    found: dict[bytes, np.ndarray] = {}
    for function in functions:
        for operation in function.graph.get_operations():
            if operation.type != "Const" or operation.outputs[0].dtype != tf.float32:
                continue
            matrix = tf.make_ndarray(operation.get_attr("value"))
            if matrix.ndim == 2 and matrix.size >= _SMALLEST:
                found[matrix.tobytes()] = matrix
    return list(found.values())


def is_fixed(weights: np.ndarray, matrices: Iterable[np.ndarray]) -> bool:
    """Whether float weights are one of these matrices, or its transpose, as products store it."""
    return any(np.array_equal(weights, each) for each in _both_ways(matrices))


def restore(flatbuffer: bytes, matrices: Iterable[np.ndarray]) -> bytes:
    """Puts matrices back that the converter has quantized to 8 bits.

    Raises:
        ValueError: one of them is nowhere in the flatbuffer: TensorFlow converts it otherwise now.
    """
    matrices = list(matrices)
    if not matrices:
        return flatbuffer
    model = unpack(flatbuffer)
    by_buffer = defaultdict(list)
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            by_buffer[tensor.buffer].append(tensor)
    missing = set(range(len(matrices)))
    for buffer, tensors in by_buffer.items():
        for place, matrix in enumerate(_both_ways(matrices)):
            if _holds(tensors[0], model.buffers[buffer].data, matrix):
                model.buffers[buffer].data = np.frombuffer(matrix.tobytes(), np.uint8)
                for tensor in tensors:
                    tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
                missing.discard(place // 2)
    if missing:
        raise ValueError("a constant matrix is not in the flatbuffer; did TensorFlow's converter change?")
    return pack(model)


def _holds(tensor: schema.TensorT, data: np.ndarray | None, matrix: np.ndarray) -> bool:
    """Whether a tensor is this matrix, in 8 bits or as it was."""
    if data is None or tensor.shape is None or tuple(tensor.shape) != matrix.shape:
        return False
    if tensor.type == schema.TensorType.FLOAT32:
        return bytes(data) == matrix.tobytes()
    if tensor.type != schema.TensorType.INT8:
        return False
    scale = np.asarray(tensor.quantization.scale, np.float32).reshape(-1, 1)
    values = np.frombuffer(bytes(data), np.int8).reshape(matrix.shape) * scale
    return bool(np.all(np.abs(values - matrix) <= scale))


def _both_ways(matrices: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    for matrix in matrices:
        yield matrix
        yield np.ascontiguousarray(matrix.T)
