"""Translated files that wait to be fetched."""

import asyncio
import secrets
import tempfile
from pathlib import Path
from typing import NamedTuple

# Of a name's random part: bytes.
_SECRET = 16
# Files at a time; the oldest goes first.
_MOST = 100


class StoredFile(NamedTuple):
    """A file, and the name under which it is saved."""

    path: Path
    name: str


class FileStore:
    """Files in a temporary directory, under names that cannot be guessed, for a limited time.

    The directory is removed when the server ends.

    Args:
        seconds: how long a file is kept.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        # Made with the first file.
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: dict[str, StoredFile] = {}

    async def put(self, name: str, data: bytes) -> str:
        """Keep a file, and return its key. It has the name in it, as LibreTranslate's has."""
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="keras-s2s-")
        secret = secrets.token_urlsafe(_SECRET)
        path = Path(self._folder.name, secret)
        await asyncio.to_thread(path.write_bytes, data)
        key = f"{secret}.{name}"
        while len(self._files) >= _MOST:
            self._remove(next(iter(self._files)))
        self._files[key] = StoredFile(path, name)
        asyncio.get_running_loop().call_later(self._seconds, self._remove, key)
        return key

    def find(self, key: str) -> StoredFile | None:
        """Return the file with a key, if it is still there."""
        return self._files.get(key)

    def _remove(self, key: str) -> None:
        if file := self._files.pop(key, None):
            file.path.unlink(missing_ok=True)
