"""Deep supervision of a segmentation network: its coarser levels are trained to segment, too."""

import keras

from keras_s2s.layers.size import CropLike

# Levels of the decoder with an output of their own: strides 2, 4 and 8.
LEVELS = (1, 2, 3)


def deeply_supervised(network: keras.Model) -> keras.Model:
    """Return what is trained of a segmentation network with outputs at several levels (Lee et al. 2015).

    The outputs of the coarser levels are no part of the network: what is saved of it does not have them.

    Args:
        network: of `build_segmentation`.

    Returns:
        A model that shares the network's layers: images to logits
        `(batch, height, width, (1 + len(LEVELS)) * classes)`. The network's own come first; those of each level are
        repeated up to the size of the image.
    """
    logits = network.get_layer("logits").output
    outputs = [logits]
    for level in LEVELS:
        features = network.get_layer(f"decoder{level}_2_relu").output
        scores = keras.layers.Conv2D(logits.shape[-1], 1, name=f"supervised{level}_scores")(features)
        repeated = keras.layers.UpSampling2D(2**level, name=f"supervised{level}_up")(scores)
        outputs.append(CropLike(name=f"supervised{level}_logits")(repeated, network.input))
    return keras.Model(network.input, keras.layers.Concatenate(name="supervised_logits")(outputs))
