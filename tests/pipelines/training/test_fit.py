"""How a network is compiled."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_s2s.workers import Workers
from pipelines.config import FitConfig
from pipelines.training.fit import _compile


@pytest.mark.parametrize("settings", [FitConfig(), FitConfig(average=0.0, accumulate=2)], ids=["average", "accumulate"])
def test_the_training_step_is_traced_once(settings):
    """Tracing takes a large part of a short training; Python code of a step is only run where it is traced."""
    traced = []

    class Counted(keras.Model):
        def train_step(self, *arguments):
            traced.append(arguments)
            return super().train_step(*arguments)

    inputs = keras.Input((3,))
    network = Counted(inputs, keras.layers.Dense(2)(inputs))
    training = SimpleNamespace(
        build=lambda: network, trained=lambda same, slices: same, loss=keras.losses.MeanSquaredError, metrics=list
    )
    model = _compile(training, settings, None, 1, Workers()).model
    model.fit(np.ones((8, 3)), np.ones((8, 2)), batch_size=2, epochs=2, verbose=0)
    assert len(traced) == 1
