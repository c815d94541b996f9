import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.mask_losses import IGNORED
from pipelines.data.augment import AugmentConfig, augment

STILL = AugmentConfig(flip="none", rotate=0, scale=0, elastic=0, colour=0)
RANDOM = np.random.default_rng(4)


def view(image: np.ndarray, labels: np.ndarray, size: int, seed: int, config: AugmentConfig):
    """A patch of a picture uint8, as arrays."""
    sixteen_bits = (image.astype(np.uint16) * 257).astype(np.uint16)
    patch, found = augment(
        tf.constant(sixteen_bits), tf.constant(labels), size, tf.constant([seed, 3], tf.int64), config
    )
    return patch.numpy(), found.numpy()


def blobs(height: int, width: int) -> np.ndarray:
    """A mask with large parts, whose border is short."""
    rows, columns = np.mgrid[:height, :width]
    return ((np.sin(rows / 9.0) + np.cos(columns / 7.0)) > 0).astype(np.uint8)


@pytest.mark.parametrize(
    "config",
    [
        STILL.model_copy(update={"flip": "both"}),
        STILL.model_copy(update={"rotate": 180.0}),
        STILL.model_copy(update={"scale": 1.0}),
        STILL.model_copy(update={"elastic": 8.0}),
        AugmentConfig(flip="both", rotate=180, elastic=6.0, colour=0.0),
    ],
    ids=["flip", "rotate", "scale", "elastic", "all"],
)
@pytest.mark.parametrize("seed", range(4))
def test_picture_and_mask_stay_together(config, seed):
    """A mask that is drawn into the picture is found at the same place in both, or at most half a pixel away."""
    mask = blobs(120, 90)
    image = np.stack([255 * mask, 255 * mask, 60 + 0 * mask], axis=-1)
    patch, labels = view(image, mask, 64, seed, config)
    assert patch.shape == (64, 64, 3) and labels.shape == (64, 64)
    # Between two pixels the picture is grey, and the label that of the nearer one.
    certain = (patch[..., 0] < 0.01) | (patch[..., 0] > 0.99)
    assert certain.mean() > 0.7
    np.testing.assert_array_equal(labels[certain], patch[..., 0][certain].round())
    assert 0 < labels.mean() < 1


def test_nothing_changes_nothing():
    image, labels = RANDOM.integers(0, 256, (32, 32, 3)), RANDOM.integers(0, 3, (32, 32)).astype(np.uint8)
    patch, found = view(image, labels, 32, 1, STILL)
    np.testing.assert_allclose(patch, image / 255, atol=1e-6)
    np.testing.assert_array_equal(found, labels)


def test_patches_of_a_larger_picture_are_parts_of_it():
    rows, columns = np.mgrid[:40, :50]
    image = np.stack([rows, columns, 0 * rows], axis=-1)
    corners = set()
    for seed in range(30):
        patch, labels = view(image, rows.astype(np.uint8), 24, seed, STILL)
        row, column, _ = np.rint(255 * patch[0, 0]).astype(int)
        np.testing.assert_allclose(255 * patch, image[row : row + 24, column : column + 24], atol=1e-4)
        np.testing.assert_array_equal(labels, rows[row : row + 24, column : column + 24])
        corners.add((row, column))
    assert len(corners) > 20 and max(row for row, _ in corners) <= 16


def test_smaller_pictures_are_mirrored():
    image, labels = RANDOM.integers(0, 256, (6, 32, 3)), RANDOM.integers(0, 3, (6, 32)).astype(np.uint8)
    patch, found = view(image, labels, 32, 1, STILL)
    around = np.pad(labels, ((13, 13), (0, 0)), mode="symmetric")
    np.testing.assert_array_equal(found, around)
    np.testing.assert_allclose(patch, np.pad(image, ((13, 13), (0, 0), (0, 0)), mode="symmetric") / 255, atol=1e-6)


