"""Spans of a text that are not translated: numbers, addresses, names of files, code, placeholders, emoji.

`web/spans.js` has the same rules. Both are tested with `tests/edge/spans.json`.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from edge.unspaced import is_unspaced
from edge.word_units import is_word

# Unicode says that no text for exchange contains these 32 characters.
RESERVED = tuple(map(chr, range(0xFDD0, 0xFDF0)))

# Characters of a URL: ASCII without white space, quotes, `<`, `>` and backticks; letters with accents.
_URL = r"[!#-;=?-_a-~À-ɏ]"
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,60}"
_PATH = r"[A-Za-z0-9._@%+~-]{1,255}"
_ENDINGS = (
    "7z aac apk avi bak bat bin bmp bz2 cfg conf cpp css csv dat db deb dll doc docx dmg eml env epub exe flac "
    "gif go gz htm html ico ics ini ipynb iso jar java jpeg jpg js json jsx key log lock lua m4a md mjs mkv mov "
    "mp3 mp4 mpeg mpg msi odp ods odt ogg otf pdf php png po ppt pptx ps psd py rar rb rs rst rtf sh sql srt svg "
    "swift tar tex tflite tgz tif tiff toml ts tsv tsx ttf txt vtt wasm wav webm webp whl woff woff2 xls xlsx "
    "xml yaml yml zip"
)
_DOMAINS = (
    "com org net edu gov int info biz app dev io tv eu es mx cl uk ca au nz ie fr de at ch pt br nl dk fi pl cz "
    "sk hu ro bg gr ru ua il cn jp kr tw hk sg vn za"
)
_DIGIT = "[0-9٠-٩۰-۹]"
_THIN = " \u00a0\u2009\u202f"
_PICTURE = "\U0001f000-\U0001faff\u2600-\u27bf\u231a-\u23ff\u2b05-\u2b55"


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=lambda word: (-len(word), word)))


class _Kind(NamedTuple):
    """A kind of span.

    Attributes:
        name: of the kind.
        pattern: of the span; the first kind that fits at a place counts.
        alone: no letter, digit or underscore stands right before or after it.
        trimmed: punctuation at its end belongs to the sentence.
    """

    name: str
    pattern: re.Pattern[str]
    alone: bool = True
    trimmed: bool = False


_KINDS = (
    _Kind("symbol", re.compile(f"[{RESERVED[0]}-{RESERVED[-1]}]"), alone=False),
    # Between one, two or three backticks; in one line, but for three.
    _Kind("code", re.compile(r"```[^`]+```|``[^\n`]+(?:`[^\n`]+)*``|`[^\n`]+`"), alone=False),
    # <0/> </0> <b> <br/>
    _Kind("tag", re.compile(r"</?(?:[0-9]{1,4}|[A-Za-z][A-Za-z0-9-]{0,30})/?>"), alone=False),
    # {{{x}}} {{ x }} {name} {0} {} ${x} #{x} %{x}
    _Kind(
        "placeholder",
        re.compile(r"[$#%@]?(?:\{\{\{[^{}\n]{1,100}\}\}\}|\{\{[^{}\n]{1,100}\}\}|\{[^{}\s]{0,100}\})"),
        alone=False,
    ),
    _Kind("url", re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]{{0,20}}://|www\.|mailto:){_URL}+"), trimmed=True),
    _Kind("mail", re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")),
    # %s %1$d %(name)s %-5.2f %@, and %PATH%
    _Kind(
        "format",
        re.compile(
            rf"%(?:[0-9]{{1,2}}\$|\({_NAME}\))?[-+#0]{{0,3}}[0-9]{{0,3}}(?:\.[0-9]{{1,3}})?"
            rf"(?:hh|h|ll|l|L|q|j|z|t)?[diouxXeEfFgGcCsSpaA@]|%{_NAME}%"
        ),
    ),
    _Kind("variable", re.compile(rf"\${_NAME}")),
    # :name: :+1:
    _Kind("name", re.compile(r":[a-z+_-][a-z0-9+_-]{0,60}:")),
    _Kind("handle", re.compile(r"@[A-Za-z0-9_]{2,60}")),
    # /etc/hosts ~/notes ../up C:\Temp
    _Kind(
        "path",
        re.compile(rf"(?:(?:~|\.{{1,2}})(?:/{_PATH})+|(?:/{_PATH}){{2,}})/?|[A-Za-z]:(?:\\{_PATH})+\\?"),
        trimmed=True,
    ),
    _Kind(
        "file",
        re.compile(
            rf"(?:[A-Za-z0-9_.-]{{1,64}}/){{0,16}}[A-Za-z0-9_-][A-Za-z0-9_.-]{{0,100}}\.(?:{_any(_ENDINGS)})(?![A-Za-z0-9_])"
        ),
    ),
    _Kind(
        "domain",
        re.compile(rf"(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}(?:{_any(_DOMAINS)})(?![A-Za-z0-9_])(?:/{_URL}*)?"),
        trimmed=True,
    ),
    # snake_case __init__
    _Kind(
        "identifier",
        re.compile(r"_{0,2}[A-Za-z0-9]{1,60}(?:_{1,2}[A-Za-z0-9]{1,60}){1,10}_{0,2}|__[A-Za-z0-9]{1,60}__"),
    ),
    _Kind("colour", re.compile(r"#[0-9A-Fa-f]{6}")),
    # v1.2.3, and capital letters with digits: B12 RTX-4090 2024-05-01T10:30Z
    _Kind("version", re.compile(r"[vV][0-9]{1,5}(?:\.[0-9]{1,5}){1,4}")),
    _Kind(
        "number",
        re.compile(r"(?=[0-9./:-]{0,60}[A-Z])(?=[A-Z./:-]{0,60}[0-9])[A-Z0-9]{1,20}(?:[-./:][A-Z0-9]{1,20}){0,8}"),
    ),
    # Sign, currency, digits; between digits . , : / ' - x, and spaces before groups of three.
    _Kind(
        "number",
        re.compile(
            rf"(?:[+−±#-]?(?:[A-Z]{{0,2}}\$|[€£¥₹₽₴])?[+−-]?)"
            rf"(?:{_DIGIT}{{1,3}}(?:[{_THIN}]{_DIGIT}{{3}})+(?!{_DIGIT})|{_DIGIT}+)(?:[.,:/'’x×–-]{_DIGIT}+)*"
        ),
    ),
    _Kind(
        "emoji",
        re.compile(
            f"[0-9#*]\ufe0f?\u20e3|[\u00a9\u00ae\u203c-\u3299]\ufe0f|"
            f"[{_PICTURE}][{_PICTURE}\ufe0f\u200d\U000e0020-\U000e007f]*"
        ),
        alone=False,
    ),
)

_UNITS = "km cm mm kg mg ml cl dl dm kB MB GB TB Hz kHz MHz GHz kW kWh dB ft lb"
# Behind a number, at once or after a space; and at once only.
_UNIT = re.compile(
    rf"[{_THIN}]?(?:%{{1,2}}|‰|°[CF]?|[€$£¥₹₽₴]|(?:{_any(_UNITS)})"
    r"(?:[²³]|/[hs])?)|[kKMmgGlhAVWTxX][²³]?|px|pt|em|ms|Mbps|rpm"
)
# Whatever a span is, it has one of these; most sentences have none.
_TRIGGER = re.compile(
    rf"[0-9٠-٩۰-۹`<{{%$@\\_{RESERVED[0]}-{RESERVED[-1]}\u20e3\ufe0f{_PICTURE}]|[:./#+-][A-Za-z0-9/+_-]"
)
_CHUNK = re.compile(r"\S+")
_PARTING = tuple(":;—–-")
_FINAL = tuple(".!?…。！？")
_AFTER = ".,;:!?'\"’*"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


class Span(NamedTuple):
    """A span of a text that is not translated.

    Attributes:
        start, end: its place.
        kind: for example `number` or `url`.
    """

    start: int
    end: int
    kind: str


def find_spans(text: str) -> list[Span]:
    """Return the spans of a text that are not translated, from its start to its end; none overlap."""
    found: list[Span] = []
    end = 0
    for chunk in _CHUNK.finditer(text):
        if not _TRIGGER.search(chunk[0]):
            continue
        place = max(end, chunk.start())
        while place < chunk.end():
            span = _span_at(text, place)
            if span is not None:
                found.append(span)
            place = end = place + 1 if span is None else span.end
    return found


def own_text(text: str, spans: Sequence[Span]) -> tuple[int, int]:
    """Return where a text begins and ends without the spans that punctuation separates from it.

    Such are the first one before a colon and a space, and emoji at both ends: `{name}: Hello!`.
    """
    start, end = 0, len(text)
    for span in spans:
        if text[start : span.start].strip():
            break
        behind = text[span.end :]
        if behind[:1] in _PARTING and behind[1:2].isspace():
            start = span.end + 1
        elif span.kind == "emoji" and behind[:1].isspace():
            start = span.end
        else:
            break
        start += len(text[start:]) - len(text[start:].lstrip())
    for span in reversed(spans):
        if span.kind != "emoji" or span.start <= start or text[span.end : end].strip():
            break
        end = span.start
    if not text[:end].rstrip().endswith(_FINAL):
        end = len(text)
    return start, end


def _span_at(text: str, start: int) -> Span | None:
    inside = _continues(text, start - 1)
    for kind in _KINDS:
        if inside and kind.alone:
            continue
        match = kind.pattern.match(text, start)
        if match is None:
            continue
        end = _trimmed(text, start, match.end()) if kind.trimmed else match.end()
        if kind.name == "number":
            end = _with_unit(text, end)
        if kind.alone and _continues(text, end):
            continue
        if kind.name == "number" and text[end : end + 2] in (".º", ".ª"):
            # An ordinal, which each language writes in its own way.
            continue
        return Span(start, end, kind.name)
    return None


def _continues(text: str, place: int) -> bool:
    """Whether a character continues a word; in scripts without spaces none does."""
    if not 0 <= place < len(text):
        return False
    return text[place] == "_" or (is_word(text[place]) and not is_unspaced(text[place]))


def _with_unit(text: str, end: int) -> int:
    unit = _UNIT.match(text, end)
    return end if unit is None or _continues(text, unit.end()) else unit.end()


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a span without the punctuation of its sentence: brackets that are open in it are its own."""
    while end > start + 1:
        last = text[end - 1]
        opening = _BRACKETS.get(last)
        if last not in _AFTER and (opening is None or text.count(opening, start, end) >= text.count(last, start, end)):
            break
        end -= 1
    return end
