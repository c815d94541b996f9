"""OpenAI's API for transcription: by its client as it comes from PyPI, and by hand."""

import io
import json
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from edge import Recognizer

pytest.importorskip("fastapi")


@pytest.fixture(scope="module")
def client(speech):
    return pytest.importorskip("openai").OpenAI(base_url=f"{speech.url}/v1", api_key="none is needed", max_retries=0)


def test_client_json_and_text(client, wav):
    sound = wav("one two three")
    assert client.audio.transcriptions.create(file=("a.wav", sound), model="whisper-1").text == "one two three"
    asked = {"model": "toy_recognizer", "language": "en", "prompt": "Numbers.", "temperature": 0}
    assert client.audio.transcriptions.create(file=io.BytesIO(sound), **asked).text == "one two three"
    found = client.audio.transcriptions.create(file=("a.wav", sound), model="whisper-1", response_format="text")
    assert found == "one two three\n"


def test_client_times(client, wav):
    """The words are where their tones are; the phrase is all of them."""
    found = client.audio.transcriptions.create(
        file=("a.wav", wav("four five")),
        model="whisper-1",
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert (found.text, found.language) == ("four five", "english")
    assert float(found.duration) == pytest.approx(2.4)
    assert [word.word for word in found.words] == ["four", "five"]
    for word, start in zip(found.words, (0.5, 1.2), strict=True):
        assert (word.start, word.end) == pytest.approx((start, start + 0.5), abs=0.15)
    (segment,) = found.segments
    assert (segment.id, segment.text) == (0, "four five")
    assert (segment.start, segment.end) == (found.words[0].start, found.words[-1].end)
    assert -0.5 < segment.avg_logprob <= 0


def test_client_subtitles(client, wav):
    asked = {"file": ("a.wav", wav("six seven")), "model": "whisper-1"}
    srt = client.audio.transcriptions.create(**asked, response_format="srt").splitlines()
    assert srt[0] == "1" and srt[2:] == ["six seven", ""] and " --> " in srt[1] and "," in srt[1]
    vtt = client.audio.transcriptions.create(**asked, response_format="vtt").splitlines()
    assert vtt[:2] == ["WEBVTT", ""] and vtt[3:] == ["six seven", ""] and vtt[2] == srt[1].replace(",", ".")


def test_client_models(client):
    assert [model.id for model in client.models.list()] == ["es-en", "en-es", "toy_recognizer"]


def test_client_errors(client, wav):
    openai = pytest.importorskip("openai")
    with pytest.raises(openai.BadRequestError, match="text file") as caught:
        client.audio.transcriptions.create(file=("a.wav", b"no sound"), model="whisper-1")
    assert caught.value.param == "file" and caught.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError, match="is not available") as caught:
        client.audio.transcriptions.create(file=("a.wav", wav("one")), model="whisper-1", stream=True)
    assert caught.value.param == "stream"


def test_keys(start, toy_recognizer, wav, upload, tmp_path):
    openai = pytest.importorskip("openai")
    (tmp_path / "keys").write_text("first-key\n", encoding="utf-8")
    server = start(toy_recognizer, "--api-keys", tmp_path / "keys")
    for key, fine in (("first-key", True), ("other-key", False)):
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=key)
        if fine:
            assert client.audio.transcriptions.create(file=("a.wav", wav("one")), model="any").text == "one"
        else:
            with pytest.raises(openai.AuthenticationError) as caught:
                client.audio.transcriptions.create(file=("a.wav", wav("one")), model="any")
            assert caught.value.code == "invalid_api_key"
    # As the page's form has it.
    assert upload(server, wav("one"), api_key="first-key")[0] == 200
    assert upload(server, wav("one"))[0] == 401
    assert not [line for line in server.log if "-key" in line]


def test_only_speech(start, toy_recognizer, wav, upload):
    server = start(toy_recognizer)
    assert upload(server, wav("ten one"))[:2] == (200, {"text": "ten one"})
    assert server.ask("/translate", {"q": "one", "source": "en", "target": "es"})[0] == 404
    assert server.ask("/languages")[0] == 404
    document = server.ask("/openapi.json")[1]
    assert {"/v1/audio/transcriptions", "/v1/models", "/"} <= document["paths"].keys()
    assert "/translate" not in document["paths"] and "post" not in document["paths"]["/"]


def test_only_translation(server, wav, upload):
    status, reply, _ = upload(server, wav("one"))
    assert status == 404 and reply["error"]["type"] == "invalid_request_error"
    assert [each["id"] for each in server.ask("/v1/models")[1]["data"]] == ["es-en", "en-es", "en-la"]
    assert "/v1/audio/transcriptions" not in server.ask("/openapi.json")[1]["paths"]


