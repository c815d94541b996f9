"""Run the notebook docs/notebook.ipynb, and write it with its printed output to build/notebook.ipynb.

    python scripts/notebook.py

It needs no Jupyter. A cell that fails ends it with a traceback and status 1.
"""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def run(notebook: dict[str, Any]) -> None:
    """Execute the code cells in order, in one namespace, and store what they print as their outputs."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"cell {count}", "exec"), namespace)
        text = printed.getvalue()
        print(text, end="", flush=True)
        cell["execution_count"] = count
        lines = text.splitlines(keepends=True)
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines}] if lines else []


if __name__ == "__main__":
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    run(content)
    out = ROOT / "build" / NOTEBOOK.name
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
