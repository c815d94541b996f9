"""`python -m benchmarks.edge`: an int8 step and sentence on the device, beside ONNX Runtime and CTranslate2.

The network of `Seq2SeqModelConfig` with vocabularies of 8,000 tokens and random weights, under which no sentence ends
before its 24 steps. ONNX Runtime runs the same network with the same weights, which is checked in float32 before its
matrices get 8 bits; CTranslate2 runs Transformers with random weights. Each peer is a process of its own, measured in
turns, on one thread and on two, with sources of 12 and of 60 tokens. The peers have an environment of their own, which
`scripts/environment.sh bench` sets up.

What is measured:
    encode      a sentence, before its first step
    step        one `decode_step`, driven from Python, and the choice of its token
    loop        a sentence of such steps, its encoding included; CTranslate2's own greedy search for its networks
    search      ours only: a sentence through `edge.search`, which translators use, with scores
    translate   ours only: a sentence in one call, with the loop in the flatbuffer
    reading     as many bytes as the weights of a step, by NumPy, in one thread: what memory and caches allow
"""

import argparse
import itertools
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.environment import PEERS, check_environment, run_in_environment
from benchmarks.worker import Worker, alternate
from edge.search.step import Encoded
from edge.tokenizer import BOS, EOS
from keras_s2s import names
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.tokens import TokenSource

VOCABULARY, STEPS = 8000, 24
LENGTHS, THREADS = (12, 60), (1, 2)

# Layers of encoder and decoder, and width.
TRANSFORMERS = {"ctranslate2_tiny": (6, 2, 256), "ctranslate2_base": (6, 6, 512)}

# Peers' figures, and those of ours that they are compared with.
COMPARED = {
    "onnxruntime_encode": ("onnxruntime encode", "keras_s2s encode"),
    "onnxruntime_step": ("onnxruntime step", "keras_s2s step"),
    "onnxruntime_loop": ("onnxruntime loop", "keras_s2s loop"),
    **{f"{name}_sentence": (f"{name} loop", "keras_s2s loop") for name in TRANSFORMERS},
    **{f"{name}_search": (f"{name} loop", "keras_s2s search") for name in TRANSFORMERS},
}

Figures = dict[str, float]


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.edge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, help="rounds per measurement [10]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    check_environment()
    with tempfile.TemporaryDirectory() as folder:
        size, difference = _prepare(Path(folder))
        results = measure(Path(folder), size, options.rounds) | {"float32_logits_difference": difference}
    print(json.dumps(results)) if options.json else _show(results)


def measure(folder: Path, size: int, rounds: int) -> dict:
    """Times everything that `_prepare` made.

    Args:
        folder: where it is.
        size: bytes of a step's weights.
        rounds: of each measurement.

    Returns:
        Peers' times over ours, milliseconds and the versions of all.
    """
    milliseconds: list[Figures] = []
    for threads, length in itertools.product(THREADS, LENGTHS):
        workers = {name: Worker(command) for name, command in _commands(folder, length, threads, size).items()}
        alternate(list(workers.values()), rounds)
        for worker in workers.values():
            worker.close()
        taken = {name: 1000 * worker.median for name, worker in workers.items()}
        milliseconds.append({"threads": threads, "tokens": length, **taken})
        versions = sorted({worker.ready for worker in workers.values()})
    ratios = [_ratios(found) for found in milliseconds]
    one, two = (next(found for found in ratios if found["threads"] == threads) for threads in THREADS)
    step, reading = (milliseconds[0][name] for name in ("keras_s2s step", "reading"))
    return {
        "onnxruntime_step_1thread": one["onnxruntime_step"],
        "onnxruntime_step_2threads": two["onnxruntime_step"],
        "onnxruntime_loop_1thread": one["onnxruntime_loop"],
        "ctranslate2_tiny_sentence": one["ctranslate2_tiny_sentence"],
        "ctranslate2_base_sentence": one["ctranslate2_base_sentence"],
        "weight_bytes_a_step": size,
        "reading_gigabytes_a_second": size / reading / 1e6,
        "step_share_of_reading_speed": reading / step,
        "ratios": ratios,
        "milliseconds": milliseconds,
        "versions": versions,
    }


def _ratios(found: Figures) -> Figures:
    """Peers' times over ours."""
    setting = {name: found[name] for name in ("threads", "tokens")}
    return setting | {name: found[theirs] / found[ours] for name, (theirs, ours) in COMPARED.items()}


