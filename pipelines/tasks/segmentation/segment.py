"""`keras-s2s segment`: images through a run or a bundle."""

from collections.abc import Sequence
from pathlib import Path

from edge.image_jobs import ObjectOptions, make_directory, plan_jobs
from edge.progress import Progress
from edge.segmenter import Segmenter
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.predictor import keras_segmenter


def segment(
    path: PathLike,
    images: Sequence[Path],
    out: Path,
    overlays: bool = False,
    objects: ObjectOptions | None = None,
    threads: int = 1,
    flips: bool = False,
) -> None:
    """Write the masks of images: 255 for foreground, or class ids; `edge.image_jobs.plan_jobs` says to which files.

    Args:
        path: a run or a bundle.
        images: image files, and folders of them.
        out: the directory, made if it is not there.
        overlays: also write each image with its mask as an overlay.
        objects: also write the objects of each image.
        threads: of the TFLite runtime.
        flips: test-time flips.

    Raises:
        UserError: path or an image cannot be used, or an output would take the place of an input or of another output.
    """
    jobs = plan_jobs(images, out, overlays, objects)
    engine = open_segmenter(path, threads, flips)
    make_directory(out)
    with Progress(len(jobs), "images") as progress:
        for job in jobs:
            job.run(engine, objects)
            progress.step()
    log(f"{out}: {len(jobs)} masks")


def open_segmenter(path: PathLike, threads: int = 1, flips: bool = False) -> Segmenter:
    """Return the device's segmenter over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the TFLite runtime.
        flips: test-time flips.

    Raises:
        UserError: path cannot be used, or is not for segmentation.
    """
    path = Path(path)
    if is_bundle(path):
        return Segmenter(path, threads=threads, flips=flips)
    run = Run.open(path, {"segmentation": SegmentationConfig})
    return keras_segmenter(run, load_network(run), flips)
