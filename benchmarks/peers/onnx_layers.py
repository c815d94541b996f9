"""Layers of our networks as operators of ONNX, by the paths of their weights in Keras."""

import numpy as np

from benchmarks.peers.onnx_graph import OnnxGraph
from benchmarks.peers.onnx_weights import lstm_weights

Weights = dict[str, np.ndarray]


def bidirectional_lstm(graph: OnnxGraph, weights: Weights, encoder: str, index: int, inputs: str) -> list[str]:
    """A bidirectional layer of an encoder.

    Args:
        graph: that is added to.
        weights: by path.
        encoder: path of the encoder.
        index: of the layer.
        inputs: tensor `(length, batch, width)`.

    Returns:
        Tensors: outputs `(length, batch, 2 * units)`, final states and carries `(2, batch, units)`.
    """
    parts = ("kernel", "recurrent_kernel", "bias")
    directions = [
        lstm_weights(*(weights[f"{encoder}/{direction}_{index}/{part}"] for part in parts))
        for direction in ("forward", "backward")
    ]
    constants = [graph.constant(np.stack(pair)) for pair in zip(*directions, strict=True)]
    units = directions[0][1].shape[1]
    names = [f"{encoder}_{index}_{name}" for name in ("outputs", "state", "carry")]
    sizes = {"hidden_size": units, "direction": "bidirectional"}
    outputs, *finals = graph.add_many("LSTM", inputs, *constants, names=names, **sizes)
    # (length, directions, batch, units); 0 keeps a size.
    outputs = graph.add("Transpose", outputs, perm=[0, 2, 1, 3])
    return [graph.add("Reshape", outputs, graph.constant(np.array([0, 0, 2 * units]))), *finals]


def dense(graph: OnnxGraph, weights: Weights, layer: str, inputs: str) -> str:
    """A dense layer."""
    product = graph.add("MatMul", inputs, graph.constant(weights[f"{layer}/kernel"]))
    return graph.add("Add", product, graph.constant(weights[f"{layer}/bias"]))
