"""Weights in 4 bits: float flatbuffers to quantized ones, where TensorFlow's converter stops at 8 bits.

ai-edge-quantizer 0.10 has 4 bits, but fails on flatbuffers with loops (`KeyError` on constants that a loop carries),
and leaves embeddings in float. What is to do is little: in the float flatbuffer each matrix is one constant, which
products and lookups read, and these operators take 4-bit constants as they are.
"""

from collections import defaultdict
from collections.abc import Sequence

import keras
import numpy as np

from keras_s2s.export.fixed import is_fixed
from keras_s2s.export.schema import builtin, pack, schema, unpack

# Smaller ones are not worth their scales. TensorFlow's converter has the same limit.
_SMALLEST = 1024

_TYPES = {4: schema.TensorType.INT4, 8: schema.TensorType.INT8}
_PRODUCT, _PRODUCT_VERSION = schema.BuiltinOperator.FULLY_CONNECTED, 10
_LOOKUP, _LOOKUP_VERSION = schema.BuiltinOperator.GATHER, 4
# Where these operators read a matrix that may be quantized.
_READS_AT = {_PRODUCT: 1, _LOOKUP: 0}


def quantize_weights(flatbuffer: bytes, bits: int, lookup_bits: int, fixed: Sequence[np.ndarray] = ()) -> bytes:
    """Stores the matrices of a float flatbuffer in few bits, with a scale for each row, which is an output channel.

    Products are then computed in 8 bits with scales found at run time, as with the converter's own `int8`.

    Args:
        flatbuffer: of float32 weights.
        bits: 4 or 8, of matrices that are multiplied with only.
        lookup_bits: the same for embeddings.
        fixed: matrices that stay as they are, see `keras_s2s.export.fixed`.

    Returns:
        The flatbuffer, for LiteRT: older runtimes do not know its operators.
    """
    model = unpack(flatbuffer)
    for buffer, readers in _matrices(model).items():
        if is_fixed(_values(model, buffer), fixed):
            continue
        lookups = [builtin(model.operatorCodes[reader.opcodeIndex]) == _LOOKUP for reader in readers]
        _quantize(model, buffer, lookup_bits if any(lookups) else bits)
        for reader, is_lookup in zip(readers, lookups, strict=True):
            if is_lookup:
                _look_up(model, reader)
            else:
                reader.opcodeIndex = _code(model, _PRODUCT, _PRODUCT_VERSION)
                reader.builtinOptions.asymmetricQuantizeInputs = True
    return pack(model)


def _matrices(model: schema.ModelT) -> dict[int, list[schema.OperatorT]]:
    """Constant float matrices by their buffer, with the operators that read them: products and lookups only."""
    readers, others = defaultdict(list), set()
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = builtin(model.operatorCodes[operator.opcodeIndex])
            for position, index in enumerate(operator.inputs):
                if index < 0 or not _is_matrix(model, graph.tensors[index]):
                    continue
                buffer = graph.tensors[index].buffer
                # A lookup takes a row of ids; the embedding layer flattens them.
                flat = code != _LOOKUP or len(graph.tensors[operator.inputs[1]].shape) == 1
                if _READS_AT.get(code) == position and flat:
                    readers[buffer].append(operator)
                else:
                    others.add(buffer)
    return {buffer: found for buffer, found in readers.items() if buffer not in others}


def _is_matrix(model: schema.ModelT, tensor: schema.TensorT) -> bool:
    data = model.buffers[tensor.buffer].data
    return tensor.type == schema.TensorType.FLOAT32 and data is not None and len(data) >= 4 * _SMALLEST


def _quantize(model: schema.ModelT, buffer: int, bits: int) -> None:
    """Replaces a buffer's floats, in all tensors that show it."""
    integers, scales = integers_of(_values(model, buffer), bits)
    model.buffers[buffer].data = np.frombuffer(_packed(integers) if bits == 4 else integers.tobytes(), np.uint8)
    for tensor in _tensors(model, buffer):
        tensor.type = _TYPES[bits]
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = scales
        tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
        tensor.quantization.quantizedDimension = 0


def _tensors(model: schema.ModelT, buffer: int) -> list[schema.TensorT]:
    """The tensors that show a buffer."""
    return [tensor for graph in model.subgraphs for tensor in graph.tensors if tensor.buffer == buffer]


def _values(model: schema.ModelT, buffer: int) -> np.ndarray:
    """The floats of a buffer that holds a matrix."""
    return np.frombuffer(bytes(model.buffers[buffer].data), np.float32).reshape(_tensors(model, buffer)[0].shape)


def scale_axis(variable: keras.Variable, bits: int) -> int | None:
    """Which axis of a layer's matrix has a scale for each of its channels when it is exported; None for one scale.

    Args:
        variable: a kernel or an embedding.
        bits: of the exported integers.
    """
    if bits == 8 and len(variable.shape) == 2:
        # As `tflite.convert` has it: older runtimes know no other scales of matrices.
        return None
    # Layers have the output last; an embedding, which is a product's other matrix as well, has it first.
    return 0 if variable.name in ("embeddings", "projection") else -1


def integers_of(weights: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric quantization, a scale a row: the largest weight of a row is the largest integer.

    Args:
        weights: `(rows, width)`.
        bits: 4 or 8.

    Returns:
        Integers int8 `(rows, width)`, and scales float32 `(rows,)`.
    """
    largest = 2 ** (bits - 1) - 1
    scales = np.abs(weights).max(axis=1) / largest
    # A row of zeros has any scale but none.
    scales = np.where(scales > 0, scales, 1.0).astype(np.float32)
    return np.rint(weights / scales[:, None]).astype(np.int8), scales


def _packed(integers: np.ndarray) -> bytes:
    """Two integers a byte, the first one in the low half."""
    flat = integers.reshape(-1)
    flat = np.append(flat, np.zeros(len(flat) % 2, np.int8)).view(np.uint8) & 0xF
    return (flat[::2] | flat[1::2] << 4).tobytes()


def _look_up(model: schema.ModelT, operator: schema.OperatorT) -> None:
    """A GATHER, which does not multiply with scales, to an EMBEDDING_LOOKUP, which does."""
    table, ids = operator.inputs[:2]
    operator.inputs = np.array([ids, table], np.int32)
    operator.opcodeIndex = _code(model, schema.BuiltinOperator.EMBEDDING_LOOKUP, _LOOKUP_VERSION)
    operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.NONE, None


def _code(model: schema.ModelT, wanted: int, version: int) -> int:
    """The index of an operator code, which is added if it is missing."""
    for index, code in enumerate(model.operatorCodes):
        if (builtin(code), code.version) == (wanted, version):
            return index
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = wanted
    code.version = version
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
