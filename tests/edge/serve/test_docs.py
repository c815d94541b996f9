"""What docs/serving.md says can be pasted."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi")


def blocks(root, language: str) -> list[str]:
    text = (root / "docs" / "serving.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def recording(wav, tmp_path) -> Path:
    """A folder with the recording that is transcribed, and the file that is translated."""
    (tmp_path / "recording.wav").write_bytes(wav("one two"))
    (tmp_path / "report.html").write_bytes(b"<p>uno</p>")
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_every_curl_is_answered(root, speech, recording):
    commands = [line for block in blocks(root, "sh") for line in block.replace("\\\n", " ").splitlines()]
    asked = [line for line in commands if line.startswith("curl ")]
    assert len(asked) >= 10
    for line in asked:
        arguments = shlex.split(line.replace("127.0.0.1:8000", f"127.0.0.1:{speech.port}"))
        done = subprocess.run([*arguments, "--fail"], cwd=recording, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout, line


@pytest.mark.parametrize(
    ("mark", "package"),
    [
        ("LibreTranslateAPI", "libretranslatepy"),
        ("LibreTranslator", "deep_translator"),
        ("OpenAI", "openai"),
        ("urllib.request", "json"),
    ],
)
def test_clients_in_python(root, speech, recording, mark, package):
    pytest.importorskip(package)
    (code,) = (block for block in blocks(root, "python") if mark in block)
    code = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{speech.port}", code)
    done = subprocess.run([sys.executable, "-c", code], cwd=recording, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_options_and_their_defaults(root):
    from edge.serve.limits import Limits

    text = (root / "docs" / "serving.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"`--([\w-]+)` ([\d.]+)", text))
    assert {name.replace("-", "_"): float(value) for name, value in told.items()} == vars(Limits())
