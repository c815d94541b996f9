import numpy as np
import pytest
from PIL import Image

from keras_s2s.mask_losses import IGNORED
from pipelines.data.augment import AugmentConfig
from pipelines.data.image_batches import tiled_batches, training_batches
from pipelines.data.images import ImageReader
from pipelines.data.position import Position

SIZES = [(32, 32), (40, 70), (20, 33), (32, 64), (64, 64)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ImageReader:
    folder = tmp_path_factory.mktemp("set")
    random = np.random.default_rng(1)
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for number, size in enumerate(SIZES):
        labels = random.integers(0, 2, size, dtype=np.uint8)
        Image.fromarray(labels * 255).save(folder / "masks" / f"{number}.png")
        # The mask can be told from the picture.
        Image.fromarray(labels * 200 + 20).save(folder / "images" / f"{number}.png")
    return ImageReader(folder, 1, 1)


def training(reader: ImageReader, position: Position, batch: int = 3, least: int = 1):
    config = AugmentConfig(flip="both", rotate=0, scale=0, elastic=0, colour=0)
    batches = training_batches(reader, patch=32, batch=batch, config=config, position=position, least=least)
    return [tuple(part.numpy() for part in element) for element in batches]


def test_tiles_cover_every_pixel_once(reader):
    batches = list(tiled_batches(reader, patch=32, batch=4))
    images = np.concatenate([image.numpy() for image, _ in batches])
    labels = np.concatenate([label.numpy() for _, label in batches])
    assert images.shape == (1 + 6 + 2 + 2 + 4, 32, 32, 1) and images.dtype == np.float32
    assert np.count_nonzero(labels != IGNORED) == sum(height * width for height, width in SIZES)
    real = labels != IGNORED
    np.testing.assert_allclose(images[..., 0][real], (labels[real] * 200 + 20) / 255, atol=1e-4)
    # Of the second picture (40, 70) the last tile is 8 rows and 6 columns.
    assert np.count_nonzero(real[6]) == 8 * 6 and real[6, :8, :6].all()


def test_patches_by_area(reader):
    """One of each small picture, two of (40, 70) and (32, 64), four of (64, 64): ten, in batches of three."""
    batches = training(reader, Position(1))
    assert [images.shape for images, _ in batches] == [(3, 32, 32, 1)] * 3
    for images, labels in batches:
        np.testing.assert_allclose(images[..., 0], (labels * 200.0 + 20) / 255, atol=1e-4)


@pytest.mark.parametrize(("least", "batches"), [(1, 3), (3, 3), (4, 6), (7, 10)])
def test_a_small_set_is_repeated_until_an_epoch_is_long_enough(reader, least, batches):
    """Ten patches, in batches of three: twice for four batches, three times for seven."""
    found = training(reader, Position(1), least=least)
    assert len(found) == batches
    for images, labels in found:
        np.testing.assert_allclose(images[..., 0], (labels * 200.0 + 20) / 255, atol=1e-4)
    # Each time with other patches.
    patches = {labels[row].tobytes() for _, labels in found for row in range(len(labels))}
    assert len(patches) > 0.7 * 3 * batches


def test_a_set_smaller_than_a_batch_is_a_batch(reader):
    assert [images.shape[0] for images, _ in training(reader, Position(1), batch=16)] == [10]


def test_epochs_differ_and_seeds_make_them_again(reader):
    position = Position(1)
    first, second = training(reader, position), training(reader, position)
    assert any((one[1] != other[1]).any() for one, other in zip(first, second, strict=True))
    again = Position(1)
    again.move(1)
    for one, other in zip(second, training(reader, again), strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_an_epoch_goes_on_in_its_middle(reader):
    whole, position = training(reader, Position(1)), Position(1)
    position.move(0, 2)
    (rest,) = training(reader, position)
    np.testing.assert_array_equal(rest[0], whole[2][0])


def test_gaps_between_touching_objects(tmp_path):
    """In training alone. Two squares touch; a third one, which only one image has, is three pixels away."""
    ids = np.zeros((32, 32), np.uint8)
    ids[4:12, 4:12], ids[4:12, 12:20] = 1, 2
    for number in range(3):
        if number == 2:
            ids[4:12, 22:30] = 3
        for name in ("images", "masks"):
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(ids).save(tmp_path / name / f"{number}.png")
    numbered = ImageReader(tmp_path, 1, 1, "nonzero")
    still = AugmentConfig(flip="none", rotate=0, scale=0, elastic=0, colour=0)
    squares = (ids > 0)[:, :21]
    for gap, columns in ((0, []), (1, [11, 12]), (2, [10, 11, 12, 13])):
        batches = training_batches(numbered, patch=32, batch=3, config=still, position=Position(1), gap=gap)
        ((_, labels),) = batches.as_numpy_iterator()
        expected = squares.copy()
        expected[:, columns] = False
        assert (labels[:, :, :21] == expected).all() and labels[:, :, 21:].sum() == 64
    ((_, labels),) = tiled_batches(numbered, patch=32, batch=3).as_numpy_iterator()
    assert (labels[:, :, :21] == squares).all()
