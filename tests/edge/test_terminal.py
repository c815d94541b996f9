"""How both command lines end when their streams are closed, full or left, and when Ctrl-C comes."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.errors import UserError
from edge.terminal import run_command

# With output buffered, as it is by default.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def shell(root: Path, line: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a line of shell, in which $EDGE is the device's command line."""
    edge = f"{sys.executable} -m edge"
    return subprocess.run(
        ["bash", "-c", line], cwd=root, capture_output=True, env={**ENVIRONMENT, "EDGE": edge, **variables}
    )


def told(done: subprocess.CompletedProcess, status: int) -> str:
    """The one line on standard error of a command with this status."""
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines)) == (status, 1), done.stderr.decode()
    return lines[0]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "command", ["translate {} uno", "translate {} --stream uno", "info {}", "info {} --json", "--help"]
)
def test_a_full_disk(root, toy, command, unbuffered):
    done = shell(root, f"$EDGE {command.format(toy)} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert told(done, 2) == "error: standard output: cannot be written (No space left on device)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("translate {} <&-", "standard input: cannot be read (it is closed)"),
        ("translate {} uno >&-", "standard output: cannot be written (it is closed)"),
        ("info {} >&-", "standard output: cannot be written (it is closed)"),
        ("info {}/none <&- >&-", "no such bundle"),
    ],
)
def test_closed_streams(root, toy, line, message):
    assert message in told(shell(root, f"$EDGE {line.format(toy)}"), 2)


def test_a_closed_stream_that_is_not_used_does_not_matter(root, toy, tmp_path):
    done = shell(root, f"$EDGE translate {toy} uno <&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"one\n", b"")
    done = shell(root, f"$EDGE translate {toy}/none 2>&-")
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "line", ["seq 99999 | $EDGE translate {} | head -1", "$EDGE info {} | true", "$EDGE --help | true"]
)
def test_a_reader_that_has_gone(root, toy, line, unbuffered):
    done = shell(
        root,
        f"set -o pipefail; {line.format(toy).replace('seq 99999', 'yes uno | head -5000')}",
        PYTHONUNBUFFERED=unbuffered,
    )
    assert done.returncode in (0, 141) and done.stderr == b""


@pytest.mark.parametrize("command", ["translate", "info", "segment -o /tmp/never.png", "bench"])
@pytest.mark.parametrize(
    "name", ["a" * 300, "é" * 200, "{toy}/model.tflite/bundle", "{loop}", "\udcff\udcfe", "no\nline"]
)
def test_what_cannot_be_a_path(root, toy, tmp_path, command, name):
    os.symlink(tmp_path / "loop", tmp_path / "loop")
    path = name.format(toy=toy, loop=tmp_path / "loop")
    command, *options = command.split()
    arguments = [
        sys.executable,
        "-m",
        "edge",
        command,
        path,
        *options,
        *(["x"] if command != "info" and command != "bench" else []),
    ]
    done = subprocess.run([os.fsencode(each) for each in arguments], cwd=root, capture_output=True, env=ENVIRONMENT)
    assert told(done, 2).startswith("error: ") and done.stdout == b""


def test_a_folder_that_may_not_be_entered(toy, monkeypatch, capsys):
    from edge.__main__ import main

    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    assert main(["info", str(toy)]) == 2
    assert capsys.readouterr().err == f"error: {toy}: cannot be read as a bundle (Permission denied)\n"


@pytest.mark.parametrize(
    "error", [PermissionError(errno.EACCES, "Permission denied"), OSError(errno.EIO, "Input/output error")]
)
def test_an_unreadable_manifest_is_not_damaged(toy, monkeypatch, capsys, error):
    from edge.__main__ import main

    def refuse(path):
        raise error

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["info", str(toy)]) == 2
    message = capsys.readouterr().err
    assert f"manifest.json: cannot be read ({error.strerror})" in message and "damaged" not in message


def test_a_bundle_whose_path_is_not_utf8(root, toy, tmp_path):
    """It is used like any other, and its path can be shown."""
    strange = os.fsencode(tmp_path) + b"/b\xff"
    os.symlink(os.fsencode(toy), strange)
    for arguments, output in (
        (["translate", "uno"], b"one\n"),
        (["info"], b"task "),
        (["bench", "--json"], b'{"bundle": '),
    ):
        command = [sys.executable, "-m", "edge", arguments[0], strange, *arguments[1:]]
        done = subprocess.run(command, cwd=root, capture_output=True, env=ENVIRONMENT)
        assert (done.returncode, done.stderr) == (0, b"") and done.stdout.startswith(output)


@pytest.mark.parametrize("wait", [False, True])
def test_ctrl_c_in_translate(root, toy, wait):
    """While it imports and loads, and while it waits for a line."""
    command = [sys.executable, "-m", "edge", "translate", str(toy)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    # A process that was started in the background may ignore the signal, and so may what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=root, env=ENVIRONMENT, **pipes)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        if wait:
            process.stdin.write(b"uno\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"one\n"
        else:
            # As soon as our code runs: its first module is in memory.
            maps = Path(f"/proc/{process.pid}/maps")
            while b"numpy" not in maps.read_bytes():
                time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        assert (process.wait(60), process.stderr.read()) == (130, b"")


def raising(error: BaseException):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (UserError("x: is y"), 2, "error: x: is y\n"),
        (UserError("x: is\ny"), 2, "error: x: is y\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 0, ""),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "abc"),
            2,
            "error: abc: cannot be read or written (File name too long)\n",
        ),
        (
            OSError(errno.EIO, "Input/output error", b"a\xff"),
            2,
            "error: a",
        ),
        (UnicodeEncodeError("utf-8", "a\udcff", 1, 2, "surrogates not allowed"), 2, "error: 'a\\udcff': is not UTF-8"),
    ],
)
def test_status_and_line(capfd, error, status, message):
    assert run_command(raising(error)) == status
    assert capfd.readouterr().err.startswith(message)


def test_what_comes_of_ctrl_c_is_ctrl_c(capsys):
    """Packages turn it into errors of their own, for example while they are imported."""

    def command() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ImportError("numpy is damaged") from error

    # Where these tests are a shell's job in the background, Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    assert run_command(command) == 130
    assert capsys.readouterr().err == ""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)
    with pytest.raises(ImportError):
        run_command(raising(ImportError()))


def test_what_nobody_foresaw_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(raising(ZeroDivisionError()))


def test_the_runtime_does_not_greet(root, toy, toy_segmenter, tmp_path):
    done = shell(root, f"$EDGE translate {toy} uno dos")
    assert (done.stdout, done.stderr) == (b"one\ntwo\n", b"")


def test_all_but_the_greeting_is_shown_after_all(capfd):
    from edge.quiet import without_greeting

    with without_greeting():
        os.write(
            2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nERROR: of the runtime\nof another thread\n"
        )
    with pytest.raises(ValueError), without_greeting():
        os.write(2, b"why\n")
        raise ValueError
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "ERROR: of the runtime\nof another thread\nwhy\nlater\n"
