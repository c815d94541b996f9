"""API keys."""

import hmac
from pathlib import Path

from starlette.requests import Request

from edge.errors import UserError
from edge.lines import read_lines
from edge.serve.refusal import Refusal


class Keys:
    """API keys; without any, everyone may translate.

    Args:
        keys: as they are sent.
    """

    def __init__(self, keys: tuple[str, ...] = ()):
        self._keys = [key.encode() for key in keys]

    @classmethod
    def read(cls, path: str | Path) -> "Keys":
        """Read a file with one key per line; empty lines and those that begin with # do not count.

        Raises:
            UserError: the file cannot be read, or has no key.
        """
        try:
            with open(path, "rb") as stream:
                lines = [line.strip() for text in read_lines(stream, str(path)) for line in text.splitlines()]
        except OSError as error:
            raise UserError(f"{path}: cannot be read as API keys ({error.strerror or error})") from error
        keys = tuple(line for line in lines if line and not line.startswith("#"))
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
            Refusal: it has none, or a wrong one.
        """
        if not self._keys:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = key or (token.strip() if scheme.lower() in ("bearer", "deepl-auth-key") else "")
        # All keys are compared, in constant time each: how long it takes tells nothing about them.
        same = [hmac.compare_digest(given.encode("utf-8", "replace"), known) for known in self._keys]
        if not any(same):
            raise Refusal(403, "invalid API key" if given else "an API key is needed: send it as api_key")
        return given
