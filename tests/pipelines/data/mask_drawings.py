"""Discs, drawn as masks in many ways, and what is read of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from edge.errors import UserError
from pipelines.data.masks import MaskReader

SIDE = 48


def discs(seed: int, number: int = 4) -> np.ndarray:
    """Numbers of discs that do not touch, 0 around them."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    numbers = np.zeros((SIDE, SIDE), np.uint8)
    cells = random.permutation(9)[:number]
    for index, cell in enumerate(cells, start=1):
        row, column = (16 * place + 8 for place in divmod(int(cell), 3))
        numbers[np.hypot(rows - row, columns - column) < random.uniform(4, 7)] = index
    return numbers


NUMBERS = [discs(seed, number) for seed, number in ((1, 4), (2, 2), (3, 5))]


TRUTH = [(numbers > 0).astype(np.uint8) for numbers in NUMBERS]


def grey(low: int, high: int, dtype: type = np.uint8) -> Callable[[np.ndarray], Image.Image]:
    return lambda mask: Image.fromarray(np.where(mask > 0, high, low).astype(dtype))


def colours(ground: tuple[int, ...], object_: tuple[int, ...]) -> Callable[[np.ndarray], Image.Image]:
    """RGB or RGBA, by the number of values."""
    return lambda mask: Image.fromarray(
        np.where((mask > 0)[..., None], np.array(object_), np.array(ground)).astype(np.uint8)
    )


def palette(ground: int, object_: int, entries: Sequence[int]) -> Callable[[np.ndarray], Image.Image]:
    def made(mask: np.ndarray) -> Image.Image:
        image = Image.fromarray(np.where(mask > 0, object_, ground).astype(np.uint8)).convert("L")
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette(list(entries))
        return image

    return made


def smoothed(mask: np.ndarray) -> Image.Image:
    """With a border as an editor draws it."""
    return Image.fromarray(255 * mask).filter(ImageFilter.GaussianBlur(0.7))


def save(folder: Path, images: Sequence[Image.Image], suffix: str = "png", **options: object) -> list[Path]:
    files = [folder / f"{number}.{suffix}" for number in range(len(images))]
    for image, file in zip(images, files, strict=True):
        image.save(file, **options)
    return files


def read(files: list[Path], setting: str = "auto", classes: int = 1) -> tuple[list[np.ndarray], str]:
    reader = MaskReader(files, classes, setting)
    return [reader.read(file) for file in files], reader.said


def refused(files: list[Path], setting: str = "auto", classes: int = 1) -> str:
    with pytest.raises(UserError) as error:
        read(files, setting, classes)
    assert "\n" not in str(error.value)
    return str(error.value)


def assert_truth(found: Sequence[np.ndarray], wrong: float = 0.0) -> None:
    for labels, truth in zip(found, TRUTH, strict=True):
        assert labels.dtype == np.uint8 and labels.shape == truth.shape
        assert np.mean(labels != truth) <= wrong


WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (200, 30, 30)


USUAL = {
    "255": grey(0, 255),
    "1": grey(0, 1),
    "1 bit": lambda mask: Image.fromarray(mask > 0),
    "65535": grey(0, 65535, np.uint16),
    "RGB": colours(BLACK, WHITE),
    "opaque RGBA": colours((*BLACK, 255), (*WHITE, 255)),
    "palette": palette(0, 1, [*BLACK, *WHITE]),
}


def numbered(factor: int, dtype: type = np.uint8) -> list[Image.Image]:
    return [Image.fromarray(numbers.astype(dtype) * dtype(factor)) for numbers in NUMBERS]
