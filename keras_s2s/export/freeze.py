"""Variables to constants: the one place that uses TensorFlow's unlisted graph freezing."""

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from keras_s2s.tensors import Tensor


def freeze(function: tf.types.experimental.ConcreteFunction) -> tf.types.experimental.ConcreteFunction:
    """Makes every variable of a graph function a constant, and keeps the names of inputs and outputs.

    The TFLite converter freezes variables by itself, but not those read inside a loop: these become resource
    variables of the flatbuffer, without their values.

    Args:
        function: takes named tensors, returns a dict of tensors.

    Returns:
        The same function without variables, ready to be a signature of a SavedModel.
    """
    frozen = convert_variables_to_constants_v2(function)
    inputs = [tensor.name.removesuffix(":0") for tensor in frozen.inputs]
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in frozen.inputs]
    shapes = {name: tensor.shape for name, tensor in function.structured_outputs.items()}

    @tf.function
    def signature(**tensors: Tensor) -> dict[str, Tensor]:
        outputs = frozen(*[tensors[name] for name in inputs])
        # Frozen outputs are in the order of the flattened dict: sorted by name.
        return {
            name: tf.ensure_shape(output, shapes[name]) for name, output in zip(sorted(shapes), outputs, strict=True)
        }

    return signature.get_concrete_function(**dict(zip(inputs, specs, strict=True)))
