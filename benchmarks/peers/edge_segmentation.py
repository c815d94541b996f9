"""A segmentation bundle on the TFLite runtime.

    python -m benchmarks.peers.edge_segmentation MODEL.tflite NETWORK.npz THREADS

As `onnx_segmentation.py`: "ready DIFFERENCE", then the seconds of each run.
"""

import sys
import time

import numpy as np

from edge.runtime import Flatbuffer


def main(model: str, network: str, threads: str) -> None:
    """Runs the network whenever asked to."""
    flatbuffer = Flatbuffer(model, int(threads))
    with np.load(network) as file:
        inputs, expected = {"image": file["image"]}, file["probabilities"]
    for _ in range(10):
        found = flatbuffer.call("segment", inputs)["probabilities"]
    print("ready", float(np.abs(found - expected).max()), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        flatbuffer.call("segment", inputs)
        print(time.perf_counter() - began, flush=True)


main(*sys.argv[1:])
