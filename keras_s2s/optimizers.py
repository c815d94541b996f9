"""Adam at the speed of memory."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from keras_s2s.replicas import sum_over_replicas
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class FusedAdam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` (Kingma and Ba 2015) with TensorFlow's fused kernel: one walk over each weight.

    The same update, the same settings but `amsgrad`, which the kernel has not. With `use_ema` the average follows the
    weights closely at first, with momentum `(1 + step) / (10 + step)` until that is `ema_momentum`, so that it is of
    use after few steps, too. Gradients of replicas are added up before they are clipped: their norm is the batch's.
    """

    def apply(
        self, grads: Sequence[Tensor | None], trainable_variables: Sequence[keras.Variable] | None = None
    ) -> None:
        present = iter(sum_over_replicas([gradient for gradient in grads if gradient is not None]))
        summed = [None if gradient is None else next(present) for gradient in grads]
        super().apply(summed, trainable_variables)

    def _all_reduce_sum_gradients(self, grads_and_vars: Sequence[tuple]) -> list[tuple]:
        # Keras would do it here, after clipping.
        return list(grads_and_vars)

    def update_step(self, gradient: Tensor, variable: tf.Variable, learning_rate: Tensor) -> None:
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
