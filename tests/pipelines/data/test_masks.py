"""What masks mean: every way to write the same discs gives the same labels, or an error that names what was found."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from edge.errors import UserError
from pipelines.data.masks import MaskReader

SIDE = 48


def discs(seed: int, number: int = 4) -> np.ndarray:
    """Numbers of discs that do not touch, 0 around them."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    numbers = np.zeros((SIDE, SIDE), np.uint8)
    cells = random.permutation(9)[:number]
    for index, cell in enumerate(cells, start=1):
        row, column = (16 * place + 8 for place in divmod(int(cell), 3))
        numbers[np.hypot(rows - row, columns - column) < random.uniform(4, 7)] = index
    return numbers


NUMBERS = [discs(seed, number) for seed, number in ((1, 4), (2, 2), (3, 5))]
TRUTH = [(numbers > 0).astype(np.uint8) for numbers in NUMBERS]


def grey(low: int, high: int, dtype: type = np.uint8) -> Callable[[np.ndarray], Image.Image]:
    return lambda mask: Image.fromarray(np.where(mask > 0, high, low).astype(dtype))


def colours(ground: tuple[int, ...], object_: tuple[int, ...]) -> Callable[[np.ndarray], Image.Image]:
    """RGB or RGBA, by the number of values."""
    return lambda mask: Image.fromarray(
        np.where((mask > 0)[..., None], np.array(object_), np.array(ground)).astype(np.uint8)
    )


def palette(ground: int, object_: int, entries: Sequence[int]) -> Callable[[np.ndarray], Image.Image]:
    def made(mask: np.ndarray) -> Image.Image:
        image = Image.fromarray(np.where(mask > 0, object_, ground).astype(np.uint8)).convert("L")
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette(list(entries))
        return image

    return made


def smoothed(mask: np.ndarray) -> Image.Image:
    """With a border as an editor draws it."""
    return Image.fromarray(255 * mask).filter(ImageFilter.GaussianBlur(0.7))


def save(folder: Path, images: Sequence[Image.Image], suffix: str = "png", **options: object) -> list[Path]:
    files = [folder / f"{number}.{suffix}" for number in range(len(images))]
    for image, file in zip(images, files, strict=True):
        image.save(file, **options)
    return files


def read(files: list[Path], setting: str = "auto", classes: int = 1) -> tuple[list[np.ndarray], str]:
    reader = MaskReader(files, classes, setting)
    return [reader.read(file) for file in files], reader.said


def refused(files: list[Path], setting: str = "auto", classes: int = 1) -> str:
    with pytest.raises(UserError) as error:
        read(files, setting, classes)
    assert "\n" not in str(error.value)
    return str(error.value)


def assert_truth(found: Sequence[np.ndarray], wrong: float = 0.0) -> None:
    for labels, truth in zip(found, TRUTH, strict=True):
        assert labels.dtype == np.uint8 and labels.shape == truth.shape
        assert np.mean(labels != truth) <= wrong


WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (200, 30, 30)

USUAL = {
    "255": grey(0, 255),
    "1": grey(0, 1),
    "1 bit": lambda mask: Image.fromarray(mask > 0),
    "65535": grey(0, 65535, np.uint16),
    "RGB": colours(BLACK, WHITE),
    "opaque RGBA": colours((*BLACK, 255), (*WHITE, 255)),
    "palette": palette(0, 1, [*BLACK, *WHITE]),
}


@pytest.mark.parametrize("made", USUAL.values(), ids=USUAL)
def test_the_usual_forms_need_no_word(tmp_path, made):
    found, said = read(save(tmp_path, [made(mask) for mask in TRUTH]))
    assert_truth(found)
    assert said == ""


