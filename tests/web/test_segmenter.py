"""Masks in JavaScript beside Python's."""

import base64
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge.bundle import manifest_digest
from edge.images import overlay
from edge.segmenter import Network, Segmenter
from tests.edge.conftest import draw_discs
from tests.web.test_translator import EDGE, STATIC

SEGMENTER = EDGE / "toy_segmenter_static"
# Smaller than a tile, of one, and of several in one or in both directions; 256 and 448 are where tiles end.
SIZES = [(1, 1), (1, 300), (40, 150), (256, 256), (257, 256), (448, 449), (300, 700)]
# Of a probability: builds of the runtime round differently.
ROUNDING = 1e-4


def given(picture: np.ndarray) -> dict[str, Any]:
    """An image as a browser has it."""
    colour = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture
    opaque = np.concatenate([colour, np.full((*colour.shape[:2], 1), 255, np.uint8)], axis=-1)
    height, width, _ = opaque.shape
    return {"data": base64.b64encode(opaque.tobytes()).decode(), "width": width, "height": height}


def array(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)


def test_masks_are_those_of_python(node, runtime):
    """Pixels may differ whose probability is that of the threshold but for rounding."""
    pictures = [draw_discs(seed, *size)[0] for seed, size in enumerate(SIZES)]
    found = node("segment.mjs", bundle=str(SEGMENTER), runtime=runtime, images=[given(each) for each in pictures])
    segmenter = Segmenter(SEGMENTER)
    threshold = json.loads((SEGMENTER / "manifest.json").read_text())["threshold"]
    different = pixels = 0
    for picture, each in zip(pictures, found, strict=True):
        own, probabilities = segmenter.mask(picture), segmenter.segment(picture)[..., 0]
        other = array(each["mask"], *picture.shape)
        assert each["classes"] == 1
        assert (np.abs(probabilities - threshold)[own != other] < ROUNDING).all()
        different, pixels = different + np.count_nonzero(own != other), pixels + own.size
        png = np.asarray(Image.open(io.BytesIO(base64.b64decode(each["png"]))))
        np.testing.assert_array_equal(png, 255 * other)
    assert different <= pixels / 100_000, f"{different} of {pixels} pixels differ"


@pytest.mark.parametrize(("tile", "channels", "classes"), [((64, 96), 3, 5), ((32, 32), 3, 1), ((64, 64), 1, 2)])
def test_colours_and_classes(node, tile, channels, classes):
    """Of a network that NumPy computes as well: the class is known for each pixel."""
    random = np.random.default_rng(classes)
    weights = np.linspace(1, 0.1, classes, dtype=np.float32)
    offsets = np.linspace(0, 0.45, classes, dtype=np.float32)
    pictures = [random.integers(0, 256, (*size, 3)).astype(np.uint8) for size in ((20, 33), (64, 96), (150, 130))]
    network = {"height": tile[0], "width": tile[1], "channels": channels, "weights": weights.tolist()}
    network["offsets"] = offsets.tolist()
    found = node("segment.mjs", network=network, images=[given(each) for each in pictures])
    places = np.arange(classes) % channels
    segmenter = Segmenter(Network(lambda images: images[..., places] * weights + offsets, channels, classes, size=tile))
    for picture, each in zip(pictures, found, strict=True):
        mask = segmenter.mask(picture)
        other = array(each["mask"], *mask.shape)
        assert each["classes"] == classes and len(np.unique(mask)) == max(2, classes)
        # Grey is rounded in another order.
        assert np.count_nonzero(mask != other) <= (2 if channels == 1 else 0)
        png = Image.open(io.BytesIO(base64.b64decode(each["png"])))
        assert png.mode == "L"
        np.testing.assert_array_equal(np.asarray(png), segmenter.drawable(other))
        drawn = array(each["overlay"], *mask.shape, 4)
        assert (drawn[..., 3] == 255).all()
        np.testing.assert_allclose(drawn[..., :3], overlay(picture, other), atol=1)


def test_what_cannot_be_used(node, runtime, tmp_path):
    image = given(np.zeros((2, 2), np.uint8))

    def refused(bundle: Path, **changed: object) -> str:
        return node("segment.mjs", bundle=str(bundle), runtime=runtime, images=[{**image, **changed}])["error"]

    assert refused(STATIC) == f"{STATIC}: is for translation, not for segmentation"
    assert refused(EDGE / "toy_segmenter").startswith(f"{EDGE / 'toy_segmenter'}: has dynamic shapes; export the run")
    assert refused(SEGMENTER, width=3) == "an image of 3 x 2 pixels has 4 numbers per pixel, not 16 in all"
    assert refused(SEGMENTER, width=0, data="").startswith("an image of 0 x 2 pixels")
    bundle = Path(shutil.copytree(SEGMENTER, tmp_path / "bundle"))
    manifest = {**json.loads((bundle / "manifest.json").read_text()), "threshold": "half"}
    manifest["digest"] = manifest_digest(manifest)
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert refused(bundle).endswith(": its manifest's threshold is half, not a number between 0 and 1")
