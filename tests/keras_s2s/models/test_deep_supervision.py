import keras
import numpy as np
import pytest

from keras_s2s.config import SegmentationModelConfig
from keras_s2s.models.deep_supervision import LEVELS, deeply_supervised
from keras_s2s.models.segmentation import build_segmentation


@pytest.mark.parametrize("encoder", ["resnet18", "plain"])
def test_outputs_of_levels(encoder):
    """The network's own logits come first; the others are constant over the pixels of their level, and cropped."""
    network = build_segmentation(SegmentationModelConfig(encoder=encoder, filters=4, classes=2))
    names = {weight.path for weight in network.weights}
    model = deeply_supervised(network)
    image = np.random.default_rng(1).random((2, 40, 50, 3), dtype="float32")
    found = model(image).numpy()
    assert found.shape == (2, 40, 50, 2 * (1 + len(LEVELS)))
    logits = keras.Model(network.input, network.get_layer("logits").output)(image)
    np.testing.assert_allclose(found[..., :2], logits, atol=1e-5)
    for level in LEVELS:
        output, side = found[..., 2 * level : 2 * level + 2], 2**level
        np.testing.assert_array_equal(output, output[:, ::side, ::side].repeat(side, 1).repeat(side, 2)[:, :40, :50])
        assert output.std() > 0
    # The network is as it was: what is saved and exported has none of this.
    assert {weight.path for weight in network.weights} == names
    assert not [layer for layer in network.layers if layer.name.startswith("supervised")]
    # Each of the other outputs has a 1x1 convolution of its own.
    assert len(model.trainable_weights) == len(network.trainable_weights) + 2 * len(LEVELS)
