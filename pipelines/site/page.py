"""The page of a static site."""

import html
import json
from pathlib import Path
from string import Template

from edge.serve.languages import language_name
from edge.serve.templates import language_options, template
from pipelines.site.bundles import SiteBundles

# Nothing from elsewhere and nothing inline; WebAssembly is compiled, JavaScript is not made from text.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'"
)
_CHARACTERS = 10_000
_ALTERNATIVES = 3


def site_page(bundles: SiteBundles, title: str, segment: Path) -> str:
    """Returns the page as HTML.

    Args:
        bundles: of the site.
        title: of the page.
        segment: HTML template of the form for images.
    """
    return template("page").substitute(
        head=f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
        title=html.escape(title),
        scripts=(
            '<link rel="manifest" href="site.webmanifest">\n<link rel="stylesheet" href="static/segment.css">\n'
            '<script type="module" src="static/site.js"></script>\n'
        ),
        content="".join(
            [
                _translation(bundles) if bundles.directions else "",
                _segmentation(bundles, segment) if bundles.segmenters else "",
                "<noscript>This page needs JavaScript.</noscript>\n",
                f'<script id="site" type="application/json">{_data(bundles)}</script>\n',
            ]
        ),
    )


def _translation(bundles: SiteBundles) -> str:
    directions = bundles.directions
    return template("translate").substitute(
        text="",
        translation="",
        error="",
        sources=language_options(_sources(bundles), directions[0].source),
        targets=language_options(_targets(bundles), directions[0].target),
        characters=_CHARACTERS,
        alternatives=_ALTERNATIVES,
        same=html.escape(" ".join(each.source for each in directions if each.source == each.target)),
        key="hidden",
    )


def _segmentation(bundles: SiteBundles, segment: Path) -> str:
    options = "".join(
        f'<option data-url="bundles/{html.escape(name)}">{html.escape(name)}</option>' for name, _ in bundles.segmenters
    )
    return Template(segment.read_text(encoding="utf-8")).substitute(segmenters=options)


def _sources(bundles: SiteBundles) -> list[str]:
    return [*dict.fromkeys(direction.source for direction in bundles.directions)]


def _targets(bundles: SiteBundles) -> list[str]:
    return sorted({direction.target for direction in bundles.directions})


def _data(bundles: SiteBundles) -> str:
    """What the scripts are told, as JSON for HTML."""
    told = {
        "languages": [
            {
                "code": code,
                "name": language_name(code),
                "targets": [each.target for each in bundles.directions if each.source == code],
            }
            for code in dict.fromkeys([*_sources(bundles), *_targets(bundles)])
        ],
        "directions": [
            {"source": each.source, "target": each.target, "url": f"bundles/{each.name}", "bytes": each.bundle.bytes}
            for each in bundles.directions
        ],
        "segmenters": [name for name, _ in bundles.segmenters],
    }
    # No tag of HTML can end a script's data then.
    return json.dumps(told).replace("<", "\\u003c")
