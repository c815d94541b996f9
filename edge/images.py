"""Reading and writing of image files, mask overlays. Files need Pillow (extra `image`), arrays do not."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import UserError
from edge.files import write_whole

# Of an image that is read at once: more do not fit the memory of a small machine, and may be a decompression bomb.
MAX_PIXELS = 64_000_000

# Red, green and blue to grey, as ITU-R BT.601 and Pillow have it.
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)

# Colour of each class in an overlay; there may be more classes than colours.
_COLOURS = np.array(
    [[230, 60, 60], [60, 160, 230], [90, 200, 90], [240, 180, 40], [170, 90, 220], [60, 200, 190], [240, 130, 200]],
    np.float32,
)
_TINT = 0.35

# Files of these names are images, even if they are damaged. Of others the content decides.
_SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".jp2", ".j2k", ".avif"),
)
# Of a path in a message.
_LONGEST_NAME = 120
# The tag of EXIF data that says how a camera was turned.
_ORIENTATION = 0x0112
# Orientations that exchange width and height.
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True)
class Orientation:
    """How an image file is turned when it is read.

    Attributes:
        number: of EXIF: 1 is as stored.
        stored_size: width and height in the file.
    """

    number: int
    stored_size: tuple[int, int]

    @property
    def is_turned(self) -> bool:
        """Whether it is read otherwise than it is stored."""
        return self.number in range(2, 9)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image as it is read."""
        return self.stored_size[::-1] if self.number in _SIDEWAYS else self.stored_size

    def upright(self, stored: np.ndarray) -> np.ndarray:
        """Turns an array `(height, width, ...)` that was made from the image as it is stored."""
        turns = {
            2: lambda array: array[:, ::-1],
            3: lambda array: array[::-1, ::-1],
            4: lambda array: array[::-1],
            5: lambda array: array.swapaxes(0, 1),
            6: lambda array: np.rot90(array, -1),
            7: lambda array: array[::-1, ::-1].swapaxes(0, 1),
            8: lambda array: np.rot90(array, 1),
        }
        return turns.get(self.number, lambda array: array)(stored)


def open_image(path: str | Path, page: int | None = None) -> Any:
    """Reads an image file: PNG, JPEG, TIFF, or what else Pillow knows.

    Args:
        path: the file.
        page: of a TIFF file with several: its number from 0. Only this page is decoded.

    Returns:
        A `PIL.Image.Image`, decoded, the right way up; of a file with previews behind the image (MPO) the image.

    Raises:
        UserError: Pillow is not installed; or the file is missing, empty, damaged, too large or an animation.
    """
    Image, ImageOps = _pillow()
    path = Path(path)
    try:
        str(path).encode("utf-8")
        if path.is_file() and not path.stat().st_size:
            raise UserError(f"{path}: is empty; copy it again")
        # Pillow maps the memory of a file that it opens by name, and reads a TIFF image that lies on its side wrongly.
        with path.open("rb") as stream, Image.open(stream) as image:
            if page is not None:
                image.seek(page)
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _too_large(path, f"{width} x {height} pixels are")
            frames = getattr(image, "n_frames", 1)
            # Phones and drones put previews and second views behind the image.
            if frames > 1 and page is None and image.format != "MPO":
                raise UserError(f"{path}: has {frames} frames, as an animation or a stack; save the one you mean alone")
            upright = ImageOps.exif_transpose(image)
            upright.format = image.format
            return upright
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise UserError(f"{path}: is a directory, not an image file") from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, "its pixels are") from error
    except Image.UnidentifiedImageError as error:
        raise UserError(f"{path}: is no image in a format that Pillow knows; PNG, JPEG and TIFF are safe") from error
    except UnicodeEncodeError as error:
        raise UserError(f"{ascii(str(path))[1:-1]}: the name is not UTF-8; rename it") from error
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # What the operating system says, of a path that may be any text.
            name = str(path) if str(path).isprintable() else ascii(str(path))[1:-1]
            raise UserError(f"{name[:_LONGEST_NAME]}: cannot be read ({error.strerror}); check the path") from error
        # Decoders raise what happens to them; damaged files come in all kinds.
        raise UserError(f"{path}: is damaged or cannot be read ({error}); copy it again") from error


def is_image(path: str | Path) -> bool:
    """Whether a file is an image, by its name, or by its content where the name does not say so.

    Raises:
        UserError: Pillow is not installed.
    """
    path = Path(path)
    if not os.path.isfile(path):
        return False
    if path.suffix.lower() in _SUFFIXES:
        return True
    Image, _ = _pillow()
    try:
        with Image.open(path):
            return True
    except Exception:
        # Whatever a decoder finds wrong with what may be anything.
        return False


def count_pages(path: str | Path) -> int:
    """Return the number of pages of a TIFF file; 1 for other files, also if they cannot be read.

    Raises:
        UserError: Pillow is not installed.
    """
    Image, _ = _pillow()
    try:
        with Image.open(path) as image:
            return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    except Exception:
        # It is read as a whole in order to say what is wrong with it.
        return 1


