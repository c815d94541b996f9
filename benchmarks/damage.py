"""Damaged bundles, and what a device makes of them: `python -m benchmarks.soak` tries thousands, the tests some."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.bundle import MANIFEST, manifest_digest

ROOT = Path(__file__).parent.parent

# What a manifest's value is replaced by: no value, wrong types, impossible numbers, paths that lead elsewhere.
_VALUES = [None, True, -1, 0, 1, 2**31, 2**63, 10**400, 0.5, 1e308, "", "x", "../model.tflite", "/etc/passwd", "a\0b"]
_VALUES += [[], {}, [[]], {"x": 1}, "\ud800", "model.tflite", "manifest.json"]

# Run in a process of its own, which may die of what it reads.
_READER = """
import sys
from edge import Translator, UserError
for line in sys.stdin:
    bundle, text = line.rstrip("\\n").split("\\t")
    try:
        answer = "translated " + Translator(bundle).translate(text)
    except UserError as error:
        answer = "refused " + str(error)
    except BaseException as error:
        answer = f"raised {type(error).__name__} {error}"
    print(answer.encode("ascii", "backslashreplace").decode().replace("\\n", " "), flush=True)
"""


def damages(bundle: Path, folder: Path, count: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Makes damaged copies of a bundle, one after the other in the same place.

    Args:
        bundle: a good one.
        folder: where the copies go.
        count: how many.
        seed: of what is damaged, and how.

    Yields:
        What was done, and the copy.
    """
    draw = random.Random(seed)
    kinds = [_flipped, _cut, _emptied, _swapped, _missing, _manifest_text, _manifest_value]
    # Bytes and values are many, files are few.
    weights = [8, 3, 1, 1, 1, 3, 8]
    for number in range(count):
        copy = folder / str(number)
        shutil.copytree(bundle, copy)
        (kind,) = draw.choices(kinds, weights)
        yield kind(copy, draw), copy
        shutil.rmtree(copy)


def verdicts(bundle: Path, folder: Path, count: int, seed: int, text: str, expected: str) -> Iterator[tuple[str, str]]:
    """Has a device read damaged copies of a bundle.

    Args:
        bundle, folder, count, seed: as for `damages`.
        text: what it translates.
        expected: the right translation.

    Yields:
        What was done, and what came of it: `refused` with a reason, `translated` rightly; anything else is a fault:
        `wrong`, `raised`, `died`.
    """
    reader = _start()
    for what, copy in damages(bundle, folder, count, seed):
        print(copy, text, sep="\t", file=reader.stdin, flush=True)
        answer = reader.stdout.readline().strip()
        if not answer:
            answer, reader = f"died with status {reader.wait()}", _start()
        elif answer.startswith("translated") and answer != f"translated {expected}":
            answer = answer.replace("translated", "wrong", 1)
        yield what, answer
    reader.stdin.close()
    reader.wait()


def _start() -> subprocess.Popen:
    command = [sys.executable, "-c", _READER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, text=True, **pipes)


def _any_file(copy: Path, draw: random.Random) -> Path:
    return draw.choice(sorted(copy.iterdir()))


def _flipped(copy: Path, draw: random.Random) -> str:
    file = _any_file(copy, draw)
    data = bytearray(file.read_bytes())
    place = draw.randrange(len(data))
    data[place] ^= draw.randrange(1, 256)
    file.write_bytes(data)
    return f"byte {place} of {file.name} changed"


def _cut(copy: Path, draw: random.Random) -> str:
    file = _any_file(copy, draw)
    size = draw.randrange(file.stat().st_size)
    file.write_bytes(file.read_bytes()[:size])
    return f"{file.name} truncated to {size} bytes"


def _emptied(copy: Path, draw: random.Random) -> str:
    file = _any_file(copy, draw)
    file.write_bytes(b"")
    return f"{file.name} emptied"


def _swapped(copy: Path, draw: random.Random) -> str:
    one, other = draw.sample(sorted(copy.iterdir()), 2)
    one_data, other_data = one.read_bytes(), other.read_bytes()
    one.write_bytes(other_data)
    other.write_bytes(one_data)
    return f"{one.name} and {other.name} swapped"


def _missing(copy: Path, draw: random.Random) -> str:
    file = _any_file(copy, draw)
    file.unlink()
    if draw.random() < 0.5:
        file.mkdir()
        return f"{file.name} a folder"
    return f"{file.name} missing"


def _manifest_text(copy: Path, draw: random.Random) -> str:
    text = draw.choice(["", "null", "[]", "{}", "[" * 100_000, '{"a": 1', "\ufeff{}", "9" * 5000, '{"files": {}}'])
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    return f"manifest {text[:20]!r}"


def _manifest_value(copy: Path, draw: random.Random) -> str:
    """Another value somewhere in the manifest, whose digest is right again: as a broken exporter would write it."""
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    parents = [(parent, key) for parent, key in _places(manifest) if key != "digest"]
    parent, key = draw.choice(parents)
    what = f"{key} {str(parent[key])[:30]!r}"
    if draw.random() < 0.2 and isinstance(parent, dict):
        del parent[key]
        what += " removed"
    else:
        parent[key] = draw.choice(_VALUES)
        what += f" became {str(parent[key])[:30]!r}"
    manifest["digest"] = manifest_digest(manifest)
    (copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return f"manifest: {what}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every key and index, with what it belongs to."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
