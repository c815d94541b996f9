"""The page where speech is served: without its script, and in a browser with a file for a microphone."""

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """Chromium without a window, by the DevTools protocol over pipes: a microphone plays a file.

    Args:
        profile: a directory that is not there yet.
        microphone: a WAV file.
    """

    def __init__(self, profile: Path, microphone: Path):
        # The browser reads at 3 and writes at 4; the numbers here are out of their way.
        (theirs_in, ours_out), (ours_in, theirs_out) = (map(_high, os.pipe()) for _ in range(2))
        command = [
            CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--remote-debugging-pipe", f"--user-data-dir={profile}", "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}%noloop",
        ]  # fmt: skip

        def pipes() -> None:
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self.process = subprocess.Popen(
            command, pass_fds=(3, 4), preexec_fn=pipes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb", 0)
        self._numbers, self._rest, self._session = itertools.count(1), b"", None

    def open(self, url: str) -> None:
        """Opens a page and waits for it."""
        self._session = None
        target = self._call("Target.createTarget", url=url)["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        # Before it, there is an empty page.
        self.wait(f"location.href === '{url}' && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        told = self._call("Runtime.evaluate", expression=script, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, script: str, seconds: float = 30.0) -> None:
        """Waits until an expression on the page is true."""
        last = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < last, (script, self.run("document.body.innerText"))
            time.sleep(0.1)

    def choose(self, selector: str, file: Path) -> None:
        """Chooses a file in a field."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
        self._out.close()
        self._in.close()

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        self._out.write(json.dumps(asked).encode() + b"\0")
        while True:
            message, end, rest = self._rest.partition(b"\0")
            if not end:
                data = self._in.read(65536)
                assert data, "the browser has ended"
                self._rest += data
                continue
            self._rest = rest
            told = json.loads(message)
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]


def _high(number: int) -> int:
    moved = fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(number)
    return moved


@pytest.fixture(scope="module")
def browser(tmp_path_factory, wav) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("needs Chromium on the PATH")
    folder = tmp_path_factory.mktemp("browser")
    (folder / "microphone.wav").write_bytes(wav("three four", 48_000))
    browser = Browser(folder / "profile", folder / "microphone.wav")
    yield browser
    browser.close()


def test_the_microphone(browser, speech):
    """What was said is transcribed, and translated, for its language can be."""
    browser.open(f"{speech.url}/")
    browser.wait("!document.getElementById('record').hidden")
    browser.run("document.getElementById('record').click()")
    browser.wait("document.getElementById('record').textContent === 'Stop'")
    assert browser.run("document.getElementById('heard').textContent").startswith("Recording")
    # The file has 2.4 s.
    time.sleep(5)
    browser.run("document.getElementById('record').click()")
    browser.wait("document.getElementById('transcript').textContent")
    assert browser.run("document.getElementById('transcript').textContent") == "three four"
    assert browser.run("document.getElementById('record').textContent") == "Record"
    browser.wait("document.getElementById('translation').textContent === 'tres cuatro'")
    assert browser.run("document.getElementById('text').value") == "three four"
    assert browser.run("document.getElementById('source').value") == "en"


def test_a_file(browser, speech, wav, tmp_path):
    """At another rate, which the browser resamples."""
    (tmp_path / "a.wav").write_bytes(wav("six seven", 48_000))
    browser.open(f"{speech.url}/")
    browser.choose("#file", tmp_path / "a.wav")
    browser.wait("document.getElementById('translation').textContent === 'seis siete'")
    assert browser.run("document.getElementById('transcript').lang") == "en"


def test_a_file_that_is_no_sound(browser, speech, tmp_path):
    (tmp_path / "a.wav").write_text("no sound", encoding="utf-8")
    browser.open(f"{speech.url}/")
    browser.choose("#file", tmp_path / "a.wav")
    browser.wait("document.getElementById('heard').textContent.includes('is a text file')")
    assert browser.run("document.getElementById('speech').classList.contains('failed')")


def test_a_page_of_speech_alone(browser, start, toy_recognizer, wav, tmp_path):
    (tmp_path / "a.wav").write_bytes(wav("nine"))
    server = start(toy_recognizer)
    browser.open(f"{server.url}/")
    browser.choose("#file", tmp_path / "a.wav")
    browser.wait("document.getElementById('transcript').textContent === 'nine'")
    assert browser.run("document.title") == "Transcribe"
    assert browser.run("document.getElementById('form') === null")


def test_a_form_that_needs_no_script(speech):
    _, text, headers = speech.ask("/")
    assert 'action="v1/audio/transcriptions" method="post" enctype="multipart/form-data"' in text
    assert 'name="response_format" type="hidden" value="text"' in text and 'name="file" type="file"' in text
    assert '<option value="toy_recognizer" data-rate="8000" data-language="en">toy_recognizer</option>' in text
    assert "static/speech.js" in text and "static/page.js" in text
    assert speech.ask("/static/speech.js")[0] == 200
    assert "'unsafe" not in headers["Content-Security-Policy"]


def test_without_speech_there_is_no_trace_of_it(server):
    text = server.ask("/")[1]
    assert "speech" not in text and "record" not in text
