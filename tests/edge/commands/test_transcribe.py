"""`python -m edge transcribe`, with a model of tones in the place of a bundle's."""

import io
import json
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from edge.__main__ import main
from edge.commands import transcribe

WORDS = [("one", 0.5, 0.9), ("two", 1.1, 1.5), ("three", 1.7, 2.1)]
LATER = [("three", 5.5, 5.9), ("two", 6.1, 6.5), ("one", 6.7, 7.1)]

Speak = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def model(tones, monkeypatch):
    """Stands behind every bundle."""
    model = tones.model()
    monkeypatch.setattr("edge.recognizer.read_bundle", lambda path: path)
    monkeypatch.setattr(
        "edge.recognizer.open_recognizer_components", lambda bundle, threads: tones.components(model, 6.0)
    )
    return model


@pytest.fixture
def speak(tones, tmp_path) -> Speak:
    """Writes a WAV file of words with their times."""

    def write(name: str, words: list[tuple[str, float, float]], seconds: float) -> Path:
        path = tmp_path / name
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, tones.rate, 0, "NONE", ""))
            file.writeframes(np.rint(32767 * tones.say(words, seconds)).astype("<i2").tobytes())
        return path

    return write


@pytest.fixture
def run(capsys, monkeypatch, tmp_path) -> Run:
    """Runs the command, with bytes on standard input; status, output and errors."""

    def command(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        status = main(["transcribe", "BUNDLE", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def test_a_file(run, speak):
    assert run(speak("a.wav", WORDS, 3.0)) == (0, "one two three\n", "")


def test_several_files_have_their_names(run, speak):
    files = [speak("a.wav", WORDS, 3.0), speak("none.wav", [], 3.0), speak("b.wav", WORDS[:1], 2.0)]
    expected = f"{files[0]}\tone two three\n{files[1]}\t\n{files[2]}\tone\n"
    assert run(*files) == (0, expected, "")


def test_files_after_options(run, speak):
    files = [speak("a.wav", WORDS, 3.0), speak("b.wav", WORDS[:1], 2.0)]
    assert (
        run("--beam", "2", *files)[:2] == run(*files, "--beam", "2")[:2] == run(files[0], "--threads", 2, files[1])[:2]
    )


def test_a_long_file_is_one_line(run, speak):
    status, out, _ = run(speak("a.wav", WORDS + LATER, 9.0))
    assert (status, out) == (0, "one two three three two one\n")


def test_json(run, speak):
    files = [speak("a.wav", WORDS + LATER, 9.0), speak("none.wav", [], 1.0)]
    status, out, _ = run(*files, "--json")
    one, none = map(json.loads, out.splitlines())
    assert status == 0 and one["file"] == str(files[0]) and one["text"] == "one two three three two one"
    assert [segment["text"] for segment in one["segments"]] == ["one two three", "three two one"]
    words = [word for segment in one["segments"] for word in segment["words"]]
    assert [word["start"] for word in words] == pytest.approx([start for _, start, _ in WORDS + LATER], abs=0.1)
    assert none == {"file": str(files[1]), "text": "", "confidence": 1.0, "segments": []}


def test_subtitles(run, speak):
    status, out, _ = run(speak("a.wav", WORDS + LATER, 9.0), "--srt")
    first, second = out.split("\n\n")[:2]
    assert status == 0 and first.splitlines()[0::2] == ["1", "one two three"]
    assert second.splitlines()[0::2] == ["2", "three two one"] and " --> 00:00:07,1" in second


def test_n_best(run, speak):
    file = speak("a.wav", WORDS, 3.0)
    status, out, _ = run(file, "--n-best", "2", "--beam", "4")
    found = json.loads(out)
    assert status == 0 and found["file"] == str(file) and len(found["hypotheses"]) == 2
    assert found["hypotheses"][0]["text"] == "one two three"
    assert found["hypotheses"][0]["score"] > found["hypotheses"][1]["score"]


def test_control(run, speak):
    file = speak("a.wav", WORDS, 3.0)
    assert run(file, "--prefix", "ten ")[1].startswith("ten ")
    assert "two" not in run(file, "--suppress", "two")[1].split()
    assert "six" in run(file, "--require", "six")[1].split()


def test_greedy_ctc(run, speak, model):
    model.decoder = False
    assert run(speak("a.wav", WORDS, 3.0), "--greedy-ctc")[:2] == (0, "one two three\n")


def pcm(tones, words: list[tuple[str, float, float]], seconds: float) -> bytes:
    return np.rint(32767 * tones.say(words, seconds)).astype("<i2").tobytes()


def test_standard_input_phrase_by_phrase(run, tones):
    assert run("-", stdin=pcm(tones, WORDS + LATER, 9.0)) == (0, "one two three\nthree two one\n", "")
    _, out, _ = run("-", "--json", stdin=pcm(tones, WORDS + LATER, 9.0))
    first, second = map(json.loads, out.splitlines())
    assert (first["text"], second["text"]) == ("one two three", "three two one")
    assert second["start"] == pytest.approx(5.5, abs=0.1) and len(second["words"]) == 3
    assert run("-", "--srt", stdin=pcm(tones, WORDS, 3.0))[1].endswith("one two three\n\n")


def test_standard_input_of_another_rate(run, tones):
    pytest.importorskip("soxr")
    samples = np.repeat(np.frombuffer(pcm(tones, WORDS, 3.0), "<i2"), 2).tobytes()
    assert run("--rate", 2 * tones.rate, "-", stdin=samples)[:2] == (0, "one two three\n")


def test_silence_on_standard_input(run):
    assert run("-", stdin=bytes(50_000)) == (0, "", "")


def test_microphone(run, tones, monkeypatch):
    def blocks(rate: int) -> Iterator[np.ndarray]:
        assert rate == tones.rate
        yield from np.array_split(tones.say(WORDS + LATER, 9.0), 50)

    monkeypatch.setattr(transcribe, "microphone_blocks", blocks)
    status, out, errors = run("--microphone")
    assert (status, out) == (0, "one two three\nthree two one\n")
    assert errors == "listening; Ctrl-C ends\n"


def test_no_microphone_is_one_line(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    status, out, errors = run("--microphone")
    assert (status, out) == (2, "") and errors.splitlines()[-1].startswith("error: --microphone: needs sounddevice")


def test_a_bad_file_among_several_is_found_before_anything_is_printed(run, speak, tmp_path):
    good = speak("a.wav", WORDS, 3.0)
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "empty.wav").touch()
    cut = speak("cut.wav", WORDS, 3.0)
    cut.write_bytes(cut.read_bytes()[:20_000])
    for bad in ("text.wav", "empty.wav", "none.wav", "cut.wav", ""):
        status, out, errors = run(good, tmp_path / bad)
        assert (status, out) == (2, ""), bad
        assert errors.startswith(f"error: {tmp_path / bad}: ") and errors.count("\n") == 1


def test_what_goes_wrong_later_ends_the_line(run, speak, monkeypatch):
    """The first of two files was transcribed, and half of the second."""
    from edge.errors import UserError

    blocks = transcribe.audio_blocks

    def damaged(file: str, rate: int) -> Iterator[np.ndarray]:
        for block in blocks(file, rate, 1.0):
            yield block
            if "b.wav" in file and sum(map(len, [block])) < 8000:
                raise UserError("b.wav: is damaged")

    monkeypatch.setattr(transcribe, "audio_blocks", damaged)
    files = [speak("a.wav", WORDS, 3.0), speak("b.wav", WORDS + LATER, 9.5)]
    status, out, errors = run(*files)
    assert status == 2 and errors == "error: b.wav: is damaged\n"
    assert out.splitlines()[0] == f"{files[0]}\tone two three" and out.endswith("\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "nothing to transcribe; name audio files"),
        ("a.wav --microphone", "--microphone: does not go together with files"),
        ("- a.wav", "-: standard input does not go together with other files"),
        ("- --rate 12", "--rate 12: is not from 1000 to 768000 Hz"),
        ("a.wav --rate 8000", "--rate: is for raw samples on standard input"),
        ("a.wav b.wav --srt", "--srt: subtitles are those of one file"),
        ("a.wav --srt --json", "--srt: does not go together with --json"),
        ("- --n-best 2", "--n-best: prints JSON lines of whole files"),
        ("a.wav --srt --n-best 2", "--n-best: prints JSON lines of whole files"),
        ("a.wav --greedy-ctc --beam 2", "--greedy-ctc: decodes without a search"),
        ("a.wav --greedy-ctc --search alpha=1", "--greedy-ctc: decodes without a search"),
        ("a.wav --greedy-ctc --suppress two", "decoding with CTC alone is greedy"),
        ("a.wav --beam 0", "search: beam 0 is less than 1"),
        ("a.wav --search beem=2", "did you mean beam?"),
        ("a.wav --require zebra", "required phrase 'zebra'"),
        ("- --prefix one", "is of the whole, and a phrase is not"),
        ("gone.wav", "gone.wav: no such file"),
    ],
)
def test_bad_arguments(run, speak, monkeypatch, tmp_path, arguments, message):
    for name in ("a.wav", "b.wav"):
        speak(name, WORDS, 3.0)
    monkeypatch.chdir(tmp_path)
    status, out, errors = run(*arguments.split())
    assert (status, out) == (2, "") and message in errors and errors.count("\n") == 1 and errors.startswith("error: ")


@pytest.mark.parametrize("arguments", ["--rate x -", "--rate 0 -", "a.wav --rates 8000"])
def test_arguments_that_cannot_be_parsed(run, arguments):
    with pytest.raises(SystemExit) as caught:
        run(*arguments.split())
    assert caught.value.code == 2
