"""Transcripts as subtitles in the formats SubRip (.srt) and WebVTT (.vtt)."""

from collections.abc import Iterable, Iterator

from edge.transcript import Segment, Word, gap

# Of one subtitle: characters, about two lines, and seconds.
_CHARACTERS, _SECONDS = 84, 6.0
# Seconds without speech that end a subtitle.
_PAUSE = 0.8

# What a text of WebVTT cannot have.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def subtitles(segments: Iterable[Segment]) -> Iterator[str]:
    """Yield each subtitle of SubRip: its number, start and end, and its text; an empty line ends it.

    Args:
        segments: in order, with words.
    """
    for number, words in enumerate(_parts(segments), 1):
        yield f"{number}\n{_times(words, ',')}\n{_text(words)}\n\n"


def web_subtitles(segments: Iterable[Segment]) -> Iterator[str]:
    """Yield the head of a WebVTT file, and each subtitle: start and end, and its text. Arguments as `subtitles`'."""
    yield "WEBVTT\n\n"
    for words in _parts(segments):
        yield f"{_times(words, '.')}\n{_text(words).translate(_ESCAPES)}\n\n"


def _parts(segments: Iterable[Segment]) -> Iterator[list[Word]]:
    """The words of each subtitle."""
    for segment in segments:
        part: list[Word] = []
        for word in segment.words:
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


def _times(words: list[Word], point: str) -> str:
    return f"{_time(words[0].start, point)} --> {_time(words[-1].end, point)}"


def _time(seconds: float, point: str) -> str:
    milliseconds = round(1000 * seconds)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