def test_several_recognizers_are_told_apart(start, toy_recognizer, wav, upload, tmp_path):
    server = start(toy_recognizer, shutil.copytree(toy_recognizer, tmp_path / "copy"))
    for name in ("toy_recognizer", "copy"):
        assert upload(server, wav("two"), model=name)[:2] == (200, {"text": "two"})
    for name in ("whisper-1", ""):
        status, reply, _ = upload(server, wav("two"), model=name)
        assert status == 404 and reply["error"] == {
            "message": "model: there is no such model; there is toy_recognizer, copy",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }


@pytest.mark.parametrize("language", ["en", "EN", "en-GB", "en_US", ""])
def test_language_of_the_model(speech, wav, upload, language):
    assert upload(speech, wav("one"), language=language)[:2] == (200, {"text": "one"})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"language": "fr"}, "language"),
        ({"response_format": "docx"}, "response_format"),
        ({"temperature": 2}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"timestamp_granularities[]": "letter"}, "timestamp_granularities[]"),
        ({"stream": "true"}, "stream"),
    ],
)
def test_fields_that_cannot_be(speech, wav, upload, fields, param):
    status, reply, _ = upload(speech, wav("one"), **fields)
    assert status == 400 and reply["error"]["param"] == param
    assert reply["error"]["message"].startswith(f"{param}: ")


def test_a_temperature_draws(speech, wav, upload):
    """A cold one draws what is probable."""
    assert upload(speech, wav("one two"), temperature=0.01)[:2] == (200, {"text": "one two"})


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        (lambda data: b"", 400, "is empty"),
        (lambda data: data[:20], 400, "ends before the sound begins"),
        (lambda data: data[:3000], 400, "is cut"),
        (lambda data: data[:44], 400, "is cut"),
        (lambda data: b"\0" * 100, 400, "not audio in a known format"),
        (lambda data: b"one two", 400, "is a text file"),
        (lambda data: b"fLaC" + b"\0" * 100, (400, 415), "FLAC"),
    ],
)
def test_files_that_cannot_be(speech, wav, upload, change, status, message):
    found, reply, _ = upload(speech, change(wav("one")))
    assert found in (status if isinstance(status, tuple) else (status,))
    assert message in reply["error"]["message"] and reply["error"]["param"] == "file"
    assert "\n" not in reply["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"model=a&file=b", "application/x-www-form-urlencoded"),
        (
            b'--a\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--a--\r\n',
            "multipart/form-data; boundary=a",
        ),
        (b"damaged", "multipart/form-data; boundary=a"),
        (b"damaged", "multipart/form-data"),
        (b"", "audio/wav"),
    ],
)
def test_bodies_that_have_no_file(speech, body, kind):
    status, reply, _ = speech.ask("/v1/audio/transcriptions", body, {"Content-Type": kind})
    assert status == 400 and set(reply["error"]) == {"message", "type", "param", "code"}


def test_silence(speech, upload, wav_file):
    silent = wav_file(np.zeros(8000), 8000)
    assert upload(speech, silent)[:2] == (200, {"text": ""})
    assert upload(speech, silent, response_format="srt")[1] == ""
    status, reply, _ = upload(speech, silent, response_format="verbose_json")
    assert status == 200 and (reply["text"], reply["segments"]) == ("", []) and "words" not in reply


def test_a_long_recording_is_what_the_device_makes_of_it(speech, toy_recognizer, tones, upload, wav_file):
    """A minute, in many phrases, among others that are transcribed at the same time."""
    texts = ["one two", "three", "four five six", "seven", "eight nine ten"] * 5
    words, end = [], 0.5
    for text in texts:
        for word in text.split():
            words.append((word, end, end + 0.5))
            end += 0.65
        end += 1.0
    sound = tones.say(words, end, noise=0.002)
    expected = Recognizer(toy_recognizer).transcribe(sound, tones.rate).text
    status, reply, _ = upload(speech, wav_file(sound, tones.rate), response_format="verbose_json")
    assert status == 200 and reply["text"] == expected == " ".join(texts)
    assert len(reply["segments"]) > 10


