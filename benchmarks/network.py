"""A segmentation network written down layer by layer, for a peer that has no Keras."""

import json
from pathlib import Path

import keras
import numpy as np

# What a layer of these kinds does to an image whose sides the network's stride divides: nothing.
_NOTHING = ("PadToMultiple", "CropLike")


def write_network(model: keras.Model, file: Path, **arrays: np.ndarray) -> None:
    """Writes a network for images whose sides its stride divides, batch normalization folded into convolutions.

    Args:
        model: of `keras_s2s.models.segmentation`, with random or trained weights.
        file: an `.npz`. Its `layers` is JSON: of each layer its kind, name, the names of its inputs, and settings;
            `NAME.kernel` and `NAME.bias` are the weights of the convolution of that name.
        arrays: what else it holds.

    Raises:
        ValueError: a layer is of a kind that is not known here.
    """
    layers, weights, same = [], {}, {}
    for layer in model.layers:
        inputs = [same.get(name, name) for name in _inputs(layer)]
        kind = type(layer).__name__
        if kind in _NOTHING:
            same[layer.name] = inputs[0]
            continue
        if kind == "BatchNormalization":
            _fold(layer, weights, inputs[0])
            same[layer.name] = inputs[0]
            continue
        settings = {}
        if kind == "Conv2D":
            settings = {"kernel": layer.kernel_size[0], "stride": layer.strides[0]}
            weights[f"{layer.name}.kernel"] = np.asarray(layer.kernel)
            weights[f"{layer.name}.bias"] = np.asarray(layer.bias) if layer.use_bias else np.zeros(layer.filters)
        elif kind == "MaxPooling2D":
            settings = {"kernel": layer.pool_size[0], "stride": layer.strides[0]}
        elif kind == "ReLU":
            settings = {"bound": layer.max_value}
        elif kind == "Activation":
            settings = {"function": layer.activation.__name__}
        elif kind not in ("InputLayer", "Add", "Concatenate", "DepthToSpace"):
            raise ValueError(f"{layer.name}: is a {kind}, which the benchmark cannot write down")
        layers.append({"kind": kind, "name": layer.name, "inputs": inputs, **settings})
    whole = {name: array.astype(np.float32) for name, array in weights.items()}
    np.savez(file, layers=np.array(json.dumps(layers)), **whole, **arrays)


def _inputs(layer: keras.Layer) -> list[str]:
    """Names of the layers that a layer reads."""
    if isinstance(layer, keras.layers.InputLayer):
        return []
    (node,) = layer._inbound_nodes
    return [tensor._keras_history.operation.name for tensor in node.input_tensors]


def _fold(layer: keras.layers.BatchNormalization, weights: dict[str, np.ndarray], convolution: str) -> None:
    gamma, beta, mean, variance = (np.asarray(each, np.float64) for each in layer.get_weights())
    scale = gamma / np.sqrt(variance + layer.epsilon)
    weights[f"{convolution}.kernel"] = weights[f"{convolution}.kernel"] * scale
    weights[f"{convolution}.bias"] = (weights[f"{convolution}.bias"] - mean) * scale + beta
