"""Parts of the page that the server shares with static sites."""

import html
from collections.abc import Sequence
from pathlib import Path
from string import Template

from edge.serve.languages import language_name
from edge.serve.service import AUTO

# Style, scripts and icon.
STATIC = Path(__file__).parent / "static"


def template(name: str) -> Template:
    """A part of the page: `page` around the others, `translate` or `speech`."""
    return Template(Path(__file__).with_name(f"{name}.html").read_text(encoding="utf-8"))


def language_options(codes: Sequence[str], chosen: str) -> str:
    """Languages to choose from, as HTML."""
    names = {code: "Detect language" if code == AUTO else language_name(code) for code in codes}
    return "".join(
        f'<option value="{html.escape(code)}"{" selected" if code == chosen else ""}>{html.escape(name)}</option>'
        for code, name in names.items()
    )
