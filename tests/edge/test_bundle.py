import contextlib
import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import Translator, UserError, read_bundle

FILES = ["manifest.json", "model.tflite", "source.model", "target.model"]
# `name` in the bundle is damaged, so the error names this file of the bundle.
LIMITS = ("max_source_length", "max_target_length")


def refused(path: Path, *parts: object) -> str:
    """The message that reading ends with: one line, with these parts in it."""
    with pytest.raises(UserError) as caught:
        read_bundle(path)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message
    return message


def manifest(bundle: Path) -> dict:
    return json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))


def entry(data: bytes) -> dict:
    return {"bytes": len(data), "sha256": sha256(data).hexdigest()}


def test_reads_what_is_there(each_toy):
    bundle = read_bundle(each_toy)
    assert bundle.manifest == manifest(each_toy)
    assert bundle.model == each_toy / "model.tflite"
    assert bundle.bytes == sum(file.stat().st_size for file in each_toy.iterdir() if file.name != "manifest.json")
    assert bundle.limit("max_source_length") == bundle.limit("max_target_length") == 16
    assert bundle.file("tokenizers", "source") == each_toy / "source.model"
    assert read_bundle(str(each_toy)).manifest == bundle.manifest


def test_what_the_manifest_tells(each_toy):
    told = manifest(each_toy)
    assert sorted(told["files"]) == sorted(set(FILES) - {"manifest.json"})
    assert told["languages"] == {"source": "es", "target": "en"}
    assert told["runtimes"] == ["litert", "tflite-runtime"]
    assert sorted(told["signatures"]) == ["decode_step", "encode", "translate"]
    assert {"bleu", "chrf", "signatures"} <= set(told["scores"])
    assert told["quantization"] == {"toy_bundle": "int8", "toy_bundle_float": "none"}[each_toy.name]


def test_committed_bundles_are_small(each_toy):
    sizes = {path.name: sum(file.stat().st_size for file in path.iterdir()) for path in each_toy.parent.glob("toy_*/")}
    assert sizes["toy_bundle"] < 100_000
    # Seven of them; that of speech has a network of several parts.
    assert sum(sizes.values()) < 850_000


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.0, 0.1, 0.35, 0.6, 0.9, 1.0])
def test_a_flipped_byte(bundle, name, where):
    data = bytearray((bundle / name).read_bytes())
    data[round(where * (len(data) - 1))] ^= 1
    (bundle / name).write_bytes(data)
    refused(bundle, bundle / name, "damaged")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("left", [0, 1, -1])
def test_a_truncated_file(bundle, name, left):
    (bundle / name).write_bytes((bundle / name).read_bytes()[:left])
    refused(bundle, bundle / name, "damaged")


@pytest.mark.parametrize("name", FILES)
def test_more_bytes_than_there_were(bundle, name):
    with (bundle / name).open("ab") as stream:
        stream.write(b"x")
    refused(bundle, bundle / name, "damaged")


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file(bundle, name):
    (bundle / name).unlink()
    refused(bundle, bundle / name, "is missing")


@pytest.mark.parametrize("name", FILES[1:])
def test_a_directory_instead_of_a_file(bundle, name):
    (bundle / name).unlink()
    (bundle / name).mkdir()
    refused(bundle, bundle / name)


def test_a_missing_manifest(bundle):
    (bundle / "manifest.json").unlink()
    refused(bundle, bundle, "is not a bundle", "no manifest.json")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b"3", b'"text"', b"[" * 100_000])
def test_a_manifest_that_is_no_json_object(bundle, data):
    (bundle / "manifest.json").write_bytes(data)
    refused(bundle, bundle / "manifest.json", "damaged")


@pytest.mark.parametrize("change", ["drop", None, "text", 3.5, [[]]], ids=repr)
@pytest.mark.parametrize("key", ["format_version", "task", "signatures", "limits", "files", "scores", "operators"])
def test_keys_missing_or_of_the_wrong_type(bundle, seal, key, change):
    changed = manifest(bundle)
    if change == "drop":
        del changed[key]
    else:
        changed[key] = {"of": change} if key in ("task", "operators") else change
    seal(bundle, changed)
    refused(bundle, bundle / "manifest.json", key)


def test_a_newer_format_says_so_whatever_else_has_changed(bundle):
    (bundle / "manifest.json").write_text('{"format_version": 3, "everything": "else"}')
    refused(bundle, bundle / "manifest.json", "format version 3 is newer", "update keras-s2s")


@pytest.mark.parametrize("version", [1, 0, -2])
def test_an_older_format_is_to_be_exported_again(bundle, seal, version):
    """The whole manifest of such a bundle, and one of which nothing else is known."""
    told = ["manifest.json", f"format version {version} is older", "keras-s2s export RUN --format tflite --out BUNDLE"]
    seal(bundle, {**manifest(bundle), "format_version": version})
    refused(bundle, *told)
    (bundle / "manifest.json").write_text(f'{{"format_version": {version}, "everything": "else"}}')
    refused(bundle, *told)


