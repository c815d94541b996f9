"""The documentation: links lead somewhere, and the generated references have every setting, command and public name."""

import importlib.util
import io
import re
import shlex
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import edge
import edge.__main__
import keras_s2s
from pipelines.cli.app import app
from pipelines.config import known_keys
from pipelines.recipe_files import RECIPES
from pipelines.tasks import TASKS

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
_spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(docs)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Git hosts and MkDocs make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    return {re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", heading.lower()).strip()) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if re.match(r"\w+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"- ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert listed == pages | set(docs.FROM_ROOT.values()) | set(docs.GENERATED)


def test_every_page_begins_with_code():
    for page in (ROOT / "docs").glob("*.md"):
        first = page.read_text(encoding="utf-8").split("\n\n")[1]
        # The glossary is a table.
        assert first.startswith(("```", "    ")) or page.name == "glossary.md", page


def test_every_setting_has_a_row_with_a_meaning():
    text = docs.settings()
    keys = {key for task in TASKS.values() for key in known_keys(task.config)}
    assert len(keys) > 40
    rows = dict(re.findall(r"^\| `([\w.]+)` \| .* \| (.*) \|$", text, re.MULTILINE))
    assert set(rows) == keys
    assert not [key for key, meaning in rows.items() if not meaning.strip()]
    assert "| `train.schedule` | `linear` | `linear`, `inverse_square_root`, `plateau` |" in text
    assert "| `train.patch` | `auto` | integer from 32 to 4096; or `auto` |" in text
    assert all(f"### {recipe}\n" in text for recipe in RECIPES)


def test_every_command_and_option_is_shown():
    text = docs.command_line()
    for name, command in typer.main.get_command(app).commands.items():
        section = text.split(f"### keras-s2s {name}\n")[1].split("\n### ")[0]
        assert all(option in section for parameter in command.params for option in parameter.opts if option[0] == "-")
    for name in ("translate", "bench", "serve", "segment", "info"):
        assert f"usage: python -m edge {name} " in text


def test_every_public_name_is_in_the_api():
    text = docs.api()
    for package in (edge, keras_s2s):
        assert all(f"::: {package.__name__}.{name}\n" in text for name in package.__all__)


def test_links_of_the_site():
    text = "[a](../CHANGELOG.md#x) [b](docs/training.md) [c](../benchmarks/results/ablation.csv) [d](SECURITY.md)"
    assert docs.linked(text) == "[a](changelog.md#x) [b](training.md) [c](results/ablation.csv) [d](security.md)"


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_printed_output_is_what_commands_print(page, capsys, monkeypatch):
    """Run the commands of `console` blocks, and compare what they print; numbers may be rounded."""
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for command, shown in re.findall(r"^\$ python -m edge (.*)\n((?:(?!\$).*\n)+)", "\n".join(blocks), re.MULTILINE):
        assert edge.__main__.main(shlex.split(command)) == 0
        printed = re.sub(r"(-?\d+\.\d{4})\d*", lambda found: f"{float(found[0]):.4f}", capsys.readouterr().out)
        assert printed.strip() == shown.strip()


# What readers search for.
SEARCHED = [
    *("inference", "decoding", "subword", "latency", "throughput", "dataset", "data set", "augmentation", "checkpoint"),
    *("early stopping", "pivot", "post-training", "mixed precision", "gradient accumulation", "scheduled sampling"),
    *("word alignment", "limitation", "Windows", "macOS", "PyPI"),
]


@pytest.mark.parametrize("term", SEARCHED)
def test_what_readers_search_for_is_found(term):
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert re.search(term, text, re.IGNORECASE)


# Words for which docs/glossary.md has a term of the field.
REPLACED = re.compile(
    r"\bpieces?\b|side by side|\bpictures?\b|by way of|\bquick(er|est|ly)?\b|\bshare of\b|begin symbol|end symbol|"
    r"\bgo(es)? on\b|\brunner\b|wishes|which word|\bdrawn?\b|\bhalf pruned\b|left out|\bnobody\b|held to|"
    r"looked at|decoded together|third language|likely pieces|set of images|fixed (scales|shapes)|given back|"
    r"word by word|by chance",
    re.IGNORECASE,
)
# A title, a correct term, and the name of an interface of LiteRT.
ALLOWED = re.compile(r"quick start|data set of images|signature runner|runner: of LiteRT", re.IGNORECASE)
SOURCES = [
    file
    for folder in ("edge", "keras_s2s", "pipelines", "benchmarks", "scripts")
    for kind in ("py", "sh", "html", "js", "yaml")
    for file in sorted((ROOT / folder).rglob(f"*.{kind}"))
]


def prose(file: Path) -> Iterator[str]:
    """Yield the lines of a page; of a Python file those of its strings (help, messages, docstrings) and comments."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from text.splitlines()
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # Python 3.12 splits formatted strings.
        if tokenize.tok_name[token.type] in ("STRING", "COMMENT", "FSTRING_MIDDLE"):
            yield from token.string.splitlines()


@pytest.mark.parametrize(
    "file",
    [file for file in [*PAGES, *SOURCES] if file.name != "CHANGELOG.md"],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_replaced_words_do_not_come_back(file):
    assert [line for line in prose(file) if REPLACED.search(ALLOWED.sub("", line))] == []
