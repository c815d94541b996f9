"""Runs the JavaScript of `web/` under Node."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


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
