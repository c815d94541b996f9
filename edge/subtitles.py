"""Transcripts as subtitles in the format SubRip (.srt)."""

from collections.abc import Iterable, Iterator

from edge.transcript import Segment, Word, gap

# Of one subtitle: characters, about two lines, and seconds.
_CHARACTERS, _SECONDS = 84, 6.0
# Seconds without speech that end a subtitle.
_PAUSE = 0.8


def subtitles(segments: Iterable[Segment]) -> Iterator[str]:
    """Yield each subtitle: its number, start and end, and its text; an empty line ends it.

    Args:
        segments: in order, with words.
    """
    number = 0
    for segment in segments:
        for words in _parts(segment.words):
            number += 1
            yield f"{number}\n{_time(words[0].start)} --> {_time(words[-1].end)}\n{_text(words)}\n\n"


def _parts(words: Iterable[Word]) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in words:
        is_long = part and (
            len(_text([*part, word])) > _CHARACTERS
            or word.end - part[0].start > _SECONDS
            or word.start - part[-1].end > _PAUSE
        )
        if is_long:
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _text(words: Iterable[Word]) -> str:
    text = ""
    for word in words:
        text += gap(text, word.text) + word.text
    return text


def _time(seconds: float) -> str:
    milliseconds = round(1000 * seconds)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"
