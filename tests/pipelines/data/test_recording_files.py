"""Lists of recordings: each form, and what is none."""

import gzip
import json
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data.line_counts import LineCounts
from pipelines.data.recording_files import Recording, read_recordings, write_recordings


def read(path: Path, text: str | bytes) -> tuple[list[tuple[int, Recording]], LineCounts]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    counts = LineCounts()
    return list(read_recordings(path, counts)), counts


def refused(path: Path, text: str) -> str:
    with pytest.raises(UserError) as error:
        read(path, text)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message.removeprefix(str(path))


def test_plain(tmp_path):
    text = "audio/a.flac\tone two\n/b.wav\t three \tAnna\textra\n\naudio/c.wav\t\nno tab\n\tfour\nd e.wav\t{five}"
    found, counts = read(tmp_path / "a.tsv", text)
    assert found == [
        (1, Recording(tmp_path / "audio/a.flac", "one two")),
        (2, Recording(Path("/b.wav"), "three", "Anna")),
        (7, Recording(tmp_path / "d e.wav", "{five}")),
    ]
    assert counts.lines == 7
    assert counts.unused == {"blank": 1, "without a transcript": 1, "without a tab": 1, "without a path": 1}
    assert counts.first == f"{tmp_path}/a.tsv:3"


def test_plain_with_transcripts_that_are_names_of_columns(tmp_path):
    words = ["path", "sentence", "text", "speaker", "client_id"]
    found, _ = read(tmp_path / "a.tsv", "".join(f"{index}.wav\t{word}\tpath\n" for index, word in enumerate(words)))
    assert [recording.text for _, recording in found] == words


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.manifest"])
def test_manifest(tmp_path, name):
    entries = [
        {"audio_filepath": "a.wav", "text": "one", "duration": 1.25},
        {"audio_filepath": "/b.wav", "text": " two ", "offset": 3, "duration": None, "speaker": "Ann", "lang": "en"},
        {"audio_filepath": "c.wav", "text": "", "duration": 1},
        {"audio_filepath": "d.wav", "text": None},
        {"audio_filepath": "", "text": "five"},
        {"audio_filepath": "f.wav", "text": "six\tü", "offset": None},
    ]
    found, counts = read(tmp_path / name, "\n".join(map(json.dumps, entries)) + "\n\n")
    assert found == [
        (1, Recording(tmp_path / "a.wav", "one", duration=1.25)),
        (2, Recording(Path("/b.wav"), "two", "Ann", offset=3.0)),
        (6, Recording(tmp_path / "f.wav", "six\tü")),
    ]
    assert counts.unused == {"without a transcript": 2, "without a path": 1, "blank": 1}


COMMON_VOICE = "client_id\tpath\tsentence_id\tsentence\tup_votes\n"


def test_common_voice(tmp_path):
    text = COMMON_VOICE + "x1\ta.mp3\t77\tOne, two.\t2\nx2\tb.mp3\t78\t\t2\nx3\tc.mp3\n\nx4\td.mp3\t79\tFour\n"
    expected = [(2, "a.mp3", "One, two.", "x1"), (6, "d.mp3", "Four", "x4")]
    for folder in (tmp_path, tmp_path / "clips"):
        folder.mkdir(exist_ok=True)
        found, counts = read(tmp_path / "train.tsv", text)
        assert found == [(line, Recording(folder / name, text, who)) for line, name, text, who in expected]
        assert counts.lines == 5
        assert counts.unused == {"without a transcript": 1, "with too few columns": 1, "blank": 1}


def test_other_headers(tmp_path):
    (tmp_path / "clips").mkdir()
    for header in ("Path\tTranscript\tSpeaker", "path\ttext\tspeaker"):
        found, _ = read(tmp_path / "a.tsv", f"{header}\na.wav\tone\tAnn\n")
        assert found == [(2, Recording(tmp_path / "a.wav", "one", "Ann"))]
    found, _ = read(tmp_path / "a.tsv", "duration\ttext\tpath\n1.0\tone\ta.wav\n")
    assert found == [(2, Recording(tmp_path / "a.wav", "one"))]


