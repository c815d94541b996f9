"""The texts of a file as segments to translate, and texts again."""

from collections.abc import Iterable, Sequence

from edge.components import Components
from edge.markup import Markup
from edge.translation import Translation


class Pages:
    """The texts of a file; each is translated once, however often it is in the file.

    Args:
        texts: as HTML, see `Document`.
        components: of the model.

    Attributes:
        segments: what is to be translated.
    """

    def __init__(self, texts: Sequence[str], components: Components):
        self._texts = texts
        self._pages = {text: Markup(text, components) for text in texts}
        self.segments = [segment for page in self._pages.values() for segment in page.segments]

    def write(self, translations: Iterable[Translation]) -> list[str]:
        """Return the texts with a translation of each segment."""
        rest = iter(translations)
        written = {text: page.write([next(rest) for _ in page.segments]) for text, page in self._pages.items()}
        return [written[text] for text in self._texts]
