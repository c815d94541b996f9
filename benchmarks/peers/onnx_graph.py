"""ONNX graphs written operator by operator, their 8-bit form, and sessions that run them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

_TYPES = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.int64): TensorProto.INT64,
}

# Old enough for every reader, new enough for all operators used.
_OPERATORS, _FORMAT = 17, 8


class OnnxGraph:
    """A graph under construction. Tensors are known by their names."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, dtype: type, shape: Sequence[int | str]) -> str:
        """An input; a size that is a word is free."""
        self._inputs.append(helper.make_tensor_value_info(name, _TYPES[np.dtype(dtype)], shape))
        return name

    def output(self, name: str, shape: Sequence[int | str]) -> None:
        """Makes a float32 tensor an output."""
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def constant(self, value: np.ndarray, name: str | None = None) -> str:
        """A constant."""
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, name: str | None = None, **attributes: object) -> str:
        """An operator with one output, which gets its name."""
        return self.add_many(operator, *inputs, names=[name or self._name()], **attributes)[0]

    def add_many(self, operator: str, *inputs: str, names: Sequence[str], **attributes: object) -> list[str]:
        """An operator with several outputs."""
        self._nodes.append(helper.make_node(operator, inputs, names, f"{operator}_{self._name()}", **attributes))
        return list(names)

    def model(self) -> onnx.ModelProto:
        """The graph as a model that has been checked."""
        graph = helper.make_graph(self._nodes, "graph", self._inputs, self._outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPERATORS)], ir_version=_FORMAT)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _name(self) -> str:
        return f"tensor_{len(self._nodes)}"


def quantize(model: onnx.ModelProto, file: Path, operators: Sequence[str] | None = None) -> None:
    """Writes a model whose matrices have 8 bits, and whose products find the scales of activations at run time.

    Args:
        model: in float32.
        file: that is written.
        operators: whose matrices are quantized; None for all that can be.
    """
    quantize_dynamic(model, file, op_types_to_quantize=operators, weight_type=QuantType.QInt8)


def session(model: onnx.ModelProto | Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session with a number of threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    given = str(model) if isinstance(model, Path) else model.SerializeToString()
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


class Bound:
    """A session whose inputs and outputs are arrays bound once: nothing is copied, nothing allocated.

    Args:
        session: of a model.
        inputs, outputs: its tensors, contiguous arrays that live as long as this does.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        inputs: Mapping[str, np.ndarray],
        outputs: Mapping[str, np.ndarray],
    ):
        self._session = session
        self._arrays = (inputs, outputs)
        self._binding = session.io_binding()
        for bind, arrays in ((self._binding.bind_input, inputs), (self._binding.bind_output, outputs)):
            for name, array in arrays.items():
                bind(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def run(self) -> None:
        """Reads the inputs and writes the outputs."""
        self._session.run_with_iobinding(self._binding)
