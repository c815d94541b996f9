"""The page of a static site as a single HTML file."""

import base64
import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.site.page import POLICY

# Builds of the runtime for newer browsers: one build is enough for all.
_FAST = ("litert/wasm/litert_wasm_internal.js", "litert/wasm/litert_wasm_internal.wasm")
# What is inside of a page otherwise, or needs a web host.
_ELSEWHERE = ("index.html", "LICENSES.txt", "service-worker.js", "site.webmanifest")

_COMMENT = re.compile(r"\s*(//|/?\*)")
_LINK = re.compile(r'"(\.\.?/[\w./-]+\.js)"')
_ICON = "static/icon.svg"


def single_page(site: Path, start: Path) -> str:
    """Returns a site as one HTML file.

    Args:
        site: its folder.
        start: the script that starts the page.
    """
    page = (site / "index.html").read_text(encoding="utf-8")
    styles = [
        (site / name).read_text(encoding="utf-8") for name in re.findall(r'<link rel="stylesheet" href="(.*?)">', page)
    ]
    style, script = "\n" + "".join(styles), "\n" + start.read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}' blob: 'wasm-unsafe-eval'; style-src '{_hash(style)}'; "
        "img-src data:; connect-src blob:; worker-src blob:; form-action 'none'; base-uri 'none'"
    )
    page = re.sub(r'<link rel="(stylesheet|manifest)".*?>\n', "", page)
    page = re.sub(r'<script type="module" src=.*?</script>\n', "", page).replace(POLICY, policy)
    icon = base64.b64encode((site / _ICON).read_bytes()).decode()
    page = page.replace(_ICON, f"data:image/svg+xml;base64,{icon}")
    licenses = (site / "LICENSES.txt").read_text(encoding="utf-8").replace("--", "- -")
    page = page.replace("</head>", f"<style>{style}</style>\n</head>")
    content = f'<script id="files" type="application/json">{json.dumps(list(_files(site)))}</script>\n'
    return (
        page.replace("</body>", f'{content}<script type="module">{script}</script>\n</body>') + f"<!--\n{licenses}-->\n"
    )


def _hash(inline: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}"


def _files(site: Path) -> Iterator[dict[str, object]]:
    """The files that the page reads, each one behind the modules that it links to."""
    names = {file.relative_to(site).as_posix(): file for file in sorted(site.rglob("*")) if file.is_file()}
    skipped = {*_FAST, *_ELSEWHERE, *(name for name in names if name.endswith((".css", ".svg")))}
    done: set[str] = set()

    def written(name: str) -> Iterator[dict[str, object]]:
        if name in done:
            return
        done.add(name)
        content = names[name].read_bytes()
        links: dict[str, str] = {}
        if name.endswith(".js"):
            links = {
                link: other
                for line in content.decode().splitlines()
                if not _COMMENT.match(line)
                for link in _LINK.findall(line)
                if (other := posixpath.normpath(posixpath.join(posixpath.dirname(name), link))) in names
            }
            for other in links.values():
                yield from written(other)
        elif name == "litert/runtime.json":
            told = json.loads(content)
            told["bytes"] = {
                build: size for build, size in told["bytes"].items() if f"litert/wasm/{build}.wasm" not in _FAST
            }
            content = json.dumps(told).encode()
        yield {"name": name, "data": base64.b64encode(gzip.compress(content, mtime=0)).decode(), "links": links}

    for name in names:
        if name not in skipped:
            yield from written(name)
