"""TF Serving's REST shapes. What they are is written here by hand, from TF Serving's documentation."""

import base64

import numpy as np
import pytest

from edge import SearchOptions, Translator
from edge.serve.predictions import outputs
from edge.tokenizer import Tokenizer
from edge.translation import Translation

pytest.importorskip("fastapi")

PREDICT = "/v1/models/es-en:predict"


@pytest.fixture(scope="module")
def tokens(toy):
    """Ids of an English text's words."""
    tokenizer = Tokenizer(toy / "target.model")
    return lambda text: tokenizer.encode(text)[:-1]


def test_instances(server, tokens):
    asked = {"instances": ["uno dos", {"text": "tres"}, {"b64": base64.b64encode(b"diez").decode()}, " "]}
    status, reply, _ = server.ask(PREDICT, asked)
    assert status == 200 and list(reply) == ["predictions"]
    rows = reply["predictions"]
    texts = ["one two", "three", "ten", ""]
    assert [row["translation"] for row in rows] == texts
    assert [row["tokens"] for row in rows] == [tokens(text) + [0] * (16 - len(tokens(text))) for text in texts]
    assert [row["length"] for row in rows] == [2, 1, 1, 0]
    assert rows[3]["score"] == 0 and all(-1 < row["score"] < 0 for row in rows[:3])


@pytest.mark.parametrize("inputs", [["uno dos", "tres"], {"text": ["uno dos", "tres"]}])
def test_inputs(server, inputs):
    status, reply, _ = server.ask(PREDICT, {"signature_name": "serving_default", "inputs": inputs})
    assert status == 200 and list(reply) == ["outputs"]
    assert reply["outputs"]["translation"] == ["one two", "three"]
    assert reply["outputs"]["length"] == [2, 1]
    assert [len(row) for row in reply["outputs"]["tokens"]] == [16, 16]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("-", "-"),
        (" ... ", "..."),
        ("42", "42"),
        ("\U0001f600", "\U0001f600"),
        ("Привет!", "Привет!"),
        ("\u200b\ufeff", ""),
    ],
)
def test_what_is_not_for_the_model(server, text, kept):
    """As the SavedModel has it: the text itself in all places, no tokens, a score of 0."""
    _, reply, _ = server.ask(PREDICT, {"instances": ["uno", text]})
    assert reply["predictions"][1] == {"translation": kept, "score": 0, "tokens": [0] * 16, "length": 0}
    _, reply, _ = server.ask(PREDICT, {"signature_name": "beam", "instances": [text]})
    row = reply["predictions"][0]
    assert (row["translation"], row["score"], row["length"]) == ([kept] * 5, [0] * 5, [0] * 5)
    assert row["tokens"] == [[0] * 16] * 5


def test_no_texts_and_long_ones(server):
    assert server.ask(PREDICT, {"instances": []})[:2] == (200, {"predictions": []})
    # In parts: the toy model reads 15 words.
    _, reply, _ = server.ask(PREDICT, {"instances": ["uno. " * 10, "dos"]})
    assert len({len(row["tokens"]) for row in reply["predictions"]}) == 1


def test_beam(server, toy):
    """The same as a translator of its own, which has nothing of the server's."""
    _, reply, _ = server.ask(PREDICT, {"signature_name": "beam", "instances": ["uno dos"]})
    row = reply["predictions"][0]
    best = Translator(toy).n_best(["uno dos"], SearchOptions(beam=5, n_best=5))[0]
    assert row["translation"] == [translation.text for translation in best]
    assert row["score"] == pytest.approx([translation.score for translation in best])


def test_lists_of_n_best_have_one_length(server, toy):
    """Nothing of a blank text; and of a model that found two translations, two and then the least of scores."""
    _, reply, _ = server.ask(PREDICT, {"signature_name": "beam", "instances": [""]})
    assert reply["predictions"][0]["score"] == [0] * 5 and reply["predictions"][0]["length"] == [0] * 5
    two = [
        Translation("one", -0.1, ["▁uno"], ["▁one", "</s>"], [0, 0], None),
        Translation("", -2.0, ["▁uno"], ["</s>"], [0], None),
    ]
    row = outputs(two, Tokenizer(toy / "target.model"), 3, SearchOptions(beam=3, n_best=3))
    assert row["tokens"] == [[5, 0, 0], [0, 0, 0], [0, 0, 0]] and row["length"] == [1, 0, 0]
    assert row["score"][:2] == [-0.1, -2.0] and row["score"][2] == np.finfo(np.float32).min


