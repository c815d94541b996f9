"""A static site in Chromium: its translations and masks are Python's, also offline; nothing comes from elsewhere."""

import functools
import http.server
import io
import json
import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from edge import SearchOptions, Translator
from edge.images import overlay
from edge.segmenter import Segmenter
from edge.serve.words import explain_words
from edge.tokenizer import Tokenizer
from pipelines.site import build
from pipelines.site.build import build_single, build_site
from pipelines.site.page import POLICY
from tests.edge.conftest import draw_discs
from tests.web.conftest import PATH
from tests.web.test_segmenter import SEGMENTER
from tests.web.test_translator import EDGE, STATIC, texts

# The page translates when the person has paused; a machine may be busy.
PATIENCE = 60_000


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with the page's policy for the workers, too.

    Attributes:
        slow: files of which the second half is not sent before an event.
    """

    extensions_map: ClassVar = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }

    slow: Mapping[str, threading.Event]

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        data = source.read()
        half = len(data) // 2
        outputfile.write(data[:half])
        if rest := self.slow.get(Path(self.path).name):
            rest.wait(PATIENCE / 1000)
        outputfile.write(data[half:])

    def log_message(self, *_: object) -> None: ...


class Host:
    """A static web host of a folder. See `Handler`."""

    def __init__(self, folder: Path, slow: Mapping[str, threading.Event] = MappingProxyType({})):
        handler = functools.partial(type("SlowHandler", (Handler,), {"slow": slow}), directory=folder)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.origin}/{PATH}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def changed(root: Path, tmp_path: Path) -> Path:
    """A copy of the host's files, to change."""
    return Path(shutil.copytree(root, tmp_path / "host"))


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host's files, of a site without a runtime: it cannot be downloaded everywhere."""
    monkeypatch.setattr(build, "write_runtime", lambda out, _: out.mkdir())
    build_site([STATIC], tmp_path / "host" / PATH)
    return tmp_path / "host"


@pytest.fixture
def serve() -> Iterator[Callable[..., Host]]:
    hosts = []

    def start(root: Path, **options: Any) -> Host:
        hosts.append(Host(root, **options))
        return hosts[-1]

    yield start
    for host in hosts:
        host.stop()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def shown(page: Any, text: str, expected: str) -> None:
    """Types a text, and waits for its translation."""
    page.fill("#text", text)
    page.wait_for_function("text => document.getElementById('translation').textContent === text", arg=expected)


def stored(page: Any) -> dict[str, str]:
    """The files that the service worker has stored, with their SHA-256."""
    return page.evaluate(
        """async () => {
            const found = {};
            for (const key of await caches.keys()) {
                const cache = await caches.open(key);
                for (const request of await cache.keys()) {
                    const data = await (await cache.match(request)).arrayBuffer();
                    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
                    const name = request.url.slice(new URL("./", location).href.length);
                    found[name] = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
                }
            }
            return found;
        }"""
    )


def installed(page: Any) -> str:
    """Installs the service worker, and returns what has become of it."""
    return page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.register("service-worker.js");
            const worker = registration.installing ?? registration.waiting ?? registration.active;
            while (!["activated", "redundant"].includes(worker.state)) {
                await new Promise((resolve) => worker.addEventListener("statechange", resolve, { once: true }));
            }
            return worker.state;
        }"""
    )


def digests(site: Path) -> dict[str, str]:
    """The SHA-256 of a site's files, as its service worker knows them."""
    line = (site / "service-worker.js").read_text(encoding="utf-8").splitlines()[0]
    return json.loads(line.removeprefix("const SITE = ").removesuffix(";"))["files"]