def test_flips_are_the_four_of_them():
    labels = np.arange(36, dtype=np.uint8).reshape(6, 6)
    image = np.repeat(labels[..., None], 3, axis=-1)
    found = {view(image, labels, 6, seed, STILL.model_copy(update={"flip": "both"}))[1].tobytes() for seed in range(40)}
    assert found == {each.tobytes() for each in (labels, labels[::-1], labels[:, ::-1], labels[::-1, ::-1])}


def test_scales_are_within_limits():
    """A square of 20 pixels, twice as large at most and half as large at least."""
    labels = np.zeros((100, 100), np.uint8)
    labels[40:60, 40:60] = 1
    image = np.repeat(labels[..., None], 3, axis=-1)
    config = STILL.model_copy(update={"scale": 1.0})
    sides = [np.sqrt(view(image, labels, 100, seed, config)[1].sum()) for seed in range(30)]
    assert 9.5 <= min(sides) < 15 and 27 < max(sides) <= 41


def test_colours_change_and_labels_do_not():
    image, labels = RANDOM.integers(0, 256, (32, 32, 3)), blobs(32, 32)
    config = STILL.model_copy(update={"colour": 0.3})
    patches, found = zip(*(view(image, labels, 32, seed, config) for seed in range(3)), strict=True)
    assert all((each == labels).all() for each in found)
    assert all(patch.min() >= 0.0 and patch.max() <= 1.0 for patch in patches)
    assert np.abs(patches[0] - patches[1]).max() > 0.02


def test_a_seed_is_a_view():
    image, labels = RANDOM.integers(0, 256, (40, 40, 3)), blobs(40, 40)
    one, again, other = (view(image, labels, 32, seed, AugmentConfig(flip="both", rotate=180)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one[0], again[0])
    assert np.abs(one[0] - other[0]).max() > 0.1


def placed(labels: np.ndarray, size: int, balance: float, seeds: int = 90) -> np.ndarray:
    """Labels of patches without any other change `(seeds, size, size)`."""
    image, given = tf.zeros((*labels.shape, 1), tf.uint16), tf.constant(labels)
    data = tf.data.Dataset.range(seeds).map(
        lambda seed: augment(image, given, size, tf.stack([seed, 3]), STILL, balance)[1]
    )
    return np.stack(list(data.as_numpy_iterator()))


def test_patches_at_classes():
    """Two classes of a pixel each beside a large one: a third of the patches is at each."""
    labels = np.zeros((200, 300), np.uint8)
    labels[:, :40], labels[50, 150], labels[150, 250], labels[0, 299] = 1, 2, 3, IGNORED
    found = placed(labels, 32, 0.99)
    fractions = [(found == index).any(axis=(1, 2)).mean() for index in (1, 2, 3)]
    assert all(0.2 < fraction < 0.47 for fraction in fractions), fractions
    # Near the middle, but not always at one place.
    places = np.argwhere(found == 2)[:, 1:]
    assert len(np.unique(places, axis=0)) > 15 and places.min() >= 8 and places.max() <= 24
    half = (placed(labels, 32, 0.5) >= 2).any(axis=(1, 2)).mean()
    assert 0.22 < half < 0.48


def test_patches_at_classes_stay_inside():
    """At a corner, of an image that is narrower than a patch, and of one without any class."""
    labels = np.zeros((40, 20), np.uint8)
    labels[0, 0] = 1
    found = placed(labels, 16, 0.9, 40)
    assert found.sum(axis=(1, 2)).max() == 1 and found[:, 0, 0].mean() > 0.7
    mirrored = np.pad(labels, ((0, 0), (6, 6)), mode="symmetric")
    for patch in placed(labels, 32, 0.9, 20):
        assert any((patch == mirrored[row : row + 32]).all() for row in range(9))
    assert not placed(np.zeros((20, 20), np.uint8), 16, 0.9, 10).any()
