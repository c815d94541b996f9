import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import ValidationError

from edge.runtime import Flatbuffer
from keras_s2s.config import SegmentationModelConfig
from keras_s2s.export.operators import operators
from keras_s2s.export.tflite import convert
from keras_s2s.models.encoders import ENCODERS, load_pretrained
from keras_s2s.models.segmentation import build_segmentation

RANDOM = np.random.default_rng(3)


def network(**settings: object) -> keras.Model:
    """A narrow one, with statistics of batch normalization as after some training."""
    keras.utils.set_random_seed(1)
    model = build_segmentation(SegmentationModelConfig(filters=4, **settings))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            layer.moving_mean.assign(RANDOM.normal(0, 0.2, shape))
            layer.moving_variance.assign(RANDOM.uniform(0.5, 2.0, shape))
    return model


def pictures(*shape: int) -> np.ndarray:
    return RANDOM.random(shape, dtype="float32")


@pytest.fixture(scope="module")
def resnet18() -> keras.Model:
    return network()


@pytest.mark.parametrize("height", [33, 64, 101, 300])
@pytest.mark.parametrize("width", [1, 47, 160])
def test_output_is_as_large_as_the_input(resnet18, height, width):
    probabilities = resnet18(pictures(1, height, width, 3)).numpy()
    assert probabilities.shape == (1, height, width, 1)
    assert (probabilities > 0).all() and (probabilities < 1).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"encoder": "resnet34", "upsampling": "transposed"},
        {"encoder": "plain", "channels": 1},
        {"encoder": "plain", "skips": False, "upsampling": "transposed"},
        {"classes": 3, "dropout": 0.1},
        {"skips": False},
    ],
    ids=str,
)
def test_every_network_saves_and_loads(settings, tmp_path):
    model = network(**settings)
    given = pictures(2, 45, 70, settings.get("channels", 3))
    expected = model(given).numpy()
    assert expected.shape == (2, 45, 70, settings.get("classes", 1))
    if "classes" in settings:
        np.testing.assert_allclose(expected.sum(-1), 1.0, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(given), expected)


def test_padding_repeats_the_border(resnet18):
    """What is padded by hand gives the same."""
    given = pictures(1, 50, 60, 3)
    by_hand = np.pad(given, ((0, 0), (0, 14), (0, 4), (0, 0)), mode="edge")
    np.testing.assert_allclose(resnet18(given), resnet18(by_hand)[:, :50, :60], atol=1e-5)


def test_skips_are_what_is_left_out():
    with_skips, without = network(), network(skips=False)
    names = [{layer.name for layer in model.layers} for model in (with_skips, without)]
    joined = {f"decoder{level}_skip" for level in range(5)}
    assert names[0] - names[1] == joined | {"detail_conv", "detail_norm", "detail_relu"}


def test_transposed_up_sampling_is_a_transposed_convolution():
    model = network(upsampling="transposed")
    narrow = model.get_layer("decoder2_narrow")
    filters = narrow.filters // 4
    reference = keras.layers.Conv2DTranspose(filters, 2, 2)
    given = pictures(1, 5, 6, narrow.kernel.shape[2])
    reference(given)
    # 1x1 weights (in, 4 * filters), the position in the square first, to (2, 2, filters, in).
    kernel = narrow.kernel.numpy()[0, 0].reshape(-1, 2, 2, filters).transpose(1, 2, 3, 0)
    reference.set_weights([kernel, np.zeros(filters, "float32")])
    expected = reference(given).numpy()
    np.testing.assert_allclose(model.get_layer("decoder2_up")(narrow(given)), expected, atol=1e-5)


def test_nearest_up_sampling_repeats_pixels(resnet18):
    given = pictures(1, 3, 5, 4)
    repeated = resnet18.get_layer("decoder1_up")(resnet18.get_layer("decoder1_repeat")([given] * 4))
    np.testing.assert_array_equal(repeated, given.repeat(2, axis=1).repeat(2, axis=2))


@pytest.fixture(scope="module", params=[{}, {"encoder": "plain", "upsampling": "transposed", "classes": 3}], ids=str)
def converted(request, tmp_path_factory) -> tuple[keras.Model, bytes, Flatbuffer]:
    """A network, its flatbuffer, and that in the runtime."""
    model = network(**request.param)
    specification = tf.TensorSpec((None, None, None, 3), tf.float32, name="image")
    function = tf.function(lambda image: {"probabilities": model(image)}, input_signature=[specification])
    flatbuffer = convert({"segment": function.get_concrete_function()})
    file = tmp_path_factory.mktemp("flatbuffer") / "model.tflite"
    file.write_bytes(flatbuffer)
    return model, flatbuffer, Flatbuffer(file)


@pytest.mark.parametrize("shape", [(1, 33, 64), (1, 96, 96), (3, 41, 75)])
def test_flatbuffer_computes_the_same_at_every_size(converted, shape):
    model, _, flatbuffer = converted
    given = pictures(*shape, 3)
    np.testing.assert_allclose(flatbuffer.call("segment", {"image": given})["probabilities"], model(given), atol=1e-5)


def test_normalization_is_folded_and_operators_are_built_in(converted):
    _, flatbuffer, _ = converted
    names = {entry.split(":")[0] for entry in operators(flatbuffer)}
    assert not [name for name in names if name.startswith("CUSTOM") or "Flex" in name]
    # Batch normalization that is not folded multiplies, and a rectifier that is not fused is an operator.
    assert not names & {"MUL", "RSQRT", "RELU", "RELU6", "TRANSPOSE_CONV", "RESIZE_NEAREST_NEIGHBOR"}


@pytest.mark.parametrize("settings", [{"encoder": "vgg"}, {"weights": "imagenet"}, {"classes": 0}, {"channels": 2}])
def test_settings_that_do_not_fit(settings):
    with pytest.raises(ValidationError):
        SegmentationModelConfig(**settings)


def test_pretrained_weights_of_a_file(tmp_path):
    """Our network with them has the features of the published one, which reads blue, green, red from 0 to 255."""
    keras.utils.set_random_seed(2)
    published = keras.applications.ResNet50(include_top=False, weights=None)
    published.save_weights(tmp_path / "published.weights.h5")
    ours = build_segmentation(SegmentationModelConfig(filters=4, encoder="resnet50"))
    load_pretrained(ours, str(tmp_path / "published.weights.h5"))
    given = pictures(1, 64, 64, 3)
    expected = published(keras.applications.resnet.preprocess_input(255 * given)).numpy()
    features = keras.Model(ours.input, ours.get_layer("conv5_block3_out").output)
    np.testing.assert_allclose(features(given), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_weights_that_cannot_be_had(monkeypatch, tmp_path):
    def unreachable(**_: object) -> None:
        raise Exception("URL fetch failure on https://example.org/weights.h5: None -- no route to host")

    monkeypatch.setattr(keras.applications, "ResNet50", unreachable)
    with pytest.raises(OSError, match="no route to host"):
        load_pretrained(network(), "imagenet")


def test_encoders_are_those_of_the_setting():
    assert set(SegmentationModelConfig.model_fields["encoder"].annotation.__args__) == set(ENCODERS)