UNUSUAL = {
    "white in alpha": (colours((*WHITE, 0), (*WHITE, 255)), "what is opaque is foreground"),
    "black in alpha": (colours((*BLACK, 0), (*BLACK, 255)), "what is opaque is foreground"),
    "red on nothing": (colours((*BLACK, 0), (*RED, 255)), "what is opaque is foreground"),
    "half transparent": (colours((*RED, 0), (*RED, 200)), "what is opaque is foreground"),
    "grey and alpha": (
        lambda mask: Image.merge("LA", [Image.new("L", (SIDE, SIDE), 255), Image.fromarray(255 * mask)]),
        "what is opaque is foreground",
    ),
    "white first": (palette(1, 0, [*WHITE, *BLACK]), "begins with another colour than black"),
    "palette of greys, reordered": (palette(3, 1, [9, 9, 9, *WHITE, 8, 8, 8, *BLACK]), "another colour than black"),
    "red palette": (palette(0, 1, [*BLACK, 128, 0, 0]), "the values #000000, #800000: everything but black"),
    "128": (grey(0, 128), "the values 0, 128: everything but black"),
    "2": (grey(0, 2), "the values 0, 2: everything but black"),
    "255 of 65535": (grey(0, 300, np.uint16), "the values 0, 300: everything but black"),
    "two greys": (grey(60, 190), "the values 60 and 190: 190 is foreground, as it is lighter"),
    "red on black": (colours(BLACK, RED), "everything but black"),
    "nearly black and nearly white": (colours((1, 0, 1), (252, 255, 255)), "all but the nearly black"),
    "dark blue on black": (colours(BLACK, (0, 0, 90)), "everything but black"),
    "smoothed": (smoothed, "few between: the brighter half is foreground"),
    "smoothed, to 100": (lambda mask: smoothed(mask).point(lambda value: value * 100 // 255), "the brighter half"),
    "smoothed blue": (
        lambda mask: Image.merge("RGB", [Image.new("L", (SIDE, SIDE))] * 2 + [smoothed(mask)]),
        "the brighter half",
    ),
    "smoothed alpha": (
        lambda mask: Image.merge("RGBA", [Image.new("L", (SIDE, SIDE), 255)] * 3 + [smoothed(mask)]),
        "what is opaque",
    ),
}


@pytest.mark.parametrize(("made", "why"), UNUSUAL.values(), ids=UNUSUAL)
def test_pixels_decide_and_the_log_says_why(tmp_path, made, why):
    found, said = read(save(tmp_path, [made(mask) for mask in TRUTH]))
    assert_truth(found, 0.02 if "smoothed" in why or "brighter" in why else 0.0)
    assert why in said


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("convert", [False, True], ids=["jpg", "png of a jpg"])
def test_jpeg_masks(tmp_path, quality, convert):
    empty = np.zeros((SIDE, SIDE), np.uint8)
    files = save(tmp_path, [grey(0, 255)(mask) for mask in [*TRUTH, empty]], "jpg", quality=quality)
    if convert:
        files = save(tmp_path, [Image.open(file) for file in files])
    found, said = read(files)
    assert_truth(found[:3], 0.01)
    assert not found[3].any() and "the brighter half is foreground" in said


@pytest.mark.parametrize("colour", [(200, 30, 30), (0, 0, 255), (128, 0, 128)])
def test_jpeg_masks_in_colour(tmp_path, colour):
    found, said = read(save(tmp_path, [colours(BLACK, colour)(mask) for mask in TRUTH], "jpg", quality=90))
    assert_truth(found, 0.03)
    assert "the brighter half is foreground" in said


def test_an_empty_jpeg_mask_is_empty(tmp_path):
    noise = np.random.default_rng(0).integers(0, 6, (16, 16), dtype=np.uint8)
    found, _ = read(save(tmp_path, [Image.fromarray(noise)], "jpg"))
    assert not found[0].any()


def test_enlarged_masks(tmp_path):
    """Borders that are several pixels wide."""
    shapes = [Image.fromarray(255 * mask).resize((4 * SIDE,) * 2, Image.Resampling.BICUBIC) for mask in TRUTH]
    found, said = read(save(tmp_path, shapes))
    for labels, truth in zip(found, TRUTH, strict=True):
        assert np.mean(labels != np.kron(truth, np.ones((4, 4), np.uint8))) < 0.03
    assert "the brighter half" in said


def numbered(factor: int, dtype: type = np.uint8) -> list[Image.Image]:
    return [Image.fromarray(numbers.astype(dtype) * dtype(factor)) for numbers in NUMBERS]


def test_numbered_objects(tmp_path):
    """The number of objects differs, so they are no classes."""
    found, said = read(save(tmp_path, numbered(1)))
    assert_truth(found)
    assert said == "masks number their objects, 1 to 5 in one of them: all but 0 is foreground"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_many_numbered_objects(tmp_path, dtype):
    """More than anyone draws classes: squares of three pixels, some of them dark."""
    cells = np.kron(np.arange(1, 145).reshape(12, 12), np.ones((4, 4), int))
    cells[3::4, :] = cells[:, 3::4] = 0
    values = cells * (1 if dtype is np.uint8 else 300)
    (found,), said = read(save(tmp_path, [Image.fromarray(values.astype(dtype))], "tif"))
    np.testing.assert_array_equal(found, cells > 0)
    assert "numbered objects have: all but 0 is foreground" in said


def test_coloured_objects(tmp_path):
    cells = np.kron(np.arange(1, 17).reshape(4, 4), np.ones((12, 12), int))
    cells[10::12, :] = cells[:, 10::12] = 0
    table = np.random.default_rng(0).integers(60, 256, (17, 3))
    table[0] = 0
    (found,), _ = read(save(tmp_path, [Image.fromarray(table[cells].astype(np.uint8))]))
    np.testing.assert_array_equal(found, cells > 0)


def level(*values: int) -> list[Image.Image]:
    """Discs of two values on a ground of a third."""
    return [
        Image.fromarray(np.array([values[0], values[1], values[2]], np.uint8)[np.minimum(n, 1) + (n > 2)])
        for n in NUMBERS
    ]


UNDECIDED = {
    "three greys": (level(0, 128, 255), "has the values 0, 128 and 255", "nonzero"),
    "small numbers": (level(0, 1, 2), "has the values 0, 1 and 2", "nonzero"),
    "1 and 2": ([grey(1, 2)(mask) for mask in TRUTH], "has the values 1 and 2", "light"),
    "no black": (level(1, 2, 3), "has the values 1, 2 and 3", "light"),
    "red on white": ([colours(WHITE, RED)(mask) for mask in TRUTH], "has the values #c81e1e and #ffffff", "dark"),
    "red and green": (
        [Image.fromarray(np.array([BLACK, RED, (30, 200, 30)], np.uint8)[np.minimum(n, 2)]) for n in NUMBERS],
        "has the values #000000, #1ec81e and #c81e1e",
        "nonzero",
    ),
    "far apart": (level(0, 5, 250), "has the values 0, 5 and 250", "nonzero"),
    "one class per file": (
        [grey(0, 255)(TRUTH[0]), grey(0, 128)(TRUTH[1]), grey(0, 128)(TRUTH[2])],
        "has the values 0 and 255, and",
        "nonzero",
    ),
    "probabilities": (
        [
            Image.fromarray(np.linspace(0, 255, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint8)),
        ],
        "has 256 values, such as 0, 1, 2 and 255",
        "light",
    ),
}


@pytest.mark.parametrize(("images", "found", "setting"), UNDECIDED.values(), ids=UNDECIDED)
def test_what_cannot_be_told_is_named_and_a_setting_decides(tmp_path, images, found, setting):
    files = save(tmp_path, images)
    message = refused(files)
    assert message.startswith(str(tmp_path)) and found in message
    assert "set data.masks to " in message and setting in message.split("set data.masks to ")[1]
    labels, _ = read(files, setting)
    if len(images) == len(TRUTH) and setting != "light":
        assert_truth(labels)


@pytest.mark.parametrize(
    ("images", "setting"),
    [
        ([grey(255, 0)(mask) for mask in TRUTH], "dark"),
        ([grey(1, 2)(mask) for mask in TRUTH], "light"),
        ([grey(1, 2)(mask) for mask in TRUTH], "2"),
        (numbered(40), "nonzero"),
        (numbered(1), "1,2,3,4,5"),
        ([colours((*RED, 0), (*WHITE, 255))(mask) for mask in TRUTH], "alpha"),
        ([palette(0, 1, [*WHITE, *BLACK])(mask) for mask in TRUTH], "index"),
        ([palette(0, 1, [*BLACK, *BLACK])(mask) for mask in TRUTH], "index"),
        ([colours((255, 255, 0), (0, 0, 255))(mask) for mask in TRUTH], "dark"),
    ],
)
def test_settings(tmp_path, images, setting):
    assert_truth(read(save(tmp_path, images), setting)[0])


def test_settings_that_do_not_fit(tmp_path):
    files = save(tmp_path, [colours(BLACK, RED)(mask) for mask in TRUTH])
    assert "data.masks: lite is none of auto, light, dark" in refused(files, "lite")
    assert "data.masks: light is for binary masks; with 3 classes" in refused(files, "light", 3)
    assert "has no opacity, which data.masks=alpha needs" in refused(files, "alpha")
    assert "is a colour image (RGB), which has no numbers" in refused(files, "index")
    assert "is a colour image (RGB), which has no numbers" in refused(files, "1")
    files = save(tmp_path, [palette(0, 1, [*BLACK, *BLACK])(mask) for mask in TRUTH])
    assert "all colours of its palette are the same; set data.masks to index" in refused(files)


def test_empty_and_full_masks_follow_the_others(tmp_path):
    """In one file alone nobody could tell."""
    alpha = colours((*WHITE, 0), (*WHITE, 255))
    extremes = [np.zeros_like(TRUTH[0]), np.ones_like(TRUTH[0])]
    for made in (alpha, grey(0, 255), grey(0, 1), smoothed, palette(1, 0, [*WHITE, *BLACK]), grey(60, 190)):
        found, _ = read(save(tmp_path, [made(mask) for mask in [*TRUTH, *extremes]]))
        assert not found[3].any() and found[4].all()
    # Nothing to be seen.
    found, _ = read(save(tmp_path, [alpha(extremes[0])]))
    assert not found[0].any()


def test_conventions_that_contradict_each_other(tmp_path):
    images = [smoothed(TRUTH[0]), smoothed(TRUTH[1]), grey(0, 1)(TRUTH[2])]
    assert "2.png: has the values 0 and 1, while other masks have grey values up to 255" in refused(
        save(tmp_path, images)
    )
    # Those that agree on black may be mixed.
    assert_truth(read(save(tmp_path, [made(mask) for made, mask in zip(USUAL.values(), TRUTH, strict=False)]))[0])


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "P", "1"])
def test_every_mode_is_read(tmp_path, mode):
    image = Image.fromarray(255 * TRUTH[0]).convert("RGB" if mode == "LAB" else mode)
    if mode == "LAB":
        # Lightness is the first channel; the others are signed.
        channels = np.zeros((SIDE, SIDE, 3), np.uint8)
        channels[..., 0] = 255 * TRUTH[0]
        image = Image.frombytes("LAB", image.size, channels.tobytes())
    np.testing.assert_array_equal(read(save(tmp_path, [image], "tif"))[0][0], TRUTH[0])


