"""A plain Keras 3 model that has nothing to do with translation, and its training."""

from collections.abc import Callable

import keras
import numpy as np
import pytest


@pytest.fixture
def model() -> keras.Model:
    """Two kernels, two biases, an embedding."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((3,), dtype="int32")
    embedded = keras.layers.Flatten()(keras.layers.Embedding(10, 8, name="embedding")(inputs))
    hidden = keras.layers.Dense(16, activation="tanh", name="hidden")(embedded)
    model = keras.Model(inputs, keras.layers.Dense(2, name="output")(hidden))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


@pytest.fixture
def train(model: keras.Model) -> Callable[..., dict[str, np.ndarray]]:
    """Trains for so many batches, and returns the matrices by their path."""
    random = np.random.default_rng(5)
    inputs = random.integers(0, 10, (400, 3)).astype("int32")
    targets = np.stack([inputs.sum(1), inputs[:, 0] - inputs[:, 2]], 1).astype("float32") / 10

    def run(*callbacks: keras.callbacks.Callback, batches: int = 20, **settings: object) -> dict[str, np.ndarray]:
        size = 4 * batches
        model.fit(inputs[:size], targets[:size], batch_size=4, callbacks=list(callbacks), verbose=0, **settings)
        return {each.path: np.array(each.value) for each in model.trainable_variables if len(each.shape) > 1}

    return run
