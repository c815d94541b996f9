"""`keras-s2s segment demo`: the whole road, from pictures to masks on the device."""

import shutil
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.bundle import RUN_MARKER, read_bundle
from edge.runtime import find_runtime
from pipelines.config import MaskConfig, load_config
from pipelines.evaluate import evaluate
from pipelines.export import export
from pipelines.log import log
from pipelines.segment import predict
from pipelines.shapes import fetch_shapes
from pipelines.train import train

# A quarter of the width of the recipe `masks`: these pictures are easy, and small.
SETTINGS = ["model.filters=16", "train.patch=128", "train.learning_rate=0.005"]

SHOWN = 8


def demo(out: Path, max_minutes: float) -> None:
    """Draws pictures, trains, exports, scores and segments.

    What an earlier demo finished in the same directory is used again.

    Args:
        out: directory for all of it.
        max_minutes: time for training.

    Raises:
        UserError: the directory holds something else.
    """
    data, run, bundle, masks = out / "shapes", out / "run", out / "bundle", out / "masks"
    started = time.monotonic()
    _headline(1, "Pictures: blobs, drawn with noise, and their masks")
    fetch_shapes(data)

    _headline(2, f"Training a U-Net for at most {max_minutes:g} minutes")
    _train(data, run, max_minutes)

    _headline(3, "Shrinking it to 8 bits, for a device")
    if bundle.exists():
        log(f"{bundle}: already there")
    else:
        export(run, bundle)

    _headline(4, "Scoring on pictures that it has not seen")
    rows = [_row("Keras, float32", run, data / "test"), _row("bundle, int8", bundle, data / "test")]

    _headline(5, "Segmenting on the device's runner")
    pictures = sorted((data / "test" / "images").iterdir())[:SHOWN]
    predict(bundle, pictures, masks, overlays=True)
    _show(rows)
    name, version, _ = find_runtime()
    print(f"Keras uses all cores, the bundle one thread of {name} {version}; reading the files is part of the time.")
    print(f"The run is {run}, the bundle for a device {bundle}.")
    print(f"Pictures: {run / 'validation.png'} and {masks}.")
    print("Next:")
    print(f"  .venv/bin/python -m edge segment {bundle} {pictures[0]} -o mask.png --overlay overlay.png")
    print("  .venv/bin/keras-s2s segment train --help")
    log(f"everything together took {(time.monotonic() - started) / 60:.1f} minutes")


def _train(data: Path, run: Path, max_minutes: float) -> None:
    if (run / "scores.json").exists():
        log(f"{run}: already trained")
        return
    if (run / RUN_MARKER).exists():
        log(f"{run}: an earlier demo was interrupted here; beginning anew")
        shutil.rmtree(run)
    config = load_config("masks", SETTINGS, MaskConfig)
    sets = data / "train", data / "valid"
    train(*sets, run, config, languages=None, max_minutes=max_minutes, task_name="segmentation")


def _headline(number: int, text: str) -> None:
    log(f"\n[{number}/5] {text}")


def _row(name: str, path: Path, test: Path) -> dict[str, Any]:
    scores = evaluate(path, test)
    is_run = (path / RUN_MARKER).exists()
    size = (path / "model.keras").stat().st_size if is_run else read_bundle(path).bytes
    milliseconds = 1000 * scores["seconds"] / scores["images"]
    return {"model": name, **scores, "megabytes": size / 1e6, "milliseconds": milliseconds}


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(title="Test pictures", title_justify="left")
    table.add_column("model")
    for column in ("IoU", "Dice", "IoU, image mean", "size", "a picture"):
        table.add_column(column, justify="right")
    for row in rows:
        scores = [f"{row[name]:.1f}" for name in ("iou", "dice", "image_iou")]
        table.add_row(row["model"], *scores, f"{row['megabytes']:.2f} MB", f"{row['milliseconds']:.1f} ms")
    Console().print(table)
