"""What one mask file shows: its values as the eye sees them, and whether they are exact, smoothed or object numbers."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import UserError
from edge.images import open_image

# Nearly the darkest and nearly the brightest: what JPEG does to black and white.
_NEAR = 0.1
# Of the pixels between dark and bright: fraction that lies in even areas. A smoothed border has none.
_SMOOTH_EVEN, _LEVELS_EVEN = 0.1, 0.3
# Of the pixels between dark and bright: fraction that has both nearby, as a smoothed border has.
_BRIDGED = 0.6
_NEARBY = 4
# More different values than masks of classes have.
_MANY = 8
# Values that are kept of a file.
_KEPT = 100
# Spread of a colour channel, of 255, within what is one colour.
_ONE_COLOUR = 64
# What black is recorded as: as the colour it is, and as a grey value.
BLACK = 0
# Marks colours, in a bit that none has: there are colours that look like grey values.
_COLOUR = 1 << 24

# What decides a binary mask where its pixels do not.
SETTING = "data.masks"

_LOSSY = ("JPEG", "MPO")


class Kind(Enum):
    """What the values of a mask are."""

    BLANK = "one value"
    EXACT = "a few values"
    SMOOTH = "a smoothed border"
    OBJECTS = "object numbers"
    UNCLEAR = "many values"


@dataclass(frozen=True)
class MaskFacts:
    """What one file shows.

    Attributes:
        path: the file.
        kind: what its values are.
        values: the different values, in order: of opacity, grey or colour (red * 65536 + green * 256 + blue). Of very
            many the first ones and the last.
        count: how many different values there are.
        bottom, top: the smallest and the largest of red, green, blue or grey in any pixel.
        darkest, lightest: luminance of the darkest and of the lightest pixel.
        in_alpha: the mask is in the opacity.
        has_alpha: it has an opacity that may be a mask.
        is_colour: it has colours other than grey.
        reordered: it has a palette of which the first colour that is used is not black.
        bits: 8 or 16.
    """

    path: Path
    kind: Kind
    values: tuple[int, ...]
    count: int
    bottom: int
    top: int
    darkest: float
    lightest: float
    in_alpha: bool = False
    has_alpha: bool = False
    is_colour: bool = False
    reordered: bool = False
    bits: int = 8

    @property
    def listed(self) -> str:
        """The values, for messages."""
        shown = [f"#{value:06x}" if self.is_colour else str(value) for value in self.values]
        if self.count > _MANY:
            return f"{self.count} values, such as {', '.join(shown[:3])} and {shown[-1]}"
        return f"the values {', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else f"the value {shown[0]}"


def look_at(path: Path) -> MaskFacts:
    """Reads a mask and says what it shows.

    Raises:
        UserError: it cannot be read.
    """
    image = open_image(path)
    values, alpha = seen_values(image, path), opacity(image)
    bits = bits_of(image)
    reordered = False
    if image.mode == "P":
        indices = np.asarray(image)
        several = indices.min() != indices.max()
        if several and values.min() == values.max() and alpha is None:
            raise UserError(f"{path}: all colours of its palette are the same; set {SETTING} to index")
        reordered = several and bool((values[indices == indices.min()] & ~_COLOUR).any())
    if alpha is None or alpha.min() == alpha.max():
        lossy = image.format in _LOSSY
        return _facts(path, values, lossy=lossy, has_alpha=alpha is not None, reordered=reordered, bits=bits)
    visible = values[alpha > 0]
    if (visible == visible[0]).all():
        # One colour, seen here and not there.
        return _facts(path, alpha, in_alpha=True, has_alpha=True)
    return _facts(path, values, has_alpha=True, reordered=reordered, bits=bits)


def seen_values(image: Any, path: Path) -> np.ndarray:
    """The values of an image as the eye sees them, over black where it is transparent.

    Args:
        image: a `PIL.Image.Image`.
        path: where it comes from, for errors.

    Returns:
        int64 `(height, width)`: grey values where all pixels are grey; else colours, red * 65536 + green * 256 + blue.

    Raises:
        UserError: its values have a range that is not known.
    """
    if image.mode == "1":
        return 255 * np.asarray(image).astype(np.int64)
    if image.mode.startswith("I") or (image.mode == "L" and not image.has_transparency_data):
        return np.asarray(image).astype(np.int64)
    if image.mode == "F":
        return _floats(np.asarray(image), path)
    red, green, blue, alpha = np.moveaxis(np.asarray(image.convert("RGBA")).astype(np.int64), -1, 0)
    colours = (red << 16) | (green << 8) | blue
    # Where all is transparent, a mask in the colours is one nevertheless.
    if alpha.min() == BLACK and (alpha.max() or colours.min() == colours.max()):
        red, green, blue = (np.where(alpha > 0, channel, BLACK) for channel in (red, green, blue))
    if (red == green).all() and (green == blue).all():
        return red
    return (red << 16) | (green << 8) | blue | _COLOUR


def is_coloured(values: np.ndarray) -> bool:
    """Whether values of `seen_values` are colours."""
    return bool(values.min() >= _COLOUR)


def colours(values: np.ndarray) -> np.ndarray:
    """Colours without the mark that tells them from grey values."""
    return values & ~_COLOUR if is_coloured(values) else values


def brightness(values: np.ndarray) -> np.ndarray:
    """Of each value the largest of red, green and blue, or the grey value."""
    if not is_coloured(values):
        return values
    return np.maximum.reduce([(values >> shift) & 255 for shift in (16, 8, 0)])


def luminance(values: np.ndarray) -> np.ndarray:
    """How light each value is to the eye."""
    if not is_coloured(values):
        return values.astype(float)
    red, green, blue = ((values >> shift) & 255 for shift in (16, 8, 0))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def opacity(image: Any) -> np.ndarray | None:
    """int64 `(height, width)`, 0 to 255, of an image; None if it has none."""
    if not image.has_transparency_data or bits_of(image) > 8:
        return None
    return np.asarray(image.convert("RGBA"))[..., 3].astype(np.int64)


def bits_of(image: Any) -> int:
    """Bits per value: 8 or 16."""
    return 16 if image.mode.startswith("I") or image.mode == "F" else 8


def _floats(values: np.ndarray, path: Path) -> np.ndarray:
    if not np.isfinite(values).all():
        raise UserError(f"{path}: has values that are no numbers; save the mask as PNG with 8 bits")
    if (values == np.rint(values)).all():
        return values.astype(np.int64)
    if values.min() >= 0.0 and values.max() <= 1.0:
        return np.rint(65535.0 * values).astype(np.int64)
    raise UserError(f"{path}: has 32-bit values of a range that is not known; save the mask as PNG with 8 bits")


def _facts(path: Path, values: np.ndarray, *, lossy: bool = False, **options: Any) -> MaskFacts:
    distinct = np.unique(values)
    bright, light = brightness(distinct), luminance(distinct)
    plain = (distinct - _COLOUR if is_coloured(distinct) else distinct).tolist()
    return MaskFacts(
        path=path,
        kind=_kind(values, distinct, lossy),
        values=tuple(plain if len(plain) <= _KEPT else [*plain[:_KEPT], plain[-1]]),
        count=len(plain),
        bottom=int(bright.min()),
        top=int(bright.max()),
        darkest=float(light.min()),
        lightest=float(light.max()),
        is_colour=is_coloured(distinct),
        **options,
    )


def _kind(values: np.ndarray, distinct: np.ndarray, lossy: bool) -> Kind:
    bright = brightness(values)
    top = int(bright.max())
    if lossy and not is_coloured(values) and top <= _NEAR * 255:
        # Black that JPEG did not keep exactly.
        return Kind.SMOOTH if len(distinct) > 1 else Kind.BLANK
    if len(distinct) <= 2 and not lossy:
        return Kind.BLANK if len(distinct) == 1 else Kind.EXACT
    low, high = bright <= _NEAR * top, bright >= (1 - _NEAR) * top
    between = ~(low | high)
    count = np.count_nonzero(between)
    if not count:
        # What JPEG does to black, but not a few dark numbers with areas of their own.
        dark = low & (values != distinct[0])
        areas = not lossy and len(distinct) <= _MANY and (dark & _even(values)).sum() > _LEVELS_EVEN * dark.sum()
        noisy = top >= 200 and not areas and _is_one_colour(values, bright, top)
        return Kind.SMOOTH if noisy else _levels(distinct, lossy)
    even = np.count_nonzero(between & _even(values)) / count
    bridged = np.count_nonzero(between & _near(low) & _near(high)) / count
    if even < _SMOOTH_EVEN and bridged >= _BRIDGED and _is_one_colour(values, bright, top):
        return Kind.SMOOTH
    if even >= _LEVELS_EVEN or len(distinct) <= _MANY:
        return _levels(distinct, lossy)
    return Kind.UNCLEAR


def _levels(distinct: np.ndarray, lossy: bool) -> Kind:
    """Few values, or so many that they can only number objects; JPEG keeps no numbers."""
    if len(distinct) <= _MANY + 1:
        return Kind.EXACT
    return Kind.UNCLEAR if lossy else Kind.OBJECTS


def _is_one_colour(values: np.ndarray, bright: np.ndarray, top: int) -> bool:
    """Whether what is bright has one colour."""
    if not is_coloured(values):
        return True
    colours = values[bright >= (1 - _NEAR) * top]
    spreads = (np.subtract(*np.percentile((colours >> shift) & 255, (95, 5))) for shift in (16, 8, 0))
    return max(spreads) <= _ONE_COLOUR


def _even(values: np.ndarray) -> np.ndarray:
    """Pixels in a square of two by two with the same value: areas have them, smoothed borders do not."""
    first = values[:-1, :-1]
    squares = (first == values[1:, :-1]) & (first == values[:-1, 1:]) & (first == values[1:, 1:])
    even = np.zeros(values.shape, bool)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            even[rows, columns] |= squares
    return even


def _near(pixels: np.ndarray) -> np.ndarray:
    """Pixels that have one of these nearby."""
    for axis in (0, 1):
        padding = [(_NEARBY, _NEARBY) if each == axis else (0, 0) for each in (0, 1)]
        padded = np.pad(pixels, padding)
        size = pixels.shape[axis]
        pixels = np.logical_or.reduce(
            [padded.take(range(shift, shift + size), axis) for shift in range(2 * _NEARBY + 1)]
        )
    return pixels
