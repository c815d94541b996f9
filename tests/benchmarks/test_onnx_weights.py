import numpy as np

from benchmarks.peers.onnx_weights import lstm_weights


def test_gates_are_in_the_order_of_onnx() -> None:
    # A unit; Keras' gates are input 1, forget 2, candidate 3, output 4.
    gates = np.arange(1.0, 5.0)
    kernel, recurrent, bias = lstm_weights(np.array([gates, 10 * gates]), 100 * gates[None], 1000 * gates)
    np.testing.assert_array_equal(kernel, [[1, 10], [4, 40], [2, 20], [3, 30]])
    np.testing.assert_array_equal(recurrent, [[100], [400], [200], [300]])
    np.testing.assert_array_equal(bias, [1000, 4000, 2000, 3000, 0, 0, 0, 0])


def test_units_of_a_gate_stay_together() -> None:
    kernel, _, bias = lstm_weights(np.arange(8.0)[None], np.zeros((2, 8)), np.arange(8.0))
    np.testing.assert_array_equal(kernel[:, 0], [0, 1, 6, 7, 2, 3, 4, 5])
    np.testing.assert_array_equal(bias[:8], [0, 1, 6, 7, 2, 3, 4, 5])