def orientation(path: str | Path) -> Orientation:
    """How an image file is turned when it is read. Only its head is read.

    Raises:
        UserError: it is no image that can be read.
    """
    Image, _ = _pillow()
    try:
        with Image.open(path) as image:
            if image.format == "PNG" and "exif" not in image.info:
                # To read more, Pillow would decode the image.
                return Orientation(1, image.size)
            number = image.getexif().get(_ORIENTATION, 1)
            # Of TIFF files Pillow gives the size as it will be.
            turned = image.format == "TIFF" and number in _SIDEWAYS
            return Orientation(number, image.size[::-1] if turned else image.size)
    except Exception:
        # It is read as a whole in order to say what is wrong with it.
        return Orientation(1, open_image(path).size)


def read_image(path: str | Path, channels: int, page: int | None = None) -> np.ndarray:
    """Reads an image file.

    Args:
        path: of 8 or 16 bits a channel, grey or colour.
        channels: 3 for colour, 1 for grey; the file may have the other.
        page: as for `open_image`.

    Returns:
        float32 `(height, width, channels)` in [0, 1].

    Raises:
        UserError: it cannot be used.
    """
    image = open_image(path, page)
    if image.mode.startswith("I;16"):
        array = np.asarray(image, np.uint16)
    elif image.mode in ("I", "F"):
        raise UserError(f"{path}: has 32 bits a pixel, of a range that is not known; save it with 8 or 16 bits")
    else:
        array = np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    return as_floats(array, channels)


def as_floats(image: np.ndarray, channels: int) -> np.ndarray:
    """Brings an image into the form that networks read.

    Args:
        image: `(height, width)` or `(height, width, 1, 3 or 4)`; 8 or 16 bit integers, booleans, or floats in [0, 1].
            A fourth channel (opacity) is ignored.
        channels: 3 for colour, 1 for grey.

    Returns:
        float32 `(height, width, channels)` in [0, 1].

    Raises:
        UserError: it has another form.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] not in (1, 3, 4) or not image.size:
        raise UserError(f"an image is (height, width) or (height, width, 1, 3 or 4), not {image.shape}")
    image = image[..., :3]
    if image.dtype in (np.uint8, np.uint16):
        floats = image.astype(np.float32) / np.iinfo(image.dtype).max
    elif image.dtype == bool or np.issubdtype(image.dtype, np.floating):
        floats = image.astype(np.float32)
        # Written so that it is false for what is no number, too.
        if not (floats.min() >= 0.0 and floats.max() <= 1.0):
            raise UserError(f"an image of floats has values in [0, 1], not in [{floats.min()}, {floats.max()}]")
    else:
        raise UserError(f"an image is of uint8, uint16, bool or floats, not of {image.dtype}")
    if floats.shape[-1] < channels:
        return np.repeat(floats, channels, axis=-1)
    return floats @ _LUMINANCE[:, None] if floats.shape[-1] > channels else floats


def overlay(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return an image with its mask as an overlay: each class except 0 has a colour and an outline.

    Args:
        image: as for `as_floats`.
        mask: class ids `(height, width)`.

    Returns:
        uint8 `(height, width, 3)`.
    """
    pixels = 255.0 * as_floats(image, 3)
    ids = mask.astype(int)
    # A pixel is on the outline if one of its four neighbours is of another class.
    around = np.pad(ids, 1, mode="edge")
    neighbours = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
    outline = np.any([neighbour != ids for neighbour in neighbours], axis=0)
    colour = _COLOURS[(ids - 1) % len(_COLOURS)]
    opacity = np.where(outline, 1.0, _TINT) * (ids > 0)
    return np.rint(pixels + opacity[..., None] * (colour - pixels)).astype(np.uint8)


def check_png(path: str | Path) -> None:
    """Check that a file to write has the name of a PNG.

    Raises:
        UserError: it has another name.
    """
    if Path(path).suffix.lower() != ".png":
        raise UserError(f"{path}: masks are written as PNG, which loses nothing; name a .png file")


def write_png(path: str | Path, image: np.ndarray) -> None:
    """Writes a PNG, whole or not at all.

    Args:
        path: its name ends in `.png`.
        image: uint8 `(height, width)` or `(height, width, 3)`, or uint16 `(height, width)`.

    Raises:
        UserError: it has another name, or cannot be written.
    """
    check_png(path)
    try:
        from PIL import Image
    except ImportError as error:
        raise UserError("writing image files needs Pillow; install it with: pip install pillow") from error
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    write_whole(path, stream.getbuffer())


def _pillow() -> tuple[Any, Any]:
    """Pillow's modules Image and ImageOps."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise UserError("reading image files needs Pillow; install it with: pip install pillow") from error
    return Image, ImageOps


def _too_large(path: Path, what: str) -> UserError:
    return UserError(f"{path}: {what} more than the {MAX_PIXELS:,} that are read at once; split it into smaller images")