def test_compressed_and_encoded(tmp_path):
    for data in ("\ufeffa.wav\tü\r\n".encode(), gzip.compress("a.wav\tü\n".encode()), "a.wav\tü\n".encode("utf-16")):
        assert read(tmp_path / "a.tsv", data)[0] == [(1, Recording(tmp_path / "a.wav", "ü"))]
    data = gzip.compress(b'{"audio_filepath": "a.wav", "text": "one"}\n')
    assert read(tmp_path / "a.json.gz", data)[0] == [(1, Recording(tmp_path / "a.wav", "one"))]


def test_wrong_forms(tmp_path):
    assert refused(tmp_path / "a.tsv", "").startswith(": the file is empty; each line is PATH<TAB>TRANSCRIPT")
    assert refused(tmp_path / "a.tsv", "a.wav one\nb.wav two\n").startswith(":1: no line has a tab")
    for header in ("client_id\tpath\tup_votes", "path\tlength", "client_id\tsentence", "sentence\tup_votes"):
        message = refused(tmp_path / "a.tsv", header + "\nx\ty\tz\n")
        assert message.startswith(":1: the header needs the columns path and sentence, transcript or text, not ")
        assert header.replace("\t", ", ") in message


@pytest.mark.parametrize(
    "line, message",
    [
        ('{"audio_filepath": "b.wav", "text": "two"', ":2: is not JSON"),
        ("b.wav\ttwo", ":2: is not JSON"),
        ("[1, 2]", ":2: is a JSON list, not an object"),
        ('{"audio": "b.wav", "text": "two"}', ":2: has no 'audio_filepath', but audio, text"),
        ('{"audio_filepath": "b.wav"}', ":2: has no 'text', but audio_filepath"),
        ("{}", ":2: has no 'audio_filepath', but no key"),
        ('{"audio_filepath": 7, "text": "two"}', ":2: 'audio_filepath' is 7, not a text"),
        ('{"audio_filepath": "b.wav", "text": ["two"]}', ":2: 'text' is ['two'], not a text"),
        ('{"audio_filepath": "b.wav", "text": "two", "offset": -1}', ":2: 'offset' is -1; give seconds"),
        ('{"audio_filepath": "b.wav", "text": "two", "offset": "1"}', ":2: 'offset' is 1; give seconds"),
        ('{"audio_filepath": "b.wav", "text": "two", "duration": NaN}', ":2: 'duration' is nan; give seconds"),
        ('{"audio_filepath": "b.wav", "text": "two", "duration": Infinity}', ":2: 'duration' is inf; give seconds"),
        ('{"audio_filepath": "b.wav", "text": "two", "duration": true}', ":2: 'duration' is True; give seconds"),
    ],
)
def test_wrong_lines_of_a_manifest(tmp_path, line, message):
    first = '{"audio_filepath": "a.wav", "text": "one"}\n'
    assert refused(tmp_path / "a.jsonl", first + line + "\n").startswith(message)


def test_written_recordings_are_read_again_wherever_the_manifest_stands(tmp_path, monkeypatch):
    """Offsets and durations too, and names that neither a TSV nor UTF-8 can hold."""
    monkeypatch.chdir(tmp_path)
    bytes_ = "caf\udce9.wav"
    recordings = [
        Recording(Path("a b.wav"), "one\ttwo", "Ann", 1.25, 0.1 + 0.2),
        Recording(Path("lists/../c\td.wav"), 'три, "quoted"\u2028four'),
        Recording(tmp_path / "lists" / bytes_, "five", offset=0.0, duration=2.5),
    ]
    (tmp_path / "lists").mkdir()
    manifest = tmp_path / "lists" / "a.part"
    write_recordings(manifest, recordings)
    monkeypatch.undo()
    names = ["a b.wav", "lists/../c\td.wav", f"lists/{bytes_}"]
    expected = [recording._replace(path=tmp_path / name) for recording, name in zip(recordings, names, strict=True)]
    counts = LineCounts()
    assert [recording for _, recording in read_recordings(manifest, counts)] == expected and not counts.unused
    # People can read it, too.
    assert "три" in manifest.read_text(encoding="utf-8")
