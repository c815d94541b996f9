import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.bench import SENTENCES, bench


def test_made_up_sentences(toy):
    found = bench(toy, beam=2)
    assert found["sentences"] == SENTENCES
    assert (
        0 < found["step_ms"] < found["sentence_ms"]["p50"] <= found["sentence_ms"]["p90"] <= found["sentence_ms"]["p99"]
    )
    assert found["model_mb"] * 1e6 == (toy / "model.tflite").stat().st_size
    assert found["tokens_per_second"] > 0


PEAK = """
from edge.bench import memory, peak_memory
before = peak_memory()
held = b"x" * 200_000_000
del held
print(before, memory(), peak_memory())
"""


def test_the_peak_stays_when_memory_is_given_back(root):
    done = subprocess.run([sys.executable, "-c", PEAK], cwd=root, capture_output=True, text=True, check=True)
    before, now, peak = map(int, done.stdout.split())
    assert 190e6 < peak - before < 220e6
    assert now < peak - 150e6


def test_the_command(toy, tmp_path, capsys):
    texts: Path = tmp_path / "texts"
    texts.write_text("a b\n\nc\n", encoding="utf-8")
    assert main(["bench", str(toy), "--source", str(texts), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == 2
    assert main(["bench", str(toy), "--threads", "2"]) == 0
    assert "tokens" in capsys.readouterr().out


@pytest.mark.parametrize("content, reason", [(None, "cannot be read"), (b"\n \n", "has no sentences")])
def test_a_file_without_sentences(toy, tmp_path, capsys, content, reason):
    texts: Path = tmp_path / "texts"
    if content is not None:
        texts.write_bytes(content)
    assert main(["bench", str(toy), "--source", str(texts)]) == 2
    assert reason in capsys.readouterr().err


def test_a_segmenter(toy_segmenter, capsys):
    assert main(["bench", str(toy_segmenter), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["image_ms"]["p50"] <= found["image_ms"]["p90"] <= found["image_ms"]["p99"]
    assert found["model_mb"] * 1e6 == pytest.approx((toy_segmenter / "model.tflite").stat().st_size)
    assert main(["bench", str(toy_segmenter), "--threads", "2"]) == 0
    assert "images of 256 x 256" in capsys.readouterr().out
    assert main(["bench", str(toy_segmenter), "--beam", "2"]) == 2
    assert "is for segmentation" in capsys.readouterr().err


def test_a_system_that_does_not_say_its_peak(toy, capsys, monkeypatch):
    """Windows has neither; all else is measured."""
    monkeypatch.setattr("edge.bench._STATUS", Path("/nowhere"))
    monkeypatch.setitem(sys.modules, "resource", None)
    assert main(["bench", str(toy), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["peak_mb"] is None and found["step_ms"] > 0
    assert main(["bench", str(toy)]) == 0
    assert "memory    peak unknown on this system; model file" in capsys.readouterr().out
