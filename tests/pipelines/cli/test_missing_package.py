"""The program `keras-s2s` without the packages of its extra."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_missing_package_is_named():
    # None in sys.modules is how Python marks a module that cannot be imported.
    script = "import sys; sys.modules['typer'] = None; from pipelines.cli.main import run; run()"
    done = subprocess.run([sys.executable, "-c", script, "--version"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.count("\n") == 1
    assert "typer" in done.stderr and "pip install '.[train]'" in done.stderr
