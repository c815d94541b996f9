"""LiteRT's runtime for browsers: npm's @litertjs/core, at a pinned version."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from edge.errors import UserError

VERSION = "2.5.3"
# What `npm pack` downloads, with its SHA-256.
PACKAGES = {
    f"litertjs-core-{VERSION}.tgz": "a97660833e9e7e1063c95e12016718881240b14f7438728a2f62785e912d30fd",
    f"litertjs-wasm-utils-{VERSION}.tgz": "ce2a1f8379c067be49e59752e5a7f40db6be09f6e497f0f11e59f17b515366a7",
}
NPM_PACK = f"npm pack @litertjs/core@{VERSION} @litertjs/wasm-utils@{VERSION}"

_CORE, _WASM_UTILS = PACKAGES
# Files of the site and where they are in the packages. Of the runtime's builds, those without threads: `compat` is for
# browsers without relaxed SIMD.
_FILES = {
    "index.js": (_CORE, "dist/index.js"),
    "wasm-utils.js": (_WASM_UTILS, "dist/index.js"),
    **{
        f"wasm/litert_wasm_{build}.{suffix}": (_CORE, f"wasm/litert_wasm_{build}.{suffix}")
        for build in ("internal", "compat_internal")
        for suffix in ("js", "wasm")
    },
}
# Import maps, which would resolve the name of a package, do not reach workers.
_IMPORT, _RESOLVED = b'from "@litertjs/wasm-utils"', b'from "./wasm-utils.js"'


def write_runtime(out: Path, packages: Path | None = None) -> None:
    """Writes the runtime's files.

    Args:
        out: a directory that does not exist yet.
        packages: a directory with the files of `npm pack`; without it npm downloads them.

    Raises:
        UserError: npm is not there or fails; a package is missing or is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        if packages is None:
            download(packages := Path(folder))
        opened = {name: _checked(packages / name) for name in PACKAGES}
        for name, (package, member) in _FILES.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            with tarfile.open(opened[package]) as archive:
                content = archive.extractfile(f"package/{member}")
                assert content, "its SHA-256 says that it is there"
                (out / name).write_bytes(content.read().replace(_IMPORT, _RESOLVED))
    # The page shows how much of the download is done; a compressed reply does not say how much there is.
    sizes = {file.stem: file.stat().st_size for file in sorted(out.glob("wasm/*.wasm"))}
    (out / "runtime.json").write_text(json.dumps({"version": VERSION, "bytes": sizes}), encoding="utf-8")


def download(folder: Path) -> None:
    """Downloads the packages.

    Args:
        folder: an existing directory.

    Raises:
        UserError: npm is not there or fails.
    """
    advice = f"run '{NPM_PACK}' on another machine and give the folder with its two files with --runtime DIR"
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            f"npm: is not on the PATH; it downloads LiteRT's runtime for browsers. Install Node.js, or {advice}"
        )
    try:
        done = subprocess.run(
            [npm, *NPM_PACK.split()[1:], "--pack-destination", str(folder)],
            # Not where a package.json could change what it does.
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise UserError(f"{npm}: cannot be run ({error.strerror or error}); {advice}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error") and "log" not in line]
        reason = lines[-1].removeprefix("npm error ") if lines else f"status {done.returncode}"
        raise UserError(f"npm pack: LiteRT's runtime for browsers cannot be downloaded ({reason}); {advice}")


def _checked(package: Path) -> Path:
    if not package.is_file():
        raise UserError(f"{package}: is missing; '{NPM_PACK}' downloads it")
    try:
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(
            f"{package}: cannot be read ({error.strerror or error}); give a folder with the two files of '{NPM_PACK}' "
            "with --runtime DIR"
        ) from error
    if digest != PACKAGES[package.name]:
        raise UserError(
            f"{package}: is damaged or another version: its SHA-256 is {digest}, not {PACKAGES[package.name]}; "
            f"download it again with '{NPM_PACK}'"
        )
    return package
