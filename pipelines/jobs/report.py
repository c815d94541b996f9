"""`keras-s2s report`: a table of runs and bundles: size, quality, latency."""

import csv
import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from edge.bundle import MANIFEST, read_bundle
from edge.errors import UserError
from edge.files import replacing
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.plots import Axis, plot_front
from pipelines.run import is_bundle
from pipelines.tasks.opening import Opened, open_scored
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.task import Task

Row = dict[str, Any]

# What a row has beside the columns of the table.
_BESIDE = ("signature", "notes", "plots")


def report(
    paths: Sequence[PathLike],
    test_files: PathLike,
    out: PathLike,
    limit: int | None = None,
    pythons: Sequence[str] = (sys.executable,),
) -> list[Row]:
    """Measures runs and bundles of one task, and writes `report.md`, `report.csv` and plots.

    Each row is kept as soon as it is measured: the same command resumes after an interruption.

    Args:
        paths: runs and bundles; the first one is what the others are compared with.
        test_files: what to score on: pairs, columns as in the files that the runs were trained on, or images.
        out: the directory of the report.
        limit: use only the first N examples.
        pythons: Python programs, each with a TFLite runtime, on which bundles are timed.

    Returns:
        The rows: name, quantization, mb and mb_gz of all files; of translation bleu, chrf, same (percent of the
        translations that are the first row's, too), p (how often chance alone would make a difference to the first
        row's BLEU as large as this one: paired bootstrap, Koehn 2004), and for each runtime step_ms and sentence_ms; of
        words wer and cer in place of bleu and chrf (p: McNemar's exact test), and the most frequent confusions; of
        segmentation the scores of `SegmentationScores` and image_ms, of several classes also a table and the confusion
        matrix; and peak_mb. What was not measured is not there.

    Raises:
        UserError: a path or file cannot be used, or is for another task than the first.
    """
    out = Path(out)
    names = _names([Path(path) for path in paths])
    kept = out / "rows"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    rows: list[Row] = []
    first, task = None, None
    for path, name in zip(map(Path, paths), names, strict=True):
        opened = open_scored(path, test_files, Decoding())
        task = task or opened.task
        if (opened.task.name, type(opened.task.scores)) != (task.name, type(task.scores)):
            raise UserError(f"{path}: is for another task or has other scores than {paths[0]}; report them apart")
        saved = _measured(path, kept / f"{name}.json", opened, limit, pythons)
        first = first or saved["outputs"]
        compared = task.scores.compare(saved["outputs"], first, opened.data, limit)
        rows.append(_row(path, name, saved.get("speed", []), {**compared}, task))
    if task:
        _write(out, rows, task)
    return rows


def _measured(path: Path, file: Path, opened: Opened, limit: int | None, pythons: Sequence[str]) -> Row:
    """Return outputs and speed of a run or a bundle: measured now, or read from a file if it has these already."""
    scores, data = opened.task.scores, opened.data
    key = hashlib.sha256(json.dumps([_fingerprint(path), scores.identity(data, limit)]).encode()).hexdigest()[:16]
    saved: Row = json.loads(file.read_bytes()) if file.exists() else {}
    if saved.get("key") == key:
        return saved
    log(f"{path}: measuring")
    saved = {"key": key, "outputs": scores.outputs(opened.predictor(), data, limit)}
    if is_bundle(path):
        saved["speed"] = [_timed(path, python, scores.bench_input(data, limit)) for python in pythons]
    with replacing(file) as partial:
        partial.write_text(json.dumps(saved, ensure_ascii=False), encoding="utf-8")
    return saved


def _names(paths: list[Path]) -> list[str]:
    """Return the last component of each path; if several have the same, also the one before."""
    last = [path.resolve().name for path in paths]
    names = [
        name if last.count(name) == 1 else f"{path.resolve().parent.name}-{name}"
        for path, name in zip(paths, last, strict=True)
    ]
    if twice := [str(path) for path, name in zip(paths, names, strict=True) if names.count(name) > 1]:
        raise UserError(f"{twice[0]}: is named twice")
    return names


def _fingerprint(path: Path) -> str:
    file = path / (MANIFEST if is_bundle(path) else "model.keras")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _timed(path: Path, python: str, text: str) -> Row:
    """What `python -m edge bench` measures there, on these lines if there are any."""
    command = [python, "-m", "edge", "bench", str(path), "--json", *(["--source", "/dev/stdin"] if text else [])]
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
    log(f"{path}: not measured with {python}: {reason[0]}")
    return {"runtime": None, "reason": reason[0]}


def _row(path: Path, name: str, speeds: list[Row], compared: Row, task: Task) -> Row:
    files = [file for file in sorted(path.iterdir()) if file.is_file()] if is_bundle(path) else [path / "model.keras"]
    row = {
        "name": name,
        "quantization": read_bundle(path).manifest["quantization"] if is_bundle(path) else "Keras",
        "mb": sum(file.stat().st_size for file in files) / 1e6,
        "mb_gz": sum(len(gzip.compress(file.read_bytes())) for file in files) / 1e6,
        **compared,
    }
    for speed in speeds:
        if runtime := speed["runtime"]:
            latency, _ = task.scores.latency
            for key in ("step_ms", latency, "peak_mb"):
                if key in speed:
                    row[f"{runtime} {key}"] = speed[key]["p50"] if key == latency else speed[key]
    return row


def _write(out: Path, rows: list[Row], task: Task) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row if key not in _BESIDE))
    with replacing(out / "report.csv") as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        names = dict.fromkeys(key for row in rows for key in row if key not in ("notes", "plots"))
        writer = csv.DictWriter(stream, list(names), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *cells]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    signature = f"\n\nBLEU: {rows[0]['signature']}" if "signature" in rows[0] else ""
    with replacing(out / "report.md") as partial:
        notes = "".join(f"\n\n## {row['name']}\n\n{_notes(out, row)}" for row in rows if "notes" in row)
        partial.write_text(f"{text}{signature}{notes}\n", encoding="utf-8")
    log(text)
    quality = task.scores.metrics[0]
    quality_axis = Axis(quality.name, quality.label)
    # What pruning and clustering save shows when a bundle is packed, as it is for a download.
    size = Axis("mb_gz", "megabytes, gzipped")
    plot_front(rows, size, quality_axis, out / "size.png", quality.larger_is_better)
    latency, label = task.scores.latency
    if timed := [column for column in columns if column.endswith(latency)]:
        speed = Axis(timed[0], f"{label}, {timed[0].split()[0]}")
        plot_front(rows, speed, quality_axis, out / "speed.png", quality.larger_is_better)


def _notes(out: Path, row: Row) -> str:
    """Return what stands below the table about a row; its plots are written beside the report."""
    images = {name: f"{row['name']}.{name}.png" for name in row.get("plots", {})}
    for name, file in images.items():
        row["plots"][name](out / file)
    return "\n\n".join([row["notes"], *(f"![{name}]({quote(file)})" for name, file in images.items())])


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return "" if value is None else str(value)
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
