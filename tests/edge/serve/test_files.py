"""LibreTranslate's API for files."""

import io
import itertools
import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

pytest.importorskip("fastapi")

Send = Callable[..., tuple[int, Any, Any]]


@pytest.fixture(scope="module")
def send() -> Send:
    """Sends a file, with fields beside it, as LibreTranslate's page does."""

    def run(server: Any, name: str, data: bytes, **fields: str) -> tuple[int, Any, Any]:
        parts = [
            f'--part\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in fields.items()
        ]
        parts.append(f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode())
        body = b"".join([*parts, data, b"\r\n--part--\r\n"])
        return server.ask("/translate_file", body, {"Content-Type": "multipart/form-data; boundary=part"})

    return run


def logged_requests(server, characters: int, count: int) -> list[dict]:
    """The log's lines of requests with so many characters, which no others of these tests have."""
    # A line may come after its answer.
    for _ in range(500):
        found = [each for each in server.events("request") if each.get("characters") == characters]
        if len(found) >= count:
            break
        time.sleep(0.02)
    return found


def fetched(server, reply: dict) -> tuple[str, Any]:
    """The text of a translated file, and the headers of the answer."""
    url = reply["translatedFileUrl"]
    assert url.startswith(f"{server.url}/download_file/")
    status, text, headers = server.ask(urlsplit(url).path)
    assert status == 200
    return text, headers


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", "uno dos\n\ntres\n", "one two\n\nthree\n"),
        ("a.HTML", "<p>uno <b>dos</b></p>", "<p>one <b>two</b></p>"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nuno\n", "1\n00:00:01,000 --> 00:00:02,000\none\n"),
        # More sentences than may wait in the queue.
        ("a.txt", "uno\ndos tres\n" * 300, "one\ntwo three\n" * 300),
        ("empty.txt", "", ""),
    ],
)
def test_a_file_comes_back(server, send, name, data, expected):
    status, reply, _ = send(server, name, data.encode(), source="es", target="en")
    assert status == 200 and [*reply] == ["translatedFileUrl"]
    text, headers = fetched(server, reply)
    assert text == expected
    assert headers["Content-Type"] == "application/octet-stream" and headers["X-Content-Type-Options"] == "nosniff"
    stem, _, suffix = name.rpartition(".")
    assert headers["Content-Disposition"] == f'attachment; filename="{stem}_en.{suffix}"'


def test_a_document(server, send):
    docx = pytest.importorskip("docx")
    stream = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("uno ").add_run("dos").bold = True
    document.save(stream)
    status, reply, _ = send(server, "a.docx", stream.getvalue(), source="es", target="en")
    assert status == 200, reply
    with urllib.request.urlopen(reply["translatedFileUrl"]) as answer:
        [paragraph] = docx.Document(io.BytesIO(answer.read())).paragraphs
    assert [(run.text, run.bold) for run in paragraph.runs] == [("one ", None), ("two", True)]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [("auto", "en", "one two\n"), ("es", "la", "ONE TWO\n"), ("ES", "En", "one two\n"), ("es", "es", "uno dos\n")],
)
def test_languages(server, send, source, target, expected):
    """Detected, through a third one, in any spelling, and the same."""
    status, reply, _ = send(server, "a.txt", b"uno dos\n", source=source, target=target)
    assert (status, fetched(server, reply)[0]) == (200, expected)


@pytest.mark.parametrize("name", ["../../x/a ñ&%.txt", "C:\\x\\a ñ&%.txt"])
def test_names(server, send, name):
    status, reply, _ = send(server, name.replace("\\", "\\\\"), b"uno", source="es", target="en")
    assert status == 200
    text, headers = fetched(server, reply)
    assert text == "one" and headers["Content-Disposition"].endswith(quote("a ñ&%_en.txt"))


def test_behind_a_proxy(server):
    """The headers of the example for nginx in docs/serving.md."""
    parts = (('"source"', "es"), ('"target"', "en"), ('"file"; filename="a.txt"', "uno"))
    body = "".join(f"--part\r\nContent-Disposition: form-data; name={name}\r\n\r\n{told}\r\n" for name, told in parts)
    headers = {"Host": "example.org", "X-Forwarded-Proto": "https"}
    headers["Content-Type"] = "multipart/form-data; boundary=part"
    status, reply, _ = server.ask("/translate_file", f"{body}--part--\r\n".encode(), headers)
    assert status == 200 and reply["translatedFileUrl"].startswith("https://example.org/download_file/")


def test_no_file_can_be_guessed(server, send):
    keys = set()
    for _ in range(2):
        _, reply, _ = send(server, "a.txt", b"uno", source="es", target="en")
        keys.add(urlsplit(reply["translatedFileUrl"]).path)
    assert len(keys) == 2 and all(re.fullmatch(r"/download_file/[\w-]{22}\.a_en\.txt", key) for key in keys)
    for path in ("a_en.txt", "..%2F..%2Fetc%2Fpasswd", ".", "%00"):
        assert server.ask(f"/download_file/{path}")[0] == 404


