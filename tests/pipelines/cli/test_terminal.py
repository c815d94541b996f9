"""How `keras-s2s` ends when its streams are closed, full or left; `tests/edge/test_terminal.py` has the rest."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def shell(line: str) -> subprocess.CompletedProcess:
    """Run a line of shell, in which $KERAS is the command line."""
    program = f"{sys.executable} -c 'from pipelines.cli.main import run; run()'"
    line = line.replace("$KERAS", program)
    return subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, env=ENVIRONMENT)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("$KERAS --help > /dev/full", 2, "error: standard output: cannot be written (No space left on device)"),
        ("$KERAS train --help >&-", 2, "error: standard output: cannot be written (it is closed)"),
        ("$KERAS segment train x > /dev/full", 2, "error: keras-s2s segment train: is now: "),
        ("$KERAS translate {toy} <&-", 2, "error: standard input: cannot be read (it is closed)"),
        ("$KERAS translate {toy} uno > /dev/full", 2, "error: standard output: cannot be written (No space left"),
        (f"$KERAS translate {'a' * 300} uno", 2, "error: aaa"),
        ("$KERAS export $'\\xff' --format tflite --out /tmp/never", 2, "error: \\udcff: no such"),
    ],
)
def test_one_line(toy_bundle, line, status, message):
    done = shell(line.format(toy=toy_bundle))
    lines = [line for line in done.stderr.decode().splitlines() if not line.startswith(("WARNING: All log", "I0000"))]
    assert (done.returncode, len(lines)) == (status, 1), done.stderr.decode()
    assert lines[0].startswith(message)


@pytest.mark.parametrize("line", ["$KERAS --help | true", "yes uno | head -3000 | $KERAS translate {toy} | head -1"])
def test_a_reader_that_has_gone(toy_bundle, line):
    done = shell("set -o pipefail; " + line.format(toy=toy_bundle))
    assert done.returncode in (0, 141) and b"Traceback" not in done.stderr and b"BrokenPipe" not in done.stderr


def test_ctrl_c_while_a_command_runs(cli, monkeypatch):
    def interrupted(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("pipelines.jobs.evaluate.evaluate", interrupted)
    # A shell's job in the background ignores Ctrl-C, and so do these tests in one.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = cli("evaluate", "x", "--test", "y")
    signal.signal(signal.SIGINT, before)
    assert (done.status, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("text", ["-Hola.", "-hola", "--¿Qué?"])
def test_a_text_that_begins_with_a_dash(cli, toy_bundle, text):
    done = cli("translate", toy_bundle, text)
    assert done.status == 2 and "keras-s2s translate MODEL -- -Hola" in done.stderr
    done = cli("translate", toy_bundle, "--", text)
    assert done.status == 0
