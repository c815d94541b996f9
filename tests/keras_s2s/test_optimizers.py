import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.optimizers import FusedAdam


def trained(kind: type[keras.optimizers.Adam], steps: int = 20, **settings: object) -> list[np.ndarray]:
    """What an optimizer makes of two variables, given the same noisy gradients."""
    random = np.random.default_rng(4)
    variables = [keras.Variable(np.ones((3, 2), "float32")), keras.Variable(np.full(4, 2.0, "float32"))]
    optimizer = kind(0.05, beta_2=0.98, **settings)

    @tf.function
    def step(gradients):
        optimizer.apply_gradients(zip(gradients, variables, strict=True))

    optimizer.build(variables)
    for _ in range(steps):
        step([tf.constant(random.normal(size=variable.shape), tf.float32) for variable in variables])
    return [np.asarray(variable) for variable in variables]


@pytest.mark.parametrize(
    "settings", [{}, {"global_clipnorm": 0.5}, {"use_ema": True}, {"gradient_accumulation_steps": 3}], ids=str
)
def test_equals_keras(settings):
    for made, expected in zip(trained(FusedAdam, **settings), trained(keras.optimizers.Adam, **settings), strict=True):
        np.testing.assert_allclose(made, expected, rtol=1e-5)


def test_the_gradient_of_rows_that_were_looked_up():
    """It is sparse, and a row looked up twice counts twice: as if the gradient were a matrix."""
    results = []
    for kind, dense in ((FusedAdam, tf.identity), (keras.optimizers.Adam, tf.convert_to_tensor)):
        table = keras.Variable(np.ones((5, 2), "float32"))
        optimizer = kind(0.1)
        optimizer.build([table])
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.gather(table.value, [1, 3, 3]) ** 2)
            optimizer.apply_gradients([(dense(tape.gradient(loss, table.value)), table)])
        results.append(np.asarray(table))
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_the_average_follows_closely_at_first():
    variable = keras.Variable(np.zeros(3, "float32"))
    optimizer = FusedAdam(0.1, use_ema=True, ema_momentum=0.5)
    optimizer.build([variable])
    random, average, momenta = np.random.default_rng(1), np.zeros(3), []
    for step in range(15):
        optimizer.apply([tf.constant(random.normal(size=3), tf.float32)], [variable])
        momenta.append(min(0.5, (1 + step) / (10 + step)))
        average = momenta[-1] * average + (1 - momenta[-1]) * np.asarray(variable)
    assert momenta[0] < 0.2 and momenta[-1] == 0.5
    optimizer.finalize_variable_values([variable])
    np.testing.assert_allclose(variable, average, rtol=1e-5)