def test_floats(tmp_path):
    for scale in (1.0, 255.0, 0.5):
        found, _ = read(save(tmp_path, [Image.fromarray(np.float32(scale) * mask) for mask in TRUTH], "tif"))
        assert_truth(found)
    for value in (2.5, np.nan):
        files = save(tmp_path, [Image.fromarray(np.float32(value) * TRUTH[0])], "tif")
        assert "0.tif: has " in refused(files)


class TestClasses:
    """Values are classes, as they are."""

    LABELS = np.array([[0, 1, 2, 255]], np.uint8)

    def one(self, tmp_path: Path, image: Image.Image, classes: int = 3, setting: str = "auto") -> list[int]:
        (labels,), said = read(save(tmp_path, [image]), setting, classes)
        assert said == ""
        return labels[0].tolist()

    def test_grey_in_all_forms(self, tmp_path):
        image = Image.fromarray(self.LABELS)
        for mode in ("L", "RGB", "RGBA", "LA"):
            assert self.one(tmp_path, image.convert(mode)) == [0, 1, 2, 255]
        assert self.one(tmp_path, Image.fromarray(self.LABELS.astype(np.uint16))) == [0, 1, 2, 255]

    def test_a_palette_has_classes_as_indices(self, tmp_path):
        image = Image.frombytes("P", (4, 1), bytes([0, 1, 2, 255]))
        image.putpalette([*BLACK, *RED, 30, 200, 30, *[224, 224, 192] * 253])
        assert self.one(tmp_path, image) == [0, 1, 2, 255]
        image = Image.frombytes("P", (2, 1), bytes([0, 1]))
        image.putpalette([*WHITE, *BLACK])
        assert self.one(tmp_path, image, 2) == [0, 1]

    def test_a_palette_of_grey_values_that_are_classes(self, tmp_path):
        """A program that saves with few colours may order them as it likes."""
        image = Image.frombytes("P", (4, 1), bytes([1, 2, 0, 3]))
        image.putpalette([2, 2, 2, 0, 0, 0, 1, 1, 1, *WHITE])
        assert self.one(tmp_path, image) == [0, 1, 2, 255]
        assert self.one(tmp_path, image, 4, "index") == [1, 2, 0, 3]

    def test_what_is_no_class(self, tmp_path):
        assert "has the value 2, no class from 0 to 1: set model.classes" in refused(
            save(tmp_path, [Image.fromarray(self.LABELS)]), classes=2
        )
        files = save(tmp_path, [colours(BLACK, RED)(TRUTH[0])])
        assert "is a colour image (RGB); the mask of 3 classes has one value per pixel" in refused(files, classes=3)


