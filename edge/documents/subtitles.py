"""Subtitles: SubRip (.srt) and WebVTT (.vtt)."""

import html
import re
from collections import defaultdict
from collections.abc import Sequence

from edge.documents.encoding import TextFile
from edge.documents.tagged import Part, Role, Tag, from_html, to_html
from edge.errors import UserError

_TIME = r"(?:\d+:)?\d+:\d+[,.]\d+"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# Formatting, the times of single words, and positions such as {\an8}.
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z]++)[^<>\n]*+>|<[\d:.]++>|\{\\[^{}\n]*+\}")
# Someone else begins to speak.
_DASH = re.compile(r"\s*[-–—]+\s*")
_LINE_END = re.compile(r"(\r?\n)")
_LINE_ENDS = re.compile(r"(?<!\s)\s*?(\r?\n)\s*(<[\d:.]+>)?\s*")


class SubRip:
    """A file of subtitles. Times, numbers and order are kept; each subtitle is translated on its own.

    See `Document` and `Format`.
    """

    is_web = False

    def __init__(self, data: bytes, name: str):
        self._file = TextFile(data, name)
        self._cues: list[_Cue] = []
        # What stands between cues is text.
        self._parts: list[str | _Cue] = []
        lines = _LINE.findall(self._file.text)
        if self.is_web and not (lines and lines[0].startswith("WEBVTT")):
            raise UserError(f"{name}: is not a WebVTT file, whose first line begins with WEBVTT")
        before = ["", *(line.strip() for line in lines)]
        # After a line of text, an arrow in SubRip is text.
        expected = [self.is_web or not line or line.isdigit() for line in before]
        has_times = [
            _is_times(line, is_expected, f"{name}, line {number}")
            for number, (line, is_expected) in enumerate(zip(lines, expected, strict=False), 1)
        ]
        if not any(has_times) and not self.is_web:
            raise UserError(f"{name}: has no subtitle: no line such as 00:00:01,000 --> 00:00:02,000")
        self._read(lines, has_times)
        self.texts = [cue.text for cue in self._cues]

    def _read(self, lines: Sequence[str], has_times: Sequence[bool]) -> None:
        block: list[str] = []
        is_cue = False

        def end_block() -> None:
            if block:
                self._cues.append(_Cue(block, self.is_web))
                self._parts.append(self._cues[-1])
                block.clear()

        for index, line in enumerate(lines):
            is_number = line.strip().isdigit() and any(has_times[index + 1 : index + 2])
            if has_times[index] or is_number or not line.strip():
                end_block()
                self._parts.append(line)
                # In SubRip an empty line may stand inside of a text, in WebVTT it ends the text.
                is_cue = has_times[index] or (is_cue and not is_number and not self.is_web)
            elif is_cue:
                block.append(line)
            else:
                self._parts.append(line)
        end_block()

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations."""
        rest = iter(translations)
        return self._file.encode(
            "".join(part if isinstance(part, str) else part.write(next(rest)) for part in self._parts)
        )


class WebVTT(SubRip):
    """A file of subtitles for the web, as `SubRip`. Notes and styles are kept."""

    is_web = True


class _Cue:
    """The text of a subtitle.

    A line end is an object: it goes where the translations of the words before it and after it meet. Where someone else
    begins to speak it ends a sentence.

    Args:
        lines: with their ends.
        is_web: the text has character references.

    Attributes:
        text: as HTML.
    """

    def __init__(self, lines: Sequence[str], is_web: bool):
        self._is_web = is_web
        # What tags stand for, by their keys: end tags apart, which have the keys of their start tags.
        self._sources: list[str] = []
        self._ends: dict[int, str] = {}
        whole = "".join(lines)
        body = whole.rstrip()
        self._after = whole[len(body) :]
        self.text = to_html(self._read(body))

    def write(self, translation: str) -> str:
        """Return the subtitle with a translation."""
        written: list[str] = []
        line, ending, has_text = "", "", False
        for part in [*from_html(translation), None]:
            source = "" if part is None else self._written(part)
            if part is not None and (isinstance(part, str) or not _LINE_END.fullmatch(source)):
                line += source
                continue
            # An end beside which there are only tags ends no line.
            is_text = bool(_TAG.sub("", line).strip())
            written += [ending if has_text and is_text else "", line]
            line, ending, has_text = "", source, has_text or is_text
        return _LINE_ENDS.sub(r"\1\2", "".join(written).strip()) + self._after

    def _read(self, body: str) -> list[Part]:
        parts: list[Part] = []
        opened: defaultdict[str, list[int]] = defaultdict(list)
        lines = _LINE_END.split(body)
        for ending, line in zip(["", *lines[1::2]], lines[::2], strict=True):
            read, has_dash = self._line(line, opened)
            if ending:
                parts.append(Tag(Role.BREAK if has_dash else Role.OBJECT, self._key(ending)))
            parts += read
        return parts

    def _line(self, line: str, opened: defaultdict[str, list[int]]) -> tuple[list[Part], bool]:
        """A line, and whether it begins with a dash."""
        parts: list[Part] = []
        is_start, has_dash = True, False
        place = 0
        for match in [*_TAG.finditer(line), None]:
            text = line[place : match.start() if match else None]
            if is_start and (dash := _DASH.match(text)):
                has_dash = True
                parts.append(Tag(Role.BREAK, self._key(dash.group())))
                text = text[dash.end() :]
            is_start &= not text.strip()
            parts.append(html.unescape(text) if self._is_web else text)
            if match:
                parts.append(self._tag(match, opened))
                place = match.end()
        return parts, has_dash

    def _tag(self, match: re.Match[str], opened: defaultdict[str, list[int]]) -> Tag:
        source, name = match.group(), (match["name"] or "").lower()
        if not name:
            return Tag(Role.HIDDEN, self._key(source))
        if not match["end"]:
            opened[name].append(self._key(source))
            return Tag(Role.START, opened[name][-1])
        key = opened[name].pop() if opened[name] else self._key(source)
        self._ends[key] = source
        return Tag(Role.END, key)

    def _key(self, source: str) -> int:
        self._sources.append(source)
        return len(self._sources) - 1

    def _written(self, part: Part) -> str:
        if isinstance(part, str):
            return html.escape(part, quote=False) if self._is_web else part
        return self._ends[part.key] if part.role is Role.END else self._sources[part.key]


def _is_times(line: str, is_expected: bool, name: str) -> bool:
    is_times = bool(_TIMES.fullmatch(line.rstrip()))
    if "-->" in line and is_expected and not is_times:
        raise UserError(f"{name}: is not the times of a subtitle, such as 00:00:01,000 --> 00:00:02,000; correct it")
    return is_times
