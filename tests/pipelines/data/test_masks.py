"""The usual ways to write the same discs give the same labels, and every setting and mode is read."""

import numpy as np
import pytest
from mask_drawings import (
    BLACK,
    RED,
    SIDE,
    TRUTH,
    USUAL,
    WHITE,
    assert_truth,
    colours,
    grey,
    numbered,
    palette,
    read,
    refused,
    save,
)
from PIL import Image


@pytest.mark.parametrize("made", USUAL.values(), ids=USUAL)
def test_the_usual_forms_need_no_word(tmp_path, made):
    found, said = read(save(tmp_path, [made(mask) for mask in TRUTH]))
    assert_truth(found)
    assert said == ""


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
