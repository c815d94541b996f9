"""What the tests of the jobs share: the command line in this process, a toy language, and one trained run of it."""

import io
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

SPANISH = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho"]
ENGLISH = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
ENGLISH_OF = dict(zip(SPANISH, ENGLISH, strict=True))
# The smallest network that learns the toy language, in a few seconds. Whole words: most of it holds at once.
SETTINGS = """
    model.cell=gru model.attention=luong model.units=24 model.embedding=16 model.dropout=0
    tokenizer.type=word tokenizer.size=20 train.learning_rate=0.02 train.warmup=20
    train.max_length=16 train.batch_tokens=200 train.label_smoothing=0
"""
TINY = [part for setting in SETTINGS.split() for part in ("--set", setting)]


class Done(NamedTuple):
    """What a command left: its exit status, and what it wrote."""

    status: int
    stdout: str
    stderr: str


Cli = Callable[..., Done]


def run_cli(*arguments: object, stdin: bytes = b"", encoding: str = "utf-8") -> Done:
    """`keras-s2s` with these arguments, in this process: it has TensorFlow loaded already.

    Args:
        arguments: of the command.
        stdin: its standard input.
        encoding: that the locale gives its streams; what it writes is read as UTF-8.
    """
    from pipelines.cli.main import main

    streams = [io.TextIOWrapper(io.BytesIO(data), encoding=encoding) for data in (stdin, b"", b"")]
    status = 0
    with (
        mock.patch.multiple(sys, argv=["keras-s2s", *map(str, arguments)], **dict(zip(NAMES, streams, strict=True))),
        # The command replaces the function that shows warnings.
        warnings.catch_warnings(),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
    out, err = (_written(stream) for stream in streams[1:])
    return Done(status, out, err)


NAMES = ("stdin", "stdout", "stderr")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")


def toy_pairs(number: int, seed: int, longest: int = 4) -> list[tuple[str, str]]:
    """Different sentences; every word has one translation, and the order stays."""
    draw = random.Random(seed)
    sources: dict[str, None] = {}
    while len(sources) < number:
        sources[" ".join(draw.choices(SPANISH, k=draw.randint(1, longest)))] = None
    return [(source, " ".join(ENGLISH_OF[word] for word in source.split())) for source in sources]


def write_pairs(path: Path, pairs: list[tuple[str, str]]) -> Path:
    """A pair file, without any code of ours."""
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def cli() -> Cli:
    return run_cli


@pytest.fixture(scope="session")
def backwards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Words and their letters in reverse, to train on and to validate, for trainings in processes of their own."""
    folder, draw = tmp_path_factory.mktemp("backwards"), random.Random(3)
    words = ["".join(draw.choices("abcdefgh", k=draw.randint(2, 6))) for _ in range(500)]
    pairs = [(word, word[::-1]) for word in words]
    return write_pairs(folder / "train.tsv", pairs[:450]), write_pairs(folder / "valid.tsv", pairs[450:])


@pytest.fixture(scope="session")
def tiny() -> list[str]:
    """`--set` arguments of a network that trains in seconds."""
    return TINY


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with train.tsv and valid.tsv of the toy language."""
    folder = tmp_path_factory.mktemp("toy")
    pairs = toy_pairs(1000, seed=3)
    write_pairs(folder / "train.tsv", pairs[:900])
    write_pairs(folder / "valid.tsv", pairs[900:])
    return folder


@pytest.fixture(scope="session")
def valid(toy: Path) -> list[tuple[str, str]]:
    """The pairs of valid.tsv."""
    lines = (toy / "valid.tsv").read_text(encoding="utf-8").splitlines()
    return [(source, target) for source, target in (line.split("\t") for line in lines)]


@pytest.fixture(scope="session")
def trained(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The one run that the tests of the commands share, and what `train` wrote."""
    run = tmp_path_factory.mktemp("trained") / "run"
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", run]
    done = run_cli("train", *files, "--languages", "es-en", *TINY, "--epochs", 10)
    assert done.status == 0, done.stderr
    return run, done


@pytest.fixture(scope="session")
def run(trained: tuple[Path, Done]) -> Path:
    return trained[0]


@pytest.fixture(scope="session")
def bundles(run: Path, cli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The run, exported each way."""
    folder = tmp_path_factory.mktemp("bundles")
    for quantize in ("none", "float16", "int8"):
        out = folder / quantize
        done = cli("export", run, "--format", "tflite", "--quantize", quantize, "--out", out)
        assert done.status == 0, done.stderr
        assert done.stdout == ""
        assert f"the bundle is {out}" in done.stderr
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="session")
def toy_bundle() -> Path:
    """The committed bundle of the tests of edge, for what needs some bundle."""
    return Path(__file__).parents[1] / "edge" / "toy_bundle"
