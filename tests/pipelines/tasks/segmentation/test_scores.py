"""Scores of data sets whose predictions are known."""

import numpy as np
from PIL import Image

from edge.image_jobs import ObjectOptions
from edge.objects import find_objects
from pipelines.data.images import ImageReader
from pipelines.tasks.segmentation.scores import MaskPredictor, SegmentationScores


def squares(count: int) -> np.ndarray:
    """As many numbered squares, which do not touch."""
    numbers = np.arange(1, 17).reshape(4, 4)
    return np.kron(np.where(numbers <= count, numbers, 0), np.pad(np.ones((8, 8), int), 1)).astype(np.uint8)


def write_set(folder, masks: list[np.ndarray], classes: int = 1) -> ImageReader:
    """Write images that show their masks."""
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for number, mask in enumerate(masks):
        Image.fromarray(np.uint8(255 * (mask > 0))).save(folder / "images" / f"{number}.png")
        Image.fromarray(mask).save(folder / "masks" / f"{number}.png")
    return ImageReader(folder, 1, classes)


def test_a_binary_mask_among_numbered_ones(tmp_path):
    """Its 16 squares are 16 objects, as the 12 numbers of the other mask are 12."""
    reader = write_set(tmp_path, [np.uint8(255 * (squares(16) > 0)), squares(12)])
    predict = MaskPredictor(lambda image: np.uint8(image[..., 0] > 0.5))
    assert len(find_objects(squares(16) > 0)) == 16
    scores = SegmentationScores().score(predict, reader, None, detailed=True)
    assert scores["object_ap50"] == scores["object_f1"] == scores["object_pq"] == 100.0
    assert scores["objects"]["true"] == scores["objects"]["predicted"] == 28


def test_details_are_given_where_they_are_asked_for(tmp_path):
    """Scores by object, and of several classes also by class, take longer: training does not ask for them."""
    reader = write_set(tmp_path, [np.uint8([[0, 0, 1, 2, 2, 0, 2, 2]])], classes=3)

    def predict(options: ObjectOptions) -> MaskPredictor:
        return MaskPredictor(lambda image: np.uint8([[0, 0, 1, 1, 2, 0, 2, 2]]), options)

    scores = SegmentationScores()
    assert set(scores.score(predict(ObjectOptions()), reader, None)) == {
        "iou",
        "dice",
        "image_iou",
        "image_dice",
        "images",
    }
    found = scores.score(predict(ObjectOptions()), reader, None, detailed=True)
    assert found["confusion"] == [[3, 0, 0], [0, 1, 0], [0, 1, 3]] and len(found["classes"]) == 3
    assert found["objects"]["predicted"] == 3
    large = scores.score(predict(ObjectOptions(min_area=2)), reader, None, detailed=True)
    assert large["objects"]["predicted"] == 2
