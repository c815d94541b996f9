"""API keys."""

import hmac
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request

from edge.errors import UserError
from edge.lines import read_lines
from edge.serve.refusal import Refusal


class Keys:
    """API keys; without any, everyone may translate.

    Args:
        keys: as they are sent, with the requests per minute that each may make; None is no limit.
        clock: seconds.
    """

    def __init__(self, keys: Mapping[str, int | None] | None = None, clock: Callable[[], float] = time.monotonic):
        self._keys = {key.encode(): limit for key, limit in (keys or {}).items()}
        self._clock = clock
        # Requests that each key may still make, and when that was so. They grow back evenly: there is no full minute.
        self._left = {key: (float(limit), clock()) for key, limit in self._keys.items() if limit is not None}

    @classmethod
    def read(cls, path: str | Path) -> "Keys":
        """Read a file with one key per line, which a tab and a number of requests per minute may follow.

        Empty lines and those that begin with # do not count.

        Raises:
            UserError: the file cannot be read, has no key, or has a limit that is no number.
        """
        try:
            with open(path, "rb") as stream:
                lines = [line.strip() for text in read_lines(stream, str(path)) for line in text.splitlines()]
        except OSError as error:
            raise UserError(f"{path}: cannot be read as API keys ({error.strerror or error})") from error
        keys: dict[str, int | None] = {}
        for number, line in enumerate(lines, start=1):
            key, _, limit = (part.strip() for part in line.partition("\t"))
            if not line or line.startswith("#"):
                continue
            if "\t" in line and not (limit.isascii() and limit.isdigit() and int(limit)):
                raise UserError(
                    f"{path}: line {number}: {limit[:20]!r} is no number of requests per minute from 1 upwards; "
                    "write KEY, or KEY and a number with a tab between them"
                )
            keys[key] = int(limit) if limit else None
        if not keys:
            raise UserError(f"{path}: has no API key; write one key per line")
        return cls(keys)

    @property
    def required(self) -> bool:
        """Whether a key is asked for."""
        return bool(self._keys)

    def check(self, request: Request, key: str | None = None) -> str:
        """Lets a request pass that has a key: in its body, or as `Bearer` or `DeepL-Auth-Key` in `Authorization`.

        Args:
            request: whose headers count.
            key: what its body has.

        Returns:
            The key; nothing if none is asked for.

        Raises:
            Refusal: it has none, or a wrong one, or the key has made too many requests.
        """
        if not self._keys:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = key or (token.strip() if scheme.lower() in ("bearer", "deepl-auth-key") else "")
        # All keys are compared, in constant time each: how long it takes tells nothing about them.
        same = [known for known in self._keys if hmac.compare_digest(given.encode("utf-8", "replace"), known)]
        if not same:
            raise Refusal(403, "invalid API key" if given else "an API key is needed: send it as api_key")
        self._count(same[0])
        return given

    def _count(self, key: bytes) -> None:
        """Counts a request of a key, or refuses it."""
        limit = self._keys[key]
        if limit is None:
            return
        left, then = self._left[key]
        now = self._clock()
        left = min(float(limit), left + (now - then) * limit / 60)
        if left < 1:
            raise Refusal(429, f"more than {limit} requests per minute with this API key", (1 - left) * 60 / limit)
        self._left[key] = left - 1, now
