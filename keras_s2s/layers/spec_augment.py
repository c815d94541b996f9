"""SpecAugment: parts of the features are hidden in training."""

from typing import Any

import keras
from keras import ops

from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class SpecAugment(keras.layers.Layer):
    """Sets bands of frequencies and stretches of time to zero in training (Park et al. 2019); without time warping.

    Args:
        frequency_masks: bands that are hidden.
        frequency_width: features that a band has at most.
        time_masks: stretches that are hidden.
        time_width: positions that a stretch has at most.
        time_share: the same, as a fraction of the real positions; the stricter bound holds.

    Call arguments:
        inputs: `(batch, length, features)`, normalized: zero is the mean.
        mask: boolean `(batch, length)`, true at real positions.

    Output:
        `(batch, length, features)`.
    """

    def __init__(
        self,
        frequency_masks: int,
        frequency_width: int,
        time_masks: int,
        time_width: int,
        time_share: float = 0.2,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.own_config: dict[str, Any] = {
            "frequency_masks": frequency_masks,
            "frequency_width": frequency_width,
            "time_masks": time_masks,
            "time_width": time_width,
            "time_share": time_share,
        }
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        if not training:
            return inputs
        own, (batch, length, features) = self.own_config, ops.shape(inputs)
        lengths = ops.sum(ops.cast(mask, "float32"), axis=1)
        widest = ops.minimum(float(own["time_width"]), ops.floor(own["time_share"] * lengths))
        kept = ops.expand_dims(self._kept(batch, lengths, widest, own["time_masks"], length), 2)
        bands = ops.full((batch,), float(features))
        widest = ops.full((batch,), float(own["frequency_width"]))
        kept *= ops.expand_dims(self._kept(batch, bands, widest, own["frequency_masks"], features), 1)
        return inputs * kept

    def _kept(self, batch: Tensor, lengths: Tensor, widest: Tensor, masks: int, size: Tensor) -> Tensor:
        """1 where no mask lies, `(batch, size)`.

        Args:
            batch: number of examples.
            lengths: within which masks lie, `(batch,)`.
            widest: widths up to this are chosen at random, whole numbers `(batch,)`.
            masks: how many.
            size: of the axis.
        """
        widths, places = (keras.random.uniform((batch, masks, 1), seed=self.seed_generator) for _ in range(2))
        widths = ops.floor(widths * (ops.reshape(widest, (-1, 1, 1)) + 1))
        first = ops.floor(places * (ops.reshape(lengths, (-1, 1, 1)) - widths + 1))
        positions = ops.cast(ops.arange(size), "float32")
        hidden = ops.logical_and(positions >= first, positions < first + widths)
        return 1.0 - ops.cast(ops.any(hidden, axis=1), "float32")

    def compute_output_spec(
        self, inputs: keras.KerasTensor, mask: keras.KerasTensor, training: bool = False
    ) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> dict:
        return super().get_config() | self.own_config
