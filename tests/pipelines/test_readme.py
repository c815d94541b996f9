"""The Python scripts of README.md, docs/python.md and docs/quickstart.md, run on generated pairs, and for one epoch."""

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def scripts(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


TRAINING, *DEVICE = scripts("docs/python.md")
DEVICE += scripts("README.md") + scripts("docs/quickstart.md")


def write_pairs(folder: Path) -> None:
    """Sentences of made-up words: enough of them for the vocabularies that the script asks for."""
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghilmnoprstuv", k=draw.randint(3, 8))) for _ in range(3000)]
    folder.mkdir(parents=True)
    for part, number in (("train", 1500), ("valid", 50)):
        lines = [draw.choices(words, k=draw.randint(2, 5)) for _ in range(number)]
        text = "".join(f"{' '.join(line)}\t{' '.join(reversed(line))}\n" for line in lines)
        (folder / f"{part}.tsv").write_text(text, encoding="utf-8")


def run(script: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_training_script(tmp_path):
    write_pairs(tmp_path / "demo" / "everyday")
    script, changes = re.subn(r"epochs=\d+", "epochs=1", TRAINING)
    assert changes == 1
    # A line for the translation, after what Keras says of its epoch.
    assert run(script, tmp_path).splitlines()[-1].strip()
    assert {"model.keras", "source.model", "target.model"} <= {file.name for file in tmp_path.iterdir()}


@pytest.mark.parametrize("device_script", DEVICE)
def test_the_scripts_of_a_device(tmp_path, device_script):
    shutil.copytree(ROOT / "tests" / "edge" / "toy_bundle", tmp_path / "demo" / "bundle")
    script = device_script.replace("¿Dónde está mi libro?", "uno dos")
    assert script != device_script
    assert run(script, tmp_path) == "one two\n"


def test_these_are_all():
    assert len(DEVICE) == 3