def test_many_at_once(start, toy_recognizer, wav, upload):
    """Nobody gets another's transcript, and phrases were in fact transcribed together."""
    server = start(toy_recognizer, "--audio-uploads", 40)
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    texts = [f"{first} {second}" for first in words[:5] for second in words[3:]][:30]
    gate = threading.Barrier(30, timeout=60)

    def ask(text: str) -> str:
        sound = wav(text)
        gate.wait()
        return upload(server, sound)[1]["text"]

    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(ask, texts)) == texts
    lines = dict(line.rsplit(" ", 1) for line in server.ask("/metrics")[1].splitlines())
    single = float(lines['edge_batch_sentences_bucket{le="1.0",model="toy_recognizer"}'])
    assert single < float(lines['edge_batch_sentences_count{model="toy_recognizer"}']) < 30


def test_other_rates_and_formats_say_which_extra_they_need(root, toy_recognizer):
    """Without the packages of the extra, in a process where they cannot be imported."""
    code = """
import asyncio, io, sys, wave
sys.modules["soundfile"] = sys.modules["soxr"] = None
from edge.bundle import read_bundle
from edge.serve.limits import Limits
from edge.serve.recognizers import load_recognizers
from edge.serve.refusal import Refusal
from edge.serve.transcription import Transcription
recognizers = load_recognizers([read_bundle(sys.argv[1])], Limits())
stream = io.BytesIO()
with wave.open(stream, "wb") as file:
    file.setparams((1, 2, 16000, 0, "NONE", ""))
    file.writeframes(bytes(32000))
for data in (stream.getvalue(), b"OggS" + bytes(100), b"ID3" + bytes(100)):
    try:
        asyncio.run(Transcription(recognizers, Limits()).transcribe(data, recognizers.find("any")))
    except Refusal as refusal:
        print(refusal.status, refusal.message)
"""
    done = subprocess.run([sys.executable, "-c", code, toy_recognizer], cwd=root, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done.stderr
    assert lines[0].startswith("415 ") and "soxr" in lines[0] and "keras-s2s[audio]" in lines[0]
    assert lines[1].startswith("400 ") and "Ogg" in lines[1]
    assert lines[2].startswith("415 ") and "soundfile" in lines[2] and "keras-s2s[audio]" in lines[2]


def test_the_journal_and_the_metrics(speech, wav, upload):
    def line_of_four_words() -> dict:
        # A thread reads the log, with the requests of all tests in it: no other recording has four words.
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if found := [each for each in speech.events("request") if each.get("seconds") == 3.8]:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(speech.events("request"))

    upload(speech, wav("eight eight eight eight"), prompt="SECRET", language="en")
    line = line_of_four_words()
    told = {name: line[name] for name in ("route", "status", "model", "texts", "characters", "seconds")}
    assert told == {
        "route": "/v1/audio/transcriptions", "status": 200, "model": "toy_recognizer", "texts": 1, "characters": 23,
        "seconds": 3.8,
    }  # fmt: skip
    assert "eight" not in json.dumps(line) and not [each for each in speech.log if "SECRET" in each]
    metrics = speech.ask("/metrics")[1]
    assert 'edge_batch_sentences_count{model="toy_recognizer"}' in metrics
    assert 'edge_waiting_sentences{model="toy_recognizer"} 0.0' in metrics
    assert 'edge_requests_total{route="/v1/audio/transcriptions",status="200"}' in metrics


def test_the_document(speech, wav, upload):
    """It knows the form, the limit of bytes, and errors as they are."""
    document = speech.ask("/openapi.json")[1]
    operation = document["paths"]["/v1/audio/transcriptions"]["post"]
    (content,) = operation["requestBody"]["content"].items()
    assert content[0] == "multipart/form-data"
    schema = document["components"]["schemas"][content[1]["schema"]["$ref"].rpartition("/")[2]]
    assert schema["required"] == ["file"] and schema["properties"]["file"]["maxLength"] == 25_000_000
    assert {"model", "response_format", "language", "prompt", "temperature", "timestamp_granularities[]"} <= schema[
        "properties"
    ].keys()
    assert operation["responses"].keys() == {"200", "400", "401", "404", "408", "413", "415", "429", "504"}
    assert operation["responses"]["200"]["content"].keys() == {"application/json", "text/plain"}
    for status, response in operation["responses"].items():
        if status >= "400":
            (kind,) = response["content"].values()
            assert kind["schema"]["$ref"] == "#/components/schemas/OpenAIErrorBody"
    error = document["components"]["schemas"]["OpenAIError"]
    assert error["required"] == [*upload(speech, b"")[1]["error"]]


def test_other_methods(speech):
    status, reply, headers = speech.ask("/v1/audio/transcriptions")
    assert status == 405 and headers["Allow"] == "POST" and reply["error"]["type"] == "invalid_request_error"
