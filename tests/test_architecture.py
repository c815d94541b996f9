"""Architecture, from the imports: packages depend downwards only, and no modules depend on each other in a circle."""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The layers, the lowest one first. A module belongs to the longest name here that it is, or is inside of, and imports
# from its own layer and those below it. Modules and folders of one line are one layer. A new module at the top of
# `pipelines` needs a place here; a new one inside a folder that is listed needs none.
LAYERS = (
    ("edge",),
    ("keras_s2s",),
    ("pipelines.config", "pipelines.log", "pipelines.plots", "pipelines.quiet", "pipelines.recipe_files"),
    ("pipelines.recipes",),
    ("pipelines.data",),
    ("pipelines.run",),
    ("pipelines.network",),
    ("pipelines.tasks",),
    ("pipelines.training",),
    ("pipelines.site",),
    ("pipelines.jobs",),
    ("pipelines.cli",),
)

PACKAGES = ("edge", "keras_s2s", "pipelines")
TASKS = ("translation", "segmentation", "speech")

# In two parts, so that this file has none.
IGNORED = "# type: " + "ignore"


def modules_of(root: Path) -> dict[str, Path]:
    """Names of the modules in the packages' folders to their files; a package has the name of its folder."""
    found = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    # An empty `__init__.py` imports nothing, and nobody imports it.
    files = [file.relative_to(root) for file in found if file.name != "__init__.py" or file.stat().st_size]
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__"): root / file for file in files}


