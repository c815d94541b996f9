"""The recognizers of a server, and their names."""

import shutil

import pytest

pytest.importorskip("fastapi")

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.serve.limits import Limits
from edge.serve.recognizers import load_recognizers
from edge.serve.refusal import Refusal


def test_one_has_any_name(toy_recognizer):
    there = load_recognizers([read_bundle(toy_recognizer)], Limits())
    there.close()
    (served,) = there.by_name.values()
    assert (served.name, served.source, served.target) == ("toy_recognizer", "en", "en")
    assert there.find("toy_recognizer") is there.find("whisper-1") is there.find("") is served


def test_two_of_one_name(toy_recognizer, tmp_path):
    copy = shutil.copytree(toy_recognizer, tmp_path / "toy_recognizer")
    with pytest.raises(UserError, match=f"{copy}: is called toy_recognizer, as {toy_recognizer} is; rename"):
        load_recognizers(map(read_bundle, [toy_recognizer, copy]), Limits())


def test_a_relative_path_has_a_name(toy_recognizer, monkeypatch):
    monkeypatch.chdir(toy_recognizer)
    there = load_recognizers([read_bundle(".")], Limits())
    there.close()
    (served,) = there.by_name.values()
    assert served.name == "toy_recognizer"


def test_several_need_their_names(toy_recognizer, tmp_path):
    other = shutil.copytree(toy_recognizer, tmp_path / "other")
    there = load_recognizers(map(read_bundle, [toy_recognizer, other]), Limits())
    there.close()
    for served in there.by_name.values():
        assert there.find(served.name) is served
    with pytest.raises(Refusal, match="there is toy_recognizer, other"):
        there.find("whisper-1")


def test_a_bundle_without_languages(toy_recognizer, tmp_path, seal):
    bundle = read_bundle(shutil.copytree(toy_recognizer, tmp_path / "copy"))
    del bundle.manifest["languages"]
    seal(bundle.path, bundle.manifest)
    there = load_recognizers([read_bundle(bundle.path)], Limits())
    there.close()
    served = there.find("")
    assert served.source is served.target is None
