"""Dynamic batching of concurrent requests, on the one thread that owns a translator."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from edge.reader import Segment
from edge.search.options import SearchOptions
from edge.serve.refusal import Refusal
from edge.translation import Translation
from edge.translator import Translator

# How much a new measurement of the seconds a sentence takes weighs against those before.
_NEW = 0.1


@dataclass(eq=False)
class _Request:
    """Sentences that are answered in one go."""

    future: asyncio.Future
    results: list[list[Translation]]
    missing: int


@dataclass(eq=False)
class _Sentence:
    segment: Segment
    options: SearchOptions
    request: _Request
    place: int


@dataclass(eq=False)
class _Stream:
    segment: Segment
    options: SearchOptions
    loop: asyncio.AbstractEventLoop
    # Chunks of text, at last None or what went wrong.
    chunks: asyncio.Queue[str | Exception | None] = field(default_factory=asyncio.Queue)
    left: bool = False

    def put(self, chunk: str | Exception | None) -> None:
        _soon(self.loop, self.chunks.put_nowait, chunk)


def _soon(loop: asyncio.AbstractEventLoop, function: Callable, *arguments: object) -> None:
    """Calls a function on the loop's thread."""
    # If the event loop has closed in the meantime, no request waits for the result.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *arguments)


class Batcher:
    """A translator for many requests at once.

    Requests that arrive while the translator is busy wait in a queue, and leave it together with all that have the same
    search, up to a batch. Where sentences come thick and fast, a short wait makes batches larger; a sentence that comes
    alone never waits.

    Args:
        translator: used by this batcher only from now on.
        batch: maximum batch size in sentences.
        wait: seconds that a busy translator waits for a batch to fill.
        queue: sentences that may wait. A request that finds fewer waiting is let in with all it has.
        observe: is told the size of each batch and the seconds it took; called on the translator's thread.
    """

    def __init__(
        self,
        translator: Translator,
        batch: int,
        wait: float,
        queue: int,
        observe: Callable[[int, float], None] = lambda size, seconds: None,
    ):
        self._translator = translator
        self._batch, self._wait, self._longest = batch, wait, queue
        self._observe = observe
        self._queue: deque[_Sentence | _Stream] = deque()
        self._condition = threading.Condition()
        self._closing = False
        # Whether the last batch had company: then the next one may, too.
        self._crowded = False
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="translator", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Sentences in the queue."""
        return len(self._queue)

    async def translate(self, segments: Sequence[Segment], options: SearchOptions) -> list[list[Translation]]:
        """Translates segments, as `Translator.translate_segments` does.

        Raises:
            Refusal: the queue is full.
        """
        if not segments:
            return []
        request = _Request(asyncio.get_running_loop().create_future(), [[]] * len(segments), len(segments))
        self._put([_Sentence(segment, options, request, place) for place, segment in enumerate(segments)])
        return await request.future

    async def stream(self, segment: Segment, options: SearchOptions) -> AsyncIterator[str]:
        """Translates a segment chunk by chunk, as `Translator.stream_segment` does.

        Raises:
            Refusal: the queue is full.
        """
        stream = _Stream(segment, options, asyncio.get_running_loop())
        self._put([stream])
        try:
            while (chunk := await stream.chunks.get()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            stream.left = True

    def close(self) -> None:
        """Finishes what has been let in, and waits for it."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        self._thread.join()

    def _put(self, jobs: Sequence[_Sentence | _Stream]) -> None:
        with self._condition:
            if self._closing:
                raise Refusal(503, "the server is shutting down")
            if len(self._queue) >= self._longest:
                raise Refusal(429, "too many requests at once: try again later", len(self._queue) * self._seconds)
            alone = not self._queue
            self._queue.extend(jobs)
            if alone or len(self._queue) >= self._batch:
                self._condition.notify()

    def _run(self) -> None:
        while jobs := self._take():
            started = time.perf_counter()
            if isinstance(jobs[0], _Stream):
                self._tell(jobs[0])
            else:
                self._decode(jobs)
            taken = time.perf_counter() - started
            self._seconds += _NEW * (taken / len(jobs) - self._seconds)
            self._observe(len(jobs), taken)

    def _take(self) -> list[_Sentence] | list[_Stream]:
        """The next jobs to do together; none when there will be no more."""
        with self._condition:
            self._condition.wait_for(lambda: self._queue or self._closing)
            if self._crowded:
                self._condition.wait_for(lambda: len(self._queue) >= self._batch or self._closing, self._wait)
            if not self._queue:
                return []
            first = self._queue.popleft()
            if isinstance(first, _Stream):
                return [first]
            taken: list[_Sentence] = [first]
            left: deque[_Sentence | _Stream] = deque()
            for job in self._queue:
                if isinstance(job, _Sentence) and len(taken) < self._batch and job.options == first.options:
                    taken.append(job)
                else:
                    left.append(job)
            self._queue = left
            self._crowded = len(taken) > 1
            return taken

    def _decode(self, sentences: list[_Sentence]) -> None:
        """Translate sentences with equal options; skip those of cancelled requests."""
        sentences = [sentence for sentence in sentences if not sentence.request.future.cancelled()]
        if not sentences:
            return
        try:
            found = self._translator.translate_segments(
                [sentence.segment for sentence in sentences], sentences[0].options
            )
        except Exception as error:
            if len(sentences) > 1:
                # One that cannot be translated must not take the others with it.
                for sentence in sentences:
                    self._decode([sentence])
            else:
                self._answer([sentences[0].request], error)
            return
        done = []
        for sentence, translations in zip(sentences, found, strict=True):
            request = sentence.request
            request.results[sentence.place] = translations
            request.missing -= 1
            if not request.missing:
                done.append(request)
        self._answer(done)

    @staticmethod
    def _answer(requests: list[_Request], error: Exception | None = None) -> None:
        def settle() -> None:
            for request in requests:
                if not request.future.done():
                    request.future.set_exception(error) if error else request.future.set_result(request.results)

        if requests:
            _soon(requests[0].future.get_loop(), settle)

    def _tell(self, stream: _Stream) -> None:
        end = None
        try:
            for chunk in self._translator.stream_segment(stream.segment, stream.options):
                if stream.left:
                    break
                stream.put(chunk)
        except Exception as error:
            end = error
        stream.put(end)
