"""Text without markup as segments to translate, and text again; arguments and members as those of `Markup`."""

from collections.abc import Sequence

from edge.components import Components
from edge.reader import Segment
from edge.translation import Translation, join_texts

_LINE_ENDS = dict.fromkeys(map(ord, "\t\n\f\r"), " ")


class PlainText:
    """A text of sentences and the white space between them; sentences end at line ends, too."""

    def __init__(self, text: str, components: Components):
        self.segments = self.read(text, components)

    @staticmethod
    def read(text: str, components: Components) -> list[Segment]:
        """Return the segments of a text."""
        return components.reader.sentences(text)

    def write(self, translations: Sequence[Translation]) -> str:
        """Return the text with a translation of each segment."""
        return join_texts(self.segments, [translation.text for translation in translations])


class FlowingText(PlainText):
    """A text whose line ends are white space; those between two sentences are kept."""

    @staticmethod
    def read(text: str, components: Components) -> list[Segment]:
        """Return the segments of a text."""
        return _with_gaps(text, components.reader.sentences(text.translate(_LINE_ENDS)))


class UndividedText(PlainText):
    """A text that is one sentence, if the model can read it whole. The white space around it is kept."""

    def __init__(self, text: str, components: Components):
        inner = text.strip()
        self._before, self._after = text.split(inner, 1) if inner else (text, "")
        super().__init__(inner, components)

    @staticmethod
    def read(text: str, components: Components) -> list[Segment]:
        """Return the segments of a text."""
        return _with_gaps(text, components.reader.segments(text.translate(_LINE_ENDS)))

    def write(self, translations: Sequence[Translation]) -> str:
        """Return the text with a translation of each segment."""
        return self._before + super().write(translations) + self._after


def _with_gaps(text: str, segments: Sequence[Segment]) -> list[Segment]:
    """Return segments with the white space of the text, which is as long as what was read of it."""
    found, place = [], 0
    for segment in segments:
        end = place + len(segment.text)
        place = end + len(segment.gap)
        found.append(segment._replace(gap=text[end:place]))
    return found