def _commands(folder: Path, length: int, threads: int, size: int) -> dict[str, list[str]]:
    sizes = [str(number) for number in (VOCABULARY, length, STEPS, threads)]
    peer, own = [str(PEERS), "-m"], [sys.executable, "-m", "benchmarks.peers.edge_decoding", f"{folder}/model.tflite"]
    commands = {}
    for job in ("encode", "step", "loop", "search", "translate"):
        commands[f"keras_s2s {job}"] = [*own, job, *sizes]
        if job in ("encode", "step", "loop"):
            commands[f"onnxruntime {job}"] = [*peer, "benchmarks.peers.onnx_decoding", str(folder), job, *sizes]
    for name in TRANSFORMERS:
        commands[f"{name} loop"] = [*peer, "benchmarks.peers.ctranslate2_decoding", f"{folder}/{name}", *sizes]
    commands["reading"] = [*peer, "benchmarks.peers.memory_reading", str(size)]
    return commands


def _prepare(folder: Path) -> tuple[int, float]:
    """Makes all networks.

    Returns:
        Bytes of the weights that an int8 step reads, and how far ONNX Runtime's float32 logits are from Keras'.
    """
    from keras_s2s.export.signatures import seq2seq_signatures
    from keras_s2s.export.tflite import convert

    models = _network()
    (folder / "model.tflite").write_bytes(convert(seq2seq_signatures(models, STEPS), "int8"))
    np.savez(folder / "weights.npz", **{weight.path: weight.numpy() for weight in models.training.weights})
    np.savez(folder / "probe.npz", **_probe(models))
    arrays = [f"{folder}/weights.npz", f"{folder}/probe.npz"]
    difference = run_in_environment("benchmarks.peers.onnx_network", *arrays, str(folder))
    for name, sizes in TRANSFORMERS.items():
        run_in_environment("benchmarks.peers.ctranslate2_model", f"{folder}/{name}", *map(str, (*sizes, VOCABULARY)))
    size = sum(np.prod(weight.shape) * (1 if len(weight.shape) == 2 else 4) for weight in models.step.weights)
    return int(size), float(difference)


def _network() -> Seq2Seq:
    models = build_seq2seq(Seq2SeqModelConfig(), TokenSource(Seq2SeqModelConfig(), VOCABULARY), VOCABULARY)
    random = np.random.default_rng(1)
    for weight in models.training.weights:
        # A converter removes a bias of zeros.
        if len(weight.shape) == 1:
            weight.assign(random.normal(0.0, 0.1, weight.shape))
    embeddings = models.training.get_layer(names.TARGET_EMBEDDING).embeddings
    # The logit of EOS is zero: never the greatest.
    embeddings.assign(np.where(np.arange(VOCABULARY)[:, None] == EOS, 0.0, embeddings.numpy()))
    return models


def _probe(models: Seq2Seq) -> dict[str, np.ndarray]:
    """A source, the tokens that the decoder reads, and the logits after each of them."""
    from benchmarks.peers.source import random_source
    from keras_s2s.keras_step import KerasStep

    step, source = KerasStep(models), random_source(LENGTHS[0], VOCABULARY)
    token, encoded = np.array([BOS], np.int32), step.encode(source=source)
    tokens, logits = [], []
    for _ in range(STEPS):
        tokens.append(token[0])
        found, states, _ = step.step(token, encoded)
        logits.append(found[0])
        token, encoded = found.argmax(axis=1).astype(np.int32), Encoded(encoded.memory, states)
    return {"source": source, "tokens": np.array(tokens), "logits": np.array(logits)}


def _show(results: dict) -> None:
    _table(f"Milliseconds, int8, sentences of {STEPS} steps", results["milliseconds"], 3)
    _table("Peers' times over ours", results["ratios"], 2)
    print(
        f"A step reads {results['weight_bytes_a_step']:,} bytes of weights. NumPy reads as many at "
        f"{results['reading_gigabytes_a_second']:.1f} GB/s in one thread; our step, with all else that it does, at "
        f"{results['step_share_of_reading_speed']:.0%} of that."
    )
    print(f"ONNX Runtime's float32 logits differ from Keras' by {results['float32_logits_difference']:.1e} at most.")
    print(", ".join(results["versions"]))


def _table(title: str, columns: list[Figures], digits: int) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in columns:
        threads = f"{column['threads']} thread{'s' * (column['threads'] > 1)}"
        table.add_column(f"{threads}\n{column['tokens']} tokens", justify="right")
    for name in columns[0]:
        if name not in ("threads", "tokens"):
            table.add_row(name, *(f"{column[name]:.{digits}f}" for column in columns))
    Console().print(table)


if __name__ == "__main__":
    run(main)
