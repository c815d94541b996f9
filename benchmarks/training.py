"""`python -m benchmarks.training`: our training step beside hand-written PyTorch.

The same network, batches, optimizer and precision, each peer in a process of its own, measured in turns. PyTorch has
an environment of its own, which `make bench` sets up.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.environment import PEERS
from benchmarks.worker import Worker, alternate
from edge.errors import UserError

PRECISIONS = ("float32", "bfloat16")

# The network of the recipe `small`.
NETWORK = {"source_size": 8000, "target_size": 8000, "embedding": 256, "units": 512}

# Arithmetic of a target token and of a source token, forwards and backwards: two operations a weight it meets, three
# products. The embeddings are looked up, not multiplied.
_TARGET_WEIGHTS = 256 * 2048 + 1024 * 2048 + 512 * 512 + 1024 * 256 + 256 * 8000
_SOURCE_WEIGHTS = 2 * (256 * 1024 + 256 * 1024) + 512 * 512
_MATRIX = 2048


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--pairs", help="a pair file: measure on its bucketed batches, too")
    parser.add_argument("--rounds", type=int, default=10, help="rounds per peer [10]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    if not PEERS.exists():
        raise UserError(f"{PEERS}: PyTorch's environment is missing: `make bench` sets it up")
    with tempfile.TemporaryDirectory() as folder:
        uniform = Path(folder) / "uniform.npz"
        results = measure(_save(uniform, _uniform(4)), uniform, options.rounds)
        if options.pairs:
            real = Path(folder) / "real.npz"
            tokens = _save(real, _bucketed(options.pairs, Path(folder)))
            results["bucketed"] = measure(tokens, real, max(3, options.rounds // 3))
    print(json.dumps(results)) if options.json else _show(results)


def measure(tokens: tuple[int, int], batches: Path, rounds: int) -> dict:
    """Milliseconds of a pass over the batches, and PyTorch's times over ours.

    Args:
        tokens: source and target positions in all batches.
        batches: the file.
        rounds: passes of each peer.
    """
    ours = [sys.executable, "-m", "benchmarks.peers.keras_training", str(batches)]
    theirs = [str(PEERS), "benchmarks/peers/pytorch_training.py", str(batches)]
    workers = {
        (peer, precision): Worker([*command, precision])
        for precision in PRECISIONS
        for peer, command in (("keras_s2s", ours), ("pytorch", theirs))
    }
    parameters = {worker.ready for worker in workers.values()}
    if len(parameters) != 1:
        raise RuntimeError(f"the peers' networks differ: {parameters} parameters")
    alternate(list(workers.values()), rounds)
    for worker in workers.values():
        worker.close()
    seconds = {key: worker.median for key, worker in workers.items()}
    best = {peer: min(seconds[peer, precision] for precision in PRECISIONS) for peer in ("keras_s2s", "pytorch")}
    operations = 6 * (tokens[0] * _SOURCE_WEIGHTS + tokens[1] * _TARGET_WEIGHTS)
    speed = {precision: _matrix_speed(precision) for precision in PRECISIONS}
    return {
        **{f"pytorch_{name}": seconds["pytorch", name] / seconds["keras_s2s", name] for name in PRECISIONS},
        "pytorch_best": best["pytorch"] / best["keras_s2s"],
        "matrix_gflops": {name: value / 1e9 for name, value in speed.items()},
        "matmul_share": {name: operations / speed[name] / seconds["keras_s2s", name] for name in PRECISIONS},
        "pytorch_matmul_share": {name: operations / speed[name] / seconds["pytorch", name] for name in PRECISIONS},
        "target_positions_per_second": {" ".join(key): tokens[1] / value for key, value in seconds.items()},
        "milliseconds": {" ".join(key): 1000 * value for key, value in seconds.items()},
        "parameters": int(parameters.pop()),
    }


def _uniform(count: int) -> list[dict[str, np.ndarray]]:
    """Batches of 64 sentences of 12 tokens."""
    random = np.random.default_rng(0)
    return [
        {
            "source": random.integers(4, NETWORK["source_size"], (64, 12)),
            "labels": random.integers(4, NETWORK["target_size"], (64, 12)),
        }
        for _ in range(count)
    ]


def _bucketed(pairs: str, folder: Path, count: int = 24) -> list[dict[str, np.ndarray]]:
    """Batches of real sentences, as the recipe `small` has them."""
    from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer
    from pipelines.data.pair_batches import pair_batches
    from pipelines.data.pairs import PairReader
    from pipelines.data.position import Position

    reader, tokenizers = PairReader(pairs), []
    for side in ("source", "target"):
        file = folder / f"{side}.model"
        train_tokenizer((getattr(pair, side) for pair in reader), file, size=8000)
        tokenizers.append(GraphTokenizer(file))
    batches = pair_batches(reader.corpora, *tokenizers, batch_tokens=2000, max_length=80, position=Position(1))
    # From the middle of an epoch: buckets fill at different speeds.
    taken = batches.skip(200).take(count).as_numpy_iterator()
    return [{"source": inputs["source"], "labels": labels} for inputs, labels in taken]


def _save(file: Path, batches: list[dict[str, np.ndarray]]) -> tuple[int, int]:
    """Writes batches where both peers read them, and counts their source and target positions."""
    arrays = {"batches": np.array(len(batches))} | {name: np.array(size) for name, size in NETWORK.items()}
    for index, batch in enumerate(batches):
        labels = batch["labels"]
        begin = np.full((len(labels), 1), 2)
        target = np.where(labels[:, :-1] == 3, 0, labels[:, :-1])
        named = {"source": batch["source"], "labels": labels, "target": np.concatenate([begin, target], axis=1)}
        arrays |= {f"{name}_{index}": array.astype(np.int32) for name, array in named.items()}
    np.savez(file, **arrays)
    return tuple(sum(batch[name].size for batch in batches) for name in ("source", "labels"))


def _matrix_speed(precision: str) -> float:
    """Operations a second of a large matrix product in TensorFlow, the fastest of ten."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    matrix = tf.cast(tf.random.normal((_MATRIX, _MATRIX)), precision)
    seconds = []
    for _ in range(12):
        began = time.perf_counter()
        tf.matmul(matrix, matrix)[0, 0].numpy()
        seconds.append(time.perf_counter() - began)
    return 2 * _MATRIX**3 / min(seconds[2:])


def _show(results: dict) -> None:
    for title, found in (("batches of 64 x 12", results), ("bucketed real sentences", results.get("bucketed"))):
        if not found:
            continue
        table = Table(title=f"A training step, {title}: {found['parameters']:,} parameters", title_justify="left")
        for column in ("precision", "keras_s2s", "PyTorch", "PyTorch over ours", "fraction of matrix speed"):
            table.add_column(column, justify="left" if column == "precision" else "right")
        for name in PRECISIONS:
            table.add_row(
                name,
                *(f"{found['milliseconds'][f'{peer} {name}']:,.0f} ms" for peer in ("keras_s2s", "pytorch")),
                f"{found[f'pytorch_{name}']:.2f}",
                f"{found['matmul_share'][name]:.0%}",
            )
        Console().print(table)
        print(f"best precision of each: {found['pytorch_best']:.2f}")


if __name__ == "__main__":
    run(main)