@pytest.mark.parametrize(
    ("name", "data", "fields", "status", "message"),
    [
        ("a.pdf", b"uno", {}, 400, "file: a.pdf: files of the format '.pdf' cannot be translated; known: .txt"),
        ("a", b"uno", {}, 400, "file: a: has no suffix, which says of which format it is; name it with one of .txt, "),
        ("", b"uno", {}, 400, "file: "),
        ("a.txt", b"\xff\xfe", {}, 400, "file: a.txt: is UTF-16"),
        ("a.json", b"{", {}, 400, "file: a.json, line 1: is not JSON"),
        ("a.txt", b"uno", {"target": "xx"}, 400, "'xx' is not a language of this server"),
        ("a.txt", b"uno", {"source": "la"}, 400, "nothing here translates la to en"),
        ("a.txt", b"u" * 500_001, {}, 413, "file: has 500001 characters of text, more than 500000"),
    ],
)
def test_refused(server, send, name, data, fields, status, message):
    found, reply, _ = send(server, name, data, **{"source": "es", "target": "en", **fields})
    assert found == status and reply["error"].startswith(message), reply


def test_no_file(server):
    status, reply, _ = server.form("/translate_file", source="es", target="en")
    assert status == 400 and reply["error"].startswith("file: ")
    # One that is text: without a name.
    multipart = b'--part\r\nContent-Disposition: form-data; name="file"\r\n\r\nuno\r\n--part--\r\n'
    status, reply, _ = server.ask("/translate_file", multipart, {"Content-Type": "multipart/form-data; boundary=part"})
    assert (status, reply) == (400, {"error": "file: input should be a file with a name, in multipart/form-data"})


def test_keys(start, send, toy, tmp_path):
    (tmp_path / "keys").write_text("secret\n")
    server = start(toy, "--api-keys", tmp_path / "keys")
    assert send(server, "a.txt", b"uno", source="es", target="en")[0] == 403
    status, reply, _ = send(server, "a.txt", b"uno", source="es", target="en", api_key="secret")
    assert status == 200 and fetched(server, reply)[0] == "one"


def test_the_log_has_no_languages_that_there_are_not(server, send):
    send(server, "a.txt", b"cuatro", source="es", target="private")
    text = " ".join(["siete", "seis"] * 9)
    send(server, "a.txt", text.encode(), source="auto", target="private")
    server.ask("/translate", {"q": text, "source": "private", "target": "en"})
    server.ask("/v2/translate", {"text": text, "source_lang": "ES", "target_lang": "private"})
    logged = [[each.get("source"), each.get("target")] for each in logged_requests(server, len(text), 3)]
    assert sorted(logged) == [["auto", "unknown"], ["es", "unknown"], ["unknown", "en"]]
    assert not [line for line in server.log if "private" in line]


def test_the_log_has_no_text(server, send):
    text = "seis siete seis siete seis siete seis"
    send(server, "cinco.txt", text.encode(), source="es", target="en")
    (line,) = logged_requests(server, len(text), 1)
    assert (line["route"], line["format"]) == ("/translate_file", ".txt")
    assert not any(word in json.dumps(line) for word in ("cinco", "seis"))


def test_the_glossary_of_the_direction(start, send, toy, tmp_path):
    (tmp_path / "terms.tsv").write_text("dos\tsix\n")
    server = start(toy, "--glossary", tmp_path / "terms.tsv")
    status, reply, _ = send(server, "a.txt", b"uno dos tres", source="es", target="en")
    assert status == 200 and "six" in fetched(server, reply)[0].split()


def test_files_are_kept_for_a_limited_time(start, send, toy):
    server = start(toy, "--file-keep", 1)
    _, reply, _ = send(server, "a.txt", b"uno", source="es", target="en")
    path = urlsplit(reply["translatedFileUrl"]).path
    assert server.ask(path)[0] == 200
    deadline = time.monotonic() + 30
    while server.ask(path)[0] == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.ask(path)[:2] == (404, {"error": "there is no such file, or no more: translate it again"})


def test_too_large(start, send, toy):
    """More than other bodies may have, and less."""
    server = start(toy, "--body", 500, "--file-bytes", 2000)
    assert send(server, "a.txt", b"1" * 1000, source="es", target="en")[0] == 200
    status, reply, _ = send(server, "a.txt", b"1" * 2000, source="es", target="en")
    assert (status, reply) == (413, {"error": "body: has more than 2000 bytes"})


def test_too_long(start, send, toy):
    server = start(toy, "--file-seconds", 1, "--file-characters", 5_000_000)
    # Each is translated: none of them is there twice.
    words = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete"]
    lines = itertools.islice(itertools.product(words, repeat=6), 60_000)
    data = "\n".join(map(" ".join, lines)).encode()
    status, reply, _ = send(server, "a.txt", data, source="es", target="en")
    assert (status, reply) == (504, {"error": "took longer than 1 seconds"})
    assert server.ask("/translate", {"q": "uno", "source": "es", "target": "en"})[0] == 200
