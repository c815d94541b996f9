"""`keras-s2s fetch shapes`: images of blobs and their masks, drawn rather than fetched."""

import os
from pathlib import Path

import numpy as np

from edge.errors import UserError
from edge.images import write_png
from keras_s2s.files import making
from pipelines.data.files import PathLike
from pipelines.data.image_files import IMAGES, MASKS
from pipelines.log import log

# Images of each part.
SIZES = {"train": 160, "valid": 32, "test": 32}

ATTRIBUTION = """\
shapes: images drawn by keras_s2s

Textured blobs that overlap, on an uneven ground, with noise; their masks have 255 for blobs. Made by a program, from
the same numbers every time; in the public domain (CC0 1.0).
"""


def fetch_shapes(out: PathLike) -> None:
    """Draws the set: `train`, `valid` and `test`, each with the folders `images` and `masks`, and `ATTRIBUTION`.

    A directory that already holds it is left as it is.

    Args:
        out: a directory that does not exist yet, or is empty.

    Raises:
        UserError: it holds something else, or cannot be written.
    """
    out = Path(out)
    try:
        if out.is_dir() and any(out.iterdir()):
            attribution = out / "ATTRIBUTION"
            if attribution.is_file() and attribution.read_text(encoding="utf-8") == ATTRIBUTION:
                log(f"{out}: already there")
                return
            raise UserError(f"{out}: is not empty and holds no shapes; choose another --out, or remove it")
        with making(out) as partial:
            for number, (part, count) in enumerate(SIZES.items()):
                _draw_part(partial / part, count, np.random.default_rng(number))
            (partial / "ATTRIBUTION").write_text(ATTRIBUTION, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error
    log(f"{out}: {', '.join(f'{part} {count}' for part, count in SIZES.items())} images")


def draw(random: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws an image.

    Args:
        random: where its shapes come from.
        height, width: of the image.

    Returns:
        uint8 `(height, width, 3)`, and its mask uint8 `(height, width)`, 255 for blobs.
    """
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ground, blob_colour = random.uniform(0.15, 0.6, 3), random.uniform(0.4, 1.0, 3)
    image = ground * (1.0 + 0.4 * _texture(random, height, width, 40.0))[..., None]
    mask = np.zeros((height, width), bool)
    for _ in range(random.integers(3, 12)):
        row, column = random.uniform(0, height), random.uniform(0, width)
        radius = random.uniform(0.05, 0.16) * min(height, width)
        distance = np.hypot(rows - row, columns - column)
        angle = np.arctan2(rows - row, columns - column)
        # A circle with some waves along its border.
        border = 1.0 + sum(
            random.uniform(0.0, 0.2) * np.sin(waves * angle + random.uniform(0, 2 * np.pi)) for waves in (2, 3, 5)
        )
        inside = distance < radius * border
        shade = (1.0 + 0.25 * _texture(random, height, width, 4.0) - 0.3 * distance / radius)[..., None]
        image = np.where(inside[..., None], blob_colour * random.uniform(0.8, 1.2) * shade, image)
        mask |= inside
    # Things that are as bright as blobs, and no blobs: thin lines.
    for _ in range(random.integers(1, 4)):
        normal, offset = random.uniform(0, np.pi), random.uniform(0.2, 0.8)
        away = (rows - offset * height) * np.cos(normal) + (columns - offset * width) * np.sin(normal)
        line = (np.abs(away) < random.uniform(0.5, 1.5)) & ~mask
        image = np.where(line[..., None], blob_colour, image)
    image = image + random.normal(0.0, random.uniform(0.02, 0.1), image.shape)
    return np.rint(255 * image.clip(0, 1)).astype(np.uint8), np.where(mask, 255, 0).astype(np.uint8)


def _texture(random: np.random.Generator, height: int, width: int, wavelength: float) -> np.ndarray:
    """Smooth noise `(height, width)`, about in [-1, 1]: a few waves in random directions."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = []
    for _ in range(4):
        direction, phase = random.uniform(0, np.pi), random.uniform(0, 2 * np.pi)
        length = wavelength * random.uniform(0.7, 1.4)
        along = np.cos(direction) * rows + np.sin(direction) * columns
        waves.append(np.sin(2 * np.pi * along / length + phase))
    return sum(waves) / 2.0


def _draw_part(folder: Path, count: int, random: np.random.Generator) -> None:
    for name in (IMAGES, MASKS):
        os.makedirs(folder / name)
    for number in range(count):
        # Sizes that no stride divides are nothing special.
        height, width = random.integers(80, 129, 2)
        image, mask = draw(random, int(height), int(width))
        write_png(folder / IMAGES / f"{number:04}.png", image)
        write_png(folder / MASKS / f"{number:04}.png", mask)
