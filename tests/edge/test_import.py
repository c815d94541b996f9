"""The device's floor stands alone: nothing of the floors above, and nothing heavy, comes with `import edge`."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HEAVY = {
    "tensorflow",
    "keras",
    "pydantic",
    "PIL",
    "fastapi",
    "uvicorn",
    "typer",
    "matplotlib",
    "yaml",
    "rich",
    "sacrebleu",
    "soundfile",
    "soxr",
    "sounddevice",
    "lxml",
    "polib",
}
OURS_ABOVE = {"keras_s2s", "pipelines"}
# A device needs no more. What comes with an extra is imported where it is used, inside a function.
ALLOWED = {"edge", "numpy", "sentencepiece", *sys.stdlib_module_names}
# Imported by name: whichever is installed.
RUNTIMES = {"ai_edge_litert", "tflite_runtime"}


def imported(tree: ast.AST) -> Iterator[str]:
    """Top-level names of everything that a syntax tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("module", ["edge", "edge.__main__"])
def test_import_brings_nothing_heavy(root, module):
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    names = set(loaded.stdout.split())
    assert "edge" in names
    assert not names & (HEAVY | OURS_ABOVE)
    # Not even a runtime: only a flatbuffer needs one.
    assert not names & RUNTIMES


def test_no_file_imports_a_floor_above(root):
    files = sorted((root / "edge").rglob("*.py"))
    assert root / "edge" / "search" / "beam.py" in files
    for file in files:
        assert not set(imported(ast.parse(file.read_text(encoding="utf-8")))) & OURS_ABOVE, file


def test_modules_that_import_edge_brings_are_allowed(root):
    """At the top of a file, where importing the package gets to."""
    for file in sorted((root / "edge").glob("*.py")) + sorted((root / "edge" / "search").glob("*.py")):
        top = ast.Module(list(ast.parse(file.read_text(encoding="utf-8")).body), [])
        for node in ast.walk(top):
            if isinstance(node, ast.FunctionDef):
                node.body = []
        assert set(imported(top)) <= ALLOWED, file


def test_the_folder_alone_is_enough(root, toy, tmp_path: Path):
    """Copied to a device, without the repository around it, it translates."""
    (tmp_path / "edge").symlink_to(root / "edge")
    command = [sys.executable, "-m", "edge", "translate", str(toy), "uno dos"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "one two\n", done.stderr
