"""The segmentation task: from an image to a mask."""

from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.data import SegmentationData
from pipelines.tasks.segmentation.decisions import decide
from pipelines.tasks.segmentation.export import SegmentationExport
from pipelines.tasks.segmentation.scores import SegmentationScores
from pipelines.tasks.segmentation.training import SegmentationTraining
from pipelines.tasks.task import Task

SEGMENTATION = Task(
    name="segmentation",
    config=SegmentationConfig,
    recipe="segmentation",
    slices=lambda: 1,
    data=SegmentationData,
    training=SegmentationTraining,
    scores=SegmentationScores(),
    export=SegmentationExport,
    decide=decide,
    # Few images are learned by heart early, and the learning rate that falls to zero still helps.
    timed={"train.epochs": 0, "train.patience": 0},
    refusals={
        "--beam": "segmentation has no beam search",
        "--shortlist": "a mask has no tokens",
        "--ids": "an image has no tokens",
        "--languages": "an image has no language",
        "--columns": "images and masks stand in files of their own",
    },
)
