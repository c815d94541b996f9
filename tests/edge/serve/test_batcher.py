"""What is decoded together, on a translator that can be held."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from edge.search.options import SearchOptions
from edge.serve.batcher import Batcher
from edge.serve.refusal import Refusal
from edge.translation import Translation

GREEDY, BEAM = SearchOptions(), SearchOptions(beam=2)


class Held:
    """Writes texts in capitals, when it is let go; to the batcher a segment is whatever the translator takes."""

    def __init__(self):
        self.batches: list[list[str]] = []
        self.busy, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def translate_segments(self, texts: list[str], options: SearchOptions) -> list[list[Translation]]:
        self.busy.release()
        self.go.acquire()
        self.batches.append(list(texts))
        if "bad" in texts:
            raise ValueError("bad")
        return [[Translation(text.upper(), 0.0, [], [], [], None)] for text in texts]

    def stream_segment(self, text: str, options: SearchOptions) -> Iterator[str]:
        for letter in text.upper():
            if letter == "!":
                raise ValueError(text)
            yield letter


def run(scenario, **limits):
    """Runs a scenario with a batcher and its translator."""
    translator = Held()
    batcher = Batcher(
        translator.translate_segments,
        **{"batch": 4, "wait": 0.0, "queue": 8, **limits},
        stream=translator.stream_segment,
    )

    async def scene():
        return await asyncio.wait_for(scenario(batcher, translator), 30)

    try:
        return asyncio.run(scene())
    finally:
        translator.go.release(1000)
        batcher.close()


async def submit(batcher: Batcher, *texts: str, options: SearchOptions = GREEDY) -> asyncio.Task:
    """Sends a request and lets it get to the queue."""
    task = asyncio.create_task(batcher.decode(texts, options))
    await asyncio.sleep(0)
    return task


async def hold(batcher: Batcher, translator: Held) -> asyncio.Task:
    """Keeps the translator busy with a sentence."""
    task = await submit(batcher, "first")
    await asyncio.to_thread(translator.busy.acquire)
    return task


async def texts(task: asyncio.Task) -> list[str]:
    return [translations[0].text for translations in await task]


def test_what_waits_is_decoded_together_and_answered_apart():
    async def scenario(batcher, translator):
        first = await hold(batcher, translator)
        tasks = [await submit(batcher, "a", "b"), await submit(batcher, "c"), await submit(batcher, "d", "e")]
        translator.go.release(1000)
        assert [await texts(task) for task in [first, *tasks]] == [["FIRST"], ["A", "B"], ["C"], ["D", "E"]]
        # At most four, in order; the rest of the third request comes in the next batch.
        assert translator.batches == [["first"], ["a", "b", "c", "d"], ["e"]]

    run(scenario)


def test_a_batch_has_one_kind_of_search():
    async def scenario(batcher, translator):
        await hold(batcher, translator)
        tasks = [
            await submit(batcher, text, options=options)
            for text, options in [("a", GREEDY), ("b", BEAM), ("c", SearchOptions()), ("d", BEAM)]
        ]
        translator.go.release(1000)
        assert [await texts(task) for task in tasks] == [["A"], ["B"], ["C"], ["D"]]
        assert translator.batches == [["first"], ["a", "c"], ["b", "d"]]

    run(scenario)


def test_a_batch_of_one_is_no_batch():
    async def scenario(batcher, translator):
        await hold(batcher, translator)
        tasks = [await submit(batcher, text) for text in "abc"]
        translator.go.release(1000)
        await asyncio.gather(*tasks)
        assert translator.batches == [["first"], ["a"], ["b"], ["c"]]

    run(scenario, batch=1)


def test_a_full_queue_refuses_and_says_when_to_come_back():
    async def scenario(batcher, translator):
        first = await hold(batcher, translator)
        waiting = [await submit(batcher, "a", "b", "c"), await submit(batcher, "d", "e")]
        assert batcher.waiting == 5
        for late in (batcher.decode(["f"], GREEDY), anext(batcher.stream("f", GREEDY))):
            with pytest.raises(Refusal) as caught:
                await late
            assert caught.value.status == 429 and int(caught.value.headers["Retry-After"]) >= 1
        translator.go.release(1000)
        # Those who were let in are answered, and then there is room again.
        assert [await texts(task) for task in [first, *waiting]] == [["FIRST"], ["A", "B", "C"], ["D", "E"]]
        assert await texts(await submit(batcher, "f")) == ["F"]

    run(scenario, queue=4)


def test_one_bad_sentence_takes_no_other_with_it():
    async def scenario(batcher, translator):
        await hold(batcher, translator)
        good, bad, fine = [await submit(batcher, text) for text in ("good", "bad", "fine")]
        translator.go.release(1000)
        assert await texts(good) == ["GOOD"] and await texts(fine) == ["FINE"]
        with pytest.raises(ValueError, match="bad"):
            await bad
        assert await texts(await submit(batcher, "next")) == ["NEXT"]

    run(scenario)


def test_nobody_decodes_for_who_has_gone():
    async def scenario(batcher, translator):
        await hold(batcher, translator)
        gone, there = await submit(batcher, "gone"), await submit(batcher, "there")
        gone.cancel()
        await asyncio.sleep(0)
        translator.go.release(1000)
        assert await texts(there) == ["THERE"]
        assert translator.batches == [["first"], ["there"]]

    run(scenario)


def test_a_crowd_is_waited_for():
    """Two came together, so the next is not decoded before others had the time to come."""

    async def scenario(batcher, translator):
        first = await hold(batcher, translator)
        crowd = [await submit(batcher, text) for text in "ab"]
        translator.go.release(1000)
        await asyncio.gather(first, *crowd)
        # Four fill a batch, and end the wait of a minute.
        later = [await submit(batcher, text) for text in "cdef"]
        assert [await texts(task) for task in later] == [["C"], ["D"], ["E"], ["F"]]
        assert translator.batches[-1] == ["c", "d", "e", "f"]

    run(scenario, wait=60.0)


def test_closing_finishes_what_was_let_in():
    async def scenario(batcher, translator):
        tasks = [await hold(batcher, translator), await submit(batcher, "a", "b"), await submit(batcher, "c")]
        closing = asyncio.create_task(asyncio.to_thread(batcher.close))
        while not batcher._closing:
            await asyncio.sleep(0.01)
        with pytest.raises(Refusal, match="shutting down"):
            await batcher.decode(["late"], GREEDY)
        translator.go.release(1000)
        assert [await texts(task) for task in tasks] == [["FIRST"], ["A", "B"], ["C"]]
        await closing

    run(scenario, wait=60.0)


def test_streams_wait_their_turn_and_pass_errors_on():
    async def scenario(batcher, translator):
        await hold(batcher, translator)
        before = await submit(batcher, "before")
        stream = batcher.stream("bit", GREEDY)
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        after = await submit(batcher, "after")
        translator.go.release(1000)
        assert [await first, *[bit async for bit in stream]] == ["B", "I", "T"]
        # Nobody is passed over, and nobody held up more than by one stream.
        assert await texts(before) == ["BEFORE"] and await texts(after) == ["AFTER"]
        with pytest.raises(ValueError, match="a!"):
            [bit async for bit in batcher.stream("a!", GREEDY)]
        assert await texts(await submit(batcher, "next")) == ["NEXT"]

    run(scenario)


def test_batches_are_observed():
    seen = []

    async def scenario(batcher, translator):
        await hold(batcher, translator)
        tasks = [await submit(batcher, text) for text in "abc"]
        translator.go.release(1000)
        await asyncio.gather(*tasks)

    run(scenario, observe=lambda size, seconds: seen.append((size, seconds >= 0)))
    assert seen == [(1, True), (3, True)]
