import numpy as np
import pytest

from keras_s2s.layers.cells import CELLS


@pytest.mark.parametrize(("gates", "states", "cell"), [(1, 1, "rnn"), (3, 1, "gru"), (4, 2, "lstm")])
def test_cell_equals_numpy(reference, gates, states, cell):
    random = np.random.default_rng(1)
    inputs, recurrent = random.normal(size=(2, 5, gates * 4))
    before = list(random.normal(size=(states, 5, 4)))
    assert (CELLS[cell].gates, CELLS[cell].states) == (gates, states)
    after = CELLS[cell].advance(inputs, recurrent, before)
    assert len(after) == states
    for row in range(5):
        expected = reference.cell(cell, inputs[row], recurrent[row], [state[row] for state in before])
        for tensor, state in zip(after, expected, strict=True):
            np.testing.assert_allclose(np.asarray(tensor)[row], state, atol=1e-6)


def test_cell_does_not_change_its_arguments(cell):
    inputs, state = np.ones((1, 2 * CELLS[cell].gates)), np.ones((1, 2))
    CELLS[cell].advance(inputs, inputs, [state, state])
    assert (inputs == 1).all() and (state == 1).all()
