"""Write the pages of the documentation site to build/docs, from which MkDocs builds it: `python scripts/docs.py`.

These are the pages of docs/, the pages at the root of the repository, and the references, which are generated from the
settings, the parsers and the public names of the packages.
"""

import argparse
import importlib
import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[1]
FROM_ROOT = {"CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
FOLDERS = (ROOT / "benchmarks" / "results", ROOT / "docs" / "tf-serving", ROOT / "docs" / "images")
PACKAGES = ("edge", "keras_s2s")

_COMPRESSION = ("prune.Pruning", "cluster.Clustering", "qat.QuantizationAware")


def write(out: Path) -> None:
    """Write all pages, and the files that they link to; what was in the directory is removed."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    pages = {page.name: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))}
    pages |= {name: (ROOT / file).read_text(encoding="utf-8") for file, name in FROM_ROOT.items()}
    for name, text in pages.items():
        (out / name).write_text(linked(text), encoding="utf-8")
    for name, generate in GENERATED.items():
        (out / name).write_text(generate(), encoding="utf-8")
    shutil.copy(ROOT / "docs" / "notebook.ipynb", out)
    for folder in FOLDERS:
        shutil.copytree(folder, out / folder.name)


def write_packages(out: Path) -> None:
    """Copy the packages whose docstrings are shown; the reader of docstrings needs an `__init__.py` in every folder."""
    shutil.rmtree(out, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, out / package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {file.parent for file in out.rglob("*.py")}:
        (folder / "__init__.py").touch()


def linked(text: str) -> str:
    """Return a page whose relative links are those of the site, where all pages are in one directory."""
    for file, name in FROM_ROOT.items():
        text = re.sub(rf"\]\((?:\.\./)?{re.escape(file)}", f"]({name}", text)
    return text.replace("](docs/", "](").replace("](../benchmarks/results/", "](results/")


def settings() -> str:
    """Return the page of recipes and settings."""
    from pipelines.recipe_files import RECIPES
    from pipelines.tasks import TASKS

    lines = [
        "# Recipes and settings",
        "",
        "```sh",
        "keras-s2s train --recipe small --train train.tsv --valid valid.tsv --out RUN --set model.cell=gru",
        "```",
        "",
        "`--recipe` chooses a recipe: a YAML file of settings. `--set KEY=VALUE` changes one setting.",
    ]
    for name, task in TASKS.items():
        lines += ["", f"## Settings of {name}"]
        for section, field in task.config.model_fields.items():
            lines += ["", f"### {section} ({name})", "", _first_line(field.annotation), ""]
            lines += ["| key | default | allowed | meaning |", "|---|---|---|---|"]
            lines += [
                f"| `{section}.{key}` | `{default}` | {allowed} | {meaning} |"
                for key, default, allowed, meaning in _keys(field.annotation)
            ]
    lines += ["", "## Recipes", "", "Settings that a recipe does not name have the defaults above."]
    for name, file in RECIPES.items():
        lines += ["", f"### {name}", "", "```yaml", file.read_text(encoding="utf-8").strip(), "```"]
    return "\n".join(lines) + "\n"


def _first_line(described: Any) -> str:
    return (inspect.getdoc(described) or "").split("\n\n")[0].replace("\n", " ")


def _keys(config: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, default, allowed values and meaning of each setting of a section."""
    meanings: dict[str, str] = {}
    for kind in reversed([kind for kind in config.__mro__ if issubclass(kind, BaseModel)]):
        meanings |= _attributes(inspect.cleandoc(kind.__doc__ or ""))
    properties = config.model_json_schema()["properties"]
    for key, field in config.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = list(default) if isinstance(default, tuple) else default
        text = {True: "true", False: "false"}.get(shown) if isinstance(shown, bool) else str(shown) or '""'
        yield key, str(text), _allowed(properties[key]), meanings.get(key, "").replace("|", "\\|")


def _attributes(docstring: str) -> dict[str, str]:
    """Return the attributes that a docstring describes."""
    _, _, section = docstring.partition("Attributes:\n")
    found: dict[str, str] = {}
    for line in section.split("\n\n")[0].splitlines():
        if entry := re.match(r" {4}(\w+(?:, \w+)*): (.*)", line):
            names, text = entry[1].split(", "), entry[2]
            found |= dict.fromkeys(names, text)
        elif found:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _allowed(schema: dict[str, Any]) -> str:
    if "oneOf" in schema:
        return f"{_allowed(schema['oneOf'][0])}; or a pair `[source, target]`"
    if "anyOf" in schema:
        return "; or ".join(map(_allowed, schema["anyOf"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    bounds = [
        f"{words} {schema[key]:g}"
        for key, words in (
            ("minimum", "from"),
            ("exclusiveMinimum", "more than"),
            ("maximum", "to"),
            ("exclusiveMaximum", "less than"),
        )
        if key in schema
    ]
    return " ".join([schema.get("type", "value"), *bounds])


def command_line() -> str:
    """Return the page of both command lines."""
    import edge.cli
    from pipelines.cli.app import app

    group = typer.main.get_command(app)
    lines = ["# Command line", "", "```sh", "keras-s2s --help", "python -m edge --help", "```", "", "## keras-s2s"]
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=f"keras-s2s {name}")
        command.epilog = None  # Settings have a page of their own.
        lines += ["", f"### keras-s2s {name}", "", "```text", command.get_help(context).strip(), "```"]
    lines += ["", "## python -m edge"]
    parser = edge.cli._parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        lines += ["", f"### python -m edge {name}", "", "```text", command.format_help().strip(), "```"]
    return "\n".join(lines) + "\n"


def api() -> str:
    """Return the page of the Python API; MkDocs puts signatures and docstrings in."""
    lines = ["# Python API", "", "```python", "import edge", "import keras_s2s", "```"]
    for package in PACKAGES:
        lines += ["", f"## {package}", ""]
        lines += [f"::: {package}.{name}\n" for name in importlib.import_module(package).__all__]
    lines += ["## keras_s2s.compress", ""]
    lines += [f"::: keras_s2s.compress.{name}\n" for name in _COMPRESSION]
    return "\n".join(lines) + "\n"


GENERATED = {"settings.md": settings, "command-line.md": command_line, "api.md": api}

if __name__ == "__main__":
    write(ROOT / "build" / "docs")
    write_packages(ROOT / "build" / "packages")
