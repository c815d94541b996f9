"""What is foreground is decided by the pixels of all masks, or an error names what was found."""

import numpy as np
import pytest
from mask_drawings import (
    BLACK,
    NUMBERS,
    RED,
    SIDE,
    TRUTH,
    USUAL,
    WHITE,
    assert_truth,
    colours,
    grey,
    palette,
    read,
    refused,
    save,
    smoothed,
)
from PIL import Image, ImageDraw

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
