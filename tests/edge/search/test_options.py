import math

import pytest

from edge.errors import UserError
from edge.search.options import SearchOptions


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beam": 2.0}, "beam 2.0 is no int"),
        ({"beam": True}, "beam True is no int"),
        ({"alpha": "1"}, "alpha '1' is no float"),
        ({"alpha": 5000}, "alpha 5000 is more than 100"),
        ({"max_ratio": 1e308}, "max_ratio 1e.308 is more than 100"),
        ({"temperature": 1e-40}, "temperature 1e-40 is neither 0 nor 0.001 or more"),
        ({"beam": 0}, "beam 0 is less than 1"),
        ({"n_best": 2}, "n_best 2 is more than the beam size 1"),
        ({"beam": 5, "temperature": 1.0}, "beam 5 cannot be combined with a temperature"),
        ({"beam": 5, "groups": 2}, "groups 2 is not a divisor of the beam size 5"),
        ({"length_penalty": "long"}, "length_penalty 'long' is not one of none, wu, average"),
        ({"alpha": -0.1}, "alpha -0.1 is no number from 0 upwards"),
        ({"temperature": math.inf}, "temperature inf is no number"),
        ({"temperature": math.nan}, "temperature nan is no number"),
        ({"top_p": 0.0}, "top_p 0.0 is not between 0 and 1"),
        ({"ctc_weight": -0.1}, "ctc_weight -0.1 is not between 0 and 1"),
        ({"ctc_weight": 1.1}, "ctc_weight 1.1 is not between 0 and 1"),
        ({"ctc_weight": math.nan}, "ctc_weight nan is not between 0 and 1"),
        ({"ctc_weight": "0.3"}, "ctc_weight '0.3' is no float"),
        ({"max_length": 0}, "max_length 0 is less than 1"),
        ({"max_ratio": 0.0}, "max_ratio 0.0 is no number above 0"),
        ({"seed": -1}, "seed -1 is less than 0"),
        ({"no_repeat_ngram": -1}, "no_repeat_ngram -1 is less than 0"),
    ],
)
def test_what_cannot_be(settings, message):
    with pytest.raises(UserError, match=message):
        SearchOptions(**settings)


def test_width():
    assert SearchOptions().width == 1
    assert SearchOptions(beam=5, n_best=2).width == 5
    assert SearchOptions(temperature=1.0, n_best=3).width == 3


@pytest.mark.parametrize(
    ("settings", "bounds"),
    [
        ({}, (0, 56)),
        ({"min_length": 3, "max_length": 20}, (3, 20)),
        ({"max_length": 100}, (0, 80)),
        ({"max_ratio": 1.5}, (0, 15)),
        ({"max_ratio": 1.5, "max_length": 12}, (0, 12)),
        ({"max_ratio": 0.01}, (0, 1)),
        ({"min_ratio": 0.55}, (5, 56)),
        ({"min_ratio": 0.5, "min_length": 7}, (7, 56)),
        ({"min_length": 70}, (70, 70)),
        ({"max_ratio": 100.0}, (0, 80)),
        ({"min_length": 90}, (80, 80)),
    ],
)
def test_bounds_of_a_source_of_ten_pieces(settings, bounds):
    assert SearchOptions(**settings).bounds(10, 80) == bounds


def test_what_must_be_in_a_translation_makes_its_maximum_larger():
    assert SearchOptions().bounds(1, 80) == (0, 20)
    assert SearchOptions().bounds(1, 80, given=30) == (0, 50)
    assert SearchOptions(max_length=4).bounds(1, 80, given=30) == (0, 4)
