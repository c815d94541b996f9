"""The images of a contact sheet: the best, median and worst ones."""

from collections.abc import Callable

import numpy as np

from pipelines.data.images import ImageReader
from pipelines.plots import MaskExample
from pipelines.tasks.segmentation.iou import confusion_matrix, score_masks

# Images per group.
_EXAMPLES = 3


def mask_examples(
    predict: Callable[[np.ndarray], np.ndarray], reader: ImageReader, classes: int
) -> dict[str, list[MaskExample]]:
    """Return the best, median and worst images by their IoU, with both masks, by the name of the group."""
    scored = [
        (score_masks([confusion_matrix(predict(image), labels, classes)], classes)["iou"], index)
        for index, (image, labels) in enumerate(reader)
    ]
    scored.sort(reverse=True)
    middle = max(0, (len(scored) - _EXAMPLES) // 2)
    groups = {
        "best": scored[:_EXAMPLES],
        "median": scored[middle : middle + _EXAMPLES],
        "worst": scored[-_EXAMPLES:],
    }

    def example(iou: float, index: int) -> MaskExample:
        image, labels = reader.read(reader.pairs[index])
        return MaskExample(iou, image, labels, predict(image))

    return {name: [example(*each) for each in group] for name, group in groups.items()}
