"""The device's command line, mostly as another program calls it: by process, bytes in and bytes out."""

import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.runtime import find_runtime

Edge = Callable[..., subprocess.CompletedProcess]

# With output buffered, as it is by default.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.fixture(scope="session")
def edge(root: Path) -> Edge:
    """Runs `python -m edge` on these arguments and bytes of standard input."""

    def run(*arguments: object, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "edge", *map(str, arguments)]
        return subprocess.run(command, cwd=root, input=stdin, capture_output=True, env={**ENVIRONMENT, **variables})

    return run


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    """The one line that a command ends with, in this process."""
    assert main([*map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1 and captured.err.endswith("\n")
    return captured.err


def test_one_line_for_every_line_in_order(edge, toy, expected):
    sources = [source for source, _ in expected[:8]]
    targets = [target for _, target in expected[:8]]
    sources[2:2], targets[2:2] = ["", "  "], ["", ""]
    done = edge("translate", toy, stdin="".join(f"{source}\n" for source in sources).encode())
    assert (done.returncode, done.stdout.decode()) == (0, "".join(f"{target}\n" for target in targets))


@pytest.mark.parametrize(
    ("stdin", "stdout"),
    [
        (b"", b""),
        (b"\n", b"\n"),
        (b"uno", b"one\n"),
        (b"uno\r\n\r\ndos\r\n", b"one\n\ntwo\n"),
        (b"\n\nuno", b"\n\none\n"),
    ],
)
def test_line_ends(edge, toy, stdin, stdout):
    done = edge("translate", toy, stdin=stdin)
    assert (done.returncode, done.stdout) == (0, stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        "{}|uno dos||tres",
        "{}|--threads|2|uno dos||tres",
        "{}|uno dos||tres|--threads|2",
        "--threads|2|{}|uno dos||tres",
        "{}|--|uno dos||tres",
        "{}|--threads|2|--|uno dos||tres",
    ],
)
def test_texts_and_options_in_any_order(edge, toy, arguments):
    done = edge("translate", *arguments.format(toy).split("|"))
    assert (done.returncode, done.stdout) == (0, b"one two\n\nthree\n"), done.stderr


@pytest.mark.parametrize("threads", ["0", "-1", "two", "1.5", "", "²"])
def test_threads_that_are_no_number(capsys, toy, threads):
    with pytest.raises(SystemExit) as caught:
        main(["translate", str(toy), f"--threads={threads}", "uno"])
    assert caught.value.code == 2
    assert f"--threads: expected an integer of 1 or more, got '{threads}'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["-Hola.", "-hola", "--¿Qué?", "-x"])
def test_a_text_that_begins_with_a_dash(capsys, toy, text):
    with pytest.raises(SystemExit) as caught:
        main(["translate", str(toy), text])
    assert caught.value.code == 2
    assert "after --, for example: python -m edge translate BUNDLE -- -Hola" in capsys.readouterr().err
    assert main(["translate", str(toy), "--", text]) == 0


def test_output_is_utf8_whatever_the_locale(edge, bundle, seal):
    """One English word gets an accent, in as many bytes."""
    data = (bundle / "target.model").read_bytes().replace(b"three", "thré".encode())
    (bundle / "target.model").write_bytes(data)
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    manifest["files"]["target.model"]["sha256"] = hashlib.sha256(data).hexdigest()
    seal(bundle, manifest)
    locale = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = edge("translate", bundle, stdin="uno tres\nniño\n".encode(), **locale)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("utf-8").splitlines()[0] == "one thré"
    assert done.stdout.count(b"\n") == 2


def test_a_cut_sentence_warns_on_stderr_in_one_line(edge, toy):
    done = edge("translate", toy, "--prefix", "one", stdin=b"uno " * 40 + b"\nuno\n")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [b"one"]
    warnings = [line for line in done.stderr.splitlines() if b"truncated" in line]
    assert len(warnings) == 1 and warnings[0].startswith(b"warning: a sentence of 41 tokens was truncated to the 16")


def test_invalid_utf8_names_the_line(edge, toy):
    done = edge("translate", toy, stdin=b"uno\ndos\n\xff\xfe\ntres\n")
    assert done.returncode == 2
    # What came before is translated.
    assert done.stdout == b"one\ntwo\n"
    assert done.stderr.splitlines()[-1].startswith(b"error: standard input, line 3: is not UTF-8")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["translate", "info"])
def test_a_reader_that_goes_away_is_no_error(root, toy, command):
    """As `| head -1` does it: the first line is taken, and the pipe closed."""
    arguments = [sys.executable, "-m", "edge", command, str(toy)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(arguments, cwd=root, env=ENVIRONMENT, **pipes) as process:
        if command == "translate":
            process.stdin.write(b"uno\n" * 20)
            process.stdin.flush()
            assert process.stdout.readline() == b"one\n"
        process.stdout.close()
        if command == "translate":
            process.stdin.write(b"uno\n" * 2000)
        process.stdin.close()
        errors = process.stderr.read()
    assert b"Traceback" not in errors and b"BrokenPipe" not in errors, errors.decode()


def test_info(edge, toy):
    done = edge("info", toy)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    told = dict(line.split(maxsplit=1) for line in lines if not line.startswith(" "))
    assert told["task"] == "translation"
    assert told["languages"] == "es to en"
    assert told["quantization"] == "int8"
    assert told["runs"] == "on        litert, tflite-runtime"
    assert told["size"] == "0.1 MB"
    assert "decode_step" in told["signatures"]


def test_info_of_a_speech_bundle_has_the_rate(capsys, bundle, seal):
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, manifest | {"task": "speech", "audio": {"rate": 16000, "position_ms": 40.0}})
    assert main(["info", str(bundle)]) == 0
    assert "audio          16000 Hz, a position every 40 ms\n" in capsys.readouterr().out


