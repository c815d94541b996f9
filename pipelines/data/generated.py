"""Data sets that are generated instead of downloaded, written whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from edge.errors import UserError
from edge.files import making
from pipelines.data.files import PathLike
from pipelines.log import log

# Says what a data set is, and marks a finished one.
_ATTRIBUTION = "ATTRIBUTION"


def generate(name: str, out: PathLike, attribution: str, write: Callable[[Path], None]) -> bool:
    """Generate a data set. A directory that already holds it is left as it is.

    Args:
        name: of the data set.
        out: a directory that does not exist yet, or is empty.
        attribution: text of the file ATTRIBUTION in it.
        write: writes the other files to the directory that it is given.

    Returns:
        Whether it was generated.

    Raises:
        UserError: the directory holds something else, or cannot be written.
    """
    out = Path(out)
    try:
        if out.is_dir() and any(out.iterdir()):
            file = out / _ATTRIBUTION
            if file.is_file() and file.read_text(encoding="utf-8", errors="replace") == attribution:
                log(f"{out}: already there")
                return False
            raise UserError(f"{out}: is not empty and holds no {name}; choose another --out, or remove it")
        with making(out) as partial:
            write(partial)
            (partial / _ATTRIBUTION).write_text(attribution, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error
    return True
