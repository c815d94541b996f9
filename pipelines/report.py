"""`keras-s2s report`: runs and bundles side by side, by size, quality and speed."""

import csv
import gzip
import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.bundle import MANIFEST, read_bundle
from edge.errors import UserError
from keras_s2s.files import replacing
from pipelines.log import log
from pipelines.models import is_bundle, load_run
from pipelines.pairs import Pair, PairReader, PathLike
from pipelines.plots import plot_front
from pipelines.scores import by_chance, score
from pipelines.tasks import task_of

# Sentences that speed is measured on.
_TIMED = 300

Row = dict[str, Any]


def report(
    paths: Sequence[PathLike],
    test_files: PathLike,
    out: PathLike,
    limit: int | None = None,
    pythons: Sequence[str] = (sys.executable,),
) -> list[Row]:
    """Measures translation runs and bundles, and writes `report.md`, `report.csv` and pictures.

    Each row is kept as soon as it is measured: the same command goes on where it was interrupted.

    Args:
        paths: runs and bundles; the first one is what the others are compared with.
        test_files: pairs to score on, columns as in the files that the runs were trained on.
        out: the directory of the report.
        limit: use only the first so many pairs.
        pythons: Python programs, each with a TFLite runtime, on which bundles are timed.

    Returns:
        The rows: name, quantization, mb and mb_gz of all files, bleu, chrf, same (percent of the translations that are
        the first row's, too), p (how often chance alone would make a difference to the first row's BLEU as large as
        this one: paired bootstrap, Koehn 2004), and for each runtime step_ms, sentence_ms, peak_mb; `None` where there
        is nothing to measure.

    Raises:
        UserError: a path or file cannot be used, or a Python has no runtime.
    """
    out = Path(out)
    names = _names([Path(path) for path in paths])
    kept = out / "rows"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    rows, first = [], None
    for path, name in zip(map(Path, paths), names, strict=True):
        pairs, predict = _opened(path, test_files, limit)
        key = hashlib.sha256(json.dumps([_fingerprint(path), pairs]).encode()).hexdigest()[:16]
        file = kept / f"{name}.json"
        saved = json.loads(file.read_bytes()) if file.exists() else {}
        if saved.get("key") != key:
            log(f"{path}: measuring")
            saved = {"key": key, "translations": predict()([pair.source for pair in pairs])}
            if is_bundle(path):
                saved["speed"] = [_timed(path, python, pairs) for python in pythons]
            with replacing(file) as partial:
                partial.write_text(json.dumps(saved, ensure_ascii=False), encoding="utf-8")
        first = first or saved["translations"]
        rows.append(_row(path, name, saved, first, [pair.target for pair in pairs]))
    _write(out, rows)
    return rows


def _names(paths: list[Path]) -> list[str]:
    """The last part of each path; of those that share it, the one before as well."""
    last = [path.resolve().name for path in paths]
    names = [
        name if last.count(name) == 1 else f"{path.resolve().parent.name}-{name}"
        for path, name in zip(paths, last, strict=True)
    ]
    if twice := [str(path) for path, name in zip(paths, names, strict=True) if names.count(name) > 1]:
        raise UserError(f"{twice[0]}: is named twice")
    return names


def _opened(
    path: Path, test_files: PathLike, limit: int | None
) -> tuple[list[Pair], Callable[[], Callable[[Sequence[str]], list[str]]]]:
    """The test pairs as a run or bundle reads them, and what opens its predictor."""
    if is_bundle(path):
        manifest = read_bundle(path).manifest
        task, reverse = task_of(manifest["task"], path), manifest["reverse"]
        predict = lambda: task.bundle_predictor(path)  # noqa: E731
    else:
        task, model = load_run(path)
        reverse, predict = task.run.reverse, lambda: task.predictor(model)
    return list(itertools.islice(PairReader(test_files, reverse=reverse), limit)), predict


def _fingerprint(path: Path) -> str:
    file = path / (MANIFEST if is_bundle(path) else "model.keras")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _timed(path: Path, python: str, pairs: list[Pair]) -> Row:
    """What `python -m edge bench` measures there, on the first test sentences."""
    texts = "\n".join(pair.source for pair in pairs[:_TIMED])
    command = [python, "-m", "edge", "bench", str(path), "--json", "--source", "/dev/stdin"]
    done = subprocess.run(command, input=texts.encode(), capture_output=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
    log(f"{path}: not measured with {python}: {reason[0]}")
    return {"runtime": None, "reason": reason[0]}


def _row(path: Path, name: str, saved: Row, first: list[str], references: list[str]) -> Row:
    files = [file for file in sorted(path.iterdir()) if file.is_file()] if is_bundle(path) else [path / "model.keras"]
    translations = saved["translations"]
    scores = score(translations, references)
    row = {
        "name": name,
        "quantization": read_bundle(path).manifest["quantization"] if is_bundle(path) else "Keras",
        "mb": sum(file.stat().st_size for file in files) / 1e6,
        "mb_gz": sum(len(gzip.compress(file.read_bytes())) for file in files) / 1e6,
        "bleu": scores["bleu"],
        "chrf": scores["chrf"],
        "same": 100.0 * sum(map(str.__eq__, translations, first)) / len(first),
        "p": by_chance(first, translations, references),
        "signature": scores["signatures"]["bleu"],
    }
    for speed in saved.get("speed", []):
        if runtime := speed["runtime"]:
            row |= {
                f"{runtime} step_ms": speed["step_ms"],
                f"{runtime} sentence_ms": speed["sentence_ms"]["p50"],
                f"{runtime} peak_mb": speed["peak_mb"],
            }
    return row


def _write(out: Path, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row if key != "signature"))
    with replacing(out / "report.csv") as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*columns, "signature"])
        writer.writeheader()
        writer.writerows(rows)
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *cells]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    with replacing(out / "report.md") as partial:
        partial.write_text(f"{text}\n\nBLEU: {rows[0]['signature']}\n", encoding="utf-8")
    log(text)
    plot_front(rows, "mb", "megabytes", out / "size.png")
    if timed := [column for column in columns if column.endswith(" sentence_ms")]:
        plot_front(rows, timed[0], f"milliseconds a sentence, {timed[0].split()[0]}", out / "speed.png")


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return "" if value is None else str(value)
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
