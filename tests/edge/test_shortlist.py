import numpy as np
import pytest

from edge.errors import UserError
from edge.shortlist import Shortlist


def make(**others: np.ndarray) -> Shortlist:
    arrays = {"always": [9], "offsets": [0, 0, 2, 2, 3], "tokens": [5, 7, 5]}
    return Shortlist(**{name: np.array(array, np.int32) for name, array in (arrays | others).items()})


def test_candidates_are_those_of_all_pieces_with_the_control_pieces():
    shortlist = make()
    assert shortlist.candidates([[1, 3]]).tolist() == [0, 1, 2, 3, 5, 7, 9]
    assert shortlist.candidates([[3], [3]]).tolist() == [0, 1, 2, 3, 5, 9]
    assert shortlist.candidates([[2]]).dtype == np.int32


def test_what_is_saved_is_loaded(tmp_path):
    make().save(tmp_path / "shortlist.npz")
    loaded = Shortlist.load(tmp_path / "shortlist.npz", 4, 10)
    assert loaded.candidates([[1]]).tolist() == make().candidates([[1]]).tolist()


@pytest.mark.parametrize(
    ("sizes", "others"),
    [
        ((5, 10), {}),
        ((4, 9), {}),
        ((4, 10), {"always": [-1]}),
        ((4, 10), {"offsets": [0, 2, 1, 2, 3]}),
        ((4, 10), {"offsets": [0, 0, 2, 2, 4]}),
        ((4, 10), {"tokens": [[5, 7, 5]]}),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, sizes, others):
    make(**others).save(tmp_path / "shortlist.npz")
    with pytest.raises(
        UserError, match=r"shortlist\.npz: the shortlist was made for another .* export the bundle again"
    ):
        Shortlist.load(tmp_path / "shortlist.npz", *sizes)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"not a shortlist"])
def test_what_cannot_be_read_is_refused(tmp_path, content):
    (tmp_path / "shortlist.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"shortlist\.npz: cannot be read as a shortlist"):
        Shortlist.load(tmp_path / "shortlist.npz", 4, 10)
