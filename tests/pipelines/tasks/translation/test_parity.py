"""The four ways to translate agree, and the comparison notices when they do not."""

from pathlib import Path

import pytest

from pipelines.jobs.export import export
from pipelines.tasks.translation.parity import TIE, compare

# Words of the toy grammar, repeated, unknown, and none at all.
SENTENCES = ["uno", "dos tres", "uno uno uno", "cuatro perro cinco", "", "😀"]


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("parity")
    for quantize in ("none", "int8"):
        export(run, folder / quantize, quantize)
    return {quantize: folder / quantize for quantize in ("none", "int8")}


@pytest.mark.parametrize("beam", [1, 5])
def test_a_float_bundle_computes_what_its_run_computes(run, exported, valid, beam):
    sentences = [source for source, _ in valid] + SENTENCES
    parity = compare(run, exported["none"], sentences, beam)
    assert (parity.sentences, parity.different, parity.batch) == (len(sentences), 0, 0)
    assert 0 < parity.logits < TIE
    assert 0 < parity.scores < 1e-3


def test_a_quantized_bundle_is_seen_to_differ(run, exported):
    assert compare(run, exported["int8"], SENTENCES).logits > 10 * TIE