def type_checking_only(tree: ast.AST) -> set[ast.AST]:
    """The nodes of `if TYPE_CHECKING:` blocks."""
    blocks = (node for node in ast.walk(tree) if isinstance(node, ast.If))
    guarded = (block for block in blocks if ast.unparse(block.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"))
    return {node for block in guarded for statement in block.body for node in ast.walk(statement)}


def imports_of(name: str, modules: dict[str, Path], typing: bool = True) -> set[str]:
    """Modules of ours that a module imports, at its top or inside a function, by statement or by `import_module`.

    The packages around an imported module are not counted, although Python runs their `__init__.py`.

    Args:
        name: the importing module.
        modules: all modules, by name.
        typing: count imports that only a type checker follows.
    """
    tree = ast.parse(modules[name].read_text(encoding="utf-8"))
    ignored = set() if typing else type_checking_only(tree)
    package = name.split(".") if modules[name].name == "__init__.py" else name.split(".")[:-1]
    found = (each for node in ast.walk(tree) if node not in ignored for each in _imported(node, package))
    return {nearest for each in found if (nearest := _nearest(each, modules)) is not None} - {name}


def _imported(node: ast.AST, package: list[str]) -> Iterator[str]:
    """What a node imports, as absolute names; with names that may be members of a module."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            start = package[: len(package) - level + 1] if level else []
            base = ".".join([*start, *([module] if module else [])])
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(func=function, args=[ast.Constant(value=str(value)), *_]):
            if ast.unparse(function) in ("import_module", "importlib.import_module", "__import__"):
                yield value


def _nearest(name: str, modules: dict[str, Path]) -> str | None:
    """The module that a name is, or is a member of."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def layer_of(name: str) -> int:
    """The position in `LAYERS` of a module."""
    matching = [
        (len(entry), index)
        for index, layer in enumerate(LAYERS)
        for entry in layer
        if f"{name}.".startswith(f"{entry}.")
    ]
    assert matching, f"{name} has no place in LAYERS of {Path(__file__).name}: add it"
    return max(matching)[1]


def arrows_up(root: Path) -> list[str]:
    """Imports of a higher layer."""
    modules = modules_of(root)
    layers = {name: layer_of(name) for name in modules}
    return [
        f"{name} imports {other}"
        for name in modules
        for other in sorted(imports_of(name, modules))
        if layers[other] > layers[name]
    ]


def circle(root: Path) -> list[str]:
    """The modules of one circle, the first one again at the end; none if there is no circle."""
    modules = modules_of(root)
    try:
        graphlib.TopologicalSorter({name: imports_of(name, modules, typing=False) for name in modules}).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_no_import_points_up():
    assert arrows_up(ROOT) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(ROOT) == []


def test_what_is_imported_is_found():
    """The checks above would pass as well if they saw nothing."""
    modules = modules_of(ROOT)
    assert {"edge", "edge.search.beam", "keras_s2s.layers.scan", "pipelines.cli.main"} <= modules.keys()
    assert {"keras_s2s.layers.cells", "keras_s2s.layers.product"} <= imports_of("keras_s2s.layers.recurrent", modules)
    assert sum(len(imports_of(name, modules)) for name in modules) > 300


@pytest.fixture
def tree(tmp_path: Path):
    """Writes a made-up project: `{module: source}`."""

    def write(**sources: str) -> Path:
        for name, source in sources.items():
            file = tmp_path / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("module", "source", "imported"),
    [
        ("edge__front", "import keras_s2s.search", "keras_s2s.search"),
        ("edge__front", "from keras_s2s import search", "keras_s2s.search"),
        ("edge__front", "def late():\n    from keras_s2s.search import beam", "keras_s2s.search"),
        ("edge__front", "if TYPE_CHECKING:\n    from keras_s2s.search import beam", "keras_s2s.search"),
        ("edge__front", "import importlib\nimportlib.import_module('keras_s2s.search')", "keras_s2s.search"),
        ("keras_s2s__losses", "from pipelines.config import Config", "pipelines.config"),
        ("pipelines__config", "from pipelines.tasks.sums.task import Sums", "pipelines.tasks.sums.task"),
        ("pipelines__tasks__sums__other", "from ...jobs import train", "pipelines.jobs.train"),
    ],
)
def test_an_arrow_up_is_found(tree, module, source, imported):
    below = {"edge__step": "", "keras_s2s__search": "import edge.step"}
    above = {"pipelines__config": "", "pipelines__tasks__sums__task": "from edge import step"}
    root = tree(**below, **above, pipelines__jobs__train="from pipelines.tasks.sums.task import Sums")
    assert arrows_up(root) == []
    tree(**{module: source})
    assert arrows_up(root) == [f"{module.replace('__', '.')} imports {imported}"]


def test_a_module_without_a_place_is_found(tree):
    with pytest.raises(AssertionError, match=r"pipelines\.speech has no place"):
        arrows_up(tree(pipelines__speech="import edge"))


def test_a_circle_is_found(tree):
    root = tree(edge__one="import edge.two", edge__two="from edge import three", edge__three="")
    assert circle(root) == []
    tree(edge__three="def late():\n    from edge.one import name")
    assert set(circle(root)) == {"edge.one", "edge.two", "edge.three"}
    tree(edge__three="if TYPE_CHECKING:\n    from edge.one import name")
    assert circle(root) == []


def unexplained(source: str) -> list[str]:
    """Lines that silence the type checker other than by `# type: ignore[code]  # reason`."""
    lines = (line.strip() for line in source.splitlines() if IGNORED in line)
    return [line for line in lines if not re.search(rf"{IGNORED}\[[a-z, -]+\]  # \w", line)]


def test_a_silenced_type_error_says_why():
    files = [file for folder in (*PACKAGES, "benchmarks", "tests") for file in (ROOT / folder).rglob("*.py")]
    assert {file: lines for file in files if (lines := unexplained(file.read_text(encoding="utf-8")))} == {}
    wrong = [f"a = 1  {IGNORED}", f"b = 1  {IGNORED}[misc]", f"c = 1  {IGNORED}  # generated"]
    assert unexplained("\n".join([*wrong, f"d = 1  {IGNORED}[misc]  # generated"])) == wrong


def task_names_in(source: str) -> list[str]:
    """Names of tasks in identifiers, imports and texts of a module; comments and docstrings may give examples."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    # A word of its own, in any spelling of identifiers: `Translation`, `translation_task`; not "translations".
    return re.findall(rf"(?i:{'|'.join(TASKS)})(?![a-z])", ast.unparse(tree))


def test_no_job_names_a_task():
    assert {folder.parent.name for folder in (ROOT / "pipelines" / "tasks").glob("*/task.py")} <= set(TASKS)
    jobs = sorted((ROOT / "pipelines" / "jobs").glob("*.py"))
    assert len(jobs) > 5
    named = {job.name: names for job in jobs if (names := task_names_in(job.read_text(encoding="utf-8")))}
    assert named == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from pipelines.tasks.translation.task import Translation", ["translation", "Translation"]),
        ("if run.task != 'segmentation': pass", ["segmentation"]),
        ("def job(): return f'{path}: is for speech'", ["speech"]),
        ("is_translation = SEGMENTATION_ONLY", ["translation", "SEGMENTATION"]),
        ("'''Scores, for example of a translation.'''\n# Of speech, too.\ntranslations = scores(task)", []),
    ],
)
def test_a_task_that_is_named_is_found(source, names):
    assert task_names_in(source) == names
