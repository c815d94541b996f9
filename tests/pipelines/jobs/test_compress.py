"""`keras-s2s compress` on the toy language: what it holds weights to, what it keeps, and how it goes on."""

import json
import re
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_s2s  # noqa: F401  registers what a saved model is made of
from keras_s2s.compress.matrices import matrices

# From the short training of the toy run to a short one more.
QUICK = ["--set", "train.epochs=3", "--set", "train.learning_rate=0.01", "--set", "train.warmup=5"]


def weights(run: Path) -> dict[str, np.ndarray]:
    model = keras.saving.load_model(run / "model.keras", compile=False)
    return {variable.path: np.array(variable.value) for variable in matrices(model)}


@pytest.fixture(scope="module")
def compress(cli, toy, tmp_path_factory):
    """Compresses a run, and returns the new one; the arguments name the method and what it takes."""

    def run(base: Path, *arguments: object) -> Path:
        out = tmp_path_factory.mktemp("compressed") / "run"
        files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", out]
        done = cli("compress", base, "--method", *arguments, *files)
        assert done.status == 0, done.stderr
        return out

    return run


@pytest.fixture(scope="module")
def pruned(compress, run) -> Path:
    return compress(run, "prune", "--sparsity", 0.5, *QUICK)


def test_pruning_takes_more_than_one_epoch(cli, run, toy, tmp_path):
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", tmp_path / "out"]
    done = cli("compress", run, "--method", "prune", *files, "--set", "train.epochs=1")
    assert done.status == 2
    assert "before any validation at which the network was pruned" in done.stderr.splitlines()[-1]


def bleu(run: Path) -> float:
    return json.loads((run / "scores.json").read_text())["bleu"]


def test_pruning(pruned, run):
    for each in weights(pruned).values():
        assert abs((each == 0).mean() - 0.5) < 1 / each.size
    assert bleu(pruned) > bleu(run) - 10


