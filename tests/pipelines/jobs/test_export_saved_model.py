"""The SavedModel by itself: in a process that has none of our code, and against the other ways to translate."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.search.options import SearchOptions
from edge.serve.predictions import SIGNATURES, outputs
from edge.tokenizer import Tokenizer
from edge.translator import Translator
from pipelines.tasks.translation.translate import open_translator

# What the model is not asked for, and what it is given back as.
KEPT = {
    **dict.fromkeys(["", *filter(str.isspace, map(chr, range(0x3001)))], ""),
    **dict.fromkeys([" \u3000", "\u200b", "\ufeff", "\u200e \u2060", "\u00ad", "\x01\x7f"], ""),
    **dict.fromkeys(["\ufe0f\u034f\u3164", "\U000e0041"], ""),
    **{
        text: text.strip()
        for text in ("-", " ... ", "???", "12:30", "42\t", "½\n3", "\u2764\ufe0f", "\u0301", "\u0378")
    },
    **{text: text.strip() for text in ("Привет, мир!", "我来了。", " perro  gato ", "\U0001f600 " * 30, "perro " * 30)},
}
TEXTS = [
    "uno dos",
    *KEPT,
    # These have a known word.
    *["- uno", "uno \U0001f600", "42 dos", "\u200buno\u200b"],
    "tres perro cuatro",
    "ocho " * 40,
    "siete",
]

# What someone with TensorFlow and tensorflow-text alone would write.
BARE = """
import json, sys
import numpy as np
import tensorflow as tf
if sys.argv[2] == "text":
    import tensorflow_text
loaded = tf.saved_model.load(sys.argv[1])
inputs = np.array(json.loads(sys.argv[3]), object if sys.argv[2] == "text" else np.int32)
if len(sys.argv) > 4:
    inputs = inputs.reshape(json.loads(sys.argv[4]))
name = "text" if sys.argv[2] == "text" else "source"
found = {}
for signature in ("serving_default", "beam"):
    outputs = loaded.signatures[signature](**{name: tf.constant(inputs, tf.string if name == "text" else tf.int32)})
    found[signature] = {
        key: [value.shape.as_list(), value.dtype.name]
        if not inputs.shape[0]
        else np.vectorize(bytes.decode)(value.numpy()).tolist()
        if value.dtype == tf.string
        else value.numpy().tolist()
        for key, value in outputs.items()
    }
assert not {"keras_s2s", "pipelines", "edge"} & {module.split(".")[0] for module in sys.modules}
print(json.dumps(found))
"""


def bare(path: Path, kind: str, inputs: list, folder: Path, *shape: int) -> dict:
    """The outputs of both signatures for some inputs; of an empty batch their shapes and types."""
    command = [sys.executable, "-c", BARE, str(path), kind, json.dumps(inputs), *([json.dumps(shape)] if shape else [])]
    # Not from the repository: nothing of ours can be imported by accident.
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def translator_of_all(model: Path) -> Translator:
    """The device's translator of a run or a bundle as a SavedModel is: all text is for the model, nothing is copied."""
    own = open_translator(model, carry=False).components
    return Translator(dataclasses.replace(own, copies=False), batch=1)


