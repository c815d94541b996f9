"""Ways from language to language."""

import json

import pytest

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.serve.directions import Direction, Directions, load_directions
from edge.serve.limits import Limits


def directions(*pairs: str) -> Directions:
    return Directions(Direction(*pair.split("-"), None, None, None) for pair in pairs)


@pytest.mark.parametrize(
    ("pairs", "way", "path"),
    [
        ("es-en en-fr", "es-en", "es-en"),
        ("es-en en-fr", "es-fr", "es-en en-fr"),
        ("es-en en-fr es-fr", "es-fr", "es-fr"),
        ("es-de es-en en-fr de-fr", "es-fr", "es-de de-fr"),
        ("es-en en-fr fr-de", "es-de", ""),
        ("es-en", "en-es", ""),
        ("es-en en-es", "es-es", ""),
    ],
)
def test_path(pairs, way, path):
    found = directions(*pairs.split()).path(*way.split("-"))
    assert " ".join(direction.name for direction in found) == path


def test_targets():
    there = directions("es-en", "en-fr")
    assert (there.targets("es"), there.targets("en"), there.targets("fr")) == (["en", "fr"], ["fr"], [])
    assert there.languages == ["en", "es", "fr"]


def test_two_bundles_of_one_direction(toy, each_toy):
    with pytest.raises(UserError, match=f"{each_toy}: translates es to en, as {toy} does; serve one of them"):
        load_directions(map(read_bundle, [toy, each_toy]), Limits())


def test_one_language():
    there = directions("en-en", "es-en", "en-uk")
    assert [direction.name for direction in there.path("en", "en")] == ["en-en"]
    assert [direction.name for direction in there.path("es", "uk")] == ["es-en", "en-uk"]
    assert there.path("es", "es") == there.path("uk", "uk") == []
    assert (there.targets("en"), there.targets("es"), there.targets("uk")) == (["en", "uk"], ["en", "uk"], [])


def relabel(bundle, seal, source, target):
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, {**manifest, "languages": {"source": source, "target": target}})
    return read_bundle(bundle)


@pytest.mark.parametrize("code", ["pt-BR", "zh_Hant", "es-419", "EN"])
def test_codes_of_regions(bundle, seal, code):
    there = load_directions([relabel(bundle, seal, code, "uk")], Limits())
    there.close()
    assert there.languages == sorted([code, "uk"]) and [*there.by_name] == [f"{code}-uk"]


def test_one_spelling_of_a_language(toy, bundle, seal, tmp_path):
    there = load_directions([read_bundle(toy), relabel(bundle, seal, "EN", "pt_br")], Limits())
    there.close()
    assert [direction.name for direction in there.path("es", "pt_br")] == ["es-en", "en-pt_br"]
    with pytest.raises(UserError, match=r"translates es to en, as .* does; serve one of them"):
        load_directions([read_bundle(toy), relabel(bundle, seal, "ES", "En")], Limits())


@pytest.mark.parametrize(("source", "target"), [("español", "inglés"), ("中文", "en"), ("es", "-"), ("es ", "en")])
def test_names_that_are_no_codes(bundle, seal, source, target):
    """Training takes them; the message says how to train for a server."""
    with pytest.raises(UserError, match="train again with the languages' codes, for example --languages es-en"):
        load_directions([relabel(bundle, seal, source, target)], Limits())


@pytest.mark.parametrize("languages", [None, {}, {"source": "es"}, {"source": "es", "target": "e/n"}])
def test_a_bundle_without_languages(bundle, seal, languages):
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, {**manifest, "languages": languages})
    with pytest.raises(UserError, match="are not two codes such as es, en or pt-BR"):
        load_directions([read_bundle(bundle)], Limits())