def test_a_pruned_run_is_clustered_and_quantized_and_keeps_what_it_had(pruned, compress, cli, tmp_path):
    clustered = compress(pruned, "cluster", "--clusters", 16, *QUICK)
    before, after = weights(pruned), weights(clustered)
    for path, each in after.items():
        np.testing.assert_array_equal(each == 0, before[path] == 0)
        assert len(np.unique(each)) <= 16
    small = compress(clustered, "qat", "--bits", 8, *QUICK)
    for path, each in weights(small).items():
        np.testing.assert_array_equal(each[before[path] == 0], 0)
        assert len(np.unique(each)) <= 16
        # 8 bits and one scale hold it.
        integers = each / (np.abs(each).max() / 127)
        np.testing.assert_allclose(integers, np.rint(integers), atol=1e-3)
    assert bleu(small) > bleu(pruned) - 15
    done = cli("export", small, "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr


def test_four_bits_are_trained_and_exported(compress, run, cli, tmp_path):
    small = compress(run, "qat", "--bits", 4, *QUICK)
    for path, each in weights(small).items():
        rows = each if path.endswith("embeddings") else each.T
        assert max(len(np.unique(row)) for row in rows) <= 15
    done = cli("export", small, "--quantize", "int4", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr
    manifest = json.loads((tmp_path / "bundle" / "manifest.json").read_text())
    assert manifest["runtimes"] == ["litert"]
    assert manifest["scores"]["bleu"] > bleu(small) - 5


def test_sparsity_by_sensitivity(cli, run, toy, tmp_path):
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", tmp_path / "out"]
    settings = [*QUICK, "--set", "train.epochs=2", "--set", "compress.sparsity=0.6"]
    done = cli("compress", run, "--method", "prune", "--sparsity", "auto", *files, *settings)
    assert done.status == 0, done.stderr
    assert "measuring how sensitive" in done.stderr and "sparsity: 60." in done.stderr
    found = weights(tmp_path / "out")
    sparsity = {path: float((each == 0).mean()) for path, each in found.items()}
    assert sum((each == 0).sum() for each in found.values()) / sum(each.size for each in found.values()) > 0.6 - 0.01
    assert max(sparsity.values()) - min(sparsity.values()) > 0.1
    told = dict(re.findall(r"sparsity of (\S+): ([\d.]+)%", done.stderr))
    assert {path: float(share) / 100 for path, share in told.items()} == pytest.approx(sparsity, abs=0.01)
    # What was measured is a setting of the run.
    again = cli("compress", run, "--method", "prune", "--sparsity", "auto", *files, *settings, "--resume")
    assert again.status == 0 and "measuring" not in again.stderr


def test_a_student_learns_from_its_teacher(cli, run, toy, tiny, tmp_path):
    out = tmp_path / "student"
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", out]
    settings = [*tiny, "--set", "model.units=16", "--set", "train.epochs=1"]
    student = ["--student", "tiny", "--level", "both", "--sentences", 300]
    command = ["compress", run, "--method", "distill", *files, *student, *settings]
    done = cli(*command)
    assert done.status == 0, done.stderr
    # Word-level distillation beside it.
    assert (out / "target.model").read_bytes() == (run / "target.model").read_bytes()
    assert f"teacher: {run}" in (out / "config.yaml").read_text()
    (taught,) = (tmp_path / "student.teacher").glob("*.tsv")
    lines = [line.split("\t") for line in taught.read_text(encoding="utf-8").splitlines()]
    sources = [line.split("\t")[0] for line in (toy / "train.tsv").read_text(encoding="utf-8").splitlines()]
    # Every third of the 900 sources, with the teacher's translation.
    assert [source for source, _ in lines] == sources[::3]
    greedy = cli("translate", run, *sources[:9:3]).stdout.splitlines()
    assert [target for _, target in lines[:3]] == greedy
    # What the teacher has translated is used again.
    time = taught.stat().st_mtime_ns
    again = cli(*command[:-2], "--set", "train.epochs=2", "--resume")
    assert again.status == 0, again.stderr
    assert taught.stat().st_mtime_ns == time
    # But not for other sentences.
    other = cli(*[100 if part == 300 else part for part in command], "--resume")
    assert other.status == 2 and "predictions for other sources or of another teacher" in other.stderr


def test_teachers_translate_together(cli, run, toy, tiny, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run, other)
    network = keras.saving.load_model(other / "model.keras", compile=False)
    random = np.random.default_rng(1)
    network.set_weights([each + random.normal(0, 0.5, each.shape) for each in network.get_weights()])
    network.save(other / "model.keras")
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", tmp_path / "student"]
    settings = [*tiny, "--set", "train.epochs=1", "--student", "tiny", "--sentences", 45]
    done = cli("compress", run, "--method", "distill", "--with", other, *files, *settings)
    assert done.status == 0, done.stderr
    (taught,) = (tmp_path / "student.teacher").glob("*.tsv")
    # What has no translation teaches nothing, and is left out.
    sources, targets = zip(*(line.split("\t") for line in taught.read_text(encoding="utf-8").splitlines()), strict=True)
    assert len(targets) > 30
    assert list(targets) == cli("translate", run, "--with", other, "--beam", 5, *sources).stdout.splitlines()
    assert list(targets) != cli("translate", run, "--beam", 5, *sources).stdout.splitlines()


def test_a_student_learns_its_teachers_distributions(cli, compress, run, toy, tiny):
    """And nothing else, with a share of one. It has the teacher's tokenizers, whatever its own settings are."""
    settings = [*tiny, "--set", "model.units=16", "--set", "train.teacher_share=1"]
    student = compress(run, "distill", "--student", "tiny", "--level", "word", *settings, "--set", "train.epochs=12")
    for name in ("source.model", "target.model"):
        assert (student / name).read_bytes() == (run / name).read_bytes()
    assert bleu(student) > 30
    # The teacher is no part of what is saved.
    assert sum(each.size for each in weights(student).values()) < sum(each.size for each in weights(run).values())


def test_a_teacher_of_another_way(cli, run, toy, tiny, tmp_path):
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", tmp_path / "student"]
    done = cli("train", *files, *tiny, "--reverse", "--set", f"train.teacher={run}")
    assert done.status == 2 and "other languages or columns" in done.stderr
    assert not (tmp_path / "student").exists()


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["distill", "--level", "word", "--sentences", 9], "--sentences and --with need --level sequence or both"),
        (["distill", "--sentences", "0"], "--sentences 0: is neither a number of at least 1 nor all"),
        (["prune", "--sparsity", "half"], "compress.sparsity"),
        (
            ["prune", "--sparsity", "auto", "--set", "compress.pattern=2:4"],
            "leave compress.special and compress.pattern",
        ),
        (["prune", "--sparsity", "auto", "--set", "compress.sparsity=0.97"], "must be at most 0.95, not 0.97"),
        (["distill", "--level", "word", "--set", "train.sampling=linear"], "train.sampling must be none"),
        (["prune", "--level", "word"], "--level: needs --method distill, not prune"),
        (["prune", "--clusters", 4], "--clusters: needs --method cluster, not prune"),
        (["prune", "--sparsity", 1.5], "compress.sparsity"),
        (["prune", "--set", 'compress.special={"nothing/*": 0.5}'], "no matrix matches 'nothing/*'; there are"),
        (["qat", "--bits", 5], "compress.bits"),
        (["cluster", "--set", "model.units=8"], "a trained run keeps its network"),
        (
            ["prune", "--set", "compress.pruned_by=0.2"],
            "pruned_from must be less than compress.pruned_by, not 0.25 and",
        ),
        (["cluster", "--set", "train.average=0.9"], "train.checkpoints 1 together with compress"),
        (["cluster", "--set", "train.checkpoints=2"], "train.checkpoints 1 together with compress"),
    ],
)
def test_bad_input_leaves_nothing(cli, run, toy, tmp_path, arguments, reason):
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", tmp_path / "out"]
    done = cli("compress", run, "--method", *arguments, *files)
    assert done.status == 2
    assert reason in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
