"""Masks: files to class ids. What is foreground in a binary mask is decided by the pixels of the whole data set."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import UserError
from edge.pictures import open_picture
from keras_s2s.mask_losses import IGNORED
from pipelines.data.files import shown
from pipelines.data.mask_facts import (
    BLACK,
    Kind,
    MaskFacts,
    bits_of,
    brightness,
    is_coloured,
    look_at,
    luminance,
    opacity,
    seen_values,
)

# What decides a binary mask where its pixels do not.
SETTING = "data.masks"
CHOICES = {
    "auto": "by the pixels of the data set",
    "light": "the lighter half of the values is foreground",
    "dark": "the darker half of the values is foreground",
    "nonzero": "everything but black is foreground",
    "alpha": "what is opaque is foreground",
    "index": "every stored value but 0 is foreground; the colours of a palette are not looked at",
}

# Of the full scale: near enough to black or white; far enough apart to be told by the eye.
_NEAR, _APART = 0.1, 0.25
_FULL = {8: 255, 16: 65535}
# Foreground in the usual conventions, which may be mixed.
_USUAL = {1, 255, 65535}
# Objects that make numbers of values 1, 2, 3: fewer may be classes.
_OBJECTS = 3


@dataclass(frozen=True)
class _Rule:
    """How the masks of a data set are read.

    Attributes:
        foreground: values as seen, and bits of a file, to a boolean mask.
        in_alpha: the files whose mask is in the opacity.
        said: what was decided and why; empty where all is as usual.
    """

    foreground: Callable[[np.ndarray, int], np.ndarray]
    in_alpha: frozenset[Path] = frozenset()
    said: str = ""


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
        image = open_picture(path)
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
            return (_colours(seen_values(image, path)) != BLACK).astype(np.uint8)
        rule = self._rule
        if path in rule.in_alpha:
            return (opacity(image) > 127).astype(np.uint8)
        return rule.foreground(seen_values(image, path), bits_of(image)).astype(np.uint8)

    @functools.cached_property
    def _rule(self) -> _Rule:
        facts = [look_at(path) for path in dict.fromkeys(self._files)]
        if self._setting in ("light", "dark"):
            return _halves(facts, self._setting == "light")
        return _decide(facts)


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


def _colours(values: np.ndarray) -> np.ndarray:
    """Colours without the mark that tells them from grey values."""
    return values & 0xFFFFFF if is_coloured(values) else values


def _read_classes(path: Path, classes: int, by_index: bool) -> np.ndarray:
    image = open_picture(path)
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


def _halves(facts: Sequence[MaskFacts], light: bool) -> _Rule:
    """The lighter or the darker half of what a data set has."""
    middle = {}
    for bits, full in _FULL.items():
        those = [each for each in facts if each.bits == bits]
        low = min((each.darkest for each in those), default=0)
        high = max((each.lightest for each in those), default=0)
        middle[bits] = (low + high) / 2 if low < high else full / 2
    return _Rule(lambda values, bits: (luminance(values) > middle[bits]) == light)


def _decide(facts: Sequence[MaskFacts]) -> _Rule:
    """What is foreground, by what all files show.

    Raises:
        UserError: it cannot be decided.
    """
    in_alpha, facts, parts = _in_alpha(facts)
    for each in facts:
        if each.kind is Kind.UNCLEAR:
            raise _undecided(each, "light" if each.bottom <= _NEAR * each.top else "light or dark")
    smooth = [each for each in facts if each.kind is Kind.SMOOTH]
    objects = [each for each in facts if each.kind is Kind.OBJECTS]
    if smooth:
        rule, said = _smoothed(smooth, [each for each in facts if each.kind is not Kind.SMOOTH])
    elif objects:
        rule, said = _objects(objects, facts)
    else:
        rule, said = _exact(facts)
    if reordered := sum(each.reordered for each in facts):
        parts.append(f"{reordered:,} masks have a palette that begins with another colour than black: colours decide")
    return _Rule(rule, in_alpha, "; ".join(filter(None, [*parts, said])))


def _in_alpha(facts: Sequence[MaskFacts]) -> tuple[frozenset[Path], list[MaskFacts], list[str]]:
    """The files whose mask is in the opacity, the others, and what is to say."""
    chosen = [each for each in facts if each.in_alpha]
    if not chosen:
        return frozenset(), list(facts), []
    # Those that show nothing follow the others.
    others = [each for each in facts if each.has_alpha and not each.in_alpha and each.kind is not Kind.BLANK]
    blank = [each for each in facts if each.has_alpha and each.kind is Kind.BLANK and not each.in_alpha]
    chosen += [] if others else blank
    paths = frozenset(each.path for each in chosen)
    rest = [each for each in facts if each.path not in paths]
    said = f"{len(paths):,} masks are of one colour and differ in opacity: what is opaque is foreground"
    return paths, rest, [said]


Decision = tuple[Callable[[np.ndarray, int], np.ndarray], str]


def _smoothed(smooth: Sequence[MaskFacts], others: Iterable[MaskFacts]) -> Decision:
    others = list(others)
    tops = {}
    for bits, full in _FULL.items():
        top = max((each.top for each in [*smooth, *others] if each.bits == bits), default=full)
        # All of it nearly black, as JPEG leaves it: nothing is foreground.
        tops[bits] = top if top > _NEAR * full or bits == 16 else full
    for each in others:
        top = tops[each.bits]
        extremes = each.bottom <= _NEAR * top or each.bottom >= (1 - _NEAR) * top
        if each.count > 2 or not extremes or BLACK < each.top < (1 - _NEAR) * top:
            raise _undecided(each, "light or nonzero", f"while other masks have grey values up to {top}")
    middle = {bits: top / 2 for bits, top in tops.items()}
    many = max(each.count for each in smooth)
    said = f"masks have up to {many} values, dark and bright ones and few between: the brighter half is foreground"
    return lambda values, bits: brightness(values) > middle[bits], said


def _objects(objects: Sequence[MaskFacts], facts: Sequence[MaskFacts]) -> Decision:
    if not any(BLACK in each.values for each in facts):
        raise _undecided(objects[0], "nonzero, dark or light", "none of them 0")
    many = max(each.count for each in objects)
    said = f"masks have up to {many} values, each of an even area, as numbered objects have: all but 0 is foreground"
    return _nonzero, said


def _exact(facts: Sequence[MaskFacts]) -> Decision:
    levels = sorted({_as_colour(value, each, facts) for each in facts for value in each.values})
    shown_levels = [f"#{level:06x}" if any(each.is_colour for each in facts) else str(level) for level in levels]
    above = [level for level in levels if level != BLACK]
    if len(above) <= 1 or (BLACK in levels and _USUAL.issuperset(above) and not any(each.is_colour for each in facts)):
        unusual = above and (above[0] not in _USUAL or len(above) > 1)
        said = f"masks have the values {', '.join(shown_levels)}: everything but black is foreground" if unusual else ""
        return _nonzero, said
    counts = {len(each.values) - (BLACK in each.values) for each in facts}
    consecutive = all(each.values[-1] == len(each.values) - (BLACK in each.values) for each in facts)
    if BLACK in levels and consecutive and len(counts - {0}) > 1 and max(counts) >= _OBJECTS:
        return _nonzero, f"masks number their objects, 1 to {max(counts)} in one of them: all but 0 is foreground"
    grey = not any(each.is_colour for each in facts)
    if BLACK not in levels and len(levels) == 2 and grey:
        low, high = levels
        if high - low >= _APART * _FULL[max(each.bits for each in facts)]:
            said = f"masks have the values {low} and {high}: {high} is foreground, as it is lighter"
            return lambda values, bits: values > (low + high) / 2, said
    blamed = max(facts, key=lambda each: len(each.values))
    if len(blamed.values) <= 2 and len(levels) > 2:
        other = next(each for each in facts if set(each.values) - set(blamed.values))
        raise _undecided(blamed, "nonzero", f"and {shown(other.path)} {other.listed}")
    settings = "nonzero, or to the foreground's values, such as 1" if BLACK in levels else "light or dark"
    raise _undecided(blamed, settings)


def _nonzero(values: np.ndarray, bits: int) -> np.ndarray:
    return _colours(values) != BLACK


def _as_colour(value: int, facts: MaskFacts, all_facts: Sequence[MaskFacts]) -> int:
    """A value, so that grey files can be compared with coloured ones."""
    mixed = not facts.is_colour and any(each.is_colour for each in all_facts)
    return value * 0x010101 if mixed else value


def _undecided(facts: MaskFacts, settings: str, why: str = "") -> UserError:
    why = f", {why}" if why else ""
    return UserError(
        f"{shown(facts.path)}: has {facts.listed}{why}; it cannot be told which are foreground: set {SETTING} to "
        f"{settings}, or model.classes for a mask of several classes"
    )
