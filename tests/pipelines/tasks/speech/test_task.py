"""The road of a speech run on a language of tones, each word a pitch: train, evaluate, export, transcribe, go on."""

import itertools
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
import tensorflow as tf
import yaml

from edge.bundle import read_bundle
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions
from pipelines.data.recordings import RecordingReader, load
from pipelines.tasks.speech.distillation import SpeechDistillation
from pipelines.tasks.speech.transcribe import open_recognizer

RATE = 8000
PITCHES = {"lo": 300.0, "mid": 700.0, "hi": 1500.0, "top": 2800.0}
SETTINGS = """
    audio.rate=8000 audio.mels=20 audio.filters=4 audio.time_masks=0 audio.frequency_masks=0
    model.units=48 model.embedding=16 model.layers=1 model.dropout=0
    augment.speed=0 augment.noise=0
    train.batch_seconds=12 train.max_seconds=4 train.max_length=24 train.learning_rate=0.01 train.warmup=20
    train.average=0.9 train.epoch_minutes=4 train.label_smoothing=0
"""
TINY = [part for setting in SETTINGS.split() for part in ("--set", setting)]


class Spoken(NamedTuple):
    """Sound and its words, with the start and the end of each in seconds."""

    audio: np.ndarray
    words: list[str]
    times: list[tuple[float, float]]


def speak(words: list[str], random: np.random.Generator, rate: int = RATE) -> Spoken:
    """Tones of a fifth to a third of a second with silence between them, and a little noise."""
    parts, times, now = [], [], 0.0
    for word in words:
        silence, seconds = random.uniform(0.1, 0.25), random.uniform(0.2, 0.35)
        time = np.arange(round(seconds * rate)) / rate
        edges = np.minimum(1.0, 50.0 * np.minimum(time, time[::-1]))
        parts += [np.zeros(round(silence * rate)), 0.4 * edges * np.sin(2 * np.pi * PITCHES[word] * time)]
        times.append((now + silence, now + silence + seconds))
        now += silence + seconds
    parts.append(np.zeros(round(0.15 * rate)))
    audio = np.concatenate(parts)
    return Spoken((audio + random.normal(0, 0.003, len(audio))).astype(np.float32), words, times)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.tsv, valid.tsv and test.tsv, and their recordings in several formats."""
    folder = tmp_path_factory.mktemp("tones")
    for seed, (name, count) in enumerate({"train": 80, "valid": 12, "test": 12}.items()):
        random, lines = np.random.default_rng(seed), []
        formats = itertools.cycle(["wav", "flac"])
        for number, suffix in zip(range(count), formats, strict=False):
            spoken = speak(random.choice(list(PITCHES), random.integers(1, 5)).tolist(), random)
            soundfile.write(folder / f"{name}{number}.{suffix}", spoken.audio, RATE)
            lines.append(f"{name}{number}.{suffix}\t{' '.join(spoken.words)}\n")
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(lists: Path, cli, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run, and what training it said."""
    run = tmp_path_factory.mktemp("speech") / "run"
    files = ["--train", lists / "train.tsv", "--valid", lists / "valid.tsv", "--out", run]
    done = cli("train", "--recipe", "speech", "--languages", "en-en", *files, *TINY, "--epochs", 24)
    assert done.status == 0, done.stderr
    assert done.stdout == ""
    return run, done.stderr


@pytest.fixture(scope="module")
def run(trained: tuple[Path, str]) -> Path:
    return trained[0]


