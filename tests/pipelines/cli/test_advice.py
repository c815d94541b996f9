"""Every command line that README, docs or a message advises goes through the parsers of the two command lines."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import edge.cli
from pipelines.cli.app import app

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
SOURCES = [file for package in ("edge", "keras_s2s", "pipelines") for file in sorted((ROOT / package).rglob("*.py"))]

_COMMAND = re.compile(r"(?:^|[\s/`'\"(])(keras-s2s|python3? -m edge) (.+)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`|^ {4,}\S[^\n]*", re.DOTALL | re.MULTILINE)
# What ends a command line: a redirection, a pipe, another command, a comment, a column of explanation.
_END = re.compile(r"\s[<>|&]|\s#|\s{3,}|\.\.\.|;|$")


def commands_of_page(text: str) -> Iterator[tuple[str, str]]:
    """Program and arguments of each command line in the code of a page."""
    for code in _CODE.findall(text.replace("\\\n", " ")):
        for line in code.strip("`").splitlines():
            if found := _COMMAND.search(line):
                yield found[1], line[found.start(2) :]


def commands_of_source(text: str) -> Iterator[tuple[str, str]]:
    """Program and arguments of each command line in the messages of a module; what is filled in is `FILLED`."""
    tree = ast.parse(text)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "FILLED" for part in node.values]
            message = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            message = node.value
        else:
            continue
        for line in message.splitlines():
            # `keras-s2s train` at the beginning of a docstring, or a command in the middle of a sentence.
            for quoted in re.findall(r"`([^`]+)`", line) or [line]:
                if (found := _COMMAND.search(quoted)) and not found[2].startswith(("FILLED", "is ", "(")):
                    yield found[1], re.split(r"[;,)]|\. |\.$|: | first\b", found[2])[0]


def advised() -> list[tuple[str, str, str]]:
    found = [(file, *command) for file in PAGES for command in commands_of_page(file.read_text(encoding="utf-8"))]
    found += [(file, *command) for file in SOURCES for command in commands_of_source(file.read_text(encoding="utf-8"))]
    return [(str(file.relative_to(ROOT)), program, rest) for file, program, rest in found]


def check(program: str, rest: str) -> None:
    """Raises what the parser raises; options that are needed may be missing, as advice is often a part of a line."""
    # [--beam 5], RUN|BUNDLE and the like stand for what a user puts there.
    text = re.sub(r"[\[\]`]", " ", rest[: _END.search(rest).start()])
    arguments = shlex.split(text.replace("'", "").replace("RUN|BUNDLE", "MODEL"))
    if program.startswith("python"):
        parser = edge.cli._parser()
        parser.exit_on_error = False
        _, unknown = parser.parse_known_args(arguments)
        assert not [argument for argument in unknown if argument.startswith("-")], unknown
        return
    group = typer.main.get_command(app)
    context = group.make_context("keras-s2s", arguments)
    name, command, others = group.resolve_command(context, arguments)
    command.make_context(name, others)


@pytest.mark.parametrize(("file", "program", "rest"), advised())
def test_advised_commands_exist(file, program, rest):
    try:
        check(program, rest)
    except (SystemExit, typer.Exit) as end:
        if {"--help", "--version"} & set(rest.split()) and not getattr(end, "code", getattr(end, "exit_code", 0)):
            return
        # argparse: required arguments are missing, or a command that does not exist.
        assert program.startswith("python") and rest.split()[0] in COMMANDS_OF_EDGE, f"{file}: {program} {rest}"
    except Exception as error:
        assert type(error).__name__ == "MissingParameter", f"{file}: {program} {rest}: {error}"


COMMANDS_OF_EDGE = {"translate", "translate-file", "transcribe", "bench", "serve", "segment", "info"}


def test_there_is_advice_to_check():
    files = {file for file, _, _ in advised()}
    assert {"README.md", "docs/compression.md", "edge/bundle.py", "pipelines/jobs/export.py"} <= files
    assert len(advised()) > 80


@pytest.mark.parametrize(
    ("program", "rest"),
    [
        ("keras-s2s", "shrink RUN"),
        ("keras-s2s", "export RUN --runtimes any"),
        ("keras-s2s", "export RUN --quantize int7"),
        ("keras-s2s", "segment train --train x"),
        ("python -m edge", "translate BUNDLE --beams 3"),
    ],
)
def test_what_does_not_exist_is_found(program, rest):
    with pytest.raises(Exception) as caught:
        check(program, rest)
    assert type(caught.value).__name__ != "MissingParameter"
