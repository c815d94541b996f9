"""A server in a process of its own, and bundles for it."""

import hashlib
import http.client
import io
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

Start = Callable[..., "Server"]


class Server:
    """`python -m edge serve` at a free port.

    Attributes:
        port: where it listens.
        log: its lines so far.
    """

    def __init__(self, root: Path, *arguments: object):
        command = [sys.executable, "-m", "edge", "serve", *map(str, arguments), "--port", "0"]
        self.process = subprocess.Popen(
            command, cwd=root, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "1"}
        )
        self.log: list[str] = []
        ready: queue.Queue[dict | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        serving = ready.get(timeout=60)
        assert serving, self.log
        self.port = int(serving["address"].rsplit(":", 1)[1])
        self.url = serving["address"]

    def _read(self, ready: queue.Queue) -> None:
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8").rstrip("\n"))
            if '"event": "serving"' in self.log[-1]:
                ready.put(json.loads(self.log[-1]))
        ready.put(None)

    def events(self, event: str) -> list[dict]:
        """The log's lines of an event."""
        told = [json.loads(line) for line in self.log if line.startswith("{")]
        return [line for line in told if line["event"] == event]

    def ask(
        self, path: str, body: object = None, headers: dict[str, str] | None = None, method: str | None = None
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Sends a request on a connection of its own: JSON, or bytes as they are; a GET without any.

        Returns:
            Status, the body (parsed if it is JSON) and the headers.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, headers)
            response = connection.getresponse()
            data = response.read().decode("utf-8")
            is_json = data and response.getheader("Content-Type", "").startswith("application/json")
            return response.status, json.loads(data) if is_json else data, response.headers
        finally:
            connection.close()

    def form(self, path: str, **fields: Any) -> tuple[int, Any, http.client.HTTPMessage]:
        """Sends a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(path, urlencode(fields, doseq=True).encode(), kind)

    def end(self) -> int:
        """Asks it to end; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self._reader.join(timeout=60)
        return status


@pytest.fixture(scope="session")
def start(root: Path) -> Iterator[Start]:
    """Starts servers, and ends them all."""
    pytest.importorskip("fastapi")
    started: list[Server] = []

    def run(*arguments: object) -> Server:
        started.append(Server(root, *arguments))
        return started[-1]

    yield run
    for server in started:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="session")
def english_spanish(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy bundle the other way round: it has the words of both languages in one order."""
    pieces = {side: (toy / f"{side}.model").read_bytes() for side in ("source", "target")}
    return _bundle(toy, tmp_path_factory.mktemp("en-es"), ("en", "es"), pieces["target"], pieces["source"])


@pytest.fixture(scope="session")
def english_latin(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that writes English words in capital letters, and says it is Latin."""
    return _capitals(toy, tmp_path_factory.mktemp("en-la"), "la")


@pytest.fixture(scope="session")
def english_style(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of one language: it writes English in capital letters."""
    return _capitals(toy, tmp_path_factory.mktemp("en-en"), "en")


@pytest.fixture(scope="session")
def brazilian_english(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy bundle under another name."""
    pieces = [(toy / f"{side}.model").read_bytes() for side in ("source", "target")]
    return _bundle(toy, tmp_path_factory.mktemp("pt-BR-en"), ("pt-BR", "en"), *pieces)


def _capitals(toy: Path, folder: Path, language: str) -> Path:
    english = (toy / "target.model").read_bytes()
    capitals = english
    for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"):
        capitals = capitals.replace("▁".encode() + word.encode(), "▁".encode() + word.upper().encode())
    return _bundle(toy, folder, ("en", language), english, capitals)


def _bundle(toy: Path, folder: Path, languages: tuple[str, str], source: bytes, target: bytes) -> Path:
    bundle = shutil.copytree(toy, folder / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    manifest["languages"] = dict(zip(("source", "target"), languages, strict=True))
    for name, data in {"source.model": source, "target.model": target}.items():
        (bundle / name).write_bytes(data)
        manifest["files"][name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    del manifest["digest"]
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return bundle


@pytest.fixture(scope="session")
def server(
    start: Start, toy: Path, english_spanish: Path, english_latin: Path, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """A server of es-en, en-es and en-la: from Spanish to Latin by way of English. It takes suggestions.

    No test ends it.
    """
    suggestions = tmp_path_factory.mktemp("suggestions") / "suggestions.jsonl"
    return start(toy, english_spanish, english_latin, "--suggestions", suggestions)


@pytest.fixture(scope="session")
def speech(
    start: Start,
    toy: Path,
    english_spanish: Path,
    toy_recognizer: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Server:
    """A server of es-en, en-es and speech in English. It takes suggestions. No test ends it."""
    suggestions = tmp_path_factory.mktemp("speech") / "suggestions.jsonl"
    return start(toy, english_spanish, toy_recognizer, "--suggestions", suggestions)


@pytest.fixture(scope="session")
def wav(tones: Any, wav_file: Callable[[np.ndarray, int], bytes]) -> Callable[..., bytes]:
    """Makes a WAV file of number words, each a tone of half a second, with half a second of silence around them."""

    def make(text: str, rate: int = 8000) -> bytes:
        words = [(word, 0.5 + 0.7 * place, 1.0 + 0.7 * place) for place, word in enumerate(text.split())]
        sound = tones.say(words, 1.0 + 0.7 * len(words), noise=0.002)
        # A multiple of the rate repeats samples.
        return wav_file(sound.repeat(rate // tones.rate), rate)

    return make


@pytest.fixture(scope="session")
def wav_file() -> Callable[[np.ndarray, int], bytes]:
    """Makes a WAV file of 16 bits of samples and a rate, by the standard library."""

    def make(sound: np.ndarray, rate: int) -> bytes:
        stream = io.BytesIO()
        with wave.open(stream, "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(np.rint(32767 * sound.clip(-1, 1)).astype("<i2").tobytes())
        return stream.getvalue()

    return make


@pytest.fixture(scope="session")
def upload() -> Callable[..., tuple[int, Any, http.client.HTTPMessage]]:
    """Sends a file to be transcribed, with fields beside it."""

    def send(
        server: Server, data: bytes, headers: dict[str, str] | None = None, **fields: object
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        told = [
            (name, value)
            for name, values in fields.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        parts = [
            f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in told
        ]
        head = b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        parts += [head, data, b"\r\n--part--\r\n"]
        kind = {"Content-Type": "multipart/form-data; boundary=part", **(headers or {})}
        return server.ask("/v1/audio/transcriptions", b"".join(parts), kind)

    return send


@pytest.fixture(scope="session")
def styled(start: Start, brazilian_english: Path, english_style: Path) -> Server:
    """A server of pt-BR-en and en-en. No test ends it."""
    return start(brazilian_english, english_style)
