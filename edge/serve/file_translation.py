"""Translation of files within limits."""

import asyncio
from collections.abc import Sequence

from edge.documents import Document, find_format
from edge.documents.pages import Pages
from edge.errors import MissingPackageError, UserError
from edge.markup import visible_text
from edge.reader import Segment
from edge.serve.directions import Direction
from edge.serve.refusal import Refusal
from edge.serve.service import AUTO, Service, search_options
from edge.translation import Translation

# Characters of a file by which its language is detected.
_SAMPLE = 10_000
# Seconds after which a file that finds the queue full tries again.
_AGAIN = 0.5


class FileTranslation:
    """Translates the files of requests.

    Args:
        service: translates texts.
    """

    def __init__(self, service: Service):
        self._service = service
        self.limits = service.limits

    async def read(self, name: str, data: bytes) -> Document:
        """Read a file.

        Args:
            name: the file's; its suffix says of which format it is.
            data: the file.

        Raises:
            Refusal: it cannot be used, or is too large.
        """
        most = self.limits.file_characters
        try:
            document = await asyncio.to_thread(find_format(name), data, name)
        except MissingPackageError as error:
            raise Refusal(415, f"file: {error}") from error
        except UserError as error:
            raise Refusal(400, f"file: {error}") from error
        if (characters := sum(map(len, document.texts))) > most:
            raise Refusal(413, f"file: has {characters} characters of text, more than {most}")
        return document

    def detect(self, document: Document) -> str:
        """Return the language that a file is most probably in."""
        sample = " ".join(map(visible_text, document.texts))[:_SAMPLE]
        return self._service.detect(sample)[0][0]

    async def translate(self, document: Document, source: str, target: str) -> bytes:
        """Translate a file, batch by batch, so that other requests come between. If the queue is full, it waits.

        Args:
            document: the file.
            source: language code, or auto.
            target: language code.

        Raises:
            Refusal: there is no such direction.
        """
        source = await asyncio.to_thread(self.detect, document) if source == AUTO else source
        texts = [*document.texts]
        for direction in self._service.path(source, target):
            texts = await self._hop(texts, direction)
        return await asyncio.to_thread(document.write, texts)

    async def _hop(self, texts: Sequence[str], direction: Direction) -> list[str]:
        pages = await asyncio.to_thread(Pages, texts, direction.components)
        segments = await asyncio.to_thread(self._service.apply_terms, pages.segments, direction)
        found: list[Translation] = []
        for start in range(0, len(segments), self.limits.batch):
            found += await self._decode(segments[start : start + self.limits.batch], direction)
        return await asyncio.to_thread(pages.write, found)

    async def _decode(self, segments: Sequence[Segment], direction: Direction) -> list[Translation]:
        while True:
            try:
                decoded = await direction.batcher.decode(segments, search_options(self._service.beam, 0))
                return [translations[0] for translations in decoded]
            except Refusal as refusal:
                if refusal.status != 429:
                    raise
                await asyncio.sleep(_AGAIN)