@pytest.fixture(scope="module")
def bundles(run: Path, cli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    for quantize in ("none", "int8"):
        done = cli("export", run, "--out", folder / quantize, "--quantize", quantize)
        assert done.status == 0, done.stderr
    return {path.name: path for path in folder.iterdir()}


def test_what_training_says_and_leaves(trained, lists):
    run, said = trained
    assert f"{lists / 'train.tsv'}: 80 recordings, all used" in said
    assert "WER" in said and "CER" in said and "BLEU" not in said
    assert json.loads((run / "scores.json").read_text())["wer"] < 5
    assert len(list((run / "valid.sample").glob("*.flac"))) == 12


def test_evaluating(run, bundles, lists, cli):
    found = {}
    for path in (run, *bundles.values()):
        done = cli("evaluate", path, "--test", lists / "test.tsv", "--json")
        assert done.status == 0, done.stderr
        found[path.name] = json.loads(done.stdout)
    assert {"wer", "cer", "exact", "recordings", "seconds"} <= set(found["run"])
    assert found["run"]["recordings"] == 12 and found["run"]["wer"] < 10
    assert found["none"]["wer"] == found["run"]["wer"]
    assert found["int8"]["wer"] == pytest.approx(found["run"]["wer"], abs=5)
    done = cli("evaluate", run, "--test", lists / "test.tsv", "--limit", 2, "--beam", 3)
    assert "WER" in done.stdout and "2 recordings in" in done.stdout and "white space only" in done.stdout


def test_keras_and_the_flatbuffer_give_the_same_hypotheses(run, bundles, lists):
    sounds = [load(recording, RATE) for recording in RecordingReader(lists / "test.tsv")]
    keras, device = open_recognizer(run), Recognizer(bundles["none"])
    for options in (SearchOptions(), SearchOptions(beam=4), SearchOptions(beam=4, ctc_weight=0.0)):
        ours, theirs = (each.transcribe_all(sounds, options) for each in (keras, device))
        assert [each.text for each in ours] == [each.text for each in theirs]
        np.testing.assert_allclose([each.score for each in ours], [each.score for each in theirs], atol=1e-3)
    greedy = [each.transcribe_all(sounds, greedy_ctc=True) for each in (keras, device)]
    assert [each.text for each in greedy[0]] == [each.text for each in greedy[1]]


def test_what_a_bundle_says(bundles, lists):
    manifest = read_bundle(bundles["int8"]).manifest
    assert manifest["task"] == "speech" and manifest["ctc"] is True
    assert manifest["audio"] == {"rate": RATE, "position_ms": 40.0}
    limits = manifest["limits"]
    assert (limits["max_samples"], limits["max_target_length"]) == (4 * RATE, 24)
    # The longest of 80 recordings, a little less than the longest, has four words: 1.35 to 2.45 s. A quarter more.
    assert 1.25 * 1.35 * RATE < limits["phrase_samples"] < 1.25 * 2.45 * RATE
    recordings = sorted(len(load(recording, RATE)) for recording in RecordingReader(lists / "train.tsv"))
    assert 1.25 * recordings[-2] <= limits["phrase_samples"] <= 1.25 * recordings[-1]
    assert manifest["languages"] == {"source": "en", "target": "en"}
    assert manifest["scores"]["wer"] < 10


def test_times_of_words(bundles):
    """Within a tenth of a second of where they were put."""
    recognizer, random = Recognizer(bundles["none"]), np.random.default_rng(7)
    off = []
    for _ in range(10):
        spoken = speak(random.choice(list(PITCHES), 4).tolist(), random)
        words = recognizer.transcribe(spoken.audio, RATE).words
        if [word.text for word in words] == spoken.words:
            off += [
                abs(found - put)
                for word, times in zip(words, spoken.times, strict=True)
                for found, put in zip((word.start, word.end), times, strict=True)
            ]
    assert len(off) > 40
    assert max(off) < 0.1


def test_a_long_recording(bundles):
    """Many times longer than the network reads at once, at another rate, in stereo."""
    random = np.random.default_rng(8)
    spoken = [speak(random.choice(list(PITCHES), 3).tolist(), random) for _ in range(12)]
    pauses = (random.normal(0, 0.003, RATE).astype(np.float32) for _ in spoken)
    audio = np.concatenate(
        [part for pair in zip((each.audio for each in spoken), pauses, strict=True) for part in pair]
    )
    audio = np.repeat(audio, 2)[:, None] * [1.0, 0.5]
    transcript = Recognizer(bundles["none"]).transcribe(audio.astype(np.float32), 2 * RATE)
    expected = [word for each in spoken for word in each.words]
    assert transcript.text.split() == expected
    assert len(transcript.segments) >= 12


def test_transcribing_files(run, bundles, lists, cli, tmp_path):
    first, second = (lists / f"test{number}.{suffix}" for number, suffix in ((0, "wav"), (1, "flac")))
    for path in (run, bundles["int8"]):
        done = cli("transcribe", path, first, second)
        assert done.status == 0, done.stderr
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [str(first), str(second)]
    done = cli("transcribe", bundles["int8"], first, "--json", "--greedy-ctc")
    assert {"file", "text", "segments"} <= json.loads(done.stdout).keys()
    (tmp_path / "not.wav").write_text("no sound")
    done = cli("transcribe", bundles["int8"], first, second, "--attention-plot", tmp_path / "attention.png")
    assert done.status == 0, done.stderr
    assert (tmp_path / "attention.png").read_bytes().startswith(b"\x89PNG")
    done = cli("transcribe", bundles["int8"], first, tmp_path / "not.wav")
    assert done.status == 2 and done.stdout == "" and "not.wav" in done.stderr and "Traceback" not in done.stderr


def test_a_saved_model(run, lists, cli, tmp_path):
    done = cli("export", run, "--format", "saved-model", "--out", tmp_path / "saved")
    assert done.status == 0, done.stderr
    serve = tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"]
    recordings = list(RecordingReader(lists / "test.tsv"))[:4]
    sounds = [load(recording, RATE) for recording in recordings]
    audio = np.zeros((4, max(map(len, sounds))), np.float32)
    for row, sound in zip(audio, sounds, strict=True):
        row[: len(sound)] = sound
    lengths = tf.constant([len(sound) for sound in sounds])
    texts = [text.decode() for text in serve(audio=tf.constant(audio), audio_length=lengths)["text"].numpy()]
    expected = open_recognizer(run).transcribe_all(sounds, SearchOptions(ctc_weight=0.0))
    assert texts == [transcript.text for transcript in expected]


def test_a_static_bundle(run, lists, cli, tmp_path):
    done = cli("export", run, "--out", tmp_path / "static", "--static")
    assert done.status == 0, done.stderr
    done = cli("evaluate", tmp_path / "static", "--test", lists / "test.tsv", "--json")
    assert json.loads(done.stdout)["wer"] < 10


@pytest.mark.parametrize("method", [("prune", "--sparsity", 0.5), ("qat",)])
def test_compressing(method, run, lists, cli, tmp_path):
    files = ["--train", lists / "train.tsv", "--valid", lists / "valid.tsv", "--out", tmp_path / "small"]
    done = cli(
        "compress", run, "--method", *method, *files, "--set", "train.epochs=3", "--set", "train.epoch_minutes=0"
    )
    assert done.status == 0, done.stderr
    assert ("sparsity: 50.0% of the" in done.stderr) == (method[0] == "prune")
    done = cli("export", tmp_path / "small", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr


def test_a_teachers_transcripts(run, lists, capfd, tmp_path):
    """Of parts of a file, whatever the list says. Silence and what is damaged have no transcript."""
    sounds = [load(recording, RATE) for recording in itertools.islice(RecordingReader(lists / "train.tsv"), 6)]
    soundfile.write(tmp_path / "all.wav", np.concatenate(sounds), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "silence.wav", np.zeros(RATE), RATE)
    soundfile.write(tmp_path / "damaged.flac", np.concatenate(sounds), RATE)
    flac = (tmp_path / "damaged.flac").read_bytes()
    (tmp_path / "damaged.flac").write_bytes(flac[:2000] + bytes(len(flac) - 2000))
    ends = np.cumsum([len(sound) for sound in sounds]) / RATE
    entries = [
        {"audio_filepath": "all.wav", "text": "hi", "offset": end - len(sound) / RATE, "duration": len(sound) / RATE}
        for end, sound in zip(ends, sounds, strict=True)
    ]
    entries[1:1] = [{"audio_filepath": name, "text": "lo mid top"} for name in ("silence.wav", "damaged.flac")]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, entries)))
    corpora = SpeechDistillation().sequences([run], [tmp_path / "train.jsonl"], tmp_path / "teacher", 99, 5)
    assert corpora == [tmp_path / "teacher" / "teacher.jsonl", tmp_path / "train.jsonl"]
    said = capfd.readouterr().err
    assert "damaged.flac" in said and "skipped this recording" in said
    taught = list(RecordingReader(corpora[0]))
    expected = open_recognizer(run).transcribe_all(sounds, SearchOptions(beam=5))
    assert [recording.text for recording in taught] == [transcript.text for transcript in expected]
    for recording, sound in zip(taught, sounds, strict=True):
        np.testing.assert_array_equal(load(recording, RATE), sound)