def test_thin_lines_with_smoothed_borders(tmp_path):
    random = np.random.default_rng(0)
    image = Image.new("L", (800, 800))
    for _ in range(25):
        ends = [tuple(map(int, end)) for end in random.integers(0, 800, (4, 2))]
        ImageDraw.Draw(image).line(ends, fill=255, width=6)
    (found,), said = read(save(tmp_path, [image.resize((200, 200), Image.Resampling.BICUBIC)]))
    assert "the brighter half" in said
    truth = np.asarray(image.resize((200, 200), Image.Resampling.BOX)) > 127
    assert np.mean(found != truth) < 0.01


@pytest.mark.parametrize("step", [3, 4, 6])
def test_tiny_numbered_objects(tmp_path, step):
    """Two by two pixels, close together: no smoothed borders."""
    side = 12 * step
    values = np.zeros((side, side), np.uint8)
    numbers = np.random.default_rng(0).permutation(np.arange(1, 145)).reshape(12, 12)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        values[row::step, column::step] = numbers
    (found,), said = read(save(tmp_path, [Image.fromarray(values)]))
    np.testing.assert_array_equal(found, values > 0)
    assert "numbered objects" in said


def read_objects(files: list[Path], setting: str = "auto", classes: int = 1) -> list[np.ndarray | None]:
    reader = MaskReader(files, classes, setting)
    return [reader.read_objects(file) for file in files]


