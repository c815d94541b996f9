"""Sets of drawn pictures, and a run and bundles of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SETTINGS = """
    model.encoder=plain model.filters=2 model.channels=1 augment.elastic=0 augment.colour=0 augment.scale=0
    train.patch=32 train.batch=8 train.learning_rate=0.01 train.average=0.9 train.warmup=10 train.epoch_steps=1
"""
TINY = [part for setting in SETTINGS.split() for part in ("--set", setting)]


def draw(path: Path, count: int, seed: int) -> Path:
    """A set of bright rectangles on a dark ground, of sizes that nothing divides."""
    random = np.random.default_rng(seed)
    for name in ("images", "masks"):
        (path / name).mkdir(parents=True)
    for number in range(count):
        height, width = random.integers(30, 45, 2)
        mask = np.zeros((height, width), np.uint8)
        row, column = random.integers(2, 14, 2)
        mask[row : row + random.integers(8, 16), column : column + random.integers(8, 16)] = 255
        picture = np.where(mask, 200, 50) + random.normal(0, 10, mask.shape)
        Image.fromarray(mask).save(path / "masks" / f"{number}.png")
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path / "images" / f"{number}.png")
    return path


@pytest.fixture(scope="package")
def draw_set() -> Callable[[Path, int, int], Path]:
    return draw


@pytest.fixture(scope="package")
def tiny() -> list[str]:
    """Settings for a network that learns such sets in seconds."""
    return TINY


@pytest.fixture(scope="package")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    for seed, (name, count) in enumerate({"train": 96, "valid": 10, "test": 6}.items()):
        draw(folder / name, count, seed)
    return folder


@pytest.fixture(scope="package")
def trained(sets: Path, cli, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run, and what training it said."""
    run = tmp_path_factory.mktemp("masks") / "run"
    files = ["--train", sets / "train", "--valid", sets / "valid", "--out", run]
    done = cli("train", "--recipe", "segmentation", *files, *TINY, "--epochs", 5)
    assert done.status == 0, done.stderr
    assert done.stdout == ""
    return run, done.stderr


@pytest.fixture(scope="package")
def run(trained: tuple[Path, str]) -> Path:
    return trained[0]


@pytest.fixture(scope="package")
def bundles(run: Path, cli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for quantize in ("none", "float16", "int8", "int8-static", "int16x8"):
        # What is not asked for is what suits the task.
        asked = [] if quantize == "int8" else ["--quantize", quantize]
        done = cli("export", run, "--out", folder / quantize, *asked)
        assert done.status == 0, done.stderr
    return {path.name: path for path in folder.iterdir()}
