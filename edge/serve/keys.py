"""API keys."""

import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request

from edge.errors import UserError
from edge.lines import read_text
from edge.serve.refusal import Refusal

_LIMIT = re.compile("[1-9][0-9]{0,8}")


class KeyLimits(NamedTuple):
    """Limits of a key; None is no limit.

    Attributes:
        requests: per minute.
        characters: of a request.
    """

    requests: int | None = None
    characters: int | None = None


class Keys:
    """API keys; without any, everyone may translate.

    Args:
        keys: as they are sent, with what each may do.
        clock: seconds.
    """

    def __init__(self, keys: Mapping[str, KeyLimits] | None = None, clock: Callable[[], float] = time.monotonic):
        self._keys = {key.encode(): limits for key, limits in (keys or {}).items()}
        self._clock = clock
        # Requests that each key may still make, and when that was so. They grow back evenly: there is no full minute.
        self._left = {key: (float(limits.requests), clock()) for key, limits in self._keys.items() if limits.requests}

    @classmethod
    def read(cls, path: str | Path) -> "Keys":
        """Read a file with one key per line, and its limits after tabs: requests per minute, characters per request.

        Either limit may be missing or empty. Empty lines and those that begin with # do not count.

        Raises:
            UserError: the file cannot be read, has no key, or has a key twice or a limit that is no number.
        """
        try:
            with open(path, "rb") as stream:
                lines = [line.strip() for line in read_text(stream, str(path)).splitlines()]
        except OSError as error:
            raise UserError(f"{path}: cannot be read as API keys ({error.strerror or error})") from error
        keys: dict[str, KeyLimits] = {}
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("#"):
                key, *limits = (part.strip() for part in line.split("\t"))
                if key in keys:
                    raise UserError(
                        f"{path}: line {number}: has a key that an earlier line has, too; remove one of them"
                    )
                keys[key] = _limits(limits, f"{path}: line {number}")
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
        given = _sent(request, key)
        known = self._find(given)
        if known is None:
            raise Refusal(403, "invalid API key" if given else "an API key is needed: send it as api_key")
        self._count(known)
        return given

    def check_characters(self, key: str, texts: Sequence[str]) -> None:
        """Refuses texts that are longer than a request of a key may be.

        Args:
            key: that `check` returned.
            texts: of the request.
        """
        most = self._limits(key).characters
        if most is not None and (characters := sum(map(len, texts))) > most:
            raise Refusal(400, f"{characters} characters are more than the {most} of a request with this API key")

    def characters(self, request: Request, key: str | None = None) -> int | None:
        """The characters that a request with the key of this one may have; None without a limit, or without a key."""
        return self._limits(_sent(request, key)).characters

    def _limits(self, key: str) -> KeyLimits:
        known = self._find(key)
        return self._keys[known] if known is not None else KeyLimits()

    def _find(self, given: str) -> bytes | None:
        """The key that a request has."""
        # All keys are compared, in constant time each: how long it takes tells nothing about them.
        same = [known for known in self._keys if hmac.compare_digest(given.encode("utf-8", "replace"), known)]
        return same[0] if same else None

    def _count(self, key: bytes) -> None:
        """Counts a request of a key, or refuses it."""
        limit = self._keys[key].requests
        if limit is None:
            return
        left, then = self._left[key]
        now = self._clock()
        left = min(float(limit), left + (now - then) * limit / 60)
        if left < 1:
            raise Refusal(429, f"more than {limit} requests per minute with this API key", (1 - left) * 60 / limit)
        self._left[key] = left - 1, now


def _sent(request: Request, key: str | None) -> str:
    """The key of a request, in its body or in a header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return key or (token.strip() if scheme.lower() in ("bearer", "deepl-auth-key") else "")


def _limits(told: Sequence[str], name: str) -> KeyLimits:
    """The limits that follow a key on its line."""
    meanings = ("requests per minute", "characters per request")
    if len(told) > len(meanings):
        raise UserError(
            f"{name}: {len(told)} limits are more than {len(meanings)}; write KEY, or KEY, requests per minute and "
            "characters per request with tabs between them"
        )
    for limit, meaning in zip(told, meanings, strict=False):
        if limit and not _LIMIT.fullmatch(limit):
            raise UserError(
                f"{name}: {limit[:20]!r} is no number of {meaning} from 1 to 999999999; write KEY, or KEY, requests "
                "per minute and characters per request with tabs between them"
            )
    return KeyLimits(*(int(limit) if limit else None for limit in told))
