import importlib

import tensorflow as tf

from keras_s2s.export.operators import operators


def test_tensorflow_still_has_the_flatbuffer_schema():
    schema = importlib.import_module("tensorflow.lite.python.schema_py_generated")
    advice = "keras_s2s/export/schema.py needs another way"
    assert schema.BuiltinOperator.FULLY_CONNECTED == 9, advice
    assert hasattr(schema.Model, "GetRootAsModel") and hasattr(schema.ModelT, "InitFromObj"), advice
    for field in ("builtinCode", "deprecatedBuiltinCode", "customCode", "version"):
        assert hasattr(schema.OperatorCodeT(), field), advice


def converted(function: tf.types.experimental.ConcreteFunction, flex: bool = False) -> bytes:
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    if flex:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    return converter.convert()


def test_built_in_operators_are_named():
    @tf.function(input_signature=[tf.TensorSpec((2, 3), tf.float32)])
    def function(x: tf.Tensor) -> tf.Tensor:
        return tf.tanh(x) * x

    assert operators(converted(function.get_concrete_function())) == ["MUL:1", "TANH:1"]


def test_newer_operators_have_names_of_their_own():
    """Their codes do not fit the schema's first field."""

    @tf.function(input_signature=[tf.TensorSpec((2, 3), tf.float32)])
    def function(x: tf.Tensor) -> tf.Tensor:
        return tf.nn.gelu(x)

    assert operators(converted(function.get_concrete_function())) == ["GELU:1"]


def test_operators_that_need_tensorflow_show():
    """Else a test that finds none would prove nothing."""

    @tf.function(input_signature=[tf.TensorSpec((2, 2), tf.float32)])
    def function(x: tf.Tensor) -> tf.Tensor:
        return tf.linalg.inv(x)

    assert operators(converted(function.get_concrete_function(), flex=True)) == ["CUSTOM FlexMatrixInverse:1"]
