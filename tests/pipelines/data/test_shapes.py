import numpy as np
import pytest

from edge.errors import UserError
from pipelines.data import shapes
from pipelines.data.images import ImageReader


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(shapes, "SIZES", {"train": 3, "valid": 2, "test": 2})


def test_sets_of_pictures_with_masks(tmp_path, capsys):
    shapes.fetch_shapes(tmp_path / "shapes")
    for part, count in shapes.SIZES.items():
        pictures = list(ImageReader(tmp_path / "shapes" / part, 3, 1))
        assert len(pictures) == count
        for image, labels in pictures:
            assert min(labels.shape) >= 80 and max(labels.shape) <= 128
            assert 0.005 < labels.mean() < 0.7
            # Blobs have a colour of their own.
            assert np.abs(image[labels == 1].mean(0) - image[labels == 0].mean(0)).max() > 0.05
    before = (tmp_path / "shapes" / "ATTRIBUTION").stat().st_mtime_ns
    shapes.fetch_shapes(tmp_path / "shapes")
    assert (tmp_path / "shapes" / "ATTRIBUTION").stat().st_mtime_ns == before
    assert "already there" in capsys.readouterr().err


def test_the_same_every_time(tmp_path):
    for name in ("one", "other"):
        shapes.fetch_shapes(tmp_path / name)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*.png"))
    assert len(files) == 14
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes() for file in files)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="is not empty"):
        shapes.fetch_shapes(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
