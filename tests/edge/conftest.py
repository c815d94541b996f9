"""What the tests of the device share. No TensorFlow here: they run where there is none."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

Seal = Callable[[Path, dict[str, Any]], None]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository: `python -m edge` finds its package there."""
    return HERE.parents[1]


@pytest.fixture(scope="session")
def toy() -> Path:
    """The committed bundle; `make_toy_bundle.py` makes it again."""
    return HERE / "toy_bundle"


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
