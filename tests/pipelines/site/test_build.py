"""The folder of a static site: what is in it, and what is refused. Chromium opens one in tests/web."""

import base64
import gzip
import hashlib
import json
import os
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edge.bundle import manifest_digest, read_bundle
from edge.errors import UserError
from pipelines.site import build, runtime
from pipelines.site.build import build_single, build_site

EDGE = Path(__file__).parents[2] / "edge"
STATIC = EDGE / "toy_bundle_static"
SEGMENTER = EDGE / "toy_segmenter_static"


@pytest.fixture
def bare(monkeypatch):
    """Sites without a runtime, which cannot be downloaded everywhere."""
    monkeypatch.setattr(build, "write_runtime", lambda out, _: out.mkdir())


def changed(folder: Path, **values: object) -> Path:
    """A static bundle with other values in its manifest."""
    bundle = Path(shutil.copytree(STATIC, folder))
    manifest = {**json.loads((bundle / "manifest.json").read_text()), **values}
    manifest["digest"] = manifest_digest(manifest)
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    return bundle


def told(out: Path) -> dict:
    """What the page is told of its bundles."""

    class Data(HTMLParser):
        found = ""

        def handle_starttag(self, tag, attrs):
            self.inside = ("id", "site") in attrs

        def handle_data(self, data):
            if getattr(self, "inside", False):
                self.found += data

    parser = Data()
    parser.feed((out / "index.html").read_text(encoding="utf-8"))
    return json.loads(parser.found.strip())


def unreadable(monkeypatch, suffix: str) -> None:
    """Files of a suffix cannot be read, whoever runs the tests."""
    real = Path.read_bytes

    def read_bytes(path):
        if path.suffix == suffix:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)


def test_what_is_in_it(bare, tmp_path):
    back = changed(tmp_path / "back", languages={"source": "EN", "target": "es"})
    out = tmp_path / "deep" / "site"
    build_site([STATIC, back], out, title="</title><b>")
    assert told(out)["languages"] == [
        {"code": "es", "name": "Spanish", "targets": ["en"]},
        {"code": "en", "name": "English", "targets": ["es"]},
    ]
    urls = [direction["url"] for direction in told(out)["directions"]]
    assert urls == ["bundles/es-en", "bundles/en-es"]
    for url, bundle in zip(urls, (STATIC, back), strict=True):
        names = {file.name for file in bundle.iterdir()}
        assert {file.name for file in (out / url).iterdir()} == names
        assert all((out / url / name).read_bytes() == (bundle / name).read_bytes() for name in names)
    assert "<b>" not in (out / "index.html").read_text()
    assert json.loads((out / "site.webmanifest").read_text())["name"] == "</title><b>"
    assert "Apache License" in (out / "LICENSES.txt").read_text()


def test_a_form_per_task(bare, tmp_path):
    """A site has the forms of its bundles only."""
    named = Path(shutil.copytree(SEGMENTER, tmp_path / "cells & <b>"))
    for number, (bundles, forms) in enumerate(
        (([STATIC], [True, False]), ([named], [False, True]), ([named, STATIC], [True] * 2))
    ):
        out = tmp_path / str(number)
        build_site(bundles, out)
        page = (out / "index.html").read_text()
        assert [f'id="{form}"' in page for form in ("form", "segment")] == forms
        assert told(out)["segmenters"] == ["cells-b-"] * forms[1]
        assert (out / "bundles" / "cells-b-" / "model.tflite").is_file() == forms[1]
        assert ('data-url="bundles/cells-b-"' in page) == forms[1]


def test_the_service_worker_knows_every_file(bare, tmp_path):
    build_site([STATIC], tmp_path / "site")
    line = (tmp_path / "site" / "service-worker.js").read_text().splitlines()[0]
    known = json.loads(line.removeprefix("const SITE = ").removesuffix(";"))
    there = [file for file in (tmp_path / "site").rglob("*") if file.is_file() and file.name != "service-worker.js"]
    digests = {
        file.relative_to(tmp_path / "site").as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in there
    }
    assert known["files"] == digests
    assert {"index.html", "static/style.css", "web/worker.js"} <= set(known["page"])
    build_site([STATIC], tmp_path / "other", title="Other")
    assert known["version"] not in (tmp_path / "other" / "service-worker.js").read_text()


