"""Translation of files with the toy bundle, which translates Spanish number words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge import Control, SearchOptions, Translator
from edge.documents.translate import translate_file


@pytest.fixture(scope="session")
def translator(toy: Path) -> Translator:
    return Translator(toy)


@pytest.fixture
def translated(translator: Translator, tmp_path: Path) -> Callable[[str, bytes], bytes]:
    """Translates a file of a name and some bytes; returns the bytes of the translation."""

    def run(name: str, data: bytes) -> bytes:
        source = tmp_path / name
        target = source.with_stem(f"{source.stem}-translated")
        source.write_bytes(data)
        translate_file(source, target, translator, SearchOptions(), Control())
        return target.read_bytes()

    return run
