"""`keras-s2s site`: a page that runs bundles in the browser, as a folder for a static web host or as a single file."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.files import making, write_whole
from edge.outputs import check_output
from edge.serve.templates import STATIC
from pipelines.log import log
from pipelines.site.bundles import SiteBundles
from pipelines.site.page import site_page
from pipelines.site.runtime import NPM_PACK, write_runtime
from pipelines.site.single import single_page

_PACKAGE = Path(__file__).parents[1]
# In a wheel the JavaScript and the licence are inside the package, in a clone beside it.
_WEB = next(folder for folder in (_PACKAGE / "web", _PACKAGE.parent / "web") if folder.is_dir())
_LICENSE = next(file for file in (_WEB / "LICENSE", _PACKAGE.parent / "LICENSE") if file.is_file())

# Parts of the server's page that a site has, too, and its own.
_SHARED = ("form.js", "words.js", "style.css", "icon.svg")
_OWN = ("site.js", "translate.js", "segment.js", "segment.css")

_LICENSES = f"""\
keras_s2s: https://www.apache.org/licenses/LICENSE-2.0, the text below
LiteRT's runtime for browsers (litert/; from npm: {NPM_PACK.split(maxsplit=2)[-1]}):
Apache License 2.0, https://github.com/google-ai-edge/LiteRT, the text below
The bundles (bundles/) have the licences of whoever trained them.

"""


PathLike = str | os.PathLike[str]


def build_site(
    bundles: Sequence[PathLike], out: PathLike, runtime: PathLike | None = None, title: str | None = None
) -> None:
    """Writes a static web page that translates or segments images with bundles.

    Args:
        bundles: of translation and of image segmentation, with static shapes, no two of the same direction or name.
        out: a directory that does not exist yet, or is empty.
        runtime: a directory with the files of `npm pack`, see `pipelines.site.runtime`; without it npm downloads them.
        title: of the page ["Translate", or "Segment images" without a bundle of translation].

    Raises:
        UserError: a bundle or the runtime cannot be used; `out` has files, or cannot be written.
    """
    of_site = SiteBundles([read_bundle(bundle) for bundle in bundles])
    out = Path(out)
    check_output(out)
    try:
        with making(out) as partial:
            _write(partial, of_site, runtime, title)
            size = sum(file.stat().st_size for file in partial.rglob("*"))
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    log(f"Wrote a site for {of_site} to {out}: {size / 1e6:.1f} MB. To try it: python -m http.server -d {out}")


def build_single(
    bundles: Sequence[PathLike], out: PathLike, runtime: PathLike | None = None, title: str | None = None
) -> None:
    """Writes the page of a site as one HTML file, which also works from a disk. Arguments as for `build_site`.

    Args:
        bundles, runtime, title: as for `build_site`.
        out: a file, its name ends in `.html`.

    Raises:
        UserError: as for `build_site`.
    """
    of_site = SiteBundles([read_bundle(bundle) for bundle in bundles])
    out = Path(out)
    if out.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"{out}: with --single the site is one HTML file; name a .html file")
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), of_site, runtime, title)
        page = single_page(Path(folder), _WEB / "site" / "single.js").encode()
    write_whole(out, page)
    log(f"Wrote a page for {of_site} to {out}: {len(page) / 1e6:.1f} MB. To try it, open it in a browser")


def _write(folder: Path, bundles: SiteBundles, runtime: PathLike | None, title: str | None) -> None:
    title = title or ("Translate" if bundles.directions else "Segment images")
    write_runtime(folder / "litert", Path(runtime) if runtime else None)
    bundles.copy(folder / "bundles")
    _copy_page(folder)
    page = site_page(bundles, title, _WEB / "site" / "segment.html")
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / "site.webmanifest").write_text(_web_manifest(title), encoding="utf-8")
    (folder / "service-worker.js").write_text(_service_worker(folder), encoding="utf-8")


def _copy_page(out: Path) -> None:
    (out / "static").mkdir()
    for file in (*(STATIC / name for name in _SHARED), *(_WEB / "site" / name for name in _OWN)):
        shutil.copyfile(file, out / "static" / file.name)
    (out / "web").mkdir()
    for file in _WEB.glob("*.js"):
        shutil.copyfile(file, out / "web" / file.name)
    (out / "LICENSES.txt").write_text(_LICENSES + _LICENSE.read_text(encoding="utf-8"), encoding="utf-8")


def _web_manifest(title: str) -> str:
    told: dict[str, Any] = {
        "name": title,
        "start_url": "./",
        "display": "standalone",
        "background_color": "#f4f1ea",
        "theme_color": "#0d6b62",
        "icons": [{"src": "static/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _service_worker(out: Path) -> str:
    """The service worker, with what the site consists of: the folder so far."""
    names = sorted(file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())
    files = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}
    page = [name for name in names if not name.startswith(("litert/", "bundles/")) and name != "LICENSES.txt"]
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    told = json.dumps({"version": version, "page": page, "files": files})
    return f"const SITE = {told};\n" + (_WEB / "site" / "service-worker.js").read_text(encoding="utf-8")