def test_a_student_learns_its_teachers_distributions(run, lists, cli, tmp_path):
    """With the teacher's tokens, from sound at the teacher's rate."""
    files = ["--train", lists / "train.tsv", "--valid", lists / "valid.tsv"]
    settings = [*TINY, "--set", "audio.rate=16000", "--set", "train.epoch_minutes=0", "--set", "train.epochs=1"]
    student = tmp_path / "student"
    done = cli("compress", run, "--method", "distill", "--level", "word", *files, *settings, "--out", student)
    assert done.status == 0, done.stderr
    assert (student / "target.model").read_bytes() == (run / "target.model").read_bytes()
    config = yaml.safe_load((student / "config.yaml").read_text())
    assert (config["train"]["teacher"], config["audio"]["rate"]) == (str(run), RATE)
    assert "wer" in json.loads((student / "scores.json").read_text())
    options = ["--recipe", "speech", "--languages", "en-en", *settings, "--set", f"train.teacher={run}"]
    done = cli("train", *files, *options, "--out", tmp_path / "out")
    assert done.status == 2 and f"{run} reads 8000 Hz, not 16000; --set audio.rate=8000" in done.stderr
    assert not (tmp_path / "out").exists()


def spanish(lists: Path, folder: Path) -> list[object]:
    """The same recordings with transcripts in another language, as options of a training."""
    words = dict(zip(PITCHES, ("bajo", "medio", "alto", "cima"), strict=True))
    for name in ("train", "valid"):
        rows = [line.split("\t") for line in (lists / f"{name}.tsv").read_text().splitlines()]
        text = "".join(f"{lists / path}\t{' '.join(words[word] for word in said.split())}\n" for path, said in rows)
        (folder / f"{name}.tsv").write_text(text)
    return ["--train", folder / "train.tsv", "--valid", folder / "valid.tsv", "--languages", "en-es"]


