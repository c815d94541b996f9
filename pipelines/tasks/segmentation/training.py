"""How the network of a segmentation run is built and trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from edge.errors import UserError
from keras_s2s.mask_losses import MASK_LOSSES, DeepSupervision
from keras_s2s.mask_metrics import MaskDice, MaskIoU
from keras_s2s.models.deep_supervision import deeply_supervised
from keras_s2s.models.encoders import load_pretrained
from keras_s2s.models.segmentation import build_segmentation
from pipelines.data.images import ImageReader
from pipelines.log import log
from pipelines.plots import plot_masks
from pipelines.run import Run
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.examples import mask_examples
from pipelines.tasks.segmentation.predictor import keras_segmenter
from pipelines.tasks.segmentation.threshold import choose_threshold


class SegmentationTraining:
    """Implement `pipelines.tasks.protocol.Training`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, SegmentationConfig)
        self.run = run
        self.config = run.config
        # Images are fewer than sentences: an epoch has few steps.
        # Its coarser outputs would be new ones.
        self.fine_tuning = {"train.warmup": 20, "train.epochs": 12, "train.deep_supervision": False}

    @contextmanager
    def context(self) -> Iterator[int]:
        """Give one slice of a batch: a convolution keeps all cores busy by itself."""
        yield 1

    def build(self) -> keras.Model:
        """Return the network, as it is saved. Weights that cannot be downloaded are random, and the log says so."""
        settings = self.config.model
        model = build_segmentation(settings)
        if settings.weights == "random":
            log(f"the encoder {settings.encoder} begins with random weights")
            return model
        try:
            load_pretrained(model, settings.weights)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            if settings.weights != "imagenet":
                raise UserError(f"model.weights {settings.weights}: cannot be used ({reason})") from error
            log(f"the weights of ImageNet cannot be had ({reason}): the encoder begins with random ones")
        else:
            log(f"the encoder {settings.encoder} begins with the weights {settings.weights}")
        return model

    def trained(self, network: keras.Model, slices: int) -> keras.Model:
        """Return the network up to its logits, and behind them those of deep supervision."""
        if self.config.train.deep_supervision:
            return deeply_supervised(network)
        return keras.Model(network.input, network.get_layer("logits").output)

    def loss(self) -> keras.losses.Loss:
        """Return the loss that the settings name."""
        loss = MASK_LOSSES[self.config.train.loss]()
        return DeepSupervision(loss, self.config.model.classes) if self.config.train.deep_supervision else loss

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return IoU and Dice."""
        return [MaskIoU(self.config.model.classes), MaskDice(self.config.model.classes)]

    def callbacks(self, trained: keras.Model) -> list[keras.callbacks.Callback]:
        """Return nothing."""
        return []

    def finish(self, network: keras.Model, held_out: ImageReader) -> None:
        """Choose the threshold on validation images, and plot some of them."""
        if self.config.model.classes == 1:
            choose_threshold(self.run, keras_segmenter(self.run, network).segment, held_out)
        # After the threshold is written: masks depend on it.
        mask = keras_segmenter(self.run, network).mask
        plot_masks(mask_examples(mask, held_out, self.config.model.classes), self.run.file("validation.png"))
