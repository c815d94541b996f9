"""Files that list recordings and their transcripts: TSV with or without a header, and JSON lines."""

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import UserError
from pipelines.data.files import open_bytes, shown
from pipelines.data.line_counts import BLANK, FEW_COLUMNS, TOO_LONG, WITHOUT_TAB, LineCounts
from pipelines.data.lines import read_lines

NO_TRANSCRIPT = "without a transcript"
NO_PATH = "without a path"

_FORM = "each line is PATH<TAB>TRANSCRIPT, or PATH<TAB>TRANSCRIPT<TAB>SPEAKER"
_MANIFEST = 'each line of a manifest is a JSON object with "audio_filepath" and "text"'

# Columns of a TSV with a header. Common Voice has client_id, path and sentence.
_PATH = ("path",)
_TEXT = ("sentence", "transcript", "text")
_SPEAKER = ("client_id", "speaker")
# Of times in a manifest, in seconds: years.
_LONGEST = 1e8

# Beside a TSV of Common Voice.
_CLIPS = "clips"

_Lines = Iterator[tuple[int, str | None]]


class Recording(NamedTuple):
    """Speech and what is said in it.

    Attributes:
        path: the audio file.
        text: the transcript.
        speaker: who speaks, if known.
        offset: where in the file the speech begins, in seconds.
        duration: length of the speech in seconds; None if it ends with the file.
    """

    path: Path
    text: str
    speaker: str = ""
    offset: float = 0.0
    duration: float | None = None


def read_recordings(path: Path, counts: LineCounts) -> Iterator[tuple[int, Recording]]:
    """Read the recordings that a file lists. The audio files are not opened.

    Args:
        path: TSV of path, transcript and optionally speaker; TSV with a header, for example of Common Voice; or a
            manifest of JSON lines with `audio_filepath`, `text` and optionally `offset`, `duration`, `speaker`.
            Paths of audio files are relative to the file, or to `clips` beside a TSV of Common Voice.
        counts: added to: lines that name no recording, by kind.

    Yields:
        Number of the line, from 1, and its recording.

    Raises:
        UserError: the file cannot be read, or is of another form.
    """
    name = shown(path)
    with open_bytes(path) as stream:
        lines = read_lines(stream, name)
        first = next(lines, None)
        if first is None:
            raise UserError(f"{name}: the file is empty; {_FORM}")
        text = first[1] or ""
        if path.suffix.lower() in (".json", ".jsonl") or text.lstrip().startswith("{"):
            yield from _manifest(itertools.chain([first], lines), path, counts)
        elif (header := _header(text)) is not None:
            yield from _with_header(lines, path, header, counts)
        else:
            yield from _plain(itertools.chain([first], lines), path, counts)


