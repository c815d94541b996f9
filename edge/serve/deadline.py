"""The time that a request may take."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edge.serve.refusal import Refusal


@asynccontextmanager
async def within(seconds: float, since: float | None = None) -> AsyncIterator[None]:
    """Ends what takes longer than a request may.

    Args:
        seconds: that a request may take.
        since: when it began, by the clock of the event loop; now if not given.

    Raises:
        Refusal: it took longer.
    """
    started = asyncio.get_running_loop().time() if since is None else since
    try:
        async with asyncio.timeout_at(started + seconds):
            yield
    except TimeoutError as error:
        raise Refusal(504, f"took longer than {seconds:g} seconds") from error
