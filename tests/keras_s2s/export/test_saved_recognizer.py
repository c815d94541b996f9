"""The SavedModel of a network for sound, in a process that has none of our code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from edge.search.batch import take
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Source
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer
from keras_s2s import names
from keras_s2s.config import AudioConfig, Seq2SeqModelConfig
from keras_s2s.export.saved_model import save
from keras_s2s.export.saved_recognizer import ServedRecognizer
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.audio import AudioSource
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer

LIMIT = 8
# By attention alone: the graph does not know CTC.
GREEDY, BEAM = SearchOptions(ctc_weight=0.0), SearchOptions(beam=4, n_best=2, ctc_weight=0.0)

# What someone with TensorFlow and tensorflow-text alone would write.
BARE = """
import json, sys
import numpy as np
import tensorflow as tf
import tensorflow_text
loaded = tf.saved_model.load(sys.argv[1])
arrays = np.load(sys.argv[2])
found = []
for name in sorted(arrays):
    if name.startswith("audio"):
        inputs = {"audio": tf.constant(arrays[name]), "audio_length": tf.constant(arrays["length" + name[5:]])}
        found.append({})
        for signature in ("serving_default", "beam"):
            outputs = loaded.signatures[signature](**inputs)
            found[-1][signature] = {}
            for key, value in outputs.items():
                array = value.numpy()
                array = np.char.decode(array.astype("S"), "utf-8") if value.dtype == tf.string else array
                found[-1][signature][key] = [value.dtype.name, value.shape.as_list(), array.tolist()]
assert not {"keras_s2s", "pipelines", "edge"} & {module.split(".")[0] for module in sys.modules}
print("RESULT", json.dumps(found))
"""


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / "target.model"
    train_tokenizer(["abc def gab ü", "dead bed"], path, "char", 100, 1.0, size_is_limit=True)
    return path


@pytest.fixture(scope="module")
def models(tokenizer: Path) -> Seq2Seq:
    """Untrained, and made to end some transcripts before the limit, and to write nothing but letters."""
    keras.utils.set_random_seed(3)
    config = Seq2SeqModelConfig(units=16, embedding=8, layers=2, decoder_layers=1, pyramid=1, attention="location")
    source = AudioSource(AudioConfig(mels=8, filters=4, frequency_masks=0, frequency_width=0))
    made = build_seq2seq(config, source, len(Tokenizer(tokenizer)), ctc=True)
    random = np.random.default_rng(3)
    for weight in made.training.weights:
        weight.assign(random.normal(0, 0.7, weight.shape))
    embedding = made.training.get_layer(names.TARGET_EMBEDDING)
    vectors = embedding.embeddings.numpy()
    vectors[[PAD, UNK, BOS]] = 0
    vectors[EOS] *= 1.5
    embedding.embeddings.assign(vectors)
    return made


def batch(sounds: list[np.ndarray], more: int = 0) -> tuple[np.ndarray, np.ndarray]:
    longest = max(map(len, sounds)) + more
    return np.stack([np.pad(each, (0, longest - len(each))) for each in sounds]), np.array(
        list(map(len, sounds)), np.int32
    )


def test_sound_in_text_out_without_our_code(models, tokenizer, sound: Callable, tmp_path):
    sounds = [sound(9000), sound(400), sound(4321)[::-1].copy()]
    no_lengths = np.zeros(0, np.int32)
    batches = [
        batch(sounds[:1]),
        batch(sounds, more=1000),
        (np.zeros((0, 500), "float32"), no_lengths),
        (np.zeros((0, 0), "float32"), no_lengths),
    ]
    save(ServedRecognizer(models, LIMIT, BEAM, GraphTokenizer(tokenizer)), tmp_path / "saved")
    arrays = {f"audio_{index}": audio for index, (audio, _) in enumerate(batches)}
    arrays |= {f"length_{index}": lengths for index, (_, lengths) in enumerate(batches)}
    np.savez(tmp_path / "inputs.npz", **arrays)
    # Not from the repository: nothing of ours can be imported by accident.
    command = [sys.executable, "-c", BARE, str(tmp_path / "saved"), str(tmp_path / "inputs.npz")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=without_path())
    assert done.returncode == 0, done.stderr[-2000:]
    [line] = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    alone, together, *empty = json.loads(line.removeprefix("RESULT "))
    for found, (audio, lengths) in ((alone, batches[0]), (together, batches[1])):
        check(found, models, Tokenizer(tokenizer), audio, lengths)
    assert len({*together["serving_default"]["text"][2]}) > 1
    for found in empty:
        for signature, rest in (("serving_default", []), ("beam", [2])):
            assert {name: (kind, shape) for name, (kind, shape, _) in found[signature].items()} == {
                "text": ("string", [0, *rest]),
                "tokens": ("int32", [0, *rest, LIMIT]),
                "length": ("int32", [0, *rest]),
                "score": ("float32", [0, *rest]),
            }


def without_path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def check(found: dict, models: Seq2Seq, target: Tokenizer, audio: np.ndarray, lengths: np.ndarray) -> None:
    """Compares both signatures with the device's search."""
    encoded = KerasStep(models).encode(audio=audio, audio_length=lengths)
    sources = [Source(take(encoded, np.array([row])), 1, (row,)) for row in range(len(audio))]
    for signature, options in (("serving_default", GREEDY), ("beam", BEAM)):
        outputs = {name: values for name, (_, _, values) in found[signature].items()}
        for row, hypotheses in enumerate(search(KerasStep(models), sources, LIMIT, options)):
            for place, hypothesis in enumerate(hypotheses):
                text, tokens, length, score = (
                    outputs[name][row] if signature == "serving_default" else outputs[name][row][place]
                    for name in ("text", "tokens", "length", "score")
                )
                assert tokens[:length] == hypothesis.tokens and not any(tokens[length:])
                assert text == target.decode(hypothesis.tokens)
                assert score == pytest.approx(hypothesis.score, abs=1e-3)
