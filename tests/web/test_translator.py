"""Translations in JavaScript, by LiteRT's runtime for browsers, beside Python's."""

import json
import random
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from edge import SearchOptions, Translator
from edge.bundle import manifest_digest

EDGE = Path(__file__).parents[1] / "edge"
STATIC = EDGE / "toy_bundle_static"

WORDS = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once"]
ODD = [
    "",
    "  ",
    "-",
    "\u200b",
    "Uno. Dos! ¿Tres?",
    "uno. Dos.\n\n tres, cuatro \n",
    "uno" * 40,
    "unknown words",
    "12:30",
    "\U0001f600 uno",
    "uno\ud800dos",
    "uno {x} dos",
    "{a}: tres 12:30 cuatro https://example.com/x. 😀",
    "uno 5 dos 6 tres 7 cuatro",
    "seis %s (😀) uno uno uno",
    "uno {a}{b} \ufdd3 unknown",
    "uno Łukasz dos",
    "Žiž: tres, «😀东京». cuatro ﬁŁ Đo",
    "uno Łukasz {x} Đo 12:30 İß",
]


def texts(count: int) -> list[str]:
    draw = random.Random(count)
    return [*ODD, *(" ".join(draw.choices(WORDS, k=draw.randrange(1, 40))) for _ in range(count))]


@pytest.mark.parametrize(("beam", "n_best"), [(1, 1), (2, 1), (3, 3), (5, 2)])
def test_translations_are_those_of_python(node, runtime, beam, n_best):
    """Text and tokens are the same; scores and attention but for rounding. The network repeats itself in long texts."""
    given = texts(60)
    found = node("translate.mjs", bundle=str(STATIC), runtime=runtime, texts=given, beam=beam, nBest=n_best)["found"]
    translator = Translator(STATIC)
    options = SearchOptions(beam=beam, n_best=n_best)
    for text, other in zip(given, found, strict=True):
        own = translator.n_best([text], options)[0]
        assert [each["text"] for each in other] == [each.text for each in own], ascii(text)
        for mine, theirs in zip(own, other, strict=True):
            sentences = theirs["sentences"]
            assert [token for sentence in sentences for token in sentence["source"]] == mine.source_tokens
            assert [token for sentence in sentences for token in sentence["target"]] == mine.target_tokens
            scores = [score for sentence in sentences for score in sentence["tokenScores"]]
            np.testing.assert_allclose(scores, mine.token_scores, atol=1e-4)
            np.testing.assert_allclose(
                [theirs["score"], theirs["confidence"]], [mine.score, mine.confidence], atol=1e-3, rtol=1e-5
            )
            if len(sentences) == 1 and mine.attention is not None:
                np.testing.assert_allclose(sentences[0]["attention"], mine.attention, atol=1e-4)
    endless = translator.translate(given, SearchOptions(beam=beam, n_best=n_best, max_repeats=100))
    assert sum(other[0]["text"] != text for other, text in zip(found, endless, strict=True)) > 5


def test_memory_is_freed(node, runtime):
    asked = {"texts": texts(20), "turns": 300, "beam": 2, "nBest": 2}
    assert node("translate.mjs", bundle=str(STATIC), runtime=runtime, **asked)["grown"] == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "toy_bundle_float",
            "has dynamic shapes; export the run again with: keras-s2s export RUN --format tflite --st",
        ),
        ("toy_segmenter", "is for segmentation, not for translation"),
    ],
)
def test_bundles_that_cannot_be_used(node, runtime, name, message):
    told = node("translate.mjs", bundle=str(EDGE / name), runtime=runtime, texts=["uno"])["error"]
    assert told.startswith(f"{EDGE / name}: {message}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam": 0}, "search: beam 0 is no whole number from 1 upwards"),
        ({"beam": 2, "nBest": 1.5}, "search: nBest 1.5 is no whole number from 1 upwards"),
        ({"nBest": 2}, "search: nBest 2 is more than the beam size 1"),
    ],
)
def test_options_that_cannot_be(node, runtime, options, message):
    assert node("translate.mjs", bundle=str(STATIC), runtime=runtime, texts=["uno"], **options)["error"] == message


def test_a_flatbuffer_that_is_none(node, runtime, tmp_path):
    bundle = Path(shutil.copytree(STATIC, tmp_path / "bundle"))
    data = b"no flatbuffer" * 100
    (bundle / "model.tflite").write_bytes(data)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["model.tflite"] = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    manifest["digest"] = manifest_digest(manifest)
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    told = node("translate.mjs", bundle=str(bundle), runtime=runtime, texts=["uno"])["error"]
    assert told.startswith(f"{bundle}/model.tflite: LiteRT cannot run this flatbuffer (") and "\n" not in told
