import importlib

import numpy as np
import tensorflow as tf

from keras_s2s.export.freeze import freeze


def test_tensorflow_still_has_graph_freezing():
    module = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    assert callable(module.convert_variables_to_constants_v2), "keras_s2s/export/freeze.py needs another way"


def concrete(in_loop: bool) -> tf.types.experimental.ConcreteFunction:
    """Names not in alphabetical order, two outputs, a variable; if wanted, one that only a loop reads."""
    weight = tf.Variable([[2.0, 0.0], [0.0, 3.0]])

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32, "z"), tf.TensorSpec((2,), tf.float32, "a")])
    def function(z: tf.Tensor, a: tf.Tensor) -> dict[str, tf.Tensor]:
        if in_loop:
            _, product = tf.while_loop(lambda i, _: i < 1, lambda i, x: (i + 1, x @ weight), (tf.constant(0), z))
        else:
            product = z @ weight
        return {"product": product, "difference": z - a}

    made = function.get_concrete_function()
    made.kept = weight  # A graph function does not keep its variables alive.
    return made


def test_values_and_names_stay_and_variables_go():
    z, a = tf.constant([[1.0, 2.0], [5.0, 4.0], [0.0, 1.0]]), tf.constant([1.0, 0.5])
    for in_loop in (False, True):
        function = concrete(in_loop)
        frozen = freeze(function)
        assert not frozen.variables and not frozen.captured_inputs
        assert set(frozen.structured_input_signature[1]) == {"z", "a"}
        outputs = frozen(z=z, a=a)
        assert set(outputs) == {"product", "difference"}
        np.testing.assert_allclose(outputs["product"], z.numpy() * [2, 3])
        np.testing.assert_allclose(outputs["difference"], z.numpy() - a.numpy())


def test_dimensions_stay_as_they_are():
    frozen = freeze(concrete(in_loop=True))
    assert frozen.structured_input_signature[1]["z"].shape.as_list() == [None, 2]
    assert {name: tensor.shape.as_list() for name, tensor in frozen.structured_outputs.items()} == {
        "product": [None, 2],
        "difference": [None, 2],
    }