@pytest.mark.parametrize("setting", ["auto", "nonzero", "index"])
def test_numbers_are_read_as_objects(tmp_path, setting):
    """Objects that touch are told apart by their numbers, and parts of one number are one object."""
    values = [numbers.copy() for numbers in NUMBERS]
    for each in values:
        each[0, :20], each[1, :20], each[3, :20] = 1, 2, 1
    found = read_objects(save(tmp_path, [Image.fromarray(each) for each in values]), setting)
    for ids, each in zip(found, values, strict=True):
        assert ids.dtype == np.int32
        np.testing.assert_array_equal(ids, each)


def test_indices_of_a_palette_are_read_as_objects(tmp_path):
    """As PASCAL VOC has them, and with a palette that says nothing."""
    for colour in ([0, 0, 0, *RED, *WHITE, 0, 99, 0, 50, 60, 250, 40, 40, 40], [*BLACK] * 6):
        images = [Image.fromarray(numbers) for numbers in NUMBERS]
        for image in images:
            image.putpalette(colour)
        (tmp_path / str(len(set(colour)))).mkdir()
        files = save(tmp_path / str(len(set(colour))), images)
        for ids, numbers in zip(read_objects(files, "index"), NUMBERS, strict=True):
            np.testing.assert_array_equal(ids, numbers)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_many_numbers_and_colours_are_read_as_objects(tmp_path, dtype):
    cells = np.kron(np.arange(1, 145).reshape(12, 12), np.ones((4, 4), int))
    cells[3::4, :] = 0
    table = np.random.default_rng(0).permutation(np.arange(60, 256))[np.arange(145)]
    table[0] = 0
    pictures = [Image.fromarray((cells * (1 if dtype is np.uint8 else 300)).astype(dtype))]
    pictures.append(Image.fromarray(np.stack([table[cells], table[cells], cells], axis=-1).astype(np.uint8)))
    for number, picture in enumerate(pictures):
        (tmp_path / str(number)).mkdir()
        (ids,) = read_objects(save(tmp_path / str(number), [picture]))
        # Each number has its own id, whatever it is.
        assert len(np.unique(np.stack([ids.ravel(), cells.ravel()]), axis=1).T) == 145 == ids.max() + 1
        np.testing.assert_array_equal(ids > 0, cells > 0)


