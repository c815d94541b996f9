import gzip
import lzma
import tarfile

import numpy as np
import pytest

from benchmarks.packing import NETWORKS, compressed, sizes


@pytest.mark.parametrize("sparsity, clusters", NETWORKS.values(), ids=NETWORKS)
def test_zeros_and_distinct_values(sparsity, clusters):
    weights = np.random.default_rng(1).normal(size=(40, 50)).astype(np.float32)
    made = compressed(weights, sparsity, clusters)
    assert (made == 0).sum() == round(sparsity * 2000)
    if clusters:
        assert len(np.unique(made)) <= clusters
    else:
        np.testing.assert_array_equal(made[made != 0], weights[made != 0])


def test_sizes_are_those_of_the_usual_programs(tmp_path):
    random = np.random.default_rng(1)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(random.integers(0, 4, 30_000, np.uint8).tobytes())
    with tarfile.open(tmp_path / "all.tar", "w") as stream:
        for name in ("a", "b"):
            stream.add(tmp_path / name, name)
    tar = (tmp_path / "all.tar").read_bytes()
    found = sizes([tmp_path / "a", tmp_path / "b"])
    assert found["raw"] == 60_000
    assert found["gzip"] == pytest.approx(len(gzip.compress(tar, 9)), abs=50)
    assert found["xz"] == pytest.approx(len(lzma.compress(tar, preset=9)), rel=0.02)
    # Two bits of eight.
    assert 15_000 < found["zip"] < 22_000
