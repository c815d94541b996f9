"""What a server takes on."""

from dataclasses import dataclass, field
from typing import Any


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True)
class Limits:
    """Bounds of a request and of what waits. Each is an option of the command, with this default and this help."""

    body: int = _limit(1_000_000, "bytes of a request's body")
    characters: int = _limit(10_000, "characters of a request, all its texts together")
    items: int = _limit(100, "texts of a request")
    alternatives: int = _limit(5, "alternatives that a request may ask for")
    seconds: float = _limit(30.0, "seconds a request may take, the wait for its turn included")
    receive: float = _limit(10.0, "seconds a client may take to send its request")
    queue: int = _limit(256, "sentences that may wait for a model; whoever comes then is told to come back")
    batch: int = _limit(32, "sentences decoded together, from whatever requests; 1 decodes each by itself")
    wait: float = _limit(0.003, "seconds that a busy model waits for more sentences to decode together")