@pytest.fixture(scope="module")
def saved(cli, run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    for name, options in (("text", []), ("ids", ["--ids"])):
        done = cli("export", run, "--format", "saved-model", *options, "--out", folder / name)
        assert done.status == 0, done.stderr
        assert "BLEU" in done.stderr
    return folder


def test_text_in_text_out_without_our_code(saved, run, valid, tmp_path):
    texts = TEXTS + [source for source, _ in valid]
    found = bare(saved / "text", "text", texts, tmp_path)
    engine = translator_of_all(run)
    # The translator parts what is too long, the graph cuts it: 15 words and the end symbol are 16 pieces.
    short = [text if text in KEPT else " ".join(text.split(" ")[:15]) for text in texts]
    assert short != texts
    greedy = [translations[0] for translations in engine.n_best(short)]
    beam = engine.n_best(short, SearchOptions(beam=5, n_best=5))
    assert found["serving_default"]["translation"] == [translation.text for translation in greedy]
    for row, (translation, text) in enumerate(zip(greedy, texts, strict=True)):
        assert found["serving_default"]["score"][row] == pytest.approx(translation.score, abs=1e-3)
        assert (text in KEPT) == (not translation.target_tokens)
        if text in KEPT:
            assert translation.text == KEPT[text]
            assert found["serving_default"]["length"][row] == 0 and not any(found["serving_default"]["tokens"][row])
            assert found["beam"]["translation"][row] == [KEPT[text]] * 5
            assert found["beam"]["score"][row] == found["beam"]["length"][row] == [0] * 5
    for row, translations in enumerate(beam):
        texts_found = found["beam"]["translation"][row][: len(translations)]
        assert texts_found == [translation.text for translation in translations]
        scores = [translation.score for translation in translations]
        assert found["beam"]["score"][row][: len(translations)] == pytest.approx(scores, abs=1e-3)


def test_the_server_answers_as_the_saved_model(cli, saved, run, valid, tmp_path):
    """Its rows for TF Serving's clients, from a float bundle of the same run."""
    done = cli("export", run, "--format", "tflite", "--quantize", "none", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr
    texts = ["", "uno dos tres", "-", "siete", "\u200b", "Привет!", " ... ", *(source for source, _ in valid[:20])]
    found = bare(saved / "text", "text", texts, tmp_path)
    engine = translator_of_all(tmp_path / "bundle")
    components = engine.components
    for signature, options in SIGNATURES.items():
        ours = [
            outputs(best, components.target, components.max_target_length, options)
            for best in engine.n_best(texts, options)
        ]
        assert set(ours[0]) == set(found[signature])
        for name in ("translation", "tokens", "length"):
            assert [row[name] for row in ours] == found[signature][name]
        for row, score in zip(ours, found[signature]["score"], strict=True):
            assert row["score"] == pytest.approx(score, abs=1e-3)


def test_ids_in_ids_out_with_tensorflow_alone(saved, run, tmp_path):
    engine = translator_of_all(run)
    source, target = (run / f"{side}.model" for side in ("source", "target"))
    ids = Tokenizer(source).encode("uno dos tres")
    found = bare(saved / "ids", "ids", [ids], tmp_path)
    greedy, beam = found["serving_default"], found["beam"]
    tokens = greedy["tokens"][0][: greedy["length"][0]]
    assert Tokenizer(target).decode(tokens) == engine.translate("uno dos tres")
    tokens = beam["tokens"][0][0][: beam["length"][0][0]]
    assert Tokenizer(target).decode(tokens) == engine.translate("uno dos tres", SearchOptions(beam=5))


@pytest.mark.parametrize(("kind", "shape"), [("text", (0,)), ("ids", (0, 3)), ("ids", (0, 0))])
def test_an_empty_batch(saved, tmp_path, kind, shape):
    found = bare(saved / kind, kind, [], tmp_path, *shape)
    n_best = {"serving_default": [], "beam": [5]}
    for signature, rest in n_best.items():
        expected = {
            "tokens": [[0, *rest, 16], "int32"],
            "length": [[0, *rest], "int32"],
            "score": [[0, *rest], "float32"],
        }
        if kind == "text":
            expected["translation"] = [[0, *rest], "string"]
        assert found[signature] == expected


@pytest.mark.parametrize(("kind", "name"), [("text", "text"), ("ids", "source")])
def test_warm_up_requests_are_what_the_signatures_take(saved, kind, name):
    """Read with TF Serving's own message types, from where it looks for them."""
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    loaded = tf.saved_model.load(str(saved / kind)).signatures
    records = tf.data.TFRecordDataset(str(saved / kind / "assets.extra" / "tf_serving_warmup_requests"))
    asked = []
    for record in records.as_numpy_iterator():
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        assert list(request.inputs) == [name]
        inputs = tf.constant(tf.make_ndarray(request.inputs[name]))
        outputs = loaded[request.model_spec.signature_name](**{name: inputs})
        assert len(outputs["tokens"]) == len(inputs)
        asked.append((request.model_spec.signature_name, len(inputs)))
    assert asked == [("serving_default", 1), ("serving_default", 8), ("beam", 1), ("beam", 8)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "saved-model", "--quantize", "int8"], "need --format tflite"),
        (["--format", "tflite", "--ids"], "--ids needs --format saved-model"),
    ],
)
def test_options_of_the_other_format(cli, run, tmp_path, options, message):
    done = cli("export", run, *options, "--out", tmp_path / "out")
    assert (done.status, done.stdout) == (2, "") and message in done.stderr


def test_nothing_is_overwritten(cli, run, saved):
    before = sorted(path.name for path in saved.iterdir())
    done = cli("export", run, "--format", "saved-model", "--out", saved / "text")
    assert done.status == 2 and "already exists" in done.stderr
    assert sorted(path.name for path in saved.iterdir()) == before
