"""Data sets that are written once: train, valid, test and ATTRIBUTION in a directory, all or nothing."""

import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from edge.errors import UserError
from pipelines.data.files import open_bytes

FILES = ("train.tsv", "valid.tsv", "test.tsv", "ATTRIBUTION")


def make_data_set(out: Path, heading: str, fill: Callable[[Path, Path], None], log: Callable[[str], None]) -> None:
    """Make a data set; a directory that already holds it is left as it is.

    Args:
        out: A directory that does not exist yet, or is empty; resolved.
        heading: First line of its ATTRIBUTION, which tells it from others.
        fill: Writes `FILES` to its second argument, a directory; its first one is a directory for other files.
        log: Called with each line of the log.

    Raises:
        UserError: The directory holds something else, or cannot be written.
    """
    try:
        if _is_finished(out, heading):
            log(f"{out}: already there ({heading})")
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as work:
            finished = Path(work, "finished")
            finished.mkdir()  # not `work` itself, which only its owner may read
            fill(Path(work), finished)
            if out.exists():
                out.rmdir()
            finished.rename(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error
    log(f"{out}: ready")


@contextmanager
def open_text(file: Path, member: str, suffixes: str) -> Iterator[tuple[IO[bytes], str]]:
    """Open a text file, or in an archive the member or else its only text; with it goes the name for messages.

    Args:
        file: The text, plain or compressed, or a zip archive, which wheels are, too.
        member: The text in the archive that is looked for first.
        suffixes: Of texts, for example `txt|tsv`.

    Raises:
        UserError: The archive is damaged, or has not one text.
    """
    if not zipfile.is_zipfile(file):
        with open_bytes(file) as stream:
            yield stream, str(file)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            texts = [name for name in archive.namelist() if re.fullmatch(rf"[^_.][^/]*\.({suffixes})", name)]
            text = member if member in archive.namelist() else texts[0] if len(texts) == 1 else None
            if text is None:
                kinds = " or ".join(f".{suffix}" for suffix in suffixes.split("|"))
                raise UserError(f"{file}: {len(texts)} {kinds} files inside, not 1; unpack it and name the file")
            with archive.open(text) as stream:
                yield stream, f"{file.name}/{text}"
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{file}: damaged archive ({error}); copy or download it again") from error


def _is_finished(out: Path, heading: str) -> bool:
    """Whether the directory holds this data set already; an error if it holds anything else."""
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return False
    if not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a directory to make")
    if not all((out / name).is_file() for name in FILES):
        raise UserError(f"{out}: is not empty and holds no finished corpus; choose another --out, or remove it")
    found = (out / "ATTRIBUTION").read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    if found != heading:
        raise UserError(f"{out}: holds {found[:100]!r}, not {heading!r}; choose another --out, or remove it")
    return True
