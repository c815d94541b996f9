"""What compression works on."""

import keras
import numpy as np


def matrices(model: keras.Model) -> list[keras.Variable]:
    """The trained weights of a model that have rows and columns: kernels and embeddings, not biases or scales."""
    return [variable for variable in model.trainable_variables if len(variable.shape) > 1]


def sparsity_line(model: keras.Model) -> str:
    """Say how many weights of a model's matrices are zero, for a log."""
    values = [np.asarray(each.value) for each in matrices(model)]
    weights, zeros = sum(each.size for each in values), sum(each.size - np.count_nonzero(each) for each in values)
    return f"sparsity: {zeros / weights:.1%} of the {weights:,} weights of {len(values)} matrices are zero"
