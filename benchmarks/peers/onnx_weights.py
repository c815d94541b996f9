"""Keras' LSTM weights in the order that ONNX has them."""

import numpy as np

# Keras: input, forget, candidate, output. ONNX: input, output, forget, candidate.
_ORDER = (0, 3, 1, 2)


def lstm_weights(kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of one direction of an ONNX LSTM.

    Args:
        kernel: `(width, 4 * units)`.
        recurrent: `(units, 4 * units)`.
        bias: `(4 * units,)`.

    Returns:
        W `(4 * units, width)`, R `(4 * units, units)` and B `(8 * units,)`: a bias of the input's product, and one of
        the state's, which Keras has not got and which is zero.
    """
    kernel, recurrent, bias = (_reorder(weight) for weight in (kernel, recurrent, bias))
    return kernel.T, recurrent.T, np.concatenate([bias, np.zeros_like(bias)])


def _reorder(weight: np.ndarray) -> np.ndarray:
    gates = np.split(weight, 4, axis=-1)
    return np.concatenate([gates[index] for index in _ORDER], axis=-1)
