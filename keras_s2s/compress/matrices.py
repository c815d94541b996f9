"""What compression works on."""

import keras


def matrices(model: keras.Model) -> list[keras.Variable]:
    """The trained weights of a model that have rows and columns: kernels and embeddings, not biases or scales."""
    return [variable for variable in model.trainable_variables if len(variable.shape) > 1]