def test_a_body_that_curl_calls_a_form(server):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, reply, _ = server.ask(PREDICT, b'{"instances": ["uno"]}', kind)
    assert (status, reply["predictions"][0]["translation"]) == (200, "one")


def test_status(server):
    state = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert server.ask("/v1/models/es-en")[:2] == (200, {"model_version_status": [state]})
    status, reply, _ = server.ask("/v1/models/en-xx")
    assert (status, reply) == (404, {"error": "no such model; there is es-en, en-es, en-la"})


@pytest.mark.parametrize("path", ["/v1/models/es-en", "/v1/models/es-en/metadata"])
def test_the_version_by_its_number(server, path):
    versioned = path.replace("es-en", "es-en/versions/1")
    assert server.ask(versioned)[:2] == server.ask(path)[:2]


def test_a_prediction_of_a_version(server):
    for kind in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        status, reply, _ = server.ask("/v1/models/es-en/versions/1:predict", b'{"instances": ["uno"]}', kind)
        assert (status, reply["predictions"][0]["translation"]) == (200, "one")


@pytest.mark.parametrize("end", ["", "/metadata", ":predict"])
@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("versions/2", "Could not find version 2 of model es-en; there is version 1"),
        ("versions/0", "Could not find version 0 of model es-en; there is version 1"),
        ("versions/latest", "Could not find version latest of model es-en; there is version 1"),
        ("labels/stable", "Unrecognized servable version label: stable; there is version 1, without a label"),
        ("labels/1", "Unrecognized servable version label: 1; there is version 1, without a label"),
    ],
)
def test_other_versions(server, version, message, end):
    body = b'{"instances": ["uno"]}' if end == ":predict" else None
    assert server.ask(f"/v1/models/es-en/{version}{end}", body)[:2] == (404, {"error": message})


@pytest.mark.parametrize("path", ["/v1/models/en-xx/versions/1", "/v1/models/en-xx/versions/1:predict"])
def test_versions_of_no_model(server, path):
    status, reply, _ = server.ask(path, b'{"instances": ["uno"]}' if path.endswith("predict") else None)
    assert (status, reply) == (404, {"error": "no such model; there is es-en, en-es, en-la"})


def test_metadata(server):
    _, reply, _ = server.ask("/v1/models/es-en/metadata")
    assert reply["model_spec"] == {"name": "es-en", "signature_name": "", "version": "1"}
    signatures = reply["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["text"]["dtype"] == "DT_STRING"
    shape = signatures["beam"]["outputs"]["tokens"]["tensor_shape"]
    assert shape == {"dim": [{"size": str(size), "name": ""} for size in (-1, 5, 16)], "unknown_rank": False}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "body: needs either instances or inputs, but has nothing"),
        (
            {"instances": ["a"], "inputs": ["a"]},
            "body: needs either instances or inputs, but has 'inputs', 'instances'",
        ),
        ({"instances": "uno"}, "instances: input should be a valid list"),
        ({"instances": [5]}, "instances: input should be a valid string"),
        ({"instances": [{"b64": "=="}]}, "instances: is not base 64"),
        ({"inputs": {"words": ["a"]}}, "inputs: has 'words', but the signature's input is 'text'"),
        (
            {"instances": ["a"], "signature_name": "other"},
            "signature_name: input should be 'serving_default' or 'beam'",
        ),
        ({"instances": ["a"] * 101}, "101 texts are more than"),
        ({"instances": [{"texts": "x"}]}, "instances: has 'texts', but the signature's input is 'text'"),
        ({"instances": ["x", {"Text": "x"}]}, "instances: has 'Text', but the signature's input is 'text'"),
        ({"instances": [{"text": "x", "lang": "es"}]}, "instances: has 'text', 'lang', but the signature's input is"),
        ({"instances": [{}]}, "instances: has nothing, but the signature's input is 'text'"),
        ({"instances": [{"text": {"b65": "eA=="}}]}, "instances: input should be a valid string"),
        ({"instances": [{"text": None}]}, "instances: input should be a valid string"),
        ({"instances": [["x"]]}, "instances: input should be a valid string"),
        ({"inputs": {"text": "x"}}, "inputs: input should be a valid list"),
        ({"inputs": {"text": ["x"], "source": ["es"]}}, "inputs: has 'text', 'source', but the signature's input is"),
        ({"instance": ["x"]}, "body: needs either instances or inputs, but has 'instance'"),
        ({"instances": None}, "body: needs either instances or inputs"),
    ],
)
def test_what_cannot_be_done(server, asked, message):
    status, reply, _ = server.ask(PREDICT, asked)
    assert status == 400 and reply["error"].startswith(message)