@pytest.mark.parametrize(("key", "value"), [("digest", "0" * 64), ("task", "segmentation"), ("added", 1)])
def test_a_manifest_that_does_not_match_its_digest(bundle, key, value):
    changed = {**manifest(bundle), key: value}
    (bundle / "manifest.json").write_text(json.dumps(changed))
    refused(bundle, bundle / "manifest.json", "digest")


def test_layout_of_the_manifest_does_not_matter(bundle):
    changed = dict(reversed(manifest(bundle).items()))
    (bundle / "manifest.json").write_text(json.dumps(changed, indent=7))
    assert read_bundle(bundle).manifest == changed


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "sub/inside", "sub/../model.tflite", "..", ".", ""])
def test_names_that_lead_out_of_the_bundle(bundle, seal, name):
    """The files are there and would match: only their names are wrong."""
    (bundle.parent / "outside").write_bytes(b"content")
    (bundle / "sub").mkdir()
    (bundle / "sub" / "inside").write_bytes(b"content")
    path = bundle / name
    changed = manifest(bundle)
    changed["files"][name] = entry(path.read_bytes() if path.is_file() else b"")
    seal(bundle, changed)
    refused(bundle, bundle / "manifest.json", repr(name), "is not a file name")


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000])
def test_names_that_no_file_can_have(bundle, seal, name):
    changed = manifest(bundle)
    changed["files"][name] = entry(b"")
    seal(bundle, changed)
    refused(bundle)


def test_a_manifest_without_a_model(bundle, seal):
    changed = manifest(bundle)
    del changed["files"]["model.tflite"]
    seal(bundle, changed)
    refused(bundle, bundle / "manifest.json", "model.tflite")


@pytest.mark.parametrize("value", [None, [], {}, 3, {"bytes": 3}, "text"], ids=repr)
def test_entries_of_the_wrong_type(bundle, seal, value):
    changed = manifest(bundle)
    changed["files"]["model.tflite"] = value
    seal(bundle, changed)
    refused(bundle, bundle / "model.tflite")


@pytest.mark.parametrize(
    "value", [None, "missing.model", "../bundle/source.model", 3, [], ["source.model"], {}], ids=repr
)
def test_tokenizers_that_are_no_file_of_the_bundle(bundle, seal, value):
    changed = manifest(bundle)
    changed["tokenizers"]["target"] = value
    seal(bundle, changed)
    with pytest.raises(UserError, match=r"manifest\.json: tokenizers\.target is"):
        Translator(bundle)


@pytest.mark.parametrize("value", [None, 0, -1, 2.5, "16", True, []], ids=repr)
@pytest.mark.parametrize("name", LIMITS)
def test_limits_that_are_no_positive_number(bundle, seal, name, value):
    changed = manifest(bundle)
    changed["limits"][name] = value
    seal(bundle, changed)
    with pytest.raises(UserError, match=rf"manifest\.json: limits\.{name} is"):
        Translator(bundle)


def test_a_run_directory_names_the_command(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    refused(tmp_path, tmp_path, "training run", f"keras-s2s export {tmp_path} --format tflite")


def test_other_paths(tmp_path, toy):
    refused(tmp_path / "nothing", tmp_path / "nothing", "no such")
    refused(tmp_path, tmp_path, "is not a bundle")
    refused(toy / "model.tflite", "model.tflite", "is not a bundle")


def nested_lists(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_deep_nesting(bundle):
    """Whether the parser gives up or the digest does: never a traceback."""
    text = (bundle / "manifest.json").read_text(encoding="utf-8").rstrip().removesuffix("}")
    for depth in (10, *range(850, 1000), 5000):
        (bundle / "manifest.json").write_text(f'{text}, "x": {nested_lists(depth)}}}')
        refused(bundle, bundle / "manifest.json", "damaged")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=6,
)
# Where a manifest changes: the keys that lead there.
PLACES = st.sampled_from(
    [
        *((key,) for key in ("format_version", "task", "files", "limits", "tokenizers", "signatures", "scores", "new")),
        *(("files", name) for name in (*FILES, "new")),
        *(("files", "model.tflite", key) for key in ("bytes", "sha256")),
        *(("tokenizers", side) for side in ("source", "target")),
        *(("limits", name) for name in LIMITS),
    ]
)


@settings(max_examples=60, deadline=None)
@given(place=PLACES, value=JSON_VALUES, delete=st.booleans(), sealed=st.booleans())
def test_no_manifest_does_anything_but_load_or_be_refused(toy, tmp_path_factory, seal, place, value, delete, sealed):
    bundle = tmp_path_factory.mktemp("fuzz") / "bundle"
    shutil.copytree(toy, bundle)
    changed = manifest(bundle)
    *way, last = place
    node = changed
    for key in way:
        node = node[key]
    if delete:
        node.pop(last, None)
    else:
        node[last] = value
    unchanged = changed == manifest(toy)
    if sealed:
        seal(bundle, changed)
    else:
        (bundle / "manifest.json").write_text(json.dumps(changed))
    with contextlib.suppress(UserError):
        read_bundle(bundle)
        assert sealed or unchanged
        Translator(bundle)
    shutil.rmtree(bundle)
