"""Transcription within limits."""

import asyncio
import functools
import io
from dataclasses import dataclass

from edge.audio import audio_blocks, audio_seconds
from edge.errors import MissingPackageError, UserError
from edge.phrases import Phrase
from edge.search.options import SearchOptions
from edge.serve.deadline import within
from edge.serve.limits import Limits
from edge.serve.recognizers import Recognizers, ServedRecognizer
from edge.serve.refusal import Refusal
from edge.transcript import Transcript

# The least that the search takes.
_COLDEST = 0.001


@dataclass(frozen=True)
class Transcribed:
    """What was made of a recording.

    Attributes:
        transcript: of it.
        seconds: length of the recording.
    """

    transcript: Transcript
    seconds: float


class Transcription:
    """Transcribes the recordings of requests.

    Args:
        recognizers: what there is.
        limits: of a request.
        beam: beam size; 1 is greedy search.
    """

    def __init__(self, recognizers: Recognizers, limits: Limits, beam: int = 5):
        self.recognizers = recognizers
        self.limits = limits
        self.beam = beam

    async def transcribe(self, data: bytes, served: ServedRecognizer, temperature: float = 0.0) -> Transcribed:
        """Transcribes a recording, phrase by phrase.

        Args:
            data: an audio file.
            served: the recognizer to use.
            temperature: 0 to search for the best transcript; above 0 for random sampling.

        Raises:
            Refusal: the file cannot be used or is too long, too many wait already, or it takes too long.
        """
        recognizer = served.recognizer
        async with within(self.limits.seconds):
            try:
                seconds = await asyncio.to_thread(audio_seconds, io.BytesIO(data))
                if seconds > self.limits.audio_seconds:
                    most = self.limits.audio_seconds
                    raise Refusal(413, f"file: has {seconds:.1f} seconds of sound, more than {most:g}")
                parts = await self._phrases(data, served)
            except MissingPackageError as error:
                raise Refusal(415, f"file: {error}") from error
            except UserError as error:
                raise Refusal(400, f"file: {error}") from error
            found = await served.batcher.decode(parts, _options(self.beam, temperature))
        best = [hypotheses[0] for hypotheses in found]
        return Transcribed(recognizer.put_together(parts, best), seconds)

    @staticmethod
    async def _phrases(data: bytes, served: ServedRecognizer) -> list[Phrase]:
        """Reads a file in blocks, on other threads: a request whose time is up reads no further."""
        recognizer = served.recognizer
        found = recognizer.phrases(audio_blocks(io.BytesIO(data), recognizer.rate))
        parts = []
        while part := await asyncio.to_thread(next, found, None):
            parts.append(part)
        return parts


@functools.lru_cache(64)
def _options(beam: int, temperature: float) -> SearchOptions:
    return SearchOptions(temperature=max(_COLDEST, temperature)) if temperature else SearchOptions(beam=beam)