def write_recordings(path: Path, recordings: Iterable[Recording]) -> None:
    """Write a manifest of JSON lines: unlike the other lists it has offsets and durations.

    Paths of audio files are written as absolute ones.

    Args:
        path: the manifest.
        recordings: what it lists.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("wb") as stream:
        for recording in recordings:
            text = json.dumps(_as_entry(recording), ensure_ascii=False)
            # What UTF-8 does not have, in the name of a file, becomes an escape that JSON has.
            stream.write(text.encode("utf-8", "backslashreplace") + b"\n")


def _as_entry(recording: Recording) -> dict[str, Any]:
    """What `_manifest` reads."""
    optional = {"speaker": recording.speaker, "offset": recording.offset, "duration": recording.duration}
    entry = {"audio_filepath": str(recording.path.absolute()), "text": recording.text}
    return entry | {key: value for key, value in optional.items() if value}


def _plain(lines: _Lines, path: Path, counts: LineCounts) -> Iterator[tuple[int, Recording]]:
    has_tab = False
    for number, text in lines:
        row = _row(text)
        has_tab |= len(row) > 1
        fault = _fault(text) or (WITHOUT_TAB if len(row) < 2 else "")
        if recording := _recording(path.parent, row, fault, f"{shown(path)}:{number}", counts):
            yield number, recording
    if not has_tab:
        raise UserError(f"{shown(path)}:1: no line has a tab; {_FORM}")


def _with_header(lines: _Lines, path: Path, header: list[str], counts: LineCounts) -> Iterator[tuple[int, Recording]]:
    columns = [next((header.index(name) for name in names if name in header), None) for names in (_PATH, _TEXT)]
    if None in columns:
        found = ", ".join(header)
        raise UserError(
            f"{shown(path)}:1: the header needs the columns path and sentence, transcript or text, not {found[:200]}; "
            f"without a header {_FORM}"
        )
    columns += [header.index(name) for name in _SPEAKER if name in header][:1]
    clips = path.parent / _CLIPS
    folder = clips if "sentence" in header and clips.is_dir() else path.parent
    for number, text in lines:
        row = _row(text)
        few = len(row) <= max(column for column in columns if column is not None)
        fault = _fault(text) or (FEW_COLUMNS if few else "")
        chosen = [] if fault else [row[column] for column in columns if column is not None]
        if recording := _recording(folder, chosen, fault, f"{shown(path)}:{number}", counts):
            yield number, recording


def _manifest(lines: _Lines, path: Path, counts: LineCounts) -> Iterator[tuple[int, Recording]]:
    for number, text in lines:
        where, fault = f"{shown(path)}:{number}", _fault(text)
        entry = {} if fault else _entry(text or "", where)
        row = [str(entry.get(key) or "").strip() for key in ("audio_filepath", "text", "speaker")]
        if recording := _recording(path.parent, row, fault, where, counts):
            duration = None if entry.get("duration") is None else _seconds(entry, "duration", where)
            offset = _seconds(entry, "offset", where) if entry.get("offset") else 0.0
            yield number, recording._replace(offset=offset, duration=duration)


def _entry(text: str, where: str) -> dict[str, Any]:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: is not JSON ({error}); {_MANIFEST}") from error
    if not isinstance(entry, dict):
        raise UserError(f"{where}: is a JSON {type(entry).__name__}, not an object; {_MANIFEST}")
    for key in ("audio_filepath", "text"):
        if key not in entry:
            found = ", ".join(map(str, entry)) or "no key"
            raise UserError(f"{where}: has no {key!r}, but {found[:200]}; {_MANIFEST}")
        if not isinstance(entry[key], str | None):
            raise UserError(f"{where}: {key!r} is {str(entry[key])[:40]}, not a text; {_MANIFEST}")
    return entry


def _seconds(entry: dict[str, Any], key: str, where: str) -> float:
    value = entry[key]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST:
        return float(value)
    raise UserError(f"{where}: {key!r} is {str(value)[:40]}; give seconds, 0 or more")


def _header(text: str) -> list[str] | None:
    """Names of the columns, if a first line has names."""
    cells = [cell.lower() for cell in _row(text)]
    # A transcript may be any word, so that one of these names alone is no sign of a header.
    if cells[0] in (*_PATH, *_TEXT, *_SPEAKER) or ("path" in cells and set(cells) & set(_TEXT)):
        return cells
    return None


def _row(text: str | None) -> list[str]:
    return [cell.strip() for cell in (text or "").split("\t")]


def _fault(text: str | None) -> str:
    if text is None:
        return TOO_LONG
    return "" if text.strip() else BLANK


def _recording(folder: Path, row: list[str], fault: str, where: str, counts: LineCounts) -> Recording | None:
    """The recording of a row: path, transcript and perhaps speaker. None if it cannot be used, which is counted."""
    counts.lines += 1
    if not fault and not row[0]:
        fault = NO_PATH
    if not fault and not row[1]:
        fault = NO_TRANSCRIPT
    if fault:
        counts.skip(fault, where)
        return None
    return Recording(folder / row[0], row[1], row[2] if len(row) > 2 else "")
