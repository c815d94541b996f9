"""A bundle in one file: a zip archive of its files, for a smaller download."""

import atexit
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from edge.errors import UserError

# What zipfile raises for an archive that is damaged, encrypted, or compressed in a way that it does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)

_CHUNK = 1 << 20


class PackedBundle:
    """Unpacks the files of a bundle, one after the other, to a temporary directory.

    The directory is removed when the process ends: the runtime reads from its files as long as it runs.

    Args:
        path: the archive. Its files are at its top, or all in one folder.
        manifest: the name of the manifest.

    Attributes:
        directory: where the files are written, called as the archive is.

    Raises:
        UserError: there is no manifest, or more than one.
    """

    def __init__(self, path: Path, manifest: str):
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                names = [PurePosixPath(name) for name in archive.namelist()]
        except (OSError, *_DAMAGE) as error:
            raise UserError(f"{path}: cannot be read as a zip archive ({error}); copy the bundle again") from error
        folders = {name.parent for name in names if name.name == manifest and len(name.parts) <= 2}
        if len(folders) != 1:
            raise UserError(f"{path}: is not a bundle: the archive has {len(folders)} files {manifest}, not one")
        self._folder = folders.pop()
        self._temporary = tempfile.mkdtemp(prefix="keras-s2s-bundle-")
        self.directory = Path(self._temporary) / path.stem
        self.directory.mkdir()
        atexit.register(self.remove)

    def unpack(self, name: str, most: int) -> None:
        """Write one file to the directory.

        Args:
            name: a file name without directories.
            most: its size in bytes; what is larger is not unpacked further.

        Raises:
            UserError: the archive has no such file, or is damaged, or the file cannot be written.
        """
        try:
            with (
                zipfile.ZipFile(self.path) as archive,
                archive.open(str(self._folder / name)) as source,
                (self.directory / name).open("wb") as target,
            ):
                left = most + 1
                while left > 0 and (data := source.read(min(left, _CHUNK))):
                    target.write(data)
                    left -= len(data)
        except KeyError as error:
            raise UserError(f"{self.path}: has no file {name}; copy the bundle again") from error
        except OSError as error:
            raise UserError(
                f"{self.path}: cannot be unpacked to {self.directory} ({error.strerror or error})"
            ) from error
        except _DAMAGE as error:
            raise UserError(f"{self.path}: {name} is damaged ({error}); copy the bundle again") from error

    def remove(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        atexit.unregister(self.remove)
