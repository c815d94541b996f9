"""Pictures as arrays, which needs no Pillow; files where it is installed."""

import io
import os
import zlib

import numpy as np
import pytest

from edge.errors import UserError
from edge.images import (
    MAX_PIXELS,
    as_floats,
    is_image,
    open_image,
    orientation,
    overlay,
    read_image,
    write_png,
)

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (np.array([[0, 51, 255]], np.uint8), [0.0, 0.2, 1.0]),
        (np.array([[0, 13107, 65535]], np.uint16), [0.0, 0.2, 1.0]),
        (np.array([[0.0, 0.2, 1.0]]), [0.0, 0.2, 1.0]),
        (np.array([[False, True]]), [0.0, 1.0]),
    ],
)
def test_kinds_of_numbers(picture, expected):
    np.testing.assert_allclose(as_floats(picture, 1)[0, :, 0], expected, atol=1e-6)
    assert as_floats(picture, 1).dtype == np.float32


def test_colour_and_grey():
    grey = as_floats(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8), 1)
    np.testing.assert_allclose(grey[0, :, 0], [0.299, 0.587, 0.114, 1.0], atol=1e-6)
    colour = as_floats(np.array([[0.25, 0.5]]), 3)
    np.testing.assert_array_equal(colour, [[[0.25] * 3, [0.5] * 3]])
    opaque = RANDOM.random((2, 3, 4))
    np.testing.assert_allclose(as_floats(opaque, 3), opaque[..., :3], atol=1e-6)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((2, 2, 2)), r"not \(2, 2, 2\)"),
        (np.zeros(4), r"not \(4,\)"),
        (np.zeros((0, 5), np.uint8), r"not \(0, 5, 1\)"),
        (np.array([[0.0, 255.0]]), r"values in \[0, 1\]"),
        (np.array([[0.0, np.nan]]), r"values in \[0, 1\]"),
        (np.zeros((2, 2), np.int64), "not of int64"),
    ],
)
def test_what_is_no_picture(picture, said):
    with pytest.raises(UserError, match=said):
        as_floats(picture, 3)


def test_overlay_tints_the_inside_and_draws_the_outline():
    mask = np.zeros((7, 7), np.uint8)
    mask[1:6, 1:6] = 1
    drawn = overlay(np.full((7, 7), 100, np.uint8), mask)
    assert drawn.shape == (7, 7, 3) and drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn[0, 0], [100, 100, 100])
    np.testing.assert_array_equal(drawn[1, 1], [230, 60, 60])
    # 35% of the colour: 100 + 0.35 * (230 - 100) and 100 + 0.35 * (60 - 100).
    np.testing.assert_array_equal(drawn[3, 3], [146, 86, 86])


