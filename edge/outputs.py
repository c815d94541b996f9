"""Checks of the files and directories that a command is about to write."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from edge.errors import UserError


def check_outputs(outputs: Mapping[str, str], inputs: Iterable[str | os.PathLike[str]]) -> None:
    """Check that outputs can be written, and that none is an input or another output, however the paths are written.

    Args:
        outputs: path of each output by its option, for messages.
        inputs: paths of what is read.

    Raises:
        UserError: an output has no directory, is one, or cannot be a path; or two paths are the same file. Names that
            differ in case only count as the same, too: on many systems they are.
    """
    read = list(inputs)
    seen: dict[str, str] = {}
    for option, output in outputs.items():
        _check_place(option, output)
        for path in read:
            if _same(output, path):
                raise UserError(f"{option} {output}: would overwrite {os.fspath(path)}, which is read; choose another")
        for other, path in seen.items():
            if _same(output, path):
                raise UserError(f"{option} {output}: is the same file as {other} {path}; choose another")
        seen[option] = output


def check_output(out: Path) -> None:
    """Check that a directory can be made, and that nothing is in its place.

    Raises:
        UserError: something is, or it cannot be made.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: already exists and is not empty; choose another --out, or remove it")
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise UserError(f"{out}: cannot be written: {parent} is no directory that can be written to")


def _check_place(option: str, output: str) -> None:
    folder = os.path.dirname(output) or "."
    try:
        is_folder = stat.S_ISDIR(os.stat(output).st_mode)
    except FileNotFoundError:
        is_folder = False
    except OSError as error:
        raise UserError(f"{option} {output}: cannot be written ({error.strerror or error})") from error
    if is_folder:
        raise UserError(f"{option} {output}: is a directory; name a file")
    if not os.path.isdir(folder):
        raise UserError(f"{option} {output}: there is no directory {folder}; make it first")


def _same(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    try:
        # Sees through links of both kinds.
        if os.path.samefile(one, other):
            return True
    except OSError:
        # One of them does not exist yet or cannot be read: opening it gives the message.
        pass
    return os.path.realpath(one).casefold() == os.path.realpath(other).casefold()
