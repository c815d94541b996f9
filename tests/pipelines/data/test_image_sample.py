from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.data.image_sample import write_image_sample
from pipelines.data.images import ImageReader

RANDOM = np.random.default_rng(3)


def image_set(folder: Path, number: int, dtype: type = np.uint8) -> Path:
    """Masks in the opacity of a white image."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for index in range(number):
        image = RANDOM.integers(0, np.iinfo(dtype).max + 1, (12, 20), dtype=dtype)
        mask = np.full((12, 20, 4), 255, np.uint8)
        mask[..., 3] = 255 * RANDOM.integers(0, 2, (12, 20))
        Image.fromarray(image).save(folder / "images" / f"{index}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
    return folder


def test_a_sample_has_the_same_images_and_labels(tmp_path):
    for dtype in (np.uint8, np.uint16):
        reader = ImageReader(image_set(tmp_path / dtype.__name__, 3, dtype), 1, 1)
        write_image_sample(reader, tmp_path / f"{dtype.__name__} sample", 10, 100)
        sample = ImageReader(tmp_path / f"{dtype.__name__} sample", 1, 1)
        assert len(sample) == 3
        for (image, labels), (kept, kept_labels) in zip(reader, sample, strict=True):
            np.testing.assert_array_equal(kept, image)
            np.testing.assert_array_equal(kept_labels, labels)
        assert sample.summary() == "3 images with masks"


def test_the_middle_of_some_of_them(tmp_path):
    reader = ImageReader(image_set(tmp_path / "set", 7), 1, 1)
    write_image_sample(reader, tmp_path / "sample", 3, 8)
    sample = ImageReader(tmp_path / "sample", 1, 1)
    assert len(sample) == 3
    for index, (kept, labels) in zip((0, 2, 4), sample, strict=True):
        image, whole = reader.read(reader.pairs[index])
        np.testing.assert_array_equal(kept, image[2:10, 6:14])
        np.testing.assert_array_equal(labels, whole[2:10, 6:14])
