"""Runs the JavaScript of `web/` under Node."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
# Where LiteRT's runtime for browsers is, if it is installed; git ignores the folder.
RUNTIME = HERE.parents[1] / "build" / "litert"


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Runs a script beside the tests, with JSON as its input and its output."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("the tests of web/ need Node.js, which is not on the PATH")

    def run(script: str, **given: object) -> Any:
        done = subprocess.run(
            [program, str(HERE / script)], input=json.dumps(given).encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def runtime() -> str:
    """The folder with LiteRT's runtime for browsers."""
    if not (RUNTIME / "node_modules" / "@litertjs" / "core").is_dir():
        pytest.skip(
            "LiteRT's runtime is missing; install it with: npm install --prefix build/litert @litertjs/core@2.5.3"
        )
    return str(RUNTIME)
