"""What the tests of the benchmarks share."""

from pathlib import Path

import pytest

EDGE = Path(__file__).parents[1] / "edge"


@pytest.fixture(scope="session")
def toy_words() -> Path:
    """The committed bundle for words."""
    return EDGE / "toy_words"


@pytest.fixture(scope="session")
def toy_recognizer() -> Path:
    """The committed bundle for sound."""
    return EDGE / "toy_recognizer"
