"""Bundles read by JavaScript beside Python's reader."""

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge import UserError, read_bundle
from edge.bundle import manifest_digest
from edge.tokenizer import Tokenizer

TOY = Path(__file__).parents[1] / "edge" / "toy_bundle"
FILES = ["manifest.json", "model.tflite", "source.model", "target.model"]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TOY, tmp_path / "bundle"))


def manifest(bundle: Path) -> dict:
    return json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))


def seal(bundle: Path, changed: dict, **layout: object) -> None:
    """Writes a changed manifest with its digest."""
    changed["digest"] = manifest_digest(changed)
    (bundle / "manifest.json").write_text(json.dumps(changed, **layout), encoding="utf-8")


def refused(node: Callable, bundle: Path, *parts: object) -> None:
    """Both readers refuse the bundle; JavaScript's message is one line with these parts in it."""
    with pytest.raises(UserError):
        read_bundle(bundle)
    message = node("read_bundle.mjs", bundle=str(bundle))["error"]
    assert "\n" not in message
    for part in parts:
        assert str(part) in message


def test_reads_what_is_there(node, bundle):
    found, own = node("read_bundle.mjs", bundle=str(bundle)), read_bundle(bundle)
    assert found["manifest"] == own.manifest
    assert found["bytes"] == own.bytes
    assert found["model"] == own.model.stat().st_size
    assert found["source"] == own.file("tokenizers", "source").stat().st_size
    assert found["limit"] == 16
    assert found["words"] == own.words("abbreviations")
    assert found["steps"][0] == [0, own.bytes] and found["steps"][-1] == [own.bytes, own.bytes]
    assert len(Tokenizer(own.file("tokenizers", "source"))) == 14


def test_layout_and_content_of_the_manifest_do_not_matter(node, bundle):
    changed = dict(reversed(manifest(bundle).items()))
    changed["odd"] = {
        "z": [1.0, 1e-7, 1e22, 1e16, -0.0, True, None, []],
        "ä\u2028\x7f\U0001f600": '"\\\n\x01é{[:,]}',
    }
    for layout in ({"indent": 7}, {"ensure_ascii": False}, {"separators": (",", ":")}):
        seal(bundle, changed, **layout)
        assert node("read_bundle.mjs", bundle=str(bundle))["manifest"]["odd"] == changed["odd"]


@pytest.mark.parametrize("name", FILES)
def test_damage(node, bundle, name):
    good = (bundle / name).read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 3] ^= 1
    for data in (bytes(flipped), good[:-1], good + b"x", b""):
        (bundle / name).write_bytes(data)
        refused(node, bundle, bundle / name, "damaged")
    (bundle / name).unlink()
    refused(node, bundle, name)


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe\x00", b"[]", b"null", b"3", b'"text"'])
def test_a_manifest_that_is_no_json_object(node, bundle, data):
    (bundle / "manifest.json").write_bytes(data)
    refused(node, bundle, bundle / "manifest.json", "damaged")


@pytest.mark.parametrize("key", ["format_version", "task", "signatures", "limits", "files", "scores", "operators"])
def test_keys_missing_or_of_the_wrong_type(node, bundle, key):
    whole = manifest(bundle)
    for value in (None, "text" if key != "task" else 3, 3.5):
        seal(bundle, {**whole, key: value})
        refused(node, bundle, bundle / "manifest.json", key)


@pytest.mark.parametrize("version, told", [(3, "is newer than 2; update keras-s2s"), (1, "is older than 2; export")])
def test_other_format_versions(node, bundle, version, told):
    seal(bundle, {**manifest(bundle), "format_version": version})
    refused(node, bundle, f"format version {version} {told}")


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\..", "", ".", ".."])
def test_names_that_lead_out_of_the_bundle(node, bundle, name):
    whole = manifest(bundle)
    whole["files"][name] = whole["files"]["model.tflite"]
    seal(bundle, whole)
    message = node("read_bundle.mjs", bundle=str(bundle))["error"]
    assert "is not a file name in the bundle" in message


@pytest.fixture
def served(bundle: Path) -> Iterator[str]:
    """The URL of a web server over the bundle."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(bundle)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_over_http(node, bundle, served):
    assert node("read_bundle.mjs", url=served)["manifest"] == manifest(bundle)
    (bundle / "target.model").unlink()
    assert node("read_bundle.mjs", url=served)["error"] == f"{served}/target.model: is missing; copy the bundle again"
    (bundle / "manifest.json").unlink()
    assert "is not a bundle: it has no manifest.json" in node("read_bundle.mjs", url=served)["error"]
    assert "cannot be fetched" in node("read_bundle.mjs", url="http://127.0.0.1:1")["error"]
