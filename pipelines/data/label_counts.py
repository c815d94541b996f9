"""How many pixels each class has: a set without foreground teaches nothing and measures nothing."""

from dataclasses import dataclass

import numpy as np

from edge.errors import UserError
from keras_s2s.mask_losses import IGNORED
from pipelines.data.images import ImageReader


@dataclass(frozen=True)
class LabelCounts:
    """Pixels per class of all masks of a set.

    Attributes:
        pixels: int64 `(classes,)`; of binary masks background and foreground.
        ignored: pixels that do not count.
    """

    pixels: np.ndarray
    ignored: int

    @property
    def absent(self) -> list[int]:
        """The classes that no pixel has."""
        return np.flatnonzero(self.pixels == 0).tolist()

    @property
    def foreground(self) -> float:
        """Fraction of foreground pixels (not class 0) among the pixels that count."""
        return float(self.pixels[1:].sum() / max(1, self.pixels.sum()))

    def check(self, name: str) -> None:
        """Refuses a set that has nothing to tell apart.

        Args:
            name: of the set.

        Raises:
            UserError: all pixels are background, all are foreground, or all are of one class.
        """
        present = np.flatnonzero(self.pixels)
        if len(present) > 1:
            return
        if not len(present):
            raise UserError(f"{name}: no pixel of the masks counts: all have the value {IGNORED}")
        if len(self.pixels) > 2:
            what = f"have no class but {present[0]}"
        else:
            what = "have no background" if present[0] else "have no foreground"
        raise UserError(f"{name}: the masks {what} in {self.pixels.sum():,} pixels; check the masks")


def count_labels(reader: ImageReader) -> LabelCounts:
    """Counts the pixels of each class in all masks.

    Raises:
        UserError: a mask cannot be used.
    """
    counts = np.zeros(256, np.int64)
    for pair in reader.pairs:
        counts += np.bincount(reader.labels(pair).ravel(), minlength=256)
    return LabelCounts(counts[: max(2, reader.classes)], int(counts[IGNORED]) if reader.classes > 1 else 0)
