"""`keras-s2s segment demo`: the whole road, from pictures to masks on the device."""

import time
from pathlib import Path

from edge.runtime import find_runtime
from pipelines.config import MaskConfig, load_config
from pipelines.data.shapes import fetch_shapes
from pipelines.jobs.demo import headline, is_trained, measured, show
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.log import log
from pipelines.tasks.segmentation.segment import predict

# A quarter of the width of the recipe `segmentation`: these pictures are easy, and small.
SETTINGS = ["model.filters=16", "train.patch=128", "train.learning_rate=0.005"]

SHOWN = 8

_COLUMNS = {
    "model": lambda row: row["model"],
    "IoU": lambda row: f"{row['iou']:.1f}",
    "Dice": lambda row: f"{row['dice']:.1f}",
    "IoU, image mean": lambda row: f"{row['image_iou']:.1f}",
    "size": lambda row: f"{row['megabytes']:.2f} MB",
    "a picture": lambda row: f"{row['milliseconds']:.1f} ms",
}


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
    headline(1, "Pictures: blobs, drawn with noise, and their masks")
    fetch_shapes(data)

    headline(2, f"Training a U-Net for at most {max_minutes:g} minutes")
    _train(data, run, max_minutes)

    headline(3, "Shrinking it to 8 bits, for a device")
    if bundle.exists():
        log(f"{bundle}: already there")
    else:
        export(run, bundle)

    headline(4, "Scoring on pictures that it has not seen")
    rows = [measured("Keras, float32", run, data / "test"), measured("bundle, int8", bundle, data / "test")]

    headline(5, "Segmenting on the device's runner")
    pictures = sorted((data / "test" / "images").iterdir())[:SHOWN]
    predict(bundle, pictures, masks, overlays=True)
    show("Test pictures", _COLUMNS, rows)
    name, version, _ = find_runtime()
    print(f"Keras uses all cores, the bundle one thread of {name} {version}; reading the files is part of the time.")
    print(f"The run is {run}, the bundle for a device {bundle}.")
    print(f"Pictures: {run / 'validation.png'} and {masks}.")
    print("Next:")
    print(f"  .venv/bin/python -m edge segment {bundle} {pictures[0]} -o mask.png --overlay overlay.png")
    print("  .venv/bin/keras-s2s segment train --help")
    log(f"everything together took {(time.monotonic() - started) / 60:.1f} minutes")


def _train(data: Path, run: Path, max_minutes: float) -> None:
    if not is_trained(run):
        config, sets = load_config("segmentation", SETTINGS, MaskConfig), (data / "train", data / "valid")
        train(*sets, run, config, languages=None, max_minutes=max_minutes, task_name="segmentation")
