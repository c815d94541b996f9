"""Damaged bundles: a clear error or the right translation, never a crash; `make soak` tries thousands."""

import pytest

damage = pytest.importorskip("benchmarks.damage", reason="edge may be tested as a folder of its own")


def test_a_damaged_bundle_is_refused_or_right(toy, tmp_path):
    found = list(damage.verdicts(toy, tmp_path, 150, 11, "tres uno dos", "three one two"))
    assert len(found) == 150
    bad = [(what, verdict) for what, verdict in found if verdict.split()[0] not in ("refused", "translated")]
    assert not bad
    # Both do occur: a digest that is right again makes some changes to the manifest harmless.
    assert {verdict.split()[0] for _, verdict in found} == {"refused", "translated"}


def test_a_reader_that_dies_is_seen(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(damage, "_READER", "import os; input(); os.abort()")
    assert [verdict for _, verdict in damage.verdicts(toy, tmp_path, 2, 1, "uno", "one")] == ["died with status -6"] * 2
