"""What goes wrong inside, without a socket: by hand as the ASGI standard has it."""

import asyncio
import json
import logging
import time

import pytest

pytest.importorskip("fastapi")

from edge.documents import FORMATS
from edge.documents.plain_text import PlainText
from edge.recognizer import Recognizer
from edge.serve.app import create_app
from edge.serve.batcher import Batcher
from edge.serve.directions import Direction, Directions
from edge.serve.journal import JsonLines
from edge.serve.keys import Keys
from edge.serve.limits import Limits
from edge.serve.metrics import Metrics
from edge.serve.recognizers import Recognizers, ServedRecognizer
from edge.serve.service import Service
from edge.serve.transcription import Transcription
from edge.translator import Translator, read_bundle

SECRET = "uno dos"


class Broken:
    """Fails with the text in its message, or takes too long."""

    def __init__(self, seconds: float | None):
        self._seconds = seconds

    def translate_segments(self, segments, options):
        if self._seconds is None:
            raise ValueError(segments[0].text)
        asyncio.run(asyncio.sleep(self._seconds))
        return [[] for _ in segments]

    def stream_segment(self, segment, options):
        yield "one"
        yield self.translate_segments([segment], options)


def ask(toy, path: str, seconds: float | None = None) -> tuple[int, dict[str, str], str]:
    """Sends a request to a server with a broken model."""
    components = Translator(toy).components
    limits = Limits() if seconds is None else Limits(seconds=0.05)
    model = Broken(seconds)
    batcher = Batcher(model.translate_segments, limits.batch, limits.wait, limits.queue, stream=model.stream_segment)
    directions = Directions([Direction("es", "en", read_bundle(toy), components, batcher)])
    app = create_app(Service(directions, limits), Transcription(Recognizers(), limits), Keys(), Metrics())
    body = json.dumps({"q": SECRET, "source": "es", "target": "en", "instances": [SECRET]}).encode()
    reply = send(app, path, body, b"application/json")
    batcher.close()
    return reply


def ask_speech(toy_recognizer, tones, data: bytes, seconds: float | None = None) -> tuple[int, dict[str, str], str]:
    """Sends sound to a server with a broken recognizer."""
    limits = Limits() if seconds is None else Limits(seconds=0.2)

    def decode(phrases, options):
        if seconds is None:
            raise ValueError(SECRET)
        asyncio.run(asyncio.sleep(seconds))
        return [[] for _ in phrases]

    batcher = Batcher(decode, limits.batch, limits.wait, limits.queue)
    recognizer = Recognizer(tones.components(tones.model()))
    recognizers = Recognizers([ServedRecognizer("tones", read_bundle(toy_recognizer), recognizer, batcher)])
    app = create_app(Service(Directions([]), limits), Transcription(recognizers, limits), Keys(), Metrics())
    reply = send_file(app, "/v1/audio/transcriptions", f"{SECRET}.wav", data)
    batcher.close()
    return reply


def send_file(app, path: str, name: str, data: bytes, **fields: str) -> tuple[int, dict[str, str], str]:
    """Sends a form with a file to an application."""
    given = {f'"{field}"': value.encode() for field, value in fields.items()} | {f'"file"; filename="{name}"': data}
    head = "--part\r\nContent-Disposition: form-data; name={}\r\n\r\n"
    parts = [head.format(field).encode() + value for field, value in given.items()]
    return send(app, path, b"\r\n".join([*parts, b"--part--\r\n"]), b"multipart/form-data; boundary=part")


def send(app, path: str, body: bytes, kind: bytes) -> tuple[int, dict[str, str], str]:
    """Sends a request to an application."""
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "query_string": b""}
    scope |= {"path": path, "raw_path": path.encode(), "root_path": "", "headers": [(b"content-type", kind)]}
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    sent = []

    async def receive():
        # One request; then the client waits.
        if messages:
            return messages.pop()
        await asyncio.sleep(30)

    async def put(message):
        sent.append(message)

    async def run():
        # Starlette passes an exception on after it has answered; uvicorn logs it.
        try:
            await app(scope, receive, put)
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    asyncio.run(run())
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]).decode()


@pytest.mark.parametrize("path", ["/translate", "/explain", "/v1/models/es-en:predict"])
def test_an_exception_is_an_error_that_tells_nothing(toy, caplog, path):
    with caplog.at_level(logging.INFO):
        status, headers, body = ask(toy, path)
    assert (status, json.loads(body)) == (500, {"error": "internal error"})
    assert "content-security-policy" in headers
    check_log(caplog)


def test_an_exception_of_a_recognizer_tells_nothing(toy_recognizer, tones, wav, caplog):
    with caplog.at_level(logging.INFO):
        status, headers, body = ask_speech(toy_recognizer, tones, wav("one"))
    error = {"message": "internal error", "type": "server_error", "param": None, "code": None}
    assert (status, json.loads(body)) == (500, {"error": error})
    assert "content-security-policy" in headers
    check_log(caplog)


@pytest.mark.parametrize("slow", ["reading", "detection"])
def test_all_of_a_file_is_within_its_time(toy, monkeypatch, slow):
    def wait(found):
        time.sleep(0.6)
        return found

    if slow == "reading":
        monkeypatch.setitem(FORMATS, ".txt", lambda data, name: wait(PlainText(data, name)))
    else:
        monkeypatch.setattr(Service, "detect", lambda service, text: wait([("es", 1.0)]))
    translator = Translator(toy)
    batcher = Batcher(translator.translate_segments, 32, 0, 256)
    directions = Directions([Direction("es", "en", read_bundle(toy), translator.components, batcher)])
    app = create_app(
        Service(directions, Limits(file_seconds=0.2)), Transcription(Recognizers(), Limits()), Keys(), Metrics()
    )
    status, _, body = send_file(app, "/translate_file", "a.txt", b"", source="auto", target="en")
    batcher.close()
    assert (status, json.loads(body)) == (504, {"error": "took longer than 0.2 seconds"})


def check_log(caplog):
    """One request, one exception, nothing of what was in it."""
    lines = [JsonLines().format(record) for record in caplog.records if record.name != "asyncio"]
    assert lines and SECRET not in "".join(lines)
    assert [json.loads(line)["status"] for line in lines if '"request"' in line] == [500]
    assert [json.loads(line)["error"] for line in lines if "Exception in" in line] == ["ValueError"]


def test_a_stream_that_breaks_says_so(toy, caplog):
    with caplog.at_level(logging.INFO):
        status, _, body = ask(toy, "/translate/stream")
    assert status == 200
    assert body.split("\n\n")[:2] == ['data: {"text": "one"}', 'event: error\ndata: {"error": "internal error"}']
    line = next(JsonLines().format(record) for record in caplog.records if record.name == "edge.serve")
    assert json.loads(line)["error"] == "ValueError" and SECRET not in line


@pytest.mark.parametrize("path", ["/translate", "/v1/models/es-en:predict"])
def test_what_takes_too_long(toy, path):
    status, _, body = ask(toy, path, seconds=0.5)
    assert (status, json.loads(body)) == (504, {"error": "took longer than 0.05 seconds"})


def test_a_stream_that_takes_too_long(toy):
    _, _, body = ask(toy, "/translate/stream", seconds=0.5)
    assert 'event: error\ndata: {"error": "took longer than 0.05 seconds"}' in body


def test_a_recognizer_that_takes_too_long(toy_recognizer, tones, wav):
    status, _, body = ask_speech(toy_recognizer, tones, wav("one"), seconds=0.6)
    assert status == 504 and json.loads(body)["error"]["message"] == "took longer than 0.2 seconds"