class TestFiles:
    """With Pillow."""

    @pytest.fixture(autouse=True)
    def pillow(self):
        self.image = pytest.importorskip("PIL.Image")

    @pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
    def test_eight_bits(self, tmp_path, suffix):
        array = RANDOM.integers(0, 256, (5, 7, 3), dtype=np.uint8)
        self.image.fromarray(array).save(tmp_path / f"a.{suffix}")
        np.testing.assert_allclose(read_image(tmp_path / f"a.{suffix}", 3), array / 255, atol=1e-6)

    def test_jpeg_is_about_the_same(self, tmp_path):
        array = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[:, None], 32, axis=1)
        self.image.fromarray(array).save(tmp_path / "a.jpg", quality=95)
        np.testing.assert_allclose(read_image(tmp_path / "a.jpg", 1)[..., 0], array / 255, atol=0.03)

    @pytest.mark.parametrize("suffix", ["png", "tif"])
    def test_sixteen_bits_keep_their_lower_half(self, tmp_path, suffix):
        array = np.array([[0, 1, 300, 65535]], np.uint16)
        self.image.fromarray(array).save(tmp_path / f"a.{suffix}")
        np.testing.assert_allclose(read_image(tmp_path / f"a.{suffix}", 1)[0, :, 0], array[0] / 65535, atol=1e-7)

    @pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16"])
    def test_other_modes(self, tmp_path, mode):
        picture = self.image.new("L", (4, 3), 255)
        picture = self.image.fromarray(np.full((3, 4), 65535, np.uint16)) if mode == "I;16" else picture.convert(mode)
        picture.save(tmp_path / "a.tif")
        for channels in (1, 3):
            found = read_image(tmp_path / "a.tif", channels)
            assert found.shape == (3, 4, channels)
            np.testing.assert_allclose(found, 1.0)

    def test_the_right_way_up(self, tmp_path):
        """A camera that was turned says so in the file."""
        array = np.zeros((2, 3), np.uint8)
        array[0, 0] = 255
        picture = self.image.fromarray(array)
        exif = picture.getexif()
        exif[0x0112] = 6
        picture.save(tmp_path / "a.png", exif=exif)
        found = read_image(tmp_path / "a.png", 1)[..., 0]
        assert found.shape == (3, 2) and found[0, 1] == 1.0

    @pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}], ids=["plain", "packed"])
    @pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
    @pytest.mark.parametrize("number", range(1, 9))
    def test_all_orientations(self, tmp_path, suffix, number, options):
        """By the definition of EXIF: which side of the file is the image's top, and which its left."""
        array = np.kron(np.array([[0, 50, 100], [150, 200, 250]], np.uint8), np.ones((8, 8), np.uint8))
        exif = self.image.Exif()
        exif[0x0112] = number
        options = options if suffix == "tif" else {"lossless": True}
        self.image.fromarray(array).save(tmp_path / f"a.{suffix}", exif=exif, **options)
        expected = {
            1: array,
            2: array[:, ::-1],
            3: array[::-1, ::-1],
            4: array[::-1],
            5: array.T,
            6: array[::-1].T,
            7: array[::-1, ::-1].T,
            8: array.T[::-1],
        }[number]
        found = read_image(tmp_path / f"a.{suffix}", 1)[..., 0]
        np.testing.assert_allclose(found, expected / 255, atol=0.01)
        turned = orientation(tmp_path / f"a.{suffix}")
        assert (turned.number, turned.stored_size, turned.size) == (number, (24, 16), expected.shape[::-1])
        assert turned.is_turned == (number > 1)
        np.testing.assert_array_equal(turned.upright(array), expected)

    @pytest.mark.parametrize("previews", [1, 2])
    def test_of_an_image_with_previews_the_image_is_read(self, tmp_path, previews):
        """As phones and drones write them: MPO, by the name of JPEG."""
        array = np.full((16, 24, 3), 200, np.uint8)
        frames = [self.image.new("RGB", (12, 8))] * previews
        self.image.fromarray(array).save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames)
        assert self.image.open(tmp_path / "a.jpg").n_frames == 1 + previews
        np.testing.assert_allclose(read_image(tmp_path / "a.jpg", 3), array / 255, atol=0.02)

    def test_which_files_are_images(self, tmp_path):
        self.image.new("L", (4, 4)).save(tmp_path / "a", "PNG")
        self.image.new("L", (4, 4)).save(tmp_path / "a.mask", "TIFF")
        for name in ("Thumbs.db", "notes.txt", "README", "broken.png"):
            (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0" + bytes(20))
        (tmp_path / "folder.png").mkdir()
        found = {path.name for path in tmp_path.iterdir() if is_image(path)}
        assert found == {"a", "a.mask", "broken.png"}

    def test_what_is_wrong_with_a_file(self, tmp_path):
        whole = io.BytesIO()
        self.image.fromarray(RANDOM.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(whole, "PNG")
        (tmp_path / "empty.png").write_bytes(b"")
        (tmp_path / "text.png").write_text("not an image")
        (tmp_path / "cut.png").write_bytes(whole.getvalue()[:2000])
        broken = bytearray(whole.getvalue())
        broken[100:110] = bytes(10)
        (tmp_path / "broken.png").write_bytes(broken)
        frames = [self.image.new("L", (4, 4), value) for value in (0, 255)]
        for name in ("moving.gif", "moving.png", "stack.tif"):
            frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        self.image.new("F", (4, 4)).save(tmp_path / "floats.tif")
        for name, said in {
            "missing.png": "no such file",
            "empty.png": "is empty",
            "text.png": "no image in a format",
            "cut.png": "is damaged",
            "broken.png": "is damaged",
            "moving.gif": "has 2 frames",
            "moving.png": "has 2 frames",
            "stack.tif": "has 2 frames",
            "floats.tif": "32 bits a pixel",
            ".": "is a directory",
        }.items():
            with pytest.raises(UserError, match=said) as error:
                read_image(tmp_path / name, 3)
            assert str(error.value).startswith(str(tmp_path / name)) and "\n" not in str(error.value)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("Una frase muy larga.\n" * 20, r"^Una frase muy larga\.\\nUna .*: cannot be read \(File name too long\)"),
            (os.fsdecode(b"ma\xf1ana.png"), r"^ma\\udcf1ana\.png: the name is not UTF-8; rename it$"),
            (f"{__file__}/a.png", r"a\.png: cannot be read \(Not a directory\); check the path$"),
        ],
    )
    def test_what_cannot_be_a_path(self, name, said):
        with pytest.raises(UserError, match=said) as error:
            open_image(name)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("side", [8001, 60_000])
    def test_huge_pictures_are_not_even_decoded(self, tmp_path, side):
        """A header that says so is enough; past a certain size Pillow refuses on its own."""
        small = io.BytesIO()
        self.image.new("1", (8, 8)).save(small, "PNG")
        data = bytearray(small.getvalue())
        data[16:24] = side.to_bytes(4, "big") * 2
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
        (tmp_path / "huge.png").write_bytes(data)
        with pytest.raises(UserError, match=f"more than the {MAX_PIXELS:,}"):
            open_image(tmp_path / "huge.png")

    def test_written_whole_or_not_at_all(self, tmp_path):
        array = RANDOM.integers(0, 256, (5, 7), dtype=np.uint8)
        write_png(tmp_path / "mask.png", array)
        np.testing.assert_array_equal(np.asarray(self.image.open(tmp_path / "mask.png")), array)
        with pytest.raises(UserError, match="masks are written as PNG"):
            write_png(tmp_path / "mask.jpg", array)
        with pytest.raises(UserError, match="cannot be written"):
            write_png(tmp_path / "nowhere" / "mask.png", array)
        write_png(tmp_path / "mask.png", array.astype(np.uint16) * 257)
        np.testing.assert_array_equal(np.asarray(self.image.open(tmp_path / "mask.png")), array.astype(int) * 257)
        assert [file.name for file in tmp_path.iterdir()] == ["mask.png"]
