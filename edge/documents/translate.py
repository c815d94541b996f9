"""Translation of a file into another file of the same format."""

import os
from collections.abc import Sequence
from pathlib import Path

from edge.control import Control
from edge.documents import find_format
from edge.documents.pages import Pages
from edge.errors import UserError
from edge.files import replacing
from edge.outputs import check_outputs
from edge.search.options import SearchOptions
from edge.translator import Translator

# Of a file: what is in it takes many times as much memory.
MAX_BYTES = 100_000_000


def translate_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    translator: Translator,
    options: SearchOptions,
    control: Control,
) -> None:
    """Translate a file.

    Args:
        source: the file, of one of `FORMATS`.
        target: the file to write, of the same suffix; it is there whole, or not at all.
        translator: translates its sentences.
        options: decoding options.
        control: what the translations must not have.

    Raises:
        UserError: the file cannot be used or written, or the output exists already.
        MissingPackageError: a package of the extra `files` is needed and not installed.
    """
    source, target = Path(source), Path(target)
    check_files(source, target)
    document = find_format(str(source))(_read(source), str(source))
    written = document.write(_translate(document.texts, translator, options, control))
    try:
        with replacing(target) as partial:
            partial.write_bytes(written)
    except OSError as error:
        raise UserError(f"--out {target}: cannot be written ({error.strerror or error})") from error


def check_files(source: Path, target: Path) -> None:
    """Check the names of a file and of its translation, before anything else takes time. Errors as `translate_file`."""
    find_format(str(source))
    check_outputs({"--out": str(target)}, [source])
    if target.suffix.lower() != source.suffix.lower():
        raise UserError(f"--out {target}: formats are kept; name a file that ends with {source.suffix}")
    if target.exists():
        raise UserError(f"--out {target}: already exists; choose another, or remove it")


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    if len(data) > MAX_BYTES:
        raise UserError(f"{path}: has more than {MAX_BYTES} bytes; split it")
    return data


def _translate(texts: Sequence[str], translator: Translator, options: SearchOptions, control: Control) -> list[str]:
    if control.prefix or control.required:
        raise UserError("a file has many sentences, and a prefix or a required phrase is for one of them; remove it")
    pages = Pages(texts, translator.components)
    return pages.write(found[0] for found in translator.translate_segments(pages.segments, options, control))
