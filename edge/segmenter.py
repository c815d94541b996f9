"""Image segmentation with a bundle."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edge.bundle import Bundle, read_bundle
from edge.errors import UserError
from edge.images import as_floats
from edge.objects import Objects, find_objects
from edge.runtime import Flatbuffer

# Total stride of the networks: the features of a tile on this grid are those of the whole image.
_GRID = 32

# Axes of an image along which it is flipped: height 0, width 1.
_FLIPS = ((0,), (1,), (0, 1))


@dataclass(frozen=True)
class Network:
    """A segmentation network, wherever it comes from.

    Attributes:
        probabilities: images float32 `(batch, height, width, channels)` in [0, 1] to probabilities
            `(batch, height, width, classes)`.
        channels: 3 for colour, 1 for grey.
        classes: 1 if masks are binary.
        threshold: probability from which on a pixel is foreground, for a single class.
        size: height and width that it takes; None if it takes any.
    """

    probabilities: Callable[[np.ndarray], np.ndarray]
    channels: int
    classes: int = 1
    threshold: float = 0.5
    size: tuple[int, int] | None = None


class Segmenter:
    """Segments images with a bundle, on the device.

    Images larger than a tile are split into overlapping tiles. The border of a tile is not used, so that each pixel is
    predicted with its surroundings. In the middle of the overlap one tile is blended into the next, so that there is no
    seam.

    Args:
        bundle: a bundle's directory or zip archive, or a network from elsewhere.
        threads: how many the runtime may use.
        tile: side of a tile in pixels, a multiple of 32; less takes less memory. A network of a fixed size has its own.
        overlap: of neighbouring tiles, in pixels, a multiple of 32 that is less than half of a tile.
        flips: test-time flips: probabilities are the mean over the image, the image flipped vertically, horizontally,
            and both. It takes four times as long.

    Raises:
        UserError: the bundle is damaged or is for another task, the installed runtime cannot run it, or tile and
            overlap do not fit.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Network,
        threads: int = 1,
        tile: int = 1024,
        overlap: int = 128,
        flips: bool = False,
    ):
        self._flips = _FLIPS if flips else ()
        self._network = bundle if isinstance(bundle, Network) else _open(read_bundle(bundle), threads)
        if fixed := self._network.size:
            self._tile, self._overlap = fixed, min(overlap, min(fixed) // 4)
        elif tile < _GRID or tile % _GRID:
            raise UserError(f"tile {tile}: is not a positive multiple of {_GRID}; use for example 1024")
        elif overlap % _GRID or not 0 <= 2 * overlap < tile:
            raise UserError(
                f"overlap {overlap}: is not a multiple of {_GRID} that is less than half of the tile of {tile} pixels; "
                "use for example 0"
            )
        else:
            self._tile, self._overlap = (tile, tile), overlap

    def segment(self, image: np.ndarray) -> np.ndarray:
        """Probabilities of the classes of each pixel.

        Args:
            image: `(height, width)` or `(height, width, 1, 3 or 4)`; 8 or 16 bit integers, or floats in [0, 1].
                Grey becomes colour and colour grey, as the network needs it.

        Returns:
            float32 `(height, width, classes)`; one class if the mask is binary: that of the foreground.

        Raises:
            UserError: the image has another form.
        """
        floats = as_floats(image, self._network.channels)
        result = self._tiled(floats)
        for axes in self._flips:
            result += np.flip(self._tiled(np.flip(floats, axes)), axes)
        return result / np.float32(1 + len(self._flips)) if self._flips else result

    def mask(self, image: np.ndarray) -> np.ndarray:
        """The mask of an image: class ids uint8 `(height, width)`; 1 is foreground if there is a single class."""
        probabilities = self.segment(image)
        if self._network.classes == 1:
            return (probabilities[..., 0] >= self._network.threshold).astype(np.uint8)
        return probabilities.argmax(axis=-1).astype(np.uint8)

    def objects(self, image: np.ndarray, min_area: int = 1, split: bool = False) -> Objects:
        """The objects of an image, with their areas and bounding boxes: connected components of each class but 0.

        Args:
            image: as for `segment`.
            min_area: smallest area in pixels; smaller objects are removed.
            split: split touching objects at their necks: watershed on the distance transform.

        Raises:
            UserError: the image has another form, or `min_area` is not positive.
        """
        return find_objects(self.mask(image), min_area, split)

    def drawable(self, mask: np.ndarray) -> np.ndarray:
        """A mask as it is written to a file: 255 for the foreground if there is a single class, else class ids."""
        return mask * np.uint8(255) if self._network.classes == 1 else mask

    def _tiled(self, floats: np.ndarray) -> np.ndarray:
        """Image `(height, width, channels)` of any size to probabilities `(height, width, classes)`."""
        height, width = floats.shape[:2]
        if height <= self._tile[0] and width <= self._tile[1]:
            return np.array(self._run(floats), np.float32)
        result = np.zeros((height, width, self._network.classes), np.float32)
        for rows in _spans(height, self._tile[0], self._overlap):
            for columns in _spans(width, self._tile[1], self._overlap):
                found = self._run(floats[rows.pixels, columns.pixels])
                found = found * (rows.weights[:, None] * columns.weights)[..., None]
                result[rows.pixels, columns.pixels] += found
        return result

    def _run(self, image: np.ndarray) -> np.ndarray:
        """Image of a tile `(height, width, channels)` to probabilities `(height, width, classes)`."""
        height, width = image.shape[:2]
        if fixed := self._network.size:
            image = np.pad(image, ((0, fixed[0] - height), (0, fixed[1] - width), (0, 0)), mode="edge")
        return self._network.probabilities(np.ascontiguousarray(image[None]))[0, :height, :width]


@dataclass(frozen=True)
class _Span:
    """Of a tile, along one side: the pixels it has, and how much each of them counts."""

    pixels: slice
    weights: np.ndarray


def _spans(size: int, tile: int, overlap: int) -> Iterator[_Span]:
    """Covers a side with tiles; the last one is shorter, so that all of them begin on the network's grid.

    The weights of all tiles add up to 1 at each pixel.
    """
    # From 0 to 1 within the middle quarter of the overlap.
    ramp = np.clip((np.arange(overlap) + 0.5 - 3 * overlap / 8) / max(overlap / 4, 1), 0.0, 1.0).astype(np.float32)
    start = 0
    while True:
        end = min(start + tile, size)
        weights = np.ones(end - start, np.float32)
        if start:
            weights[:overlap] *= ramp
        if end < size:
            weights[end - start - overlap :] *= 1.0 - ramp
        yield _Span(slice(start, end), weights)
        if end == size:
            return
        start = end - overlap


def _open(bundle: Bundle, threads: int) -> Network:
    bundle.require_task("segmentation")
    flatbuffer = Flatbuffer(bundle.model, threads)
    signature = flatbuffer.description()["segment"]
    (image,), (probabilities,) = signature["inputs"], signature["outputs"]
    _, height, width, channels = image["shape"]
    return Network(
        probabilities=lambda images: flatbuffer.call("segment", {"image": images})["probabilities"],
        channels=channels,
        classes=probabilities["shape"][-1],
        threshold=_threshold(bundle),
        size=(height, width) if height and width else None,
    )


def _threshold(bundle: Bundle) -> float:
    value = bundle.manifest.get("threshold")
    if not isinstance(value, float | int) or isinstance(value, bool) or not 0.0 < value < 1.0:
        raise UserError(f"{bundle.path}: its manifest's threshold is {value!r}, not a number between 0 and 1")
    return float(value)
