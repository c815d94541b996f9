"""Front, encoder and CTC of a speech network as a model of sherpa-onnx, in 8 bits. Runs where there is no TensorFlow.

    python -m benchmarks.peers.sherpa_network WEIGHTS.npz PROBE.npz FOLDER

The form is that of NVIDIA NeMo's CTC models, whose log-mel features sherpa-onnx computes, and normalizes per band, as
ours are. It is written once its float32 form has given the log probabilities of the probe: normalized `features`
`(1, frames, mels)`, `ctc` `(1, positions, vocabulary)`, the number of frames in the `tail` of silence behind each
recording, and the `symbols` of the vocabulary.
"""

import sys
from pathlib import Path

import numpy as np
import onnx

from benchmarks.peers.onnx_graph import OnnxGraph, quantize, session
from benchmarks.peers.onnx_layers import Weights, bidirectional_lstm, dense

MODEL, TOKENS = "model.int8.onnx", "tokens.txt"

# The first token, as sherpa-onnx knows it.
BLANK = "<blk>"

# Bands of the features.
MELS = 80

# Convolutions stay in float32, as in the models that sherpa-onnx publishes: its runtime has none with signed weights.
_QUANTIZED = ("MatMul", "LSTM")

# The greatest difference of float32 log probabilities that is rounding.
_TOLERANCE = 1e-3


def network(weights: Weights, tail: int) -> onnx.ModelProto:
    """Features float32 `(batch, mels, frames)`, without padding, to log probabilities `(batch, positions, vocabulary)`.

    Args:
        weights: by path.
        tail: frames of silence that are put behind.
    """
    graph = OnnxGraph()
    signal = graph.input("audio_signal", np.float32, ("batch", MELS, "frames"))
    # Part of the form. Nothing is padded: sherpa-onnx is given a recording at a time.
    graph.input("length", np.int64, ("batch",))
    x = graph.add("Pad", signal, graph.constant(np.array([0, 0, 0, 0, 0, tail])))
    # (batch, 1, frames, mels)
    x = graph.add("Unsqueeze", graph.add("Transpose", x, perm=[0, 2, 1]), graph.constant(np.array([1])))
    for index in range(2):
        path = f"subsampling/conv_{index}"
        # (time, band, in, out) to (out, in, time, band)
        kernel = graph.constant(weights[f"{path}/kernel"].transpose(3, 2, 0, 1))
        window = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
        x = graph.add("Relu", graph.add("Conv", x, kernel, graph.constant(weights[f"{path}/bias"]), **window))
    # (positions, batch, bands * filters)
    width = weights["encoder/forward_0/kernel"].shape[0]
    x = graph.add("Transpose", x, perm=[2, 0, 3, 1])
    x = graph.add("Reshape", x, graph.constant(np.array([0, 0, width])))
    for index in range(sum(name.startswith("encoder/forward") and name.endswith("/bias") for name in weights)):
        x, *_ = bidirectional_lstm(graph, weights, "encoder", index, x)
    x = graph.add("LogSoftmax", dense(graph, weights, "ctc", x), axis=-1)
    graph.add("Transpose", x, perm=[1, 0, 2], name="logprobs")
    graph.output("logprobs", ("batch", "positions", weights["ctc/bias"].shape[0]))
    return graph.model()


def main(weights_file: str, probe_file: str, folder: str) -> None:
    """Writes the quantized model and the list of its tokens."""
    weights, probe = dict(np.load(weights_file)), dict(np.load(probe_file))
    model = network(weights, int(probe["tail"]))
    inputs = {
        "audio_signal": np.ascontiguousarray(probe["features"].transpose(0, 2, 1)),
        "length": np.array([probe["features"].shape[1]]),
    }
    (found,) = session(model).run(["logprobs"], inputs)
    difference = float(np.abs(found - probe["ctc"]).max()) if found.shape == probe["ctc"].shape else np.inf
    if not difference <= _TOLERANCE:
        sys.exit(f"the ONNX network is another one: log probabilities differ by {difference}")
    symbols = probe["symbols"].tolist()
    about = {"vocab_size": len(symbols), "subsampling_factor": 4, "normalize_type": "per_feature"}
    onnx.helper.set_model_props(model, {name: str(value) for name, value in about.items()})
    quantize(model, Path(folder) / MODEL, _QUANTIZED)
    lines = (f"{symbol} {index}\n" for index, symbol in enumerate([BLANK, *symbols[1:]]))
    (Path(folder) / TOKENS).write_text("".join(lines), encoding="utf-8")
    print(difference)


if __name__ == "__main__":
    main(*sys.argv[1:])
