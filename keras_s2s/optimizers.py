"""Adam at the speed of memory."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_s2s")
class FusedAdam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` (Kingma and Ba 2015) with TensorFlow's fused kernel: one walk over each weight.

    The same update, the same settings but `amsgrad`, which the kernel has not. With `use_ema` the average follows the
    weights closely at first, with momentum `(1 + step) / (10 + step)` until that is `ema_momentum`, so that it is of
    use after few steps, too.
    """

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        step = tf.cast(self.iterations, tf.float32) + 1.0
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.convert_to_tensor(gradient),
        )

    def _update_model_variables_moving_average(self, trainable_variables: list[keras.Variable]) -> None:
        step = tf.cast(self.iterations, tf.float32)
        momentum = tf.minimum(self.ema_momentum, (1.0 + step) / (10.0 + step))
        for variable, average in zip(trainable_variables, self._model_variables_moving_average, strict=True):
            average.assign(average + (1.0 - momentum) * (variable - average))