def test_info_as_json_is_the_manifest_and_the_runtime(edge, toy):
    done = edge("info", toy, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    name, version, _ = find_runtime()
    assert told.pop("installed_runtime") == {"name": name, "version": version}
    assert told == json.loads((toy / "manifest.json").read_bytes())


@pytest.mark.parametrize("command", ["translate", "info"])
@pytest.mark.parametrize("name", ["manifest.json", "model.tflite", "source.model", "target.model"])
def test_a_flipped_byte(capsys, bundle, command, name):
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 4
    (bundle / name).write_bytes(data)
    assert f"{bundle / name}: is damaged" in refused(capsys, command, bundle)


@pytest.mark.parametrize("command", ["translate", "info"])
def test_a_missing_file(capsys, bundle, command):
    (bundle / "target.model").unlink()
    assert f"{bundle / 'target.model'}: is missing" in refused(capsys, command, bundle)
    (bundle / "manifest.json").unlink()
    assert f"{bundle}: is not a bundle" in refused(capsys, command, bundle)


@pytest.mark.parametrize("command", ["translate", "info"])
def test_what_is_no_bundle(capsys, tmp_path, toy, command):
    (tmp_path / "run.json").write_text("{}")
    assert f"keras-s2s export {tmp_path} --format tflite" in refused(capsys, command, tmp_path)
    assert "no such bundle" in refused(capsys, command, tmp_path / "nothing")
    assert "is not a bundle" in refused(capsys, command, toy / "model.tflite")


def test_bad_input_by_process(edge, bundle):
    """Without a traceback, and before anything is read from standard input."""
    shutil.copy(bundle / "source.model", bundle / "target.model")
    done = edge("translate", bundle, stdin=b"uno\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"error: {bundle / 'target.model'}: is damaged: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("arguments", [[], ["translate"], ["unknown"], ["info", "a", "b"]])
def test_usage(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m edge" in capsys.readouterr().err


def test_html_is_read_as_a_whole(edge, toy):
    done = edge("translate", toy, "--html", stdin=b"\xef\xbb\xbf<p>uno\r\n <b>dos</b></p>\n\n")
    assert (done.returncode, done.stdout) == (0, b"<p>one <b>two</b></p>\n\n"), done.stderr
    done = edge("translate", toy, "--html", "<b>uno</b> dos", "tres")
    assert (done.returncode, done.stdout) == (0, b"<b>one</b> two\nthree\n"), done.stderr


def test_n_best_is_json_lines(edge, toy):
    done = edge("translate", toy, "--beam", 4, "--n-best", 3, stdin=b"uno dos\n\ntres\n")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["line"] for line in lines] == [0, 1, 2]
    best = [line["hypotheses"][0]["text"] for line in lines]
    assert best == ["one two", "", "three"]
    scores = [hypothesis["score"] for hypothesis in lines[0]["hypotheses"]]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("options", ["--batch 3", "--stream", "--beam 4 --batch 2", "--beam 4 --stream"])
def test_ways_to_read_and_write_translate_the_same(edge, toy, expected, options):
    sources = "".join(f"{source}\n" for source, _ in expected[:7])
    done = edge("translate", toy, *options.split(), stdin=sources.encode())
    assert done.stdout.decode() == "".join(f"{target}\n" for _, target in expected[:7]), done.stderr


def test_wishes_are_heeded(edge, toy):
    wishes = ["--prefix", "ten", "--require", "nine eight", "--suppress", "one", "--search", "no_repeat_ngram=2"]
    done = edge("translate", toy, "--beam", 5, *wishes, "uno dos")
    words = done.stdout.decode().split()
    assert words[0] == "ten" and ("nine", "eight") in itertools.pairwise(words) and "one" not in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--beam 0", "beam 0 is less than 1"),
        ("--n-best 3", "n_best 3 is more than the beam size 1"),
        ("--n-best 0", "n_best 0 is less than 1"),
        ("--search alfa=1", "did you mean alpha?"),
        ("--search alpha", "'alpha' is not KEY=VALUE"),
        ("--search alpha=x", "alpha 'x' is no float"),
        ("--search top_k=1.5", "top_k '1.5' is no int"),
        ("--search temperature=1 --beam 2", "cannot be combined with a temperature"),
        ("--require uno", "required phrase 'uno'"),
        ("--require one", "required phrases need a beam"),
        ("--suppress zebra", "suppressed word 'zebra'"),
        ("--html --n-best 1", "--html prints one document"),
        ("--html --stream", "--html prints one document"),
        ("--html --prefix one", "HTML has many sentences"),
        ("--stream --n-best 1", "--stream prints one translation"),
        ("--shortlist", "has no shortlist; make one with: keras-s2s export"),
    ],
)
def test_options_of_the_search_that_cannot_be(capsys, toy, arguments, message):
    assert message in refused(capsys, "translate", toy, *arguments.split(), "--", "uno")
