"""Writing a bundle: flatbuffer, tokenizers and the manifest that vouches for them."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.bundle import FORMAT_VERSION, MANIFEST, MODEL, file_entry, manifest_digest
from edge.errors import UserError
from edge.files import making
from edge.outputs import check_output


def write_bundle(out: Path, flatbuffer: bytes, files: Mapping[str, Path], manifest: Mapping[str, Any]) -> None:
    """Writes a bundle, whole or not at all.

    Args:
        out: a directory that does not exist yet, or is empty.
        flatbuffer: the network.
        files: name in the bundle to the file that is copied.
        manifest: all keys but `format_version`, `files` and `digest`, which are added here.

    Raises:
        UserError: the directory holds something, or cannot be written.
    """
    check_output(out)
    try:
        with making(out) as partial:
            (partial / MODEL).write_bytes(flatbuffer)
            for name, file in files.items():
                shutil.copyfile(file, partial / name)
            whole = {"format_version": FORMAT_VERSION, **manifest}
            whole["files"] = {name: file_entry(partial / name) for name in (MODEL, *files)}
            whole["digest"] = manifest_digest(whole)
            (partial / MANIFEST).write_text(json.dumps(whole, indent=1), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
