"""Ways from language to language."""

import pytest

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
        load_directions([toy, each_toy], Limits())


@pytest.mark.parametrize("languages", [None, {}, {"source": "es"}, {"source": "es", "target": "e/n"}])
def test_a_bundle_without_languages(bundle, seal, languages):
    import json

    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, {**manifest, "languages": languages})
    with pytest.raises(UserError, match="are not two codes such as es, en or pt-BR"):
        load_directions([bundle], Limits())
