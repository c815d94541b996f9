"""Masks: files to class ids. What is foreground in a binary mask is decided by the pixels of the whole data set."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import UserError
from edge.images import open_image
from keras_s2s.mask_losses import IGNORED
from pipelines.data.mask_facts import (
    BLACK,
    SETTING,
    MaskFacts,
    bits_of,
    colours,
    is_coloured,
    look_at,
    opacity,
    seen_values,
)
from pipelines.data.mask_rules import MaskRule, are_consecutive, decide, halves, numbers_objects
from pipelines.log import log

# What `SETTING` may be, beside values.
CHOICES = {
    "auto": "by the pixels of the data set",
    "light": "the lighter half of the values is foreground",
    "dark": "the darker half of the values is foreground",
    "nonzero": "everything but black is foreground",
    "alpha": "what is opaque is foreground",
    "index": "every stored value but 0 is foreground; the colours of a palette are ignored",
}

# Foreground of a binary mask, which may be among numbered ones. Of 0 and 1, the 1 may be a number.
_WHITE = (255, 65535)


class MaskReader:
    """Reads the masks of a data set.

    Args:
        files: all of them.
        classes: 1 for binary masks; else how many there are: a pixel's value, or its index in the palette, is its
            class, and 255 says that it does not count.
        setting: what is foreground in a binary mask: one of `CHOICES`, or stored values separated by commas, such as
            `1` or `1,3`. With several classes `index` takes the indices of a palette even if it holds grey values.

    Raises:
        UserError: there is no such setting.
    """

    def __init__(self, files: Sequence[Path], classes: int, setting: str = "auto"):
        self._files = files
        self._classes = classes
        self._setting = str(setting).replace(" ", "")
        self._ids = _ids(self._setting)
        if classes > 1 and self._setting not in ("auto", "index"):
            raise UserError(f"{SETTING}: {setting} is for binary masks; with {classes} classes use auto or index")

    @property
    def said(self) -> str:
        """What was decided about the masks and why, as far as it is known already; empty where all is as usual."""
        return self._rule.said if "_rule" in vars(self) else ""

    def read(self, path: Path) -> np.ndarray:
        """Reads a mask.

        Returns:
            Class ids uint8 `(height, width)`; 255 where a pixel does not count.

        Raises:
            UserError: it cannot be read, or it cannot be decided what its values mean.
        """
        if self._classes > 1:
            return _read_classes(path, self._classes, self._setting == "index")
        image = open_image(path)
        if self._ids is not None:
            return np.isin(_stored(image, path), self._ids).astype(np.uint8)
        if self._setting == "index":
            return (_stored(image, path) != 0).astype(np.uint8)
        if self._setting == "alpha":
            alpha = opacity(image)
            if alpha is None:
                raise UserError(f"{path}: has no opacity, which {SETTING}=alpha needs; set it to auto")
            return (alpha > 127).astype(np.uint8)
        if self._setting == "nonzero":
            return np.not_equal(colours(seen_values(image, path)), BLACK).astype(np.uint8)
        rule = self._rule
        if path in rule.in_alpha and (alpha := opacity(image)) is not None:
            return (alpha > 127).astype(np.uint8)
        return rule.foreground(seen_values(image, path), bits_of(image)).astype(np.uint8)

    def read_objects(self, path: Path) -> np.ndarray | None:
        """Reads the object ids of a mask.

        Returns:
            int32 `(height, width)`, 0 is background; None if the masks of the data set do not number their objects, and
            of a binary mask among numbered ones.

        Raises:
            UserError: it cannot be read.
        """
        if not self.numbers_objects:
            return None
        values = self._numbers(path)
        distinct, ids = np.unique(values, return_inverse=True)
        if _is_binary(distinct.tolist()):
            return None
        # Black comes first, if there is any.
        return (ids.reshape(values.shape) + (distinct[0] != BLACK)).astype(np.int32)

    @functools.cached_property
    def numbers_objects(self) -> bool:
        """Whether the masks of the data set number their objects. It is logged."""
        if self._classes > 1:
            return False
        if self._setting == "auto":
            numbered = numbers_objects(self._facts)
        elif self._setting in ("nonzero", "index"):
            distinct = [np.unique(self._numbers(path)).tolist() for path in dict.fromkeys(self._files)]
            numbered = are_consecutive([values for values in distinct if not _is_binary(values)])
        else:
            numbered = False
        log("true objects: the numbers in the masks" if numbered else "true objects: connected components of the masks")
        return numbered

    def _numbers(self, path: Path) -> np.ndarray:
        """Reads the values that may number objects."""
        image = open_image(path)
        if self._setting == "index" and image.mode != "1":
            return _stored(image, path)
        return colours(seen_values(image, path))

    @functools.cached_property
    def _facts(self) -> list[MaskFacts]:
        return [look_at(path) for path in dict.fromkeys(self._files)]

    @functools.cached_property
    def _rule(self) -> MaskRule:
        if self._setting in ("light", "dark"):
            return halves(self._facts, self._setting == "light")
        return decide(self._facts)


def _is_binary(values: Sequence[int]) -> bool:
    """Whether the different values of a mask, in order, are those of foreground, or of black and foreground."""
    return values[-1] in _WHITE and set(values) <= {BLACK, values[-1]}


def _ids(setting: str) -> list[int] | None:
    """Stored values, if the setting names some."""
    if setting in CHOICES:
        return None
    if not all(value.isdecimal() for value in setting.split(",")):
        raise UserError(f"{SETTING}: {setting} is none of {', '.join(CHOICES)}, nor values such as 1 or 1,3")
    return [int(value) for value in setting.split(",")]


def _stored(image: Any, path: Path) -> np.ndarray:
    """Values as they are in the file: of a palette the indices."""
    if image.mode == "P":
        return np.asarray(image).astype(np.int64)
    if image.mode == "1":
        return np.asarray(image).astype(np.int64)
    values = np.asarray(image.getchannel(0)).astype(np.int64) if image.mode == "LA" else seen_values(image, path)
    if is_coloured(values):
        raise UserError(f"{path}: is a colour image ({image.mode}), which has no numbers; set {SETTING} to auto")
    return values


def _read_classes(path: Path, classes: int, by_index: bool) -> np.ndarray:
    image = open_image(path)
    if image.mode == "P":
        values = np.asarray(image).astype(np.int64)
        # A palette of the grey values 0, 1, 2 is a grey image that was saved with a palette: its order says nothing.
        grey = seen_values(image, path)
        distinct = np.unique(grey)
        if not by_index and not is_coloured(grey) and _are_classes(distinct, classes) and distinct[1:2] < classes:
            values = grey
    elif image.mode == "1":
        values = np.asarray(image).astype(np.int64)
    else:
        values = seen_values(image, path) if image.mode != "LA" else np.asarray(image.getchannel(0)).astype(np.int64)
    if is_coloured(values):
        raise UserError(
            f"{path}: is a colour image ({image.mode}); the mask of {classes} classes has one value per pixel: save it "
            "with class ids, or with a palette"
        )
    distinct = np.unique(values)
    if not _are_classes(distinct, classes):
        wrong = next(value for value in distinct if not _are_classes(np.array([value]), classes))
        raise UserError(f"{path}: has the value {wrong}, no class from 0 to {classes - 1}: set model.classes")
    return values.astype(np.uint8)


def _are_classes(values: np.ndarray, classes: int) -> bool:
    return bool(np.all((values >= 0) & (values < classes) | (values == IGNORED)))