def test_the_page(root, serve, context):
    host, page = serve(root), context.new_page()
    requested, problems = [], []
    context.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
    page.goto(host.url)
    translator, options = Translator(STATIC), SearchOptions(beam=4, n_best=4)
    draw = random.Random(1)
    for length in (1, 3, 5):
        text = " ".join(draw.choices(["uno", "dos", "tres", "siete", "doce"], k=length))
        own = translator.n_best([text], options)[0]
        shown(page, text, own[0].text)
        found = page.locator("#alternatives button span:first-child").all_text_contents()
        assert found == [each.text for each in own]
        expected = explain_words(Tokenizer(STATIC / "source.model").surfaces(text), own[0])
        assert page.locator("#alignment .line:first-child .word").all_text_contents() == expected["source"]
        assert page.locator("#alignment .line:last-child .word").all_text_contents() == expected["target"]
        cells = page.locator("#heat tbody td").all_text_contents()
        weights = [weight for row in expected["attention"] for weight in row]
        assert [int(cell or 0) for cell in cells] == pytest.approx([100 * weight for weight in weights], abs=0.6)
    assert page.title() == page.text_content("h1") == "Números & <números>"
    assert page.text_content("#model").startswith("es-en · ") and page.text_content("#model").endswith(" · none")
    assert not problems
    assert len(requested) > 30 and all(url.startswith(host.url) for url in requested)


def test_offline(root, serve, context):
    """The host is gone after the first visit."""
    host, page = serve(root), context.new_page()
    page.goto(host.url)
    shown(page, "uno dos", "one two")
    # Storing takes a moment more than reading.
    names = [f"bundles/es-en/{file.name}" for file in STATIC.iterdir()] + ["litert/wasm-utils.js"]
    while not {*names} <= stored(page).keys():
        page.wait_for_timeout(50)
    host.stop()
    page.close()
    page = context.new_page()
    page.goto(f"{host.url}index.html")
    shown(page, "cuatro", "four")


def test_translations_of_the_module(root, serve, context):
    page = context.new_page()
    page.goto(serve(root).url)
    # Half of a surrogate pair cannot be handed over.
    given = [text.replace("\ud800", "") for text in texts(120)]
    found = page.evaluate(
        """async (texts) => {
            const { Translator } = await import("./web/keras_s2s.js");
            const steps = [];
            const translator = await Translator.open("bundles/es-en/", { progress: (...each) => steps.push(each) });
            const found = await Promise.all(texts.map((text) => translator.translate(text)));
            const said = (error) => [error.name, error.message];
            const refused = await translator.translate("uno", { beam: 0 }).catch(said);
            const ended = translator.translate("uno").catch((error) => error.message);
            translator.delete();
            const after = await translator.translate("uno").catch((error) => error.message);
            const { task } = translator.manifest;
            return { texts: found.map(([best]) => best.text), steps, refused, ended: await ended, after, task };
        }""",
        given,
    )
    translator = Translator(STATIC)
    assert found["texts"] == translator.translate(given)
    assert found["refused"] == ["UserError", "search: beam 0 is no whole number from 1 upwards"]
    assert found["ended"] == found["after"] == "the translator has been deleted"
    assert found["task"] == "translation"
    sizes = [done for done, _ in found["steps"]]
    assert sizes == sorted(sizes) and found["steps"][-1][0] == found["steps"][-1][1] > 10_000


def damage(bundle: Path) -> None:
    data = bytearray((bundle / "model.tflite").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / "model.tflite").write_bytes(data)


def segmenter(bundle: Path) -> None:
    shutil.rmtree(bundle)
    shutil.copytree(EDGE / "toy_segmenter", bundle)


def newer(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))


def html(bundle: Path) -> None:
    """What some hosts answer for every name."""
    (bundle / "manifest.json").write_text("<!doctype html>")


UNUSABLE = [
    (damage, "/model.tflite: is damaged: size or sha256 differ from the manifest; copy the bundle again"),
    (segmenter, ": is for segmentation, not for translation"),
    (newer, "/manifest.json: format version 99 is newer than 2; update keras-s2s"),
    (html, "/manifest.json: is damaged: not readable as JSON"),
    (shutil.rmtree, ": is not a bundle: it has no manifest.json"),
    (lambda bundle: (bundle / "source.model").unlink(), "/source.model: is missing; copy the bundle again"),
    (lambda bundle: None, "/litert/: the runtime cannot be loaded"),
]


