"""`keras-s2s segment predict`: pictures through a run or a bundle."""

from collections.abc import Sequence
from pathlib import Path

from edge.errors import UserError
from edge.pictures import overlay, read_picture, write_png
from edge.segmenter import Segmenter
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.tasks.models import is_bundle, load_run
from pipelines.tasks.segmentation.task import Segmentation


def segmenter(path: PathLike, threads: int = 1) -> Segmenter:
    """The device's segmenter over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the device's runner.

    Raises:
        UserError: path cannot be used, or is not for segmentation.
    """
    path = Path(path)
    if is_bundle(path):
        return Segmenter(path, threads=threads)
    task, model = load_run(path)
    if not isinstance(task, Segmentation):
        raise UserError(f"{path}: is for {task.run.task}, not for segmentation")
    return task.segmenter(model)


def predict(path: PathLike, pictures: Sequence[Path], out: Path, overlays: bool = False, threads: int = 1) -> None:
    """Writes the masks of pictures: `NAME.png`, 255 for foreground, or class ids; `NAME.overlay.png` beside it.

    Args:
        path: a run or a bundle.
        pictures: image files.
        out: the directory, made if it is not there.
        overlays: with each picture under its mask, too.
        threads: of the device's runner.

    Raises:
        UserError: path or a picture cannot be used, or two pictures have the same name.
    """
    engine = segmenter(path, threads)
    names = [file.stem for file in pictures]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"{out}: two pictures have the name {min(twice)}; their masks would be one file")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be made ({error.strerror or error})") from error
    for file in pictures:
        picture = read_picture(file, 3)
        mask = engine.mask(picture)
        write_png(out / f"{file.stem}.png", engine.drawable(mask))
        if overlays:
            write_png(out / f"{file.stem}.overlay.png", overlay(picture, mask))
    log(f"{out}: {len(pictures)} masks")