@pytest.mark.parametrize("setting", ["train.ctc_weight=0", "model.attention=none"])
def test_without_ctc_and_without_attention(setting, lists, cli, tmp_path):
    """Here into another language: nothing asks in which one a transcript is."""
    out, bundle = tmp_path / "run", tmp_path / "bundle"
    files = spanish(lists, tmp_path)
    done = cli("train", "--recipe", "speech", *files, *TINY, "--out", out, "--set", setting, "--epochs", 1)
    assert done.status == 0, done.stderr
    assert json.loads((out / "run.json").read_text())["languages"] == ["en", "es"]
    done = cli("export", out, "--out", bundle, "--quantize", "none")
    assert done.status == 0, done.stderr
    sound = soundfile.read(lists / "test0.wav", dtype="float32")[0]
    assert open_recognizer(out).transcribe(sound, RATE).text == Recognizer(bundle).transcribe(sound, RATE).text


@pytest.mark.parametrize("option", [("--shortlist", "pairs.tsv"), ("--ids",)])
def test_options_that_sound_does_not_have(option, run, cli, tmp_path):
    form = ["--format", "saved-model"] if option == ("--ids",) else []
    done = cli("export", run, "--out", tmp_path / "out", *form, *option)
    assert done.status == 2 and "speech" in done.stderr and not (tmp_path / "out").exists()
