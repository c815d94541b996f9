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


def check_output(out: Path) -> None:
    """Raises a UserError if something would be overwritten."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: already exists and is not empty; choose another --out, or remove it")
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise UserError(f"{out}: cannot be written: {parent} is no directory that can be written to")
