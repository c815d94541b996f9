"""What the segmentation demo brings: synthetic images."""

from pathlib import Path

from pipelines.data.shapes import fetch_shapes
from pipelines.tasks.segmentation.segment import segment
from pipelines.tasks.task import Splits

_SHOWN = 8


class SegmentationDemo:
    """Implement `pipelines.tasks.protocol.Demo`."""

    data = "synthetic images of blobs with noise, and their masks"
    training = "a U-Net"
    minutes = 3.0
    recipe = "segmentation"
    # Half of the recipe's filters: these images are easy, and small.
    settings = ("model.filters=16", "train.patch=128", "train.learning_rate=0.005")
    languages = None

    def fetch(self, out: Path) -> Splits:
        """Generate the data set."""
        data = out / "shapes"
        fetch_shapes(data)
        return Splits(data / "train", data / "valid", data / "test")

    def show(self, bundle: Path, splits: Splits, out: Path) -> list[str]:
        """Write masks of test images, and the images with their masks as overlays."""
        images = sorted((splits.test / "images").iterdir())[:_SHOWN]
        segment(bundle, images, out / "masks", overlays=True)
        return ["python -m edge segment", str(bundle), str(images[0]), "-o mask.png --overlay overlay.png"]
