"""`python -m benchmarks.serve BUNDLE --test PAIRS`: what the HTTP server makes of many clients, on loopback.

Each client sends one sentence per request, one request after the other, on its own connection. Server and
clients share the machine. Two servers run, one of them with `--batch 1`; they are measured in turns.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from edge.bundle import read_bundle
from edge.errors import UserError
from edge.search.options import SearchOptions
from edge.translation import join_texts
from edge.translator import Translator
from pipelines.tasks import TASKS

CLIENTS = (1, 8, 32)
MOST = max(CLIENTS)
# Measurements: what they are called, how many clients, whether dynamic batching is on.
SETTINGS = {**{str(clients): (clients, True) for clients in CLIENTS}, f"{MOST}, --batch 1": (MOST, False)}
PERCENTILES = (50, 95, 99)


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--test", required=True, help="pairs whose sentences are sent")
    parser.add_argument("--rounds", type=int, default=3, help="rounds per measurement [3]")
    parser.add_argument("--seconds", type=float, default=4, help="seconds per measurement [4]")
    parser.add_argument(
        "--requests", type=int, default=10_000, help="number of different requests whose answers are checked [10000]"
    )
    parser.add_argument("--beam", type=int, default=1, metavar="K", help="of both servers (1: greedy)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    pair = read_bundle(options.bundle).manifest["languages"]
    texts = _texts(options.bundle, options.test, options.requests)
    with (
        _server(options.bundle, options.beam) as together,
        _server(options.bundle, options.beam, "--batch", "1") as alone,
    ):
        loads = {
            name: Load(together if batched else alone, clients, pair) for name, (clients, batched) in SETTINGS.items()
        }
        for load in loads.values():
            # Not counted: the first round of each.
            load.measure(texts, options.seconds / 4)
            load.forget()
        for _ in range(options.rounds):
            for load in loads.values():
                load.measure(texts, options.seconds)
        checked = Load(together, MOST, pair)
        answers = checked.ask_all(texts)
    results = {
        "requests_per_second": {name: load.throughput for name, load in loads.items()},
        "milliseconds": {name: load.percentiles for name, load in loads.items()},
        "batching_gain": loads[str(MOST)].throughput / loads[f"{MOST}, --batch 1"].throughput,
        "clients_gain": loads[str(MOST)].throughput / loads["1"].throughput,
        "checked": _compare(options.bundle, texts, answers, options.beam),
        "refused": sum(load.refused for load in (*loads.values(), checked)),
    }
    print(json.dumps(results)) if options.json else _show(results)


@dataclass
class Load:
    """Clients of a server.

    Attributes:
        port: of the server.
        clients: how many ask at once.
        languages: source and target, as a manifest has them.
        rates: requests a second, of each measurement.
        seconds: that each answer took.
        refused: requests that did not get a translation.
    """

    port: int
    clients: int
    languages: dict[str, str]
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def throughput(self) -> float:
        """Requests a second, the median of all measurements."""
        return statistics.median(self.rates)

    @property
    def percentiles(self) -> dict[str, float]:
        """Of the milliseconds that answers took."""
        return {f"p{share}": 1000 * float(np.percentile(self.seconds, share)) for share in PERCENTILES}

    def forget(self) -> None:
        """Begins anew."""
        self.rates, self.seconds = [], []

    def measure(self, texts: Sequence[str], seconds: float) -> None:
        """Send requests for a number of seconds."""
        # Each measurement uses the next texts.
        answered, start = len(self.seconds), len(self.seconds) % len(texts)
        started = time.perf_counter()
        endless = itertools.islice(itertools.cycle(enumerate(texts)), start, None)
        uvloop.run(self._ask(itertools.takewhile(lambda _: time.perf_counter() - started < seconds, endless), {}))
        self.rates.append((len(self.seconds) - answered) / (time.perf_counter() - started))

    def ask_all(self, texts: Sequence[str]) -> dict[int, str]:
        """Asks for each text once; returns what came, by its place."""
        answers: dict[int, str] = {}
        uvloop.run(self._ask(enumerate(texts), answers))
        return answers

    async def _ask(self, texts: Iterator[tuple[int, str]], answers: dict[int, str]) -> None:
        await asyncio.gather(*(self._client(texts, answers) for _ in range(self.clients)))

    async def _client(self, texts: Iterator[tuple[int, str]], answers: dict[int, str]) -> None:
        """One connection; all clients take their texts from the same iterator."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for place, text in texts:
            request = self._request(text)
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            if head.startswith(b"HTTP/1.1 200 "):
                self.seconds.append(time.perf_counter() - started)
                answers[place] = json.loads(body)["translatedText"]
            else:
                self.refused += 1
        writer.close()
        await writer.wait_closed()

    def _request(self, text: str) -> bytes:
        body = json.dumps({"q": text, **self.languages}).encode()
        head = "POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def _server(bundle: Path, beam: int, *options: str) -> Iterator[int]:
    """Runs a server; gives its port."""
    command = [sys.executable, "-m", "edge", "serve", str(bundle), "--port", "0", "--beam", str(beam), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        lines = []
        try:
            for line in process.stderr:
                lines.append(line)
                if '"serving"' in line:
                    break
            else:
                raise UserError(f"the server does not start: {lines[-1].strip() if lines else 'it says nothing'}")
            # A process that writes into a pipe without a reader stops when it is full.
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
            yield int(json.loads(line)["address"].rsplit(":", 1)[1])
            process.terminate()
            drain.wait()
        finally:
            process.kill()


def _texts(bundle: Path, test: str, count: int) -> list[str]:
    """Return a number of different texts: sentences of a file, or several of them if there are too few."""
    reader = TASKS["translation"].scores.bundle_reader(read_bundle(bundle).manifest, test)
    sentences = [*dict.fromkeys(pair.source for pair in itertools.islice(reader, count))]
    lines = (itertools.permutations(sentences, length) for length in range(1, 4))
    return ["\n".join(chosen) for chosen in itertools.islice(itertools.chain.from_iterable(lines), count)]


def _compare(bundle: Path, texts: Sequence[str], answers: dict[int, str], beam: int) -> dict[str, int]:
    """The answers beside those of a translator that has each sentence to itself.

    Returns:
        How many were asked for, were lost, are another request's, or are different otherwise: in a batch, sums of
        floating-point numbers can be rounded differently.
    """
    translator = Translator(bundle, batch=1)
    known: dict[str, str] = {}

    def translate(text: str) -> str:
        segments = translator.components.reader.sentences(text)
        sentences = [segment.text for segment in segments]
        new = [*dict.fromkeys(sentence for sentence in sentences if sentence not in known)]
        known.update(zip(new, translator.translate(new, SearchOptions(beam=beam)), strict=True))
        return join_texts(segments, [known[sentence] for sentence in sentences])

    expected = [translate(text) for text in texts]
    wrong = [place for place, answer in answers.items() if answer != expected[place]]
    all_expected = set(expected)
    swapped = sum(answers[place] in all_expected for place in wrong)
    return {
        "requests": len(texts),
        "lost": len(texts) - len(answers),
        "swapped": swapped,
        "different": len(wrong) - swapped,
    }


def _show(results: dict) -> None:
    table = Table(title="Requests on loopback", title_justify="left")
    for name in ("clients", "a second", *(f"p{share} ms" for share in PERCENTILES)):
        table.add_column(name, justify="right")
    for name, rate in results["requests_per_second"].items():
        table.add_row(name, f"{rate:.0f}", *(f"{value:.1f}" for value in results["milliseconds"][name].values()))
    Console().print(table)
    print(f"batching_gain {results['batching_gain']:.2f}   clients_gain {results['clients_gain']:.2f}")
    print("checked", "  ".join(f"{name} {value}" for name, value in results["checked"].items()))
    print(f"refused {results['refused']}")


if __name__ == "__main__":
    run(main)
