import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edge import Translator, UserError, read_bundle


def pack(bundle: Path, archive: Path, folder: str = "") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
        for file in bundle.iterdir():
            stream.write(file, folder + file.name)
    return archive


def refused(path: Path, *parts: str) -> None:
    with pytest.raises(UserError) as caught:
        read_bundle(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    for part in parts:
        assert part in message


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """The directory for temporary files, empty."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(path))
    return path


@pytest.mark.parametrize("folder", ["", "toy/"])
def test_an_archive_is_the_bundle_in_it(bundle, tmp_path, folder):
    archive = pack(bundle, tmp_path / "es-en.zip", folder)
    assert archive.stat().st_size < 0.8 * sum(file.stat().st_size for file in bundle.iterdir())
    packed = read_bundle(archive)
    assert packed.manifest == read_bundle(bundle).manifest
    assert packed.path.name == "es-en"
    texts = ["uno dos tres", "ocho"]
    assert Translator(archive).translate(texts) == Translator(bundle).translate(texts)


def test_nothing_is_left_when_the_process_ends(bundle, tmp_path, temporary):
    archive = pack(bundle, tmp_path / "bundle.zip")
    program = (
        f"import tempfile, edge; tempfile.tempdir = {str(temporary)!r}; print(edge.read_bundle('{archive}').model)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(temporary)) and not list(temporary.iterdir())


@pytest.mark.parametrize("name", ["manifest.json", "model.tflite", "source.model"])
def test_files_that_are_not_what_the_manifest_says(bundle, tmp_path, temporary, name):
    (bundle / name).write_bytes((bundle / name).read_bytes() + b"x")
    refused(pack(bundle, tmp_path / "b.zip"), name, "damaged")
    assert not list(temporary.iterdir())


def test_what_is_larger_than_the_manifest_says_is_not_unpacked(bundle, tmp_path, temporary, monkeypatch):
    size = (bundle / "source.model").stat().st_size
    with (bundle / "source.model").open("ab") as stream:
        stream.write(bytes(10_000_000))
    archive = pack(bundle, tmp_path / "b.zip")
    sizes = []
    monkeypatch.setattr(
        shutil,
        "rmtree",
        lambda path, **_: sizes.extend(file.stat().st_size for file in Path(path).rglob("source.model")),
    )
    refused(archive, "source.model", "is damaged")
    assert sizes == [size + 1]


def test_archives_of_something_else(bundle, tmp_path, temporary):
    (tmp_path / "text").write_text("PK is how an archive begins")
    refused(tmp_path / "text", "cannot be read as a zip archive")
    (bundle / "manifest.json").rename(bundle / "other.json")
    refused(pack(bundle, tmp_path / "none.zip"), "0 files manifest.json")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as stream:
        stream.writestr("a/manifest.json", "{}")
        stream.writestr("b/manifest.json", "{}")
    refused(tmp_path / "two.zip", "2 files manifest.json, not one")
    assert not list(temporary.iterdir())


def test_damaged_archives(bundle, tmp_path, temporary):
    archive = pack(bundle, tmp_path / "b.zip")
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    refused(archive, "cannot be read as a zip archive")
    damaged = bytearray(data)
    with zipfile.ZipFile(pack(bundle, tmp_path / "c.zip")) as stream:
        start = stream.getinfo("model.tflite").header_offset
    damaged[start + 2000 : start + 2010] = bytes(10)
    archive.write_bytes(damaged)
    refused(archive, "model.tflite is damaged")
    (bundle / "source.model").unlink()
    refused(pack(bundle, tmp_path / "d.zip"), "has no file source.model")
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", ["../escaped", "manifest.json", "a/b"])
def test_names_that_are_no_names(bundle, seal, tmp_path, temporary, name):
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][name] = manifest["files"]["source.model"]
    seal(bundle, manifest)
    refused(pack(bundle, tmp_path / "b.zip"), "is not a file name in the bundle")
    assert not list(temporary.iterdir()) and not (tmp_path / "escaped").exists()
