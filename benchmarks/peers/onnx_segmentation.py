"""The benchmark's network in ONNX Runtime. Runs in an environment of its own, which has no TensorFlow.

    python benchmarks/peers/onnx_segmentation.py NETWORK.npz int8|float32 THREADS

NETWORK.npz is what `benchmarks.network` writes, with `calibration` images, one `image` and its float
`probabilities`. It says "ready DIFFERENCE" when it is warm, the largest difference from these; then each line on
standard input is answered by the seconds that the image took.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

# Of the format, not of the package: runtimes read older ones.
_OPSET = 17


def build(arrays: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The network as an ONNX graph: image `(1, channels, height, width)` to probabilities `(1, classes, ...)`."""
    nodes, constants, values = [], [], {}
    for layer in json.loads(str(arrays["layers"])):
        name, kind = layer["name"], layer["kind"]
        inputs = [values[each] for each in layer["inputs"]]
        values[name] = name
        if kind == "Conv2D":
            # (height, width, in, out) to (out, in, height, width)
            kernel, bias = arrays[f"{name}.kernel"].transpose(3, 2, 0, 1), arrays[f"{name}.bias"]
            for part, array in (("kernel", kernel), ("bias", bias)):
                constants.append(numpy_helper.from_array(np.ascontiguousarray(array), f"{name}.{part}"))
            inputs += [f"{name}.kernel", f"{name}.bias"]
            nodes.append(helper.make_node("Conv", inputs, [name], **_window(layer)))
        elif kind == "MaxPooling2D":
            nodes.append(helper.make_node("MaxPool", inputs, [name], **_window(layer)))
        elif kind == "DepthToSpace":
            nodes.append(helper.make_node("DepthToSpace", inputs, [name], blocksize=2, mode="DCR"))
        elif kind == "Concatenate":
            nodes.append(helper.make_node("Concat", inputs, [name], axis=1))
        elif kind == "Activation":
            operator = {"sigmoid": "Sigmoid", "softmax": "Softmax"}[layer["function"]]
            more = {"axis": 1} if operator == "Softmax" else {}
            nodes.append(helper.make_node(operator, inputs, [name], **more))
        elif kind == "ReLU" and layer["bound"]:
            bounds = [f"{name}.{part}" for part in ("least", "most")]
            constants += [
                numpy_helper.from_array(np.float32(value), part)
                for part, value in zip(bounds, (0.0, layer["bound"]), strict=True)
            ]
            nodes.append(helper.make_node("Clip", [*inputs, *bounds], [name]))
        elif kind != "InputLayer":
            nodes.append(helper.make_node({"ReLU": "Relu", "Add": "Add"}[kind], inputs, [name]))
    _, channels, height, width = arrays["image"].shape
    classes = arrays["probabilities"].shape[1]
    given, found = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, depth, height, width])
        for name, depth in (("image", channels), ("probabilities", classes))
    )
    graph = helper.make_graph(nodes, "segmentation", [given], [found], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def _window(layer: dict) -> dict:
    """Kernel, stride and padding, as Keras' `same` pads sides that the stride divides: the larger half behind."""
    whole = max(layer["kernel"] - layer["stride"], 0)
    before, behind = whole // 2, whole - whole // 2
    sides = {"kernel_shape": [layer["kernel"]] * 2, "strides": [layer["stride"]] * 2}
    return sides | {"pads": [before, before, behind, behind]}


class Images(CalibrationDataReader):
    """What the scales are found with."""

    def __init__(self, images: np.ndarray):
        self.rest = iter(images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self.rest, None)
        return None if image is None else {"image": image[None]}


def session(arrays: dict[str, np.ndarray], precision: str, threads: int) -> onnxruntime.InferenceSession:
    """Return the network, with static quantization (a scale per output channel of a convolution) if requested."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "float32.onnx")
        onnx.save(build(arrays), file)
        if precision == "int8":
            quantized = Path(folder, "int8.onnx")
            quantize_static(
                file,
                quantized,
                Images(arrays["calibration"]),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
            file = quantized
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def main(network: str, precision: str, threads: str) -> None:
    """Runs the network whenever asked to."""
    with np.load(network) as file:
        # (batch, height, width, depth) to (batch, depth, height, width)
        arrays = {name: array.transpose(0, 3, 1, 2) if name in IMAGES else array for name, array in file.items()}
    run = session(arrays, precision, int(threads)).run
    inputs = {"image": np.ascontiguousarray(arrays["image"])}
    for _ in range(10):
        (found,) = run(None, inputs)
    print("ready", float(np.abs(found - arrays["probabilities"]).max()), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        run(None, inputs)
        print(time.perf_counter() - began, flush=True)


IMAGES = ("calibration", "image", "probabilities")

main(*sys.argv[1:])