def test_what_cannot_be_used(bare, serve, context):
    """The module says what is wrong with a bundle, and the page shows what the module says."""
    bundles = bare / PATH / "bundles"
    for place, (change, _) in enumerate(UNUSABLE):
        change(shutil.copytree(bundles / "es-en", bundles / str(place)))
    page = context.new_page()
    page.goto(serve(bare).url)
    told = page.evaluate(
        """async (count) => {
            const { Translator } = await import("./web/keras_s2s.js");
            const said = ({ name, message }) => [name, message];
            const opened = Array.from({ length: count }, (_, place) => Translator.open(`bundles/${place}`).catch(said));
            return Promise.all(opened);
        }""",
        len(UNUSABLE),
    )
    for (_, message), (kind, found) in zip(UNUSABLE, told, strict=True):
        assert kind == "UserError" and message in found
    damage(bundles / "es-en")
    page.fill("#text", "uno")
    page.wait_for_function("() => document.getElementById('status').textContent.includes('model.tflite: is damaged')")
    assert page.eval_on_selector("#form", "form => form.classList.contains('failed')")


def png(picture: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, **{"format": "PNG", **options})
    return stream.getvalue()


def test_images(root, serve, context):
    """The mask of a file is Python's, on the page and in the file that is saved; so is that of a turned photograph."""
    page, segmenter = context.new_page(), Segmenter(SEGMENTER)
    page.goto(serve(root).url)
    picture, _ = draw_discs(3, 300, 280)
    # Stored on its side, as phones do: 6 is a quarter turn.
    orientation = Image.Exif()
    orientation[0x0112] = 6
    turned = png(np.rot90(picture), format="JPEG", quality=95, exif=orientation)
    for file, most in (("disc.png", 0), ("turned.jpg", 0.002)):
        content = png(picture) if file == "disc.png" else turned
        page.set_input_files("#image", {"name": file, "mimeType": "image/*", "buffer": content})
        page.wait_for_selector("#save:visible")
        with page.expect_download() as saved:
            page.click("#save")
        assert saved.value.suggested_filename == f"{file[:-4]}.mask.png"
        mask = np.asarray(Image.open(saved.value.path()))
        assert np.mean(mask != segmenter.drawable(segmenter.mask(picture))) <= most
        assert "280 × 300 pixels" in page.text_content("#segmented")
        if not most:
            shown = page.eval_on_selector(
                "#picture", "it => [...it.getContext('2d').getImageData(0, 0, it.width, it.height).data]"
            )
            pixels = np.array(shown, np.uint8).reshape(300, 280, 4)[..., :3]
            np.testing.assert_allclose(pixels, overlay(picture, mask // 255), atol=1)
    page.set_input_files("#image", {"name": "text.png", "mimeType": "image/png", "buffer": b"text"})
    page.wait_for_function("() => document.getElementById('segmented').textContent.startsWith('text.png: is no image')")
    # Then an image of the camera.
    page.click("#camera")
    page.click("text=Take the picture")
    page.wait_for_selector("#save:visible")
    assert page.is_hidden("#video") and page.is_visible("#picture")
    assert " pixels · " in page.text_content("#segmented")


def test_what_was_damaged_is_not_stored(changed, serve, context):
    bundle = changed / PATH / "bundles" / "es-en"
    kept = (bundle / "model.tflite").read_bytes()
    damage(bundle)
    page = context.new_page()
    page.goto(serve(changed).url)
    page.fill("#text", "uno")
    page.wait_for_function("() => document.getElementById('status').textContent.includes('is damaged')")
    (bundle / "model.tflite").write_bytes(kept)
    shown(page, "dos", "two")


def test_a_page_that_was_damaged_is_not_stored(bare, serve, context):
    file = bare / PATH / "web" / "reader.js"
    whole = file.read_bytes()
    # It works, but it is another one.
    file.write_bytes(whole + b"// damaged\n")
    page = context.new_page()
    page.goto(serve(bare).url)
    assert installed(page) == "redundant"
    known = digests(bare / PATH)
    assert known.items() >= stored(page).items() and "web/reader.js" not in stored(page)
    file.write_bytes(whole)
    assert installed(page) == "activated"
    assert known.items() >= stored(page).items() and "web/reader.js" in stored(page)


def test_a_file_is_read_while_it_is_stored(bare, serve, context):
    """The page hears of what has arrived before all of it has."""
    rest = threading.Event()
    host, page = serve(bare, slow={"source.model": rest}), context.new_page()
    page.goto(host.url)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    name = "bundles/es-en/source.model"
    begun = page.evaluate(
        """async (name) => {
            globalThis.reader = (await fetch(name)).body.getReader();
            return (await reader.read()).value.length;
        }""",
        name,
    )
    rest.set()
    page.evaluate("(async () => { while (!(await reader.read()).done); })()")
    assert 0 < begun < (STATIC / "source.model").stat().st_size
    while name not in stored(page):
        page.wait_for_timeout(50)
    assert stored(page)[name] == digests(bare / PATH)[name]


def test_another_version_takes_its_place(changed, packages, serve, context):
    """Files that were stored before are not mixed with those of a new version."""
    page, host = context.new_page(), serve(changed)
    page.goto(host.url)
    shown(page, "uno", "one")
    shutil.rmtree(changed / PATH)
    build_site([STATIC], changed / PATH, packages, title="New")
    before = page.evaluate("caches.keys()")
    # The first load still has the old page, and finds the new service worker.
    page.reload()
    while len(now := page.evaluate("caches.keys()")) != 1 or now == before:
        page.wait_for_timeout(100)
    page.reload()
    assert page.title() == "New"
    shown(page, "dos", "two")


def test_phone_width(root, serve, context, tool):
    """Also in dark and light colours, and without a serious finding of axe."""
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(serve(root).url)
    shown(page, "uno dos tres cuatro cinco", "one two three four five")
    page.click("#map summary")
    page.set_input_files("#image", {"name": "disc.png", "mimeType": "image/png", "buffer": png(draw_discs(4)[0])})
    page.wait_for_selector("#save:visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate((tool("axe-core-4.14.1") / "axe.min.js").read_text(encoding="utf-8"))
    for scheme, colour in (("light", "rgb(244, 241, 234)"), ("dark", "rgb(20, 24, 29)")):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colour
        found = page.evaluate("axe.run()")
        assert len(found["passes"]) > 20
        findings = [(each["impact"], each["help"], each["nodes"][0]["html"]) for each in found["violations"]]
        assert not [finding for finding in findings if finding[0] in ("serious", "critical")]
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{scheme}.png", full_page=True)


def test_a_single_file(packages, tmp_path, context):
    """It is opened from the disk, without a network."""
    build_single([STATIC, SEGMENTER], tmp_path / "page.html", packages, title="One")
    page = context.new_page()
    requested, problems = [], []
    context.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
    context.set_offline(True)
    page.goto((tmp_path / "page.html").as_uri())
    shown(page, "uno dos", "one two")
    picture, _ = draw_discs(4, 100, 120)
    page.set_input_files("#image", {"name": "disc.png", "mimeType": "image/png", "buffer": png(picture)})
    page.wait_for_selector("#save:visible")
    with page.expect_download() as saved:
        page.click("#save")
    segmenter = Segmenter(SEGMENTER)
    mask = np.asarray(Image.open(saved.value.path()))
    np.testing.assert_array_equal(mask, segmenter.drawable(segmenter.mask(picture)))
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).marginTop") == "0px"
    assert page.evaluate("document.querySelector('header img').naturalWidth") > 0
    assert not problems
    assert [url for url in requested if not url.startswith(("blob:", "data:"))] == [(tmp_path / "page.html").as_uri()]
