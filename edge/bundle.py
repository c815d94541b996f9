"""The bundle's format: a directory with a manifest that names, measures and vouches for every other file in it.

    BUNDLE/manifest.json     what the bundle is and what it needs
    BUNDLE/model.tflite      the network, its signatures
    BUNDLE/*.model           tokenizers, for a translator

A zip archive of these files is read, too. Reading needs the standard library only. The writer,
`keras_s2s.export.bundle`, uses the same definitions.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import UserError

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
MODEL = "model.tflite"
# Present in every run directory and in no bundle: for the message if a run is given instead of a bundle.
RUN_MARKER = "run.json"

Manifest = dict[str, Any]

# How a zip archive begins.
_ZIP = b"PK"

# A manifest in an archive is not larger.
_MANIFEST_BYTES = 1 << 24

# What every manifest holds, by type. Tasks add keys of their own.
_KEYS: dict[str, type] = {
    "format_version": int,
    "task": str,
    "quantization": str,
    "runtimes": list,
    "signatures": dict,
    "operators": list,
    "limits": dict,
    "files": dict,
    "scores": dict,
    "digest": str,
}


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are what its manifest says.

    Attributes:
        path: the directory.
        manifest: its description; `docs/bundle.md` has the keys.
    """

    path: Path
    manifest: Manifest

    @property
    def model(self) -> Path:
        """The flatbuffer."""
        return self.path / MODEL

    @property
    def files(self) -> list[Path]:
        """All files, the manifest included."""
        return [self.path / name for name in (MANIFEST, *self.manifest["files"])]

    @property
    def bytes(self) -> int:
        """The size of all files but the manifest."""
        return sum(entry["bytes"] for entry in self.manifest["files"].values())

    def require_task(self, task: str) -> None:
        """Raises a UserError if the bundle is for another task."""
        if self.manifest["task"] != task:
            raise UserError(f"{self.path}: is for {self.manifest['task']}, not for {task}")

    def limit(self, name: str) -> int:
        """A positive limit of the manifest, for example `max_source_length`."""
        value = self.manifest["limits"].get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UserError(f"{self.path / MANIFEST}: limits.{name} is {value!r}, not a positive number")
        return value

    def words(self, key: str) -> list[str]:
        """A list of words of the manifest, for example `abbreviations`; empty if there is none."""
        value = self.manifest.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise UserError(f"{self.path / MANIFEST}: {key} is no list of words; export the run again")
        return value

    def file(self, key: str, side: str) -> Path:
        """A file that the manifest refers to, for example `tokenizers.source`."""
        value = self.manifest.get(key)
        name = value.get(side) if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self.manifest["files"]:
            raise UserError(f"{self.path / MANIFEST}: {key}.{side} is {name!r}, which is no file of the bundle")
        return self.path / name


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Reads a bundle and checks every byte of it.

    Args:
        path: the bundle's directory, or a zip archive of it, which is unpacked to a temporary directory.

    Raises:
        UserError: it is no bundle, of another format version, incomplete or damaged.
    """
    path = Path(path)
    try:
        is_archive = path.is_file() and _begins_with(path, _ZIP)
        if not is_archive:
            _check_directory(path)
    except OSError as error:
        # A folder above it may not be entered, or a text stands where the path should.
        raise UserError(f"{path}: cannot be read as a bundle ({error.strerror or error})") from error
    return _read_archive(path) if is_archive else _read_directory(path)


def _begins_with(path: Path, data: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(data)) == data


def _read_directory(path: Path) -> Bundle:
    manifest = _read_manifest(path / MANIFEST)
    for name, entry in manifest["files"].items():
        _check_name(path, name)
        _check_file(path / name, entry)
    if MODEL not in manifest["files"]:
        raise UserError(f"{path / MANIFEST}: lists no {MODEL}")
    return Bundle(path, manifest)


def _read_archive(path: Path) -> Bundle:
    # Not earlier: a command starts faster without it.
    from edge.packed import PackedBundle

    packed = PackedBundle(path, MANIFEST)
    try:
        packed.unpack(MANIFEST, _MANIFEST_BYTES)
        # An archive may claim any size: no more than the manifest says is unpacked.
        for name, entry in _read_manifest(packed.directory / MANIFEST)["files"].items():
            _check_name(packed.directory, name)
            size = entry.get("bytes") if isinstance(entry, dict) else None
            packed.unpack(name, size if isinstance(size, int) else 0)
        return _read_directory(packed.directory)
    except BaseException as error:
        packed.remove()
        if isinstance(error, UserError):
            raise UserError(str(error).replace(str(packed.directory), str(path))) from error
        raise


def manifest_digest(manifest: Manifest) -> str:
    """sha256 of a manifest without its `digest`, written as compact JSON with sorted keys."""
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def file_entry(path: Path) -> dict[str, int | str]:
    """What a manifest says of a file: its size in bytes and its sha256."""
    with path.open("rb") as stream:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _check_directory(path: Path) -> None:
    if not path.exists():
        raise UserError(f"{path}: no such bundle; name the directory that export wrote")
    if (path / RUN_MARKER).exists():
        raise UserError(
            f"{path}: is a training run, not a bundle; make one with: "
            f"keras-s2s export {path} --format tflite --out BUNDLE"
        )
    if not (path / MANIFEST).is_file():
        raise UserError(f"{path}: is not a bundle: it has no {MANIFEST}")


def _read_manifest(path: Path) -> Manifest:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); check the file's permissions") from error
    try:
        manifest = json.loads(data)
        digest = manifest_digest(manifest) if isinstance(manifest, dict) else None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is damaged: not readable as JSON ({error})") from error
    if not isinstance(manifest, dict):
        raise UserError(f"{path}: is damaged: not a JSON object")
    version = manifest.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise UserError(f"{path}: format version {version} is newer than {FORMAT_VERSION}; update keras-s2s")
    if isinstance(version, int) and version < FORMAT_VERSION:
        raise UserError(
            f"{path}: format version {version} is older than {FORMAT_VERSION}; export the run again with: "
            "keras-s2s export RUN --format tflite --out BUNDLE"
        )
    for key, kind in _KEYS.items():
        if not isinstance(manifest.get(key), kind):
            raise UserError(f"{path}: is damaged: {key} is missing or of the wrong type")
    if manifest["digest"] != digest:
        raise UserError(f"{path}: is damaged: its content does not match its digest; copy the bundle again")
    return manifest


def _check_name(path: Path, name: str) -> None:
    if name != Path(name).name or name in ("", ".", "..", MANIFEST):
        raise UserError(f"{path / MANIFEST}: {name!r} is not a file name in the bundle")


def _check_file(file: Path, entry: object) -> None:
    try:
        if not file.is_file():
            raise UserError(f"{file}: is missing; copy the bundle again")
        found = file_entry(file)
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error})") from error
    if found != entry:
        raise UserError(f"{file}: is damaged: size or sha256 differ from the manifest; copy the bundle again")