@pytest.mark.parametrize("made", [*USUAL.values(), smoothed])
def test_masks_that_do_not_number_objects(tmp_path, made):
    files = save(tmp_path, [made(mask) for mask in TRUTH])
    assert read_objects(files) == [None] * 3
    if made is not smoothed and made is not USUAL["RGB"] and made is not USUAL["opaque RGBA"]:
        assert read_objects(files, "index") == [None] * 3
    assert read_objects(files, "light") == [None] * 3


@pytest.mark.parametrize("setting", ["auto", "nonzero", "index"])
def test_binary_masks_among_numbered_ones(tmp_path, setting):
    """The objects of a binary mask are its components, those of the others their numbers; a single number is one."""
    cells = np.kron(np.arange(16).reshape(4, 4), np.ones((12, 12), int)).astype(np.uint8)
    single, empty = np.uint8(NUMBERS[0] == 1), np.zeros_like(cells)
    binary = [Image.fromarray(TRUTH[0] > 0), grey(0, 255)(TRUTH[1]), grey(0, 65535, np.uint16)(TRUTH[2])]
    found = read_objects(save(tmp_path, [*map(Image.fromarray, (cells, single, empty)), *binary]), setting)
    for ids, numbers in zip(found[:3], (cells, single, empty), strict=True):
        np.testing.assert_array_equal(ids, numbers)
    assert found[3:] == [None] * 3


@pytest.mark.parametrize("setting", ["nonzero", "index"])
@pytest.mark.parametrize(
    ("masks", "numbered"),
    [
        ([NUMBERS[0], NUMBERS[1]], True),
        # Without background; the same number in each; fewer than three; a gap in the numbers.
        ([np.maximum(NUMBERS[0], 1), np.maximum(NUMBERS[1], 1)], False),
        ([NUMBERS[0], NUMBERS[0]], False),
        ([NUMBERS[1], np.minimum(NUMBERS[1], 1)], False),
        ([NUMBERS[0], np.where(NUMBERS[2] == 3, 0, NUMBERS[2])], False),
        # Many values in even areas, but not consecutive.
        ([np.kron(20 * np.arange(12).reshape(3, 4), np.ones((9, 9))), NUMBERS[0]], False),
    ],
)
def test_nonzero_and_index_have_one_rule_and_it_is_logged(tmp_path, capsys, setting, masks, numbered):
    files = save(tmp_path, [Image.fromarray(np.uint8(mask)) for mask in masks])
    assert [each is not None for each in read_objects(files, setting)] == [numbered] * 2
    decided = "the numbers in the masks" if numbered else "connected components of the masks"
    assert capsys.readouterr().err == f"true objects: {decided}\n"


def test_classes_are_no_objects(tmp_path):
    assert read_objects(save(tmp_path, [Image.fromarray(numbers) for numbers in NUMBERS]), classes=6) == [None] * 3
