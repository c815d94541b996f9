"""Dynamic batching of concurrent requests, on the one thread that owns a model."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from edge.search.options import SearchOptions
from edge.serve.refusal import Refusal

# How much a new measurement of the seconds a source takes weighs against those before.
_NEW = 0.1

Source = TypeVar("Source")
Result = TypeVar("Result")


@dataclass(eq=False)
class _Request:
    """Sources that are answered in one go."""

    future: asyncio.Future
    results: list[Any]
    missing: int


@dataclass(eq=False)
class _Job(Generic[Source]):
    source: Source
    options: SearchOptions
    request: _Request
    place: int


@dataclass(eq=False)
class _Stream(Generic[Source]):
    source: Source
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


class Batcher(Generic[Source, Result]):
    """A model for many requests at once.

    Sources are what the model reads at once: sentences, or phrases of sound. Requests that arrive while the model is
    busy wait in a queue, and leave it together with all that have the same search, up to a batch. Where sources come
    thick and fast, a short wait makes batches larger; a source that comes alone never waits.

    Args:
        decode: returns the result of each of several sources; its model is used by this batcher only from now on.
        batch: maximum batch size in sources.
        wait: seconds that a busy model waits for a batch to fill.
        queue: sources that may wait. A request that finds fewer waiting is let in with all it has.
        observe: is told the size of each batch and the seconds it took; called on the model's thread.
        stream: yields the text of a source chunk by chunk, if the model can.
    """

    def __init__(
        self,
        decode: Callable[[list[Source], SearchOptions], Sequence[Result]],
        batch: int,
        wait: float,
        queue: int,
        observe: Callable[[int, float], None] = lambda size, seconds: None,
        stream: Callable[[Source, SearchOptions], Iterator[str]] = lambda source, options: iter(()),
    ):
        self._decode, self._stream = decode, stream
        self._batch, self._wait, self._longest = batch, wait, queue
        self._observe = observe
        self._queue: deque[_Job[Source] | _Stream[Source]] = deque()
        self._condition = threading.Condition()
        self._closing = False
        # Whether the last batch had company: then the next one may, too.
        self._crowded = False
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Sources in the queue."""
        return len(self._queue)

    async def decode(self, sources: Sequence[Source], options: SearchOptions) -> list[Result]:
        """Returns the result of each source.

        Raises:
            Refusal: the queue is full.
        """
        if not sources:
            return []
        request = _Request(asyncio.get_running_loop().create_future(), [None] * len(sources), len(sources))
        self._put([_Job(source, options, request, place) for place, source in enumerate(sources)])
        return await request.future

    async def stream(self, source: Source, options: SearchOptions) -> AsyncIterator[str]:
        """Yields the text of a source chunk by chunk.

        Raises:
            Refusal: the queue is full.
        """
        stream = _Stream(source, options, asyncio.get_running_loop())
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

    def _put(self, jobs: Sequence[_Job[Source] | _Stream[Source]]) -> None:
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
                self._answer_all(jobs)
            taken = time.perf_counter() - started
            self._seconds += _NEW * (taken / len(jobs) - self._seconds)
            self._observe(len(jobs), taken)

    def _take(self) -> list[_Job[Source]] | list[_Stream[Source]]:
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
            taken: list[_Job[Source]] = [first]
            left: deque[_Job[Source] | _Stream[Source]] = deque()
            for job in self._queue:
                if isinstance(job, _Job) and len(taken) < self._batch and job.options == first.options:
                    taken.append(job)
                else:
                    left.append(job)
            self._queue = left
            self._crowded = len(taken) > 1
            return taken

    def _answer_all(self, jobs: list[_Job[Source]]) -> None:
        """Decode jobs with equal options; skip those of cancelled requests."""
        jobs = [job for job in jobs if not job.request.future.cancelled()]
        if not jobs:
            return
        try:
            found = self._decode([job.source for job in jobs], jobs[0].options)
        except Exception as error:
            if len(jobs) > 1:
                # One that cannot be decoded must not take the others with it.
                for job in jobs:
                    self._answer_all([job])
            else:
                self._answer([jobs[0].request], error)
            return
        done = []
        for job, result in zip(jobs, found, strict=True):
            request = job.request
            request.results[job.place] = result
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

    def _tell(self, stream: _Stream[Source]) -> None:
        end = None
        try:
            for chunk in self._stream(stream.source, stream.options):
                if stream.left:
                    break
                stream.put(chunk)
        except Exception as error:
            end = error
        stream.put(end)
