"""`python -m benchmarks.segmentation`: our flatbuffers beside ONNX Runtime with the same network and weights.

Ours are converted as `keras-s2s export` does it, in float and in 8 bits, with dynamic-range or static quantization;
ONNX Runtime has the same weights in ONNX, in float and with static quantization calibrated on the same images.
Each peer is a process of its own, measured in turns on one image. ONNX Runtime has an environment of its own, made by
`make bench`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.environment import PEERS
from benchmarks.worker import Worker, alternate
from edge.errors import UserError

# Name to our quantization, and the peer's. ONNX Runtime is fastest with static quantization.
PRECISIONS = {"int8": ("int8", "int8"), "int8_static": ("int8-static", "int8"), "float32": ("none", "float32")}
THREADS = (1, 2)


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segmentation", description=__doc__)
    parser.add_argument("--run", type=Path, help="a segmentation run; else a network of default settings, untrained")
    parser.add_argument(
        "--side", type=int, default=256, help="side length of the image in pixels, a multiple of 32 [256]"
    )
    parser.add_argument("--rounds", type=int, default=100, help="rounds per peer [100]")
    parser.add_argument("--python", type=Path, default=PEERS, help="a Python with onnx and onnxruntime")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    if not options.python.exists():
        raise UserError(f"{options.python}: the environment with ONNX Runtime is missing: `make bench` sets it up")
    if options.side < 32 or options.side % 32:
        raise UserError(f"--side {options.side}: is no multiple of 32")
    with tempfile.TemporaryDirectory() as folder:
        results = measure(options.run, options.side, options.rounds, options.python, Path(folder))
    print(json.dumps(results)) if options.json else _show(results)


def measure(path: Path | None, side: int, rounds: int, python: Path, folder: Path) -> dict:
    """Milliseconds of an image, ONNX Runtime's times over ours, and how far probabilities are from Keras' own."""
    from pipelines.quiet import import_tensorflow

    import_tensorflow()
    network = _write(path, side, folder)
    workers = {}
    for precision, (quantize, their_precision) in PRECISIONS.items():
        ours = [
            sys.executable,
            "-m",
            "benchmarks.peers.edge_segmentation",
            str(folder / f"{quantize}.tflite"),
            str(network),
        ]
        theirs = [str(python), "benchmarks/peers/onnx_segmentation.py", str(network), their_precision]
        for threads in THREADS:
            workers["keras_s2s", precision, threads] = Worker([*ours, str(threads)])
            workers["onnxruntime", precision, threads] = Worker([*theirs, str(threads)])
    difference = {key: float(worker.ready) for key, worker in workers.items()}
    if max(value for key, value in difference.items() if "float32" in key) > 1e-3:
        raise RuntimeError(f"the peers compute something else than Keras: {difference}")
    # One after the other for each pair: more processes than cores would get into each other's way.
    for precision in PRECISIONS:
        for threads in THREADS:
            pair = [workers[peer, precision, threads] for peer in ("keras_s2s", "onnxruntime")]
            alternate(pair, rounds)
    for worker in workers.values():
        worker.close()
    seconds = {key: worker.median for key, worker in workers.items()}
    ratios = {
        f"onnxruntime_{precision}_{threads}thread{'s' * (threads > 1)}": seconds["onnxruntime", precision, threads]
        / seconds["keras_s2s", precision, threads]
        for precision in PRECISIONS
        for threads in THREADS
    }
    return {
        **ratios,
        "milliseconds": {" ".join(map(str, key)): 1000 * value for key, value in seconds.items()},
        "difference": {" ".join(map(str, key)): value for key, value in difference.items()},
        "side": side,
    }


def _write(path: Path | None, side: int, folder: Path) -> Path:
    """The network with images for both peers, and our flatbuffers."""
    import keras

    from benchmarks.network import write_network
    from keras_s2s.config import SegmentationModelConfig
    from keras_s2s.export.segmentation import segmentation_signatures
    from keras_s2s.export.tflite import convert
    from keras_s2s.models.segmentation import build_segmentation
    from pipelines.data.shapes import draw

    if path:
        model, images = _trained(path)
    else:
        keras.utils.set_random_seed(1)
        model, random = build_segmentation(SegmentationModelConfig()), np.random.default_rng(1)
        images = [draw(random, side, side)[0] / 255.0 for _ in range(20)]
    calibration = np.stack([np.resize(image, (side, side, image.shape[-1])) for image in images]).astype(np.float32)
    for quantize, _ in PRECISIONS.values():
        inputs = [("segment", {"image": image[None]}) for image in calibration]
        (folder / f"{quantize}.tflite").write_bytes(convert(segmentation_signatures(model), quantize, inputs))
    image = calibration[:1]
    arrays = {"image": image, "calibration": calibration, "probabilities": model(image).numpy()}
    write_network(model, folder / "network.npz", **arrays)
    return folder / "network.npz"


def _trained(path: Path) -> tuple[Any, list[np.ndarray]]:
    """A run's network, and the images of its sample."""
    from pipelines.tasks.opening import load_run

    task, run, model = load_run(path)
    if task.name != "segmentation":
        raise UserError(f"{path}: is for {task.name}, not for segmentation")
    return model, [image for image, _ in task.data(run).sample_reader()]


def _show(results: dict) -> None:
    side = results["side"]
    table = Table(title=f"An image of {side} x {side}, milliseconds", title_justify="left")
    for column in ("precision", "threads", "keras_s2s", "ONNX Runtime", "ONNX Runtime over ours"):
        table.add_column(column, justify="left" if column == "precision" else "right")
    for precision in PRECISIONS:
        for threads in THREADS:
            times = [results["milliseconds"][f"{peer} {precision} {threads}"] for peer in ("keras_s2s", "onnxruntime")]
            table.add_row(precision, str(threads), *(f"{each:.2f}" for each in times), f"{times[1] / times[0]:.2f}")
    Console().print(table)


if __name__ == "__main__":
    run(main)
