"""`keras-s2s site`: a folder for a static web host, with a page that translates in the browser."""

import hashlib
import html
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from edge.bundle import MANIFEST, Bundle, read_bundle
from edge.errors import UserError
from edge.files import check_output, making
from edge.serve.languages import bundle_languages, language_name, plain_code
from edge.serve.templates import STATIC, language_options, template
from pipelines.log import log
from pipelines.site.runtime import NPM_PACK, write_runtime

_PACKAGE = Path(__file__).parents[1]
# In a wheel the JavaScript and the licence are inside the package, in a clone beside it.
_WEB = next(folder for folder in (_PACKAGE / "web", _PACKAGE.parent / "web") if folder.is_dir())
_LICENSE = next(file for file in (_WEB / "LICENSE", _PACKAGE.parent / "LICENSE") if file.is_file())

# Nothing from elsewhere and nothing inline; WebAssembly is compiled, JavaScript is not made from text.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'"
)
# Parts of the server's page that a site has, too.
_SHARED = ("form.js", "words.js", "style.css", "icon.svg")
_CHARACTERS = 10_000
_ALTERNATIVES = 3

_LICENSES = f"""\
keras_s2s: https://www.apache.org/licenses/LICENSE-2.0, the text below
LiteRT's runtime for browsers (litert/; from npm: {NPM_PACK.split(maxsplit=2)[-1]}):
Apache License 2.0, https://github.com/google-ai-edge/LiteRT, the text below
The bundles (bundles/) have the licences of whoever trained them.

"""


PathLike = str | os.PathLike[str]


class _Direction(NamedTuple):
    source: str
    target: str
    bundle: Bundle

    @property
    def url(self) -> str:
        return f"bundles/{self.source}-{self.target}"


def build_site(
    bundles: Sequence[PathLike], out: PathLike, runtime: PathLike | None = None, title: str = "Translate"
) -> None:
    """Writes a static web page that translates with bundles.

    Args:
        bundles: of translation, with static shapes, no two of the same direction.
        out: a directory that does not exist yet, or is empty.
        runtime: a directory with the files of `npm pack`, see `pipelines.site.runtime`; without it npm downloads them.
        title: of the page.

    Raises:
        UserError: a bundle or the runtime cannot be used; `out` has files, or cannot be written.
    """
    directions = _directions([read_bundle(bundle) for bundle in bundles])
    out = Path(out)
    check_output(out)
    try:
        with making(out) as partial:
            write_runtime(partial / "litert", Path(runtime) if runtime else None)
            for direction in directions:
                _copy_bundle(direction.bundle, partial / direction.url)
            _copy_page(partial)
            (partial / "index.html").write_text(_page(directions, title), encoding="utf-8")
            (partial / "site.webmanifest").write_text(_web_manifest(title), encoding="utf-8")
            (partial / "service-worker.js").write_text(_service_worker(partial), encoding="utf-8")
            size = sum(file.stat().st_size for file in partial.rglob("*"))
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    names = ", ".join(f"{source}-{target}" for source, target, _ in directions)
    log(f"Wrote a site for {names} to {out}: {size / 1e6:.1f} MB. To try it: python -m http.server -d {out}")


def _directions(bundles: Sequence[Bundle]) -> list[_Direction]:
    found: dict[str, _Direction] = {}
    # One spelling of each language, the first.
    spellings: dict[str, str] = {}
    for bundle in bundles:
        bundle.require_task("translation")
        if bundle.manifest.get("static") is not True:
            raise UserError(
                f"{bundle.path}: has dynamic shapes, which browsers cannot run; export the run again with: "
                "keras-s2s export RUN --static --out BUNDLE"
            )
        source, target = (spellings.setdefault(plain_code(code), code) for code in bundle_languages(bundle))
        direction = _Direction(source, target, bundle)
        if other := found.get(direction.url):
            raise UserError(
                f"{bundle.path}: translates {direction.source} to {direction.target}, as {other.bundle.path} does; "
                "give one of them"
            )
        found[direction.url] = direction
    return list(found.values())


def _copy_bundle(bundle: Bundle, out: Path) -> None:
    out.mkdir(parents=True)
    for file in (bundle.path / MANIFEST, *bundle.files):
        (out / file.name).write_bytes(_read(file))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}); copy the bundle again") from error


def _copy_page(out: Path) -> None:
    (out / "static").mkdir()
    for file in (*(STATIC / name for name in _SHARED), _WEB / "site" / "site.js"):
        shutil.copyfile(file, out / "static" / file.name)
    (out / "web").mkdir()
    for file in _WEB.glob("*.js"):
        shutil.copyfile(file, out / "web" / file.name)
    (out / "LICENSES.txt").write_text(_LICENSES + _LICENSE.read_text(encoding="utf-8"), encoding="utf-8")


def _page(directions: Sequence[_Direction], title: str) -> str:
    sources = [*dict.fromkeys(direction.source for direction in directions)]
    targets = sorted({direction.target for direction in directions})
    told = {
        "languages": [
            {
                "code": code,
                "name": language_name(code),
                "targets": [each.target for each in directions if each.source == code],
            }
            for code in dict.fromkeys([*sources, *targets])
        ],
        "directions": [
            {"source": each.source, "target": each.target, "url": each.url, "bytes": each.bundle.bytes}
            for each in directions
        ],
    }
    form = template("translate").substitute(
        text="",
        translation="",
        error="<noscript>This page needs JavaScript.</noscript>",
        sources=language_options(sources, directions[0].source),
        targets=language_options(targets, directions[0].target),
        characters=_CHARACTERS,
        alternatives=_ALTERNATIVES,
        same=html.escape(" ".join(each.source for each in directions if each.source == each.target)),
        key="hidden",
    )
    # No tag of HTML can end a script's data then.
    data = json.dumps(told).replace("<", "\\u003c")
    return template("page").substitute(
        head=f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
        title=html.escape(title),
        scripts='<link rel="manifest" href="site.webmanifest">\n<script type="module" src="static/site.js"></script>\n',
        content=f'{form}<script id="site" type="application/json">{data}</script>\n',
    )


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
