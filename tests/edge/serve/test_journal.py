"""What the server says of itself, and does not say of its users."""

import http.client
import json
import logging
import sys

import pytest

pytest.importorskip("fastapi")

from edge.serve.journal import JsonLines

SECRET = "secreto"


def ask_everything(server) -> None:
    """Has a word in everything that a user can write, good and bad."""
    asked = {"q": f"uno {SECRET}", "source": "es", "target": "en"}
    long = " ".join([SECRET] * 60)
    for path in ("/translate", "/translate/stream", "/explain", "/detect"):
        server.ask(path, asked)
        server.ask(path, {**asked, "q": long, "target": SECRET})
        server.ask(path, {**asked, "q": [SECRET]})
        server.ask(path, f'{{"q": "{SECRET}'.encode(), {"Content-Type": "application/json"})
        server.ask(path, {**asked, "format": SECRET, "api_key": SECRET, SECRET: SECRET})
        server.form(path, **asked)
    server.form("/", **asked)
    server.ask("/v1/models/es-en:predict", {"instances": [long]})
    server.ask(f"/v1/models/{SECRET}:predict", {"instances": [SECRET]})
    server.ask(f"/{SECRET}?q={SECRET}")
    server.ask(f"/translate?q={SECRET}", asked, {"X-Text": SECRET})
    server.ask(f"/translate?q={SECRET}&source=es&target={SECRET}", method="POST")
    server.ask("/v1/models/es-en:predict", {"instances": [{SECRET: SECRET}], "signature_name": SECRET})
    server.ask(f"/v1/models/es-en/versions/{SECRET}")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.putrequest(SECRET.upper(), f"/{SECRET}")
    connection.endheaders()
    connection.getresponse().read()


def test_no_text_is_logged(start, toy):
    server = start(toy)
    ask_everything(server)
    assert server.end() == 0
    told = server.events("request")
    assert len(told) > 25
    assert not [line for line in server.log if SECRET in line.lower()]
    first = told[0]
    facts = {"method": "POST", "route": "/translate", "status": 200, "source": "es", "target": "en"}
    assert first.items() >= {**facts, "texts": 1, "characters": 11}.items()
    assert first["milliseconds"] > 0 and first["time"].endswith("Z")


def test_texts_are_logged_if_it_is_told_to(start, toy):
    server = start(toy, "--log-text")
    server.ask("/translate", {"q": ["uno ñ", "dos"], "source": "es", "target": "en"})
    assert server.end() == 0
    assert server.events("request")[0]["text"] == ["uno ñ", "dos"]


def test_an_exception_is_told_without_its_message():
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "Exception in %s", ("app",), sys.exc_info())
    line = JsonLines().format(record)
    assert SECRET not in line
    told = json.loads(line)
    assert (told["level"], told["message"], told["error"]) == ("error", "Exception in app", "ValueError")
    assert "test_journal.py:" in told["trace"][0]


def test_metrics(start, toy):
    server = start(toy)
    for _ in range(3):
        server.ask("/translate", {"q": "uno", "source": "es", "target": "en"})
    server.ask("/nothing")
    _, text, headers = server.ask("/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    numbers = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert numbers['edge_requests_total{route="/translate",status="200"}'] == "3.0"
    assert numbers['edge_requests_total{route="none",status="404"}'] == "1.0"
    assert numbers['edge_request_seconds_count{route="/translate"}'] == "3.0"
    assert numbers['edge_batch_sentences_count{model="es-en"}'] == "3.0"
    assert numbers['edge_waiting_sentences{model="es-en"}'] == "0.0"
