"""What the tests of the device share. No TensorFlow here: they run where there is none."""

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent

Seal = Callable[[Path, dict[str, Any]], None]


def draw_discs(seed: int, height: int = 48, width: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """What the toy segmenter was trained on: bright discs on a dark ground.

    Returns:
        A picture uint8 `(height, width)`, and the mask of its discs, bool `(height, width)`.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    mask = np.zeros((height, width), bool)
    for _ in range(random.integers(1, 4) * max(1, height * width // 2500)):
        row, column, radius = random.uniform(0, height), random.uniform(0, width), random.uniform(5, 11)
        mask |= np.hypot(rows - row, columns - column) < radius
    ground, disc = random.uniform(20, 90), random.uniform(140, 230)
    picture = np.where(mask, disc, ground) + random.normal(0, 8, mask.shape)
    return np.rint(picture.clip(0, 255)).astype(np.uint8), mask


@pytest.fixture(scope="session")
def draw() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return draw_discs


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository: `python -m edge` finds its package there."""
    return HERE.parents[1]


@pytest.fixture(scope="session")
def toy() -> Path:
    """The committed bundle; `make_toy_bundle.py` makes it again."""
    return HERE / "toy_bundle"


@pytest.fixture(scope="session")
def toy_segmenter() -> Path:
    """The committed bundle for pictures; `make_toy_segmenter.py` makes it again."""
    return HERE / "toy_segmenter"


@pytest.fixture(scope="session")
def toy_recognizer() -> Path:
    """The committed bundle for sound, which knows `tones`; `make_toy_recognizer.py` makes it again."""
    return HERE / "toy_recognizer"


@pytest.fixture(scope="session", params=["toy_bundle", "toy_bundle_float"])
def each_toy(request: pytest.FixtureRequest) -> Path:
    """The committed bundles: int8, and the same network in float32."""
    return HERE / request.param


@pytest.fixture(scope="session")
def expected() -> list[tuple[str, str]]:
    """Sentences that the network has not seen, and their translations by the grammar."""
    lines = (HERE / "toy_bundle.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]


@pytest.fixture
def bundle(toy: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be damaged."""
    return shutil.copytree(toy, tmp_path / "bundle")


@pytest.fixture(scope="session")
def seal() -> Seal:
    """Writes a manifest with the digest that belongs to it, as `edge/bundle.py` defines it."""

    def write(bundle: Path, manifest: dict[str, Any]) -> None:
        rest = {key: value for key, value in manifest.items() if key != "digest"}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        (bundle / "manifest.json").write_text(json.dumps({**rest, "digest": digest}), encoding="utf-8")

    return write


@pytest.fixture(scope="session")
def tones(toy: Path) -> Any:
    """A language of tones, and recognizers that know it: `Tones` of `tone_model.py`."""
    spec = importlib.util.spec_from_file_location("tone_model", HERE / "tone_model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tones(toy / "target.model")
