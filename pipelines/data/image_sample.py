"""A sample of a data set of images that is kept with a run: small, and with masks whose meaning is certain."""

from pathlib import Path

from edge.images import open_image, write_png
from pipelines.data.image_files import IMAGES, MASKS
from pipelines.data.images import ImageReader

_KEPT_MODES = ("1", "L", "P", "RGB", "I;16")


def write_image_sample(reader: ImageReader, folder: Path, number: int, longest_side: int) -> None:
    """Writes some images and masks, evenly from all of a set, as a set of its own.

    Binary masks have 0 and 255, whatever those of the set have: the sample is read with masks `auto`.

    Args:
        reader: the set.
        folder: where the sample goes.
        number: images at most.
        longest_side: pixels; of larger images the middle.

    Raises:
        UserError: an image or a mask cannot be used, or nothing can be written.
        OSError: a folder or an image cannot be written.
    """
    for name in (IMAGES, MASKS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    step = max(1, len(reader) / number)
    for index in range(min(len(reader), number)):
        pair, name = reader.pairs[int(index * step)], f"{index:03}.png"
        image, (_, labels) = open_image(pair.image), reader.read(pair)
        # What PNG has no form for is written with 8 bits per channel.
        image = image if image.mode in _KEPT_MODES else image.convert("RGB")
        left, upper = (max(0, (side - longest_side) // 2) for side in image.size)
        right, lower = min(image.width, left + longest_side), min(image.height, upper + longest_side)
        image.crop((left, upper, right, lower)).save(folder / IMAGES / name)
        labels = labels[upper:lower, left:right]
        write_png(folder / MASKS / name, labels if reader.classes > 1 else 255 * labels)
