"""Tiles and masks, with networks that NumPy computes as well."""

import numpy as np
import pytest

from edge.errors import UserError
from edge.segmenter import Network, Segmenter

RANDOM = np.random.default_rng(7)


def box(images: np.ndarray, reach: int = 12) -> np.ndarray:
    """A network that sees as far as `reach`: the mean of the square around each pixel."""
    assert images.dtype == np.float32 and images.ndim == 4
    padded = np.pad(images.mean(axis=-1), ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1), axis=(1, 2))
    return windows.mean(axis=(3, 4), dtype=np.float64).astype(np.float32)[..., None]


def seen(size: tuple[int, int] | None = None) -> tuple[Network, list[tuple[int, ...]]]:
    """The network of `box`, and the shapes it is called with."""
    shapes: list[tuple[int, ...]] = []

    def network(images: np.ndarray) -> np.ndarray:
        shapes.append(images.shape)
        return box(images)

    return Network(network, channels=3, size=size), shapes


@pytest.mark.parametrize("shape", [(40, 50), (96, 96), (97, 96), (200, 130), (31, 333)])
def test_tiles_are_the_whole_picture(shape):
    """The network sees no further than half of the overlap, so no pixel of a tile's middle sees a border."""
    network, shapes = seen()
    picture = RANDOM.random((*shape, 3), dtype="float32")
    found = Segmenter(network, tile=96, overlap=32).segment(picture)
    np.testing.assert_allclose(found, box(picture[None])[0], atol=1e-6)
    assert max(max(shape[1:3]) for shape in shapes) <= 96
    assert (len(shapes) > 1) == (max(shape) > 96)


@pytest.mark.parametrize(("tile", "overlap"), [(64, 0), (96, 32), (128, 32), (160, 64)])
@pytest.mark.parametrize("shape", [(200, 161), (97, 400), (129, 129)])
def test_each_pixel_counts_once(shape, tile, overlap):
    """A network that says 1 everywhere."""
    network = Network(lambda images: np.ones((*images.shape[:3], 2), np.float32), channels=3, classes=2)
    found = Segmenter(network, tile=tile, overlap=overlap).segment(RANDOM.random((*shape, 3)))
    np.testing.assert_allclose(found, np.ones((*shape, 2)), atol=1e-6)


def test_there_is_no_seam():
    """A network that says 0 of the first tile and 1 of the second: within the overlap one becomes the other."""
    calls = iter([0.0, 1.0])
    network = Network(lambda images: np.full((*images.shape[:3], 1), next(calls), np.float32), channels=1)
    (row, *others) = Segmenter(network, tile=128, overlap=32).segment(RANDOM.random((5, 200)))[..., 0]
    # The first tile is pixels 0 to 127, the second 96 to 199: the middle quarter of their overlap is 108 to 115.
    assert (row[:108] == 0).all() and (row[116:] == 1).all()
    np.testing.assert_allclose(row[108:116], (np.arange(8) + 0.5) / 8, atol=1e-6)
    assert all((other == row).all() for other in others)


@pytest.mark.parametrize("shape", [(64, 64), (20, 64), (150, 70)])
def test_a_network_of_fixed_size_gets_that_size(shape):
    network, shapes = seen((64, 64))
    picture = RANDOM.random(shape, dtype="float32")
    found = Segmenter(network).segment(picture)
    assert found.shape == (*shape, 1) and set(shapes) == {(1, 64, 64, 3)}
    # Where tiles of a quarter's overlap see 8 pixels far, and this network 12: the middles of tiles are right.
    if shape == (64, 64):
        np.testing.assert_allclose(found, box(picture[None, ..., None])[0], atol=1e-6)


def lopsided(images: np.ndarray) -> np.ndarray:
    """A network that is not symmetric: of each pixel its own value and those of the pixels above and on the left."""
    grey = images.mean(axis=-1)
    above, left = np.pad(grey, ((0, 0), (1, 0), (0, 0)))[:, :-1], np.pad(grey, ((0, 0), (0, 0), (1, 0)))[..., :-1]
    return ((0.5 * grey + 0.3 * above + 0.2 * left)[..., None]).astype(np.float32)


@pytest.mark.parametrize("size", [None, (64, 64)])
def test_flips_are_a_mean(size):
    """By hand: images are reversed with indices, probabilities are reversed back."""
    network = Network(lopsided, channels=1, size=size)
    picture = RANDOM.random((130, 75), dtype="float32")
    plain, flipped = Segmenter(network, tile=64, overlap=0), Segmenter(network, tile=64, overlap=0, flips=True)
    hand = [
        plain.segment(picture),
        plain.segment(picture[::-1])[::-1],
        plain.segment(picture[:, ::-1])[:, ::-1],
        plain.segment(picture[::-1, ::-1])[::-1, ::-1],
    ]
    np.testing.assert_allclose(flipped.segment(picture), sum(hand) / 4, atol=1e-6)
    assert np.abs(flipped.segment(picture) - hand[0]).max() > 0.1
    np.testing.assert_array_equal(flipped.mask(picture), sum(hand)[..., 0] / 4 >= 0.5)


def test_flips_of_a_small_image_by_hand():
    """Of a row of two pixels 0 and 1, the left neighbour is 0 and 0, and of the reversed row 0 and 1."""
    found = Segmenter(Network(lopsided, channels=1), flips=True).segment(np.array([[0.0, 1.0]]))
    np.testing.assert_allclose(found[..., 0], [[(0 + 0.2) / 2, (0.5 + 0.5) / 2]], atol=1e-6)


def test_masks():
    probabilities = np.array([[[0.2], [0.6], [0.7]]], np.float32)
    network = Network(lambda images: probabilities[None], channels=1, threshold=0.65)
    np.testing.assert_array_equal(Segmenter(network).mask(np.zeros((1, 3))), [[0, 0, 1]])
    network = Network(
        lambda images: np.array([[[[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]]]], np.float32), channels=1, classes=3
    )
    np.testing.assert_array_equal(Segmenter(network).mask(np.zeros((1, 2))), [[1, 2]])


@pytest.mark.parametrize(
    ("tile", "overlap", "message"),
    [
        (100, 32, "tile 100: is not a positive multiple of 32"),
        (0, 0, "tile 0: is not a positive multiple of 32"),
        (96, 48, "overlap 48: is not a multiple of 32 that is less than half of the tile of 96 pixels"),
        (96, 20, "overlap 20: is not a multiple"),
        (64, 32, "overlap 32: is not a multiple"),
        (64, -32, "overlap -32: is not a multiple"),
    ],
)
def test_tiles_that_do_not_fit(tile, overlap, message):
    with pytest.raises(UserError, match=message):
        Segmenter(seen()[0], tile=tile, overlap=overlap)


def test_a_bundle_for_something_else(toy):
    with pytest.raises(UserError, match="is for translation, not for segmentation"):
        Segmenter(toy)
