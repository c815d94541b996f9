"""Images and their masks, read with checks."""

import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from edge.errors import UserError
from edge.images import orientation, read_image
from pipelines.data.files import PathLike, shown
from pipelines.data.image_files import ImagePair, find_image_pairs
from pipelines.data.masks import MaskReader

_SHOWN = 5


class ImageReader:
    """The images of one or more sets, each with its mask; every iteration reads the files.

    A set is one of:

    - a directory with the folders `images` and `masks`, whose files go together by name without suffix;
    - a `.txt` file beside these two folders, with such a name per line: a part of the set;
    - a `.csv` file with `image,mask` per line: paths, relative to the file; a first line with these words is a title.

    Args:
        patterns: a set, or a list of those.
        channels: of the images as they are read: 3 for colour, 1 for grey.
        classes: 1 for binary masks; else how many there are.
        masks: what is foreground in a binary mask, as for `MaskReader`.

    Attributes:
        pairs: the files.
        unmatched: names of images without a mask, and of masks without an image, which are skipped.
        ignored: files and folders beside the images that are none.

    Raises:
        UserError: a set is missing, is none of these, names a file that is not there, or has no image with a mask.
    """

    def __init__(self, patterns: PathLike | Iterable[PathLike], channels: int, classes: int, masks: str = "auto"):
        names = [patterns] if isinstance(patterns, str | os.PathLike) else list(patterns)
        if not names:
            raise UserError("no data set of images given: name a directory with the folders images and masks")
        self.name = ", ".join(map(shown, names))
        self.channels = channels
        self.classes = classes
        self.pairs: list[ImagePair] = []
        self.unmatched: list[str] = []
        self.ignored: list[str] = []
        for name in names:
            found = find_image_pairs(Path(name))
            self.pairs += found.pairs
            self.unmatched += found.unmatched
            self.ignored += found.ignored
        self._masks = MaskReader([pair.mask for pair in self.pairs], classes, masks)

    @property
    def corpora(self) -> list[list[Path]]:
        """The files of what is one corpus to training."""
        return [self.paths]

    @property
    def paths(self) -> list[Path]:
        """All files, images and masks."""
        return [file for pair in self.pairs for file in pair]

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields: each image float32 `(height, width, channels)` in [0, 1], and its labels uint8 `(height, width)`.

        Raises:
            UserError: a file cannot be used, a mask has another size than its image, or an unclear meaning.
        """
        for pair in self.pairs:
            yield self.read(pair)

    def sizes(self) -> Iterator[tuple[int, int]]:
        """Yields: height and width of each image, in pixels; only the heads of files are read."""
        for pair in self.pairs:
            width, height = orientation(pair.image).size
            yield height, width

    def read(self, pair: ImagePair) -> tuple[np.ndarray, np.ndarray]:
        """Reads one image and its labels."""
        image, labels = read_image(pair.image, self.channels), self.labels(pair)
        if image.shape[:2] != labels.shape:
            sizes = [f"{width} x {height}" for height, width in (labels.shape, image.shape[:2])]
            raise UserError(
                f"{pair.mask}: is {sizes[0]}, its image {pair.image} {sizes[1]}; they must be of the same size"
            )
        return image, labels

    def labels(self, pair: ImagePair) -> np.ndarray:
        """Reads the labels of one image, the way up that the image is read."""
        labels = self._masks.read(pair.mask)
        return orientation(pair.image).upright(labels) if pair in self._drawn_as_stored else labels

    @property
    def numbers_objects(self) -> bool:
        """Whether the masks number their objects."""
        return self._masks.numbers_objects

    def objects(self, pair: ImagePair) -> np.ndarray | None:
        """Reads the object ids int32 `(height, width)` of one image; None if masks do not number their objects."""
        ids = self._masks.read_objects(pair.mask)
        if ids is None or pair not in self._drawn_as_stored:
            return ids
        return orientation(pair.image).upright(ids)

    def summary(self) -> str:
        """How many images there are, what was skipped and ignored, and what was decided about the masks."""
        parts = [f"{len(self.pairs):,} images with masks"]
        if self.unmatched:
            parts.append(f"skipped: {_listed(self.unmatched)}")
        if self.ignored:
            parts.append(f"{len(self.ignored):,} ignored (not image files): {_listed(self.ignored)}")
        if self._masks.said:
            parts.append(self._masks.said)
        if "_drawn_as_stored" in vars(self) and self._drawn_as_stored:
            parts.append(f"{len(self._drawn_as_stored):,} masks rotated by the EXIF orientation of their images")
        return "; ".join(parts)

    @functools.cached_property
    def _drawn_as_stored(self) -> frozenset[ImagePair]:
        """Return the pairs whose image has an EXIF rotation, and whose mask was made from the image as stored.

        Where width and height are exchanged, the mask's size tells. The others are as those are: masks of one set are
        made with one program. If the sizes do not decide, masks are taken as made from the rotated image.

        Raises:
            UserError: sizes tell both of different masks, and do not tell of one.
        """
        turned = {pair: orientation(pair.image) for pair in self.pairs}
        turned = {pair: found for pair, found in turned.items() if found.is_turned}
        stored, seen, unknown = [], [], []
        for pair, found in turned.items():
            mask = orientation(pair.mask)
            if mask.is_turned:
                continue
            fits = [mask.size == found.stored_size, mask.size == found.size]
            if fits == [True, True]:
                unknown.append(pair)
            elif fits[0]:
                stored.append(pair)
            elif fits[1]:
                seen.append(pair)
        if stored and seen and unknown:
            raise UserError(
                f"{unknown[0].mask}: was it made before or after its image was rotated by its EXIF orientation? Other "
                f"masks are of both kinds ({stored[0].mask}, {seen[0].mask}); save the images without an orientation"
            )
        return frozenset(stored + (unknown if stored else []))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
