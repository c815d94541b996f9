"""The network of `benchmarks.edge` as ONNX graphs with the same weights, in 8 bits. Runs where there is no TensorFlow.

    python -m benchmarks.peers.onnx_network WEIGHTS.npz PROBE.npz FOLDER

It writes `encode.onnx` and `decode_step.onnx`, once their float32 forms have given the logits of the probe.
"""

import sys
from pathlib import Path

import numpy as np
import onnx

from benchmarks.peers.onnx_graph import OnnxGraph, quantize, session
from benchmarks.peers.onnx_layers import Weights, bidirectional_lstm, dense

# Below any score, as in keras_s2s.layers.attention.
_MASKED = -3e4

# The greatest difference of float32 logits that is rounding.
_TOLERANCE = 1e-3


def encoder(weights: Weights) -> onnx.ModelProto:
    """Source int32 `(1, length)` to memory and keys `(1, length, units)`, state_0 and state_1 `(1, units)`."""
    graph = OnnxGraph()
    width = weights["bridge/state_0/kernel"].shape[0]
    source = graph.input("source", np.int32, (1, "length"))
    # (length, 1, embedding)
    embedded = graph.add("Transpose", _embed(graph, weights["source_embedding/embeddings"], source), perm=[1, 0, 2])
    outputs, *finals = bidirectional_lstm(graph, weights, "encoder", 0, embedded)
    memory = graph.add("Transpose", outputs, perm=[1, 0, 2], name="memory")
    graph.add("MatMul", memory, graph.constant(weights["keys/kernel"]), name="keys")
    row = graph.constant(np.array([1, width]))
    for index, final in enumerate(finals):
        joined = graph.add("Reshape", graph.add("Transpose", final, perm=[1, 0, 2]), row)
        graph.add("Tanh", dense(graph, weights, f"bridge/state_{index}", joined), name=f"state_{index}")
        graph.output(f"state_{index}", (1, width))
    for name in ("memory", "keys"):
        graph.output(name, (1, "length", width))
    return graph.model()


def decode_step(weights: Weights) -> onnx.ModelProto:
    """The signature of our flatbuffer, at batch 1. States after the step end in `_next`."""
    graph = OnnxGraph()
    cell, attention = "decoder/layer_0", "decoder/attention"
    units = weights[f"{attention}/energy"].shape[0]
    token = graph.input("token", np.int32, (1,))
    memory, keys = (graph.input(name, np.float32, (1, "length", units)) for name in ("memory", "keys"))
    mask = graph.input("mask", np.float32, (1, "length"))
    state, carry, context = (graph.input(f"state_{index}", np.float32, (1, units)) for index in range(3))
    # One product for all that the gates read.
    read = graph.add("Concat", _embed(graph, weights["target_embedding/embeddings"], token), state, context, axis=1)
    kernel = graph.constant(np.concatenate([weights[f"{cell}/kernel"], weights[f"{cell}/recurrent_kernel"]]))
    gates = graph.add("Add", graph.add("MatMul", read, kernel), graph.constant(weights[f"{cell}/bias"]))
    entry, forget, candidate, exit_ = graph.add_many(
        "Split", gates, names=["entry", "forget", "candidate", "exit"], axis=1
    )
    kept = graph.add("Mul", graph.add("Sigmoid", forget), carry)
    entered = graph.add("Mul", graph.add("Sigmoid", entry), graph.add("Tanh", candidate))
    carry = graph.add("Add", kept, entered, name="state_1_next")
    state = graph.add("Mul", graph.add("Sigmoid", exit_), graph.add("Tanh", carry), name="state_0_next")

    query = graph.add("MatMul", state, graph.constant(weights[f"{attention}/query_kernel"]))
    query = graph.add("Add", query, graph.constant(weights[f"{attention}/query_bias"]))
    hidden = graph.add("Tanh", graph.add("Add", keys, query))
    energy = graph.constant(weights[f"{attention}/energy"][:, None], "energy")
    scores = graph.add("Squeeze", graph.add("MatMul", hidden, energy), graph.constant(np.array([2])))
    real = graph.add("Greater", mask, graph.constant(np.float32([0])))
    scores = graph.add("Where", real, scores, graph.constant(np.float32([_MASKED])))
    looks = graph.add("Softmax", scores, axis=1, name="attention")
    looks = graph.add("Unsqueeze", looks, graph.constant(np.array([1])))
    context = graph.add("MatMul", looks, memory)
    context = graph.add("Squeeze", context, graph.constant(np.array([1])), name="state_2_next")

    features = graph.add("Concat", state, context, axis=1)
    readout = graph.add("Tanh", dense(graph, weights, "decoder/readout", features))
    graph.add("MatMul", readout, graph.constant(weights["target_embedding/embeddings"].T), name="logits")
    graph.output("logits", (1, weights["target_embedding/embeddings"].shape[0]))
    for index in range(3):
        graph.output(f"state_{index}_next", (1, units))
    graph.output("attention", (1, "length"))
    return graph.model()


def _embed(graph: OnnxGraph, embeddings: np.ndarray, ids: str) -> str:
    scale = graph.constant(np.float32([embeddings.shape[1] ** 0.5]))
    return graph.add("Mul", graph.add("Gather", graph.constant(embeddings), ids), scale)


def _difference(encode: onnx.ModelProto, step: onnx.ModelProto, probe: Weights) -> float:
    """How far logits are from the probe's after each of its tokens, at most."""
    encoding, stepping = session(encode), session(step)
    names = [output.name for output in encoding.get_outputs()]
    read = dict(zip(names, encoding.run(names, {"source": probe["source"]}), strict=True))
    read |= {"mask": np.ones(probe["source"].shape, np.float32), "state_2": np.zeros_like(read["state_0"])}
    worst, names = 0.0, [output.name for output in stepping.get_outputs()]
    for token, expected in zip(probe["tokens"], probe["logits"], strict=True):
        found = dict(zip(names, stepping.run(names, {**read, "token": token[None]}), strict=True))
        worst = max(worst, float(np.abs(found["logits"][0] - expected).max()))
        read |= {name.removesuffix("_next"): value for name, value in found.items() if name.endswith("_next")}
    return worst


def main(weights_file: str, probe_file: str, folder: str) -> None:
    """Writes the quantized graphs."""
    weights, probe = dict(np.load(weights_file)), dict(np.load(probe_file))
    graphs = {"encode": encoder(weights), "decode_step": decode_step(weights)}
    difference = _difference(*graphs.values(), probe)
    if not difference <= _TOLERANCE:
        sys.exit(f"the ONNX network is another one: logits differ by {difference}")
    for name, model in graphs.items():
        quantize(model, Path(folder) / f"{name}.onnx")
    print(difference)


if __name__ == "__main__":
    main(*sys.argv[1:])
