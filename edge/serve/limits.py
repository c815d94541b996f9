"""Limits of the server."""

from dataclasses import dataclass, field
from typing import Any


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True)
class Limits:
    """Bounds of a request and of what waits. Each is an option of the command, with this default and this help."""

    body: int = _limit(1_000_000, "maximum size of a request body, in bytes")
    characters: int = _limit(10_000, "maximum length of all texts of a request, in characters")
    items: int = _limit(100, "maximum number of texts per request")
    alternatives: int = _limit(5, "maximum number of alternatives per request")
    seconds: float = _limit(30.0, "time limit per request, in seconds, waiting included")
    receive: float = _limit(10.0, "time limit for receiving a request, in seconds")
    queue: int = _limit(256, "maximum queue length in sentences; further requests get HTTP 429")
    batch: int = _limit(32, "batch size of dynamic batching, in sentences; 1: off")
    wait: float = _limit(0.003, "time that dynamic batching waits for more sentences when busy, in seconds")
