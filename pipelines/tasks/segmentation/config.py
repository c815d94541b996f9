"""The settings of a segmentation run."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from keras_s2s.config import Positive, SegmentationModelConfig, Settings, Share
from pipelines.config import AUTO, Auto, FitConfig, RunConfig
from pipelines.data.augment import AugmentConfig


class SegmentationDataConfig(Settings):
    """How the masks of a data set are read.

    Attributes:
        masks: foreground of binary masks: `auto` decides by the pixels of the whole data set; `light`, `dark`,
            `nonzero`, `alpha` (opacity), `index` (of a palette), or values such as `1` or `1,3`.
        gap: gap between touching objects, which is background in training: pixels on each side; 0: none. Masks must
            number their objects.
    """

    masks: Annotated[str, Field(coerce_numbers_to_str=True)] = "auto"
    gap: Annotated[int, Field(ge=0, le=16)] = 0


class SegmentationTrainConfig(FitConfig):
    """How a segmentation network is trained.

    Attributes:
        batch: batch size in patches; `auto`: by the size of a patch and the memory of the machine.
        patch: side length of a patch in pixels; smaller images are mirrored at their borders; `auto`: by the size of
            the images.
        epoch_steps: minimum number of training steps per epoch: a small data set is repeated, with other patches;
            `auto`: by the time of a validation.
        loss: cross-entropy plus Dice; or focal or Tversky, for foreground that is rare.
        balance: fraction of the patches that have a pixel of a rare class near their middle: each class of an image
            except 0 is as likely; `auto`: by how rare the classes are.
        deep_supervision: the coarser levels of the decoder are trained, too; what is saved is the same network.
        monitor: validation metric that selects the weights: loss, or intersection over union (IoU).
    """

    batch: Positive | Auto = AUTO
    patch: Annotated[int, Field(ge=32, le=4096)] | Auto = AUTO
    loss: Literal["cross_entropy_dice", "focal", "tversky"] = "cross_entropy_dice"
    balance: Share | Auto = AUTO
    deep_supervision: bool = False
    monitor: Literal["loss", "iou"] = "iou"
    epoch_steps: Positive | Auto = AUTO
    # Images are fewer than sentences, and so are steps.
    epochs: Annotated[int, Field(ge=0)] = 50
    warmup: Positive = 50
    average: Share = 0.99
    patience: Annotated[int, Field(ge=0)] = 20


class SegmentationConfig(RunConfig):
    """All settings of a segmentation run."""

    model: SegmentationModelConfig = SegmentationModelConfig()
    data: SegmentationDataConfig = SegmentationDataConfig()
    augment: AugmentConfig = AugmentConfig()
    train: SegmentationTrainConfig = SegmentationTrainConfig()

    @model_validator(mode="after")
    def _convolutions_have_8_bits(self) -> "SegmentationConfig":
        if self.compress.bits == 4:
            raise ValueError("compress.bits must be 8, not 4: nothing runs convolutions of 4 bits")
        return self
