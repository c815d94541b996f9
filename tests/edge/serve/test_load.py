"""Many at once: nobody gets another's translation, and nobody who was let in is left without."""

import http.client
import itertools
import json
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge import Translator

pytest.importorskip("fastapi")

WORDS = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]


def test_200_different_requests_at_once(server, toy):
    texts = [" ".join(words) for words in itertools.islice(itertools.product(WORDS, repeat=4), 0, 4000, 20)]
    # Longer and shorter ones, so that those of a batch end at different times.
    texts = [text.rsplit(" ", number % 4)[0] + " diez" * (number % 3) for number, text in enumerate(texts)]
    gate = threading.Barrier(200, timeout=60)

    def ask(text: str) -> str:
        gate.wait()
        return server.ask("/translate", {"q": text, "source": "es", "target": "en"})[1]["translatedText"]

    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(ask, texts))
    alone = Translator(toy, batch=1)
    assert found == [alone.translate(text) for text in texts]
    assert len(set(texts)) > 150
    _, metrics, _ = server.ask("/metrics")
    sizes = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if line.startswith("edge_batch_sentences"))
    # They were in fact decoded together.
    single = float(sizes['edge_batch_sentences_bucket{le="1.0",model="es-en"}'])
    assert single < float(sizes['edge_batch_sentences_count{model="es-en"}']) < 200 + single


def test_ending_under_load_answers_all_that_was_let_in(start, toy):
    server = start(toy)
    body = json.dumps({"q": ["uno dos tres", "cuatro"], "source": "es", "target": "en"})
    answered = itertools.count()
    begun = threading.Semaphore(0)

    def ask() -> int:
        """Asks on one connection until the server takes no more; returns how often it was answered."""
        count = 0
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        try:
            while True:
                connection.request("POST", "/translate", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                assert json.loads(response.read()) == {"translatedText": ["one two three", "four"]}
                assert response.status == 200
                count += 1
                next(answered)
                begun.release()
        except (ConnectionError, http.client.RemoteDisconnected):
            return count

    with ThreadPoolExecutor(16) as pool:
        counts = [pool.submit(ask) for _ in range(16)]
        for _ in range(100):
            begun.acquire(timeout=30)
        assert server.end() == 0
        counts = [count.result(timeout=30) for count in counts]
    told = [line for line in server.events("request") if line["status"] == 200]
    # All that the server has answered has arrived; whoever came later never got in.
    assert sum(counts) == len(told) == len(server.events("request"))
    assert server.events("ended")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_ended_as_soon_as_it_serves(start, toy, number):
    server = start(toy)
    server.process.send_signal(number)
    assert server.end() == 0
    assert server.events("ended") and not [line for line in server.log if "Traceback" in line]
