"""Limits of the server."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


class UploadLimits(NamedTuple):
    """Bounds of requests with files on one path.

    Attributes:
        size: of a body, in bytes.
        seconds: for receiving it.
        at_once: requests at a time, from their first byte to their answer.
    """

    size: int
    seconds: float
    at_once: int


@dataclass(frozen=True)
class Limits:
    """Bounds of a request and of what waits. Each is an option of the command, with this default and this help."""

    body: int = _limit(1_000_000, "maximum size of a request body, in bytes")
    characters: int = _limit(10_000, "maximum length of all texts of a request, in characters")
    items: int = _limit(100, "maximum number of texts per request")
    alternatives: int = _limit(5, "maximum number of alternatives per request")
    terms: int = _limit(100, "maximum number of terms in the glossary of a request")
    seconds: float = _limit(30.0, "time limit per request, in seconds, waiting included")
    receive: float = _limit(10.0, "time limit for receiving a request, in seconds")
    queue: int = _limit(256, "maximum queue length in sentences or phrases of sound; further requests get HTTP 429")
    batch: int = _limit(32, "batch size of dynamic batching, in sentences or phrases; 1: off")
    wait: float = _limit(0.003, "time that dynamic batching waits for more of a batch when busy, in seconds")
    audio_bytes: int = _limit(25_000_000, "maximum size of a request body with sound, in bytes")
    audio_seconds: float = _limit(300.0, "maximum length of the sound of a request, in seconds")
    audio_receive: float = _limit(60.0, "time limit for receiving a request with sound, in seconds")
    audio_uploads: int = _limit(16, "maximum number of requests with sound at once; further ones get HTTP 429")
    file_bytes: int = _limit(10_000_000, "maximum size of a request body with a file to translate, in bytes")
    file_characters: int = _limit(500_000, "maximum length of the text of a file, in characters")
    file_seconds: float = _limit(300.0, "time limit for reading and translating a file, in seconds, waiting included")
    file_receive: float = _limit(60.0, "time limit for receiving a request with a file, in seconds")
    file_uploads: int = _limit(4, "maximum number of requests with a file at once; further ones get HTTP 429")
    suggestion_bytes: int = _limit(100_000_000, "maximum size of the file of suggestions, in bytes")
    file_keep: float = _limit(1800.0, "time for which a translated file can be fetched, in seconds")

    @property
    def audio_upload(self) -> UploadLimits:
        """Bounds of requests with sound."""
        return UploadLimits(self.audio_bytes, self.audio_receive, self.audio_uploads)

    @property
    def file_upload(self) -> UploadLimits:
        """Bounds of requests with a file to translate."""
        return UploadLimits(self.file_bytes, self.file_receive, self.file_uploads)