def test_what_is_refused(bare, tmp_path):
    twin = changed(tmp_path / "twin", languages={"source": "ES", "target": "en"})
    unnamed = changed(tmp_path / "unnamed", languages=None)
    damaged = Path(shutil.copytree(STATIC, tmp_path / "damaged"))
    (damaged / "model.tflite").write_bytes(b"")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    out = tmp_path / "out"
    for bundles, to, message in (
        ([EDGE / "toy_bundle"], out, "toy_bundle: has dynamic shapes, which browsers cannot run; export the run again"),
        ([EDGE / "toy_segmenter"], out, "toy_segmenter: has dynamic shapes, which browsers cannot run"),
        ([EDGE / "toy_recognizer"], out, "toy_recognizer: is for speech, not for translation or segmentation"),
        ([SEGMENTER, SEGMENTER], out, "has the name toy_segmenter_static, as "),
        ([STATIC, twin], out, f"twin: translates es to en, as {STATIC} does; give one of them"),
        ([unnamed], out, "unnamed: languages None are not two codes"),
        ([damaged], out, "model.tflite: "),
        ([tmp_path / "none"], out, "none: "),
        ([STATIC], tmp_path / "full", "full: already exists and is not empty"),
    ):
        with pytest.raises(UserError) as caught:
            build_site(bundles, to)
        assert message in str(caught.value) and "\n" not in str(caught.value)
        assert not out.exists()


def test_a_single_file(monkeypatch, tmp_path):
    """All that the page reads is inside, in an order in which each script can be given the URLs of those it imports."""

    def write_runtime(out: Path, _: object) -> None:
        (out / "wasm").mkdir(parents=True)
        builds = ("litert_wasm_internal", "litert_wasm_compat_internal")
        for name in builds:
            (out / "wasm" / f"{name}.wasm").write_bytes(name.encode())
        (out / "index.js").write_text('import {} from "./wasm-utils.js";')
        (out / "wasm-utils.js").touch()
        (out / "runtime.json").write_text(json.dumps({"bytes": dict.fromkeys(builds, 1)}))

    monkeypatch.setattr(build, "write_runtime", write_runtime)
    build_single([STATIC], tmp_path / "page.html", title="</title><b>")
    page = (tmp_path / "page.html").read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    assert '<link rel="stylesheet' not in page and 'href="static/' not in page and 'src="static/' not in page
    start = page.index('<script id="files" type="application/json">')
    files = json.loads(page[page.index(">", start) + 1 : page.index("</script>", start)])
    content = {each["name"]: gzip.decompress(base64.b64decode(each["data"])) for each in files}
    assert content["bundles/es-en/model.tflite"] == (STATIC / "model.tflite").read_bytes()
    # One build of the runtime is for all browsers.
    assert json.loads(content["litert/runtime.json"])["bytes"] == {"litert_wasm_compat_internal": 1}
    assert [name for name in content if name.endswith(".wasm")] == ["litert/wasm/litert_wasm_compat_internal.wasm"]
    known = set()
    for each in files:
        assert set(each["links"].values()) <= known
        known.add(each["name"])
    links = {each["name"]: each["links"] for each in files}
    assert links["litert/index.js"] == {"./wasm-utils.js": "litert/wasm-utils.js"}
    assert links["web/model_worker.js"] == {"./errors.js": "web/errors.js", "./worker.js": "web/worker.js"}
    assert links["static/site.js"] == {f"./{name}.js": f"static/{name}.js" for name in ("translate", "segment")}
    with pytest.raises(UserError, match=r"site: with --single the site is one HTML file; name a \.html file"):
        build_single([STATIC], tmp_path / "site")


def test_runtimes_that_cannot_be_used(tmp_path, monkeypatch):
    out, packages = tmp_path / "out", tmp_path / "packages"
    with pytest.raises(UserError, match=r"litertjs-core-2\.5\.3\.tgz: is missing; 'npm pack @litertjs/core@2\.5\.3 "):
        build_site([STATIC], out, packages)
    packages.mkdir()
    for name in runtime.PACKAGES:
        (packages / name).write_bytes(b"another version")
    with pytest.raises(UserError, match=r"core-2\.5\.3\.tgz: is damaged or another version: its SHA-256 is "):
        build_site([STATIC], out, packages)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"npm: is not on the PATH.*or run 'npm pack .* --runtime DIR"):
        build_site([STATIC], out)
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\necho 'npm error network no host' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    with pytest.raises(UserError, match=r"cannot be downloaded \(network no host\); run 'npm pack .* --runtime DIR"):
        build_site([STATIC], out)
    npm.write_bytes(b"no program")
    with pytest.raises(UserError, match=r"npm: cannot be run \(.*\); run 'npm pack .* --runtime DIR"):
        build_site([STATIC], out)
    unreadable(monkeypatch, ".tgz")
    with pytest.raises(UserError, match=r"core-2\.5\.3\.tgz: cannot be read \(Permission denied\); .* --runtime DIR"):
        build_site([STATIC], out, packages)
    assert not out.exists()


def test_a_bundle_that_cannot_be_read(bare, tmp_path, monkeypatch):
    # Its SHA-256 has been compared before.
    bundle = read_bundle(STATIC)
    monkeypatch.setattr(build, "read_bundle", lambda path: bundle)
    unreadable(monkeypatch, ".tflite")
    with pytest.raises(UserError, match=r"toy_bundle_static/model\.tflite: cannot be read \(Permission denied\)"):
        build_site([STATIC], tmp_path / "out")
    assert not (tmp_path / "out").exists()
