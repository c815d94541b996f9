"""Bundles of fixed shapes."""

import json

import numpy as np
import pytest

from edge import SearchOptions, Translator
from edge.bundle import read_bundle
from edge.runtime import Flatbuffer
from edge.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def static(cli, run, tmp_path_factory):
    out = tmp_path_factory.mktemp("static") / "bundle"
    done = cli("export", run, "--quantize", "none", "--static", "--out", out)
    assert done.status == 0, done.stderr
    return out


def test_no_size_is_free(static):
    manifest = json.loads((static / "manifest.json").read_text())
    assert manifest["static"] is True
    tensors = [tensor for each in manifest["signatures"].values() for side in each.values() for tensor in side]
    assert all(None not in tensor["shape"] for tensor in tensors)
    shapes = {tensor["name"]: tensor["shape"] for tensor in manifest["signatures"]["decode_step"]["inputs"]}
    # The toy network reads 16 pieces at most.
    assert shapes["token"] == [1] and shapes["memory"] == [1, 16, 24] and shapes["mask"] == [1, 16]


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=3, n_best=2)])
def test_it_translates_as_the_dynamic_bundle(static, bundles, valid, options):
    sources = [source for source, _ in valid[:25]]
    fixed, free = (Translator(bundle).n_best(sources, options) for bundle in (static, bundles["none"]))
    for one, other in zip(fixed, free, strict=True):
        assert [each.text for each in one] == [each.text for each in other]
        assert one[0].score == pytest.approx(other[0].score, abs=1e-4)
        assert one[0].attention == pytest.approx(other[0].attention, abs=1e-4)


def test_the_loop_in_the_flatbuffer_is_not_led_astray_by_padding(static, bundles, valid):
    tokenizer = Tokenizer(read_bundle(static).file("tokenizers", "source"))
    fixed, free = (Flatbuffer(bundle / "model.tflite") for bundle in (static, bundles["none"]))
    for source, _ in valid[:10]:
        ids = np.array([tokenizer.encode(source)], np.int32)
        padded = np.pad(ids, [(0, 0), (0, 16 - ids.shape[1])])
        found, expected = (net.call("translate", {"source": each}) for net, each in ((fixed, padded), (free, ids)))
        np.testing.assert_array_equal(found["tokens"], expected["tokens"])
        np.testing.assert_allclose(found["score"], expected["score"], atol=1e-4)


def test_what_does_not_go_together(cli, run, toy, tmp_path):
    done = cli("export", run, "--static", "--shortlist", toy / "train.tsv", "--out", tmp_path / "out")
    assert done.status == 2 and "--shortlist and --static" in done.stderr
    done = cli("export", run, "--static", "--format", "saved-model", "--out", tmp_path / "out")
    assert done.status == 2 and not (tmp_path / "out").exists()
