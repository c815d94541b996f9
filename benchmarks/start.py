"""`python -m benchmarks.start BUNDLE`: how soon a device's process translates, and how much it takes.

In the environments that have nothing but a runtime and what `edge` needs; `make test` sets them up. Each figure is the
median of some new processes, files in the system's cache.

What is measured, for each runtime:
    installed_mb            the packages, Python's own not counted
    import_runtime_ms       importing the runtime's interpreter, NumPy included
    import_edge_ms          what `import edge` adds to that
    first_translation_ms    from the start of the process to the end of one that translates a sentence
    runtime_mb              peak memory of a process that imports the runtime and ends
    peak_mb                 peak memory of the one that translates
    times_model             what it takes beyond the runtime's own, as a multiple of the flatbuffer's size
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.worker import ROOT
from edge.bundle import read_bundle
from edge.errors import UserError
from edge.runtime import RUNTIMES

_TIMES = 9

_PEAK = "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
_TIMED = "import time; began = time.perf_counter(); {}; print(1e3 * (time.perf_counter() - began))"


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.start", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="of translation")
    parser.add_argument("--text", default="a", help="what is translated (a)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    model = read_bundle(options.bundle).model
    measured = {name: _measured(name, options.bundle, model, options.text) for name in RUNTIMES}
    if options.json:
        print(json.dumps(measured))
        return
    table = Table("", *measured)
    for key in next(iter(measured.values())):
        table.add_row(key, *(f"{figures[key]:.1f}" for figures in measured.values()))
    Console().print(table)


def _measured(runtime: str, bundle: Path, model: Path, text: str) -> dict[str, float]:
    python = ROOT / f".venv-{runtime}" / "bin" / "python"
    if not python.exists():
        raise UserError(f"{python}: is not there; make it with: scripts/environment.sh {runtime}")
    imported = f"import {RUNTIMES[runtime][1]}"
    translated = f"import edge; edge.Translator({str(bundle.resolve())!r}).translate({text!r})"
    import_runtime = _median(python, _TIMED.format(imported))
    runtime_mb = _median(python, f"{imported}; {_PEAK}") / 1024
    peak_mb = _median(python, f"{translated}; {_PEAK}") / 1024
    packages = next((python.parent.parent / "lib").glob("python3*/site-packages"))
    return {
        "installed_mb": sum(file.lstat().st_size for file in packages.rglob("*") if file.is_file()) / 1e6,
        "import_runtime_ms": import_runtime,
        "import_edge_ms": _median(python, f"{imported}; {_TIMED.format('import edge')}"),
        "first_translation_ms": statistics.median(_milliseconds(python, translated) for _ in range(_TIMES)),
        "runtime_mb": runtime_mb,
        "peak_mb": peak_mb,
        "model_mb": model.stat().st_size / 1e6,
        "times_model": (peak_mb - runtime_mb) * 1.048576 / (model.stat().st_size / 1e6),
    }


def _median(python: Path, program: str) -> float:
    """Of the number that a program prints."""
    return statistics.median(float(_output(python, program)) for _ in range(_TIMES))


def _milliseconds(python: Path, program: str) -> float:
    """From a process' start to its end."""
    began = time.perf_counter()
    _output(python, program)
    return 1e3 * (time.perf_counter() - began)


def _output(python: Path, program: str) -> str:
    done = subprocess.run([python, "-c", program], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{python}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


if __name__ == "__main__":
    run(main)
