"""The wheel: everything that a command needs ships, and nothing else."""

import os
import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

import edge

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder, here = tmp_path_factory.mktemp("wheel"), Path.cwd()
    os.chdir(ROOT)
    try:
        return zipfile.ZipFile(folder / build_wheel(str(folder)))
    finally:
        os.chdir(here)


def test_every_file_of_the_packages_ships(wheel):
    shipped = set(wheel.namelist())
    files = [
        file
        for package in ("edge", "keras_s2s", "pipelines")
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    kinds = {file.suffix for file in files}
    assert {".py", ".yaml", ".html", ".css", ".js", ".svg"} <= kinds
    assert {str(file.relative_to(ROOT)) for file in files} <= shipped


def test_nothing_else_ships(wheel):
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"edge", "keras_s2s", "pipelines"}


def metadata(wheel: zipfile.ZipFile) -> list[str]:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return wheel.read(name).decode().splitlines()


def test_the_base_needs_no_more_than_a_device_has(wheel):
    needed = [line for line in metadata(wheel) if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert sorted(line.split()[1].split(">")[0] for line in needed) == ["numpy", "sentencepiece"]


def test_the_version_is_that_of_edge(wheel):
    assert f"Version: {edge.__version__}" in metadata(wheel)


@pytest.mark.parametrize("program", ["edge", "pipelines"])
def test_both_command_lines_show_it(program, capsys):
    from edge.__main__ import main
    from pipelines.cli.app import app

    with pytest.raises(SystemExit) as ended:
        main(["--version"]) if program == "edge" else app(["--version"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"keras-s2s {edge.__version__}\n"
