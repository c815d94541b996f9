import math

import pytest

from edge.confidence import confidence


def test_it_is_the_geometric_mean():
    assert confidence([math.log(0.5), math.log(0.125)]) == pytest.approx(0.25)
    assert confidence([]) == 1.0
