"""Too large, too slow, too many, broken: each gets its answer, and the server goes on."""

import socket
import threading

import pytest

pytest.importorskip("fastapi")

ASKED = {"q": "uno dos", "source": "es", "target": "en"}


@pytest.fixture(scope="module")
def strict(start, toy):
    """A server with close limits."""
    options = "--body 2000 --characters 100 --items 3 --alternatives 0 --receive 1 --queue 1 --batch 1"
    return start(toy, *options.split())


@pytest.fixture(autouse=True)
def goes_on(strict):
    """After each of these tests, it translates."""
    yield
    assert strict.ask("/translate", ASKED)[:2] == (200, {"translatedText": "one two"})


def send(server, *parts: bytes, end: bool = False) -> bytes:
    """Sends raw bytes, and returns all that comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            # It has heard enough.
            pass
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except ConnectionResetError:
            pass
        return received


HEAD = b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_that_says_it_is_too_large(strict):
    status, reply, headers = strict.ask("/translate", b"x" * 2001, {"Content-Type": "application/json"})
    assert (status, reply) == (413, {"error": "body: has more than 2000 bytes"})
    assert headers["Content-Security-Policy"]


def test_a_body_that_turns_out_too_large(strict):
    reply = send(strict, HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[b"400\r\n" + b"x" * 1024 + b"\r\n"] * 3)
    assert reply.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_comes_too_slowly(strict):
    reply = send(strict, HEAD, b"Content-Length: 50\r\n\r\n{")
    assert reply.startswith(b"HTTP/1.1 408 ") and b'{"error":"the request took longer than 1 seconds' in reply


@pytest.mark.parametrize("begun", [b"", b"POST /translate HTT", HEAD])
def test_a_head_that_comes_too_slowly(strict, begun):
    assert send(strict, *[begun] if begun else []).startswith(b"HTTP/1.1 408 ")


def test_a_second_request_that_never_quite_begins(strict):
    with socket.create_connection(("127.0.0.1", strict.port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while not received.endswith(b'{"status":"ok"}'):
            received += connection.recv(65536)
        connection.sendall(b"GET /hea")
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_does_not_end(strict):
    reply = send(strict, HEAD, *[b"X-%d: " % number + b"x" * 1000 + b"\r\n" for number in range(200)])
    # A connection that is closed with data still unread may be reset before the answer is through.
    assert reply == b"" or reply.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("noise", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n"])
def test_what_is_no_http(strict, noise):
    assert send(strict, noise).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_goes_away_in_the_middle(strict):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", strict.port)) as connection:
            connection.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"q": "u" * 101}, "101 characters"),
        ({"q": ["uno"] * 4}, "4 texts"),
        ({"alternatives": 1}, "alternatives: are more than 0"),
    ],
)
def test_too_much_of_a_request(strict, more, message):
    status, reply, _ = strict.ask("/translate", {**ASKED, **more})
    assert status == 400 and reply["error"].startswith(message)


def test_too_many_at_once(strict):
    """One sentence may wait: most of these are told to come back, and the others are answered."""
    replies = []

    def ask():
        for _ in range(20):
            replies.append(strict.ask("/translate", {**ASKED, "q": ["uno dos tres cuatro cinco"] * 3}))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 160
    assert {status for status, _, _ in replies} == {200, 429}
    for status, reply, headers in replies:
        if status == 200:
            assert reply == {"translatedText": ["one two three four five"] * 3}
        else:
            assert list(reply) == ["error"] and int(headers["Retry-After"]) >= 1
