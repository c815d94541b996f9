import numpy as np
import pytest

from edge.search.ctc_greedy import greedy
from edge.tokenizer import BOS, EOS


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ([], []),
        ([0], []),
        ([0, 0, 0], []),
        ([4], [4]),
        ([4, 4, 4], [4]),
        ([4, 0, 4], [4, 4]),
        ([0, 4, 4, 5, 5, 0, 0, 5, 4, 0], [4, 5, 5, 4]),
        ([5, 1, 1, 0, 1], [5, 1, 1]),
    ],
)
def test_repetitions_and_blanks_disappear(path, tokens):
    ctc = np.full((len(path), 6), -5.0, np.float32)
    ctc[np.arange(len(path)), path] = -0.1
    found = greedy(ctc)
    assert found == tokens and all(isinstance(token, int) for token in found)


def test_other_control_symbols_are_never_said():
    ctc = np.array([[-3, -9, 0, 0, -2, -9], [-1, -9, 0, 0, -2, -9], [-3, -9, 0, 0, -9, -2]], np.float32)
    assert ctc.argmax(axis=1).tolist() == [BOS] * 3 and EOS == 3
    assert greedy(ctc) == [4, 5]
