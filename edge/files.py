"""Files and directories that are there whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write to. At the end it takes the place of the file; after an error the file is as it was.

    Args:
        path: the file. The name given has its suffix and is in its directory.
    """
    partial = path.with_name(f".partial.{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def making(directory: Path) -> Iterator[Path]:
    """A directory to fill. At the end it takes the place of one that is empty or not there; after an error it is gone.

    Args:
        directory: its final path.
    """
    # Resolved, so that it has a name even where it is given as `.`.
    directory = directory.resolve()
    partial = directory.with_name(f".{directory.name}.{os.getpid()}")
    try:
        partial.mkdir(parents=True)
        yield partial
        if directory.exists():
            directory.rmdir()
        partial.rename(directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_whole(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Write a file, whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(path)
    try:
        with replacing(path) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
