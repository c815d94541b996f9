"""Sound that is too large, too long, too slow or too much at once."""

import http.client
import socket
import time

import numpy as np
import pytest

pytest.importorskip("fastapi")

HEAD = b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=part\r\n"


@pytest.fixture(scope="module")
def strict(start, toy_recognizer):
    """A server with close limits."""
    options = "--audio-bytes 60000 --audio-seconds 3 --audio-receive 1.5 --audio-uploads 1 --body 100"
    return start(toy_recognizer, *options.split())


@pytest.fixture(autouse=True)
def goes_on(strict, wav, upload):
    """After each of these tests, it transcribes."""
    yield
    assert upload(strict, wav("one"))[:2] == (200, {"text": "one"})


def answer(connection: socket.socket) -> bytes:
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_too_many_bytes(strict, upload):
    status, reply, headers = upload(strict, bytes(60_000))
    assert status == 413 and headers["Content-Security-Policy"]
    assert reply["error"] == {
        "message": "body: has more than 60000 bytes", "type": "invalid_request_error", "param": "body", "code": None,
    }  # fmt: skip


def test_too_many_bytes_that_are_not_announced(strict):
    """They are refused while they come: the client has much more to send."""
    with socket.create_connection(("127.0.0.1", strict.port), timeout=30) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            while sent < 50_000_000:
                connection.sendall(b"4000\r\n" + bytes(0x4000) + b"\r\n")
                sent += 0x4000
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = answer(connection)
    assert sent < 50_000_000 and (received == b"" or received.startswith(b"HTTP/1.1 413 "))


def test_too_many_seconds(strict, upload, wav_file):
    status, reply, _ = upload(strict, wav_file(np.zeros(28_000), 8000))
    assert status == 413
    assert reply["error"]["message"] == "file: has 3.5 seconds of sound, more than 3"


def test_few_bytes_that_are_many_seconds(strict, upload, wav_file):
    """At a rate that is low, or packed: what counts is the sound."""
    assert upload(strict, wav_file(np.zeros(4000), 1000))[0] == 413
    soundfile = pytest.importorskip("soundfile")
    import io

    packed = io.BytesIO()
    soundfile.write(packed, np.zeros(8000 * 600, np.float32), 8000, format="FLAC")
    assert len(packed.getvalue()) < 60_000
    status, reply, _ = upload(strict, packed.getvalue())
    assert status == 413 and "has 600.0 seconds" in reply["error"]["message"]


def test_it_comes_too_slowly(strict):
    with socket.create_connection(("127.0.0.1", strict.port), timeout=30) as connection:
        connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n--part")
        received = answer(connection)
    assert received.startswith(b"HTTP/1.1 408 ") and b"took longer than 1.5 seconds" in received
    assert b'"type":"invalid_request_error"' in received


def test_too_many_at_once(strict, upload, wav):
    """One is on its way: the next is refused, until it has ended."""
    with socket.create_connection(("127.0.0.1", strict.port), timeout=30) as connection:
        connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n--part")
        # Its head is read before that of the next connection, which comes after it.
        status, reply, headers = upload(strict, wav("one"))
        assert status == 429 and reply["error"]["code"] == "rate_limit_exceeded" and headers["Retry-After"]
        assert strict.ask("/health")[0] == 200
        assert answer(connection).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_goes(strict, wav, upload):
    """Half of a body, then nothing: its place is free again."""
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", strict.port, timeout=30)
        connection.putrequest("POST", "/v1/audio/transcriptions")
        connection.putheader("Content-Type", "multipart/form-data; boundary=part")
        connection.putheader("Content-Length", "500")
        connection.endheaders(b"--part")
        connection.close()
    # The server hears of it in its own time: until then the place is taken.
    deadline = time.monotonic() + 30
    while upload(strict, wav("one"))[0] == 429 and time.monotonic() < deadline:
        time.sleep(0.05)


def test_other_bodies_keep_their_limit(strict):
    assert strict.ask("/", bytes(200))[0] == 413
