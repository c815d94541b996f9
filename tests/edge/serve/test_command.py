"""`python -m edge serve` when it cannot."""

import shutil
import socket
import subprocess
import sys

import pytest

from edge.__main__ import main


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    """The one line that the command ends with, in this process."""
    assert main(["serve", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: ") and captured.err.count("\n") == 1
    return captured.err


@pytest.fixture
def extra(monkeypatch):
    """With the extra; whatever is not refused would serve for ever."""
    pytest.importorskip("fastapi")
    monkeypatch.setattr("uvicorn.Server.run", lambda *_: pytest.fail("it serves"))


def test_the_extra_is_missing(root, toy):
    without = "import sys; sys.modules['uvicorn'] = None"
    code = f"{without}\nfrom edge.__main__ import main\nsys.exit(main())"
    command = [sys.executable, "-c", code, "serve", str(toy)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 2
    said = "error: serve: uvicorn is not installed; install it with: "
    assert done.stderr == f"{said}pip install fastapi httptools prometheus-client python-multipart uvicorn\n"


def test_a_port_that_is_taken(extra, capsys, toy):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}: cannot be listened at (" in refused(capsys, toy, "--port", port)


def test_a_host_that_is_not_there(extra, capsys, toy):
    assert "no.such.host.invalid:8000: cannot be listened at (" in refused(
        capsys, toy, "--host", "no.such.host.invalid"
    )


def test_bundles_that_cannot_be(extra, capsys, toy, each_toy, bundle, tmp_path):
    assert "serve one of them" in refused(capsys, toy, each_toy, "--port", 0)
    assert "no such bundle" in refused(capsys, tmp_path / "nothing", "--port", 0)
    (bundle / "model.tflite").write_bytes(b"")
    assert "is damaged" in refused(capsys, bundle, "--port", 0)


def test_a_speech_bundle_with_the_name_of_a_direction(extra, capsys, toy, toy_recognizer, tmp_path):
    copy = shutil.copytree(toy_recognizer, tmp_path / "es-en")
    assert "es-en: is the name of a language direction, too; rename" in refused(capsys, toy, copy, "--port", 0)


def test_a_bundle_of_another_task(extra, capsys, toy_segmenter):
    assert f"{toy_segmenter}: is for segmentation" in refused(capsys, toy_segmenter, "--port", 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--port -1", "--port -1: is no number from 0 to 65535"),
        ("--port 65536", "--port 65536: is no number from 0 to 65535"),
        ("--threads 0", "--threads 0: is less than 1"),
        ("--beam 0", "beam 0 is less than 1"),
        ("--queue 0", "--queue 0: is no number from 1 upwards"),
        ("--speech-beam 0", "beam 0 is less than 1"),
        ("--audio-seconds 0", "--audio-seconds 0.0: is no number from 1 upwards"),
        ("--audio-bytes -5", "--audio-bytes -5: is no number from 1 upwards"),
        ("--wait -1", "--wait -1.0: is no number from 0 upwards"),
        ("--seconds nan", "--seconds nan: is no number from 1 upwards"),
        ("--api-keys nothing", "nothing: cannot be read as API keys"),
        ("--shortlist", "has no shortlist"),
    ],
)
def test_options_that_cannot_be(extra, capsys, toy, options, message):
    assert message in refused(capsys, toy, "--port", 0, *options.split())


def test_other_sites_are_let_in_only_by_name(extra, start, server, toy):
    origin = {"Origin": "https://example.org"}
    assert server.ask("/languages", headers=origin)[2]["Access-Control-Allow-Origin"] is None
    open_ = start(toy, "--cors", "https://example.org")
    assert open_.ask("/languages", headers=origin)[2]["Access-Control-Allow-Origin"] == "https://example.org"
    other = open_.ask("/languages", headers={"Origin": "https://example.com"})
    assert other[2]["Access-Control-Allow-Origin"] is None
    before = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert open_.ask("/translate", headers=before, method="OPTIONS")[0] == 200


def test_health(extra, server):
    assert server.ask("/healthz")[:2] == (200, {"status": "ok"})
