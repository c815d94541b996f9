"""The types that the JavaScript modules state, checked by TypeScript."""

import json
import shutil
import subprocess
import tarfile

from pipelines.site.runtime import PACKAGES
from tests.web.conftest import HERE

WEB = HERE.parents[1] / "web"


def test_types(node, tool, packages, tmp_path):
    """Those of LiteRT come from its package."""
    with tarfile.open(packages / next(iter(PACKAGES))) as archive:
        archive.extractall(tmp_path, filter="data")
    options = {
        "allowJs": True,
        "checkJs": True,
        "noEmit": True,
        "skipLibCheck": True,
        "types": [],
        "target": "es2024",
        "lib": ["es2024", "dom", "dom.iterable"],
        "module": "esnext",
        "moduleResolution": "bundler",
        "paths": {"@litertjs/core": [str(tmp_path / "package" / "dist" / "index.d.ts")]},
    }
    config = tmp_path / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": options, "include": [f"{WEB}/*.js"]}))
    command = [shutil.which("node"), tool("typescript-5.9.3") / "lib" / "tsc.js", "-p", config, "--listFiles"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert str(WEB / "keras_s2s.js") in done.stdout and "package/dist/index.d.ts" in done.stdout
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if "error" in line]
