"""`python -m benchmarks.ablation --data DIR --out DIR`: what attention and cell are worth, in the same time.

Trains each network of `ROWS` on `DIR/train.tsv` for a number of minutes, scores it on `DIR/test.tsv`, altogether and by
length of the source, and writes a line of `OUT/ablation.csv`. A row that is there is not made again, and one that was
interrupted resumes. At the end BLEU by source length is plotted.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

from benchmarks.command import run
from benchmarks.worker import ROOT
from edge.errors import UserError
from edge.files import replacing
from pipelines.data.pairs import Pair
from pipelines.plots import plot_lines
from pipelines.tasks.opening import load_run
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.translation.bleu import score

ROWS = {
    "LSTM, Bahdanau": {"model.cell": "lstm", "model.attention": "bahdanau"},
    "LSTM, Luong": {"model.cell": "lstm", "model.attention": "luong"},
    "LSTM, no attention": {"model.cell": "lstm", "model.attention": "none"},
    "GRU, Bahdanau": {"model.cell": "gru", "model.attention": "bahdanau"},
    "plain RNN, Bahdanau": {"model.cell": "rnn", "model.attention": "bahdanau"},
}

# Words of the source, from and to.
LENGTHS = ((1, 4), (5, 7), (8, 10), (11, 15), (16, 1000))


def main() -> None:
    """Makes the missing rows, and the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a directory made by fetch")
    parser.add_argument("--out", type=Path, required=True, help="output directory for runs, table and plot")
    parser.add_argument("--minutes", type=float, default=15.0, help="minutes of training per row [15]")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    table = options.out / "ablation.csv"
    rows = _read(table)
    for name, settings in ROWS.items():
        if name not in rows:
            run = options.out / name.replace(", ", "-").replace(" ", "-").lower()
            _train(options.data, run, settings, options.minutes)
            rows[name] = {"network": name, "minutes": options.minutes, **_scores(run, options.data / "test.tsv")}
            _write(table, rows)
    _draw(rows, options.out / "bleu_by_length.png")


def _train(data: Path, run: Path, settings: dict[str, str], minutes: float) -> None:
    """In a process of its own: TensorFlow takes its threads once."""
    assignments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    program = [sys.executable, "-c", "from pipelines.cli.main import main; main()", "train", "--resume", "--reverse"]
    files = ["--train", str(data / "train.tsv"), "--valid", str(data / "valid.tsv"), "--out", str(run)]
    more = ["--languages", "es-en", "--max-minutes", str(minutes)]
    done = subprocess.run([*program, *files, *more, *assignments], cwd=ROOT)
    if done.returncode:
        raise UserError(f"{run}: training ended with status {done.returncode}")


def _scores(run: Path, test: Path) -> dict[str, float]:
    task, opened, network = load_run(run)
    pairs = list(task.data(opened).reader(test))
    found = task.scores.predictor(opened, network, Decoding())([pair.source for pair in pairs])
    translations = [best for best, *_ in found]
    whole = _score(pairs, translations)
    scores = {"parameters": network.count_params(), "bleu": whole["bleu"], "chrf": whole["chrf"]}
    for first, last in LENGTHS:
        chosen = [index for index, pair in enumerate(pairs) if first <= len(pair.source.split()) <= last]
        some = _score([pairs[index] for index in chosen], [translations[index] for index in chosen])
        scores |= {f"bleu_{first}_{last}": some["bleu"], f"sentences_{first}_{last}": len(chosen)}
    return scores


def _score(pairs: list[Pair], translations: list[str]) -> dict[str, float]:
    return score(translations, [pair.target for pair in pairs])


def _read(table: Path) -> dict[str, dict]:
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as stream:
        return {row["network"]: row for row in csv.DictReader(stream)}


def _write(table: Path, rows: dict[str, dict]) -> None:
    with replacing(table) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(next(iter(rows.values()))))
        writer.writeheader()
        writer.writerows(rows.values())


def _draw(rows: dict[str, dict], out: Path) -> None:
    labels = [f"{first}-{last}" if last < 1000 else f"{first}+" for first, last in LENGTHS]
    lines = {name: [float(row[f"bleu_{first}_{last}"]) for first, last in LENGTHS] for name, row in rows.items()}
    plot_lines(labels, lines, "words of the source", "BLEU", out)


if __name__ == "__main__":
    run(main)
