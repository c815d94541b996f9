"""Learning rates, and rates of scheduled sampling, over time."""

import math
from collections.abc import Callable

import keras
from keras import ops

from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class WarmupInverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to a peak, then decay with the inverse square root of the step (Vaswani et al. 2017).

    It does not depend on the end of training, so that a run may be extended.

    Args:
        peak: the largest learning rate.
        warmup: steps until it is reached.
    """

    def __init__(self, peak: float, warmup: int):
        self.peak = peak
        self.warmup = warmup

    def __call__(self, step: Tensor) -> Tensor:
        step = ops.cast(step, "float32") + 1.0
        return self.peak * ops.minimum(step / self.warmup, ops.sqrt(self.warmup / step))

    def get_config(self) -> dict:
        return {"peak": self.peak, "warmup": self.warmup}


@keras.saving.register_keras_serializable("keras_s2s")
class WarmupScaled(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to a peak, which a callback lowers: `callbacks.LinearDecay` or `callbacks.PlateauDecay`.

    Args:
        peak: the largest learning rate.
        warmup: steps until it is reached.

    Attributes:
        scale: what the peak is multiplied with, a variable.
    """

    def __init__(self, peak: float, warmup: int):
        self.peak = peak
        self.warmup = warmup
        self.scale = keras.Variable(1.0, trainable=False, name="scale")

    def __call__(self, step: Tensor) -> Tensor:
        step = ops.cast(step, "float32") + 1.0
        return self.peak * ops.minimum(step / self.warmup, self.scale)

    def get_config(self) -> dict:
        return {"peak": self.peak, "warmup": self.warmup}


SCHEDULES: dict[str, type[WarmupInverseSquareRoot | WarmupScaled]] = {
    "inverse_square_root": WarmupInverseSquareRoot,
    "linear": WarmupScaled,
    "plateau": WarmupScaled,
}

# Schedules of scheduled sampling (Bengio et al. 2015, section 2.4): fraction of the final rate, from the fraction
# of its steps that are done, which may be past one.
SAMPLING: dict[str, Callable[[float], float]] = {
    "linear": lambda done: min(1.0, done),
    "exponential": lambda done: 1.0 - math.exp(-3.0 * done),
    "inverse_sigmoid": lambda done: 1.0 / (1.0 + math.exp(-10.0 * (done - 0.5))),
}
