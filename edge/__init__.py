"""Everything that runs on the device: copy this folder to one and it works.

import edge
translator = edge.Translator("bundle")
translator.translate("¿Dónde está la estación?")
edge.Segmenter("other_bundle").mask(image)
edge.Segmenter("other_bundle").objects(image)
edge.Recognizer("third_bundle").transcribe(samples, rate)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edge.bundle import Bundle, read_bundle
    from edge.control import Control
    from edge.errors import UserError
    from edge.glossary import Glossary
    from edge.objects import Objects
    from edge.recognizer import Recognizer
    from edge.search.options import SearchOptions
    from edge.segmenter import Segmenter
    from edge.transcript import Transcript
    from edge.translation import Translation
    from edge.translator import Translator

# The version of all packages; pyproject.toml reads it from here.
__version__ = "0.1.0"

__all__ = [
    "Bundle",
    "Control",
    "Glossary",
    "Objects",
    "Recognizer",
    "SearchOptions",
    "Segmenter",
    "Transcript",
    "Translation",
    "Translator",
    "UserError",
    "read_bundle",
]

_MODULES = {
    "Bundle": "edge.bundle",
    "Control": "edge.control",
    "Glossary": "edge.glossary",
    "Objects": "edge.objects",
    "Recognizer": "edge.recognizer",
    "SearchOptions": "edge.search.options",
    "Segmenter": "edge.segmenter",
    "Transcript": "edge.transcript",
    "Translation": "edge.translation",
    "Translator": "edge.translator",
    "UserError": "edge.errors",
    "read_bundle": "edge.bundle",
}


def __getattr__(name: str) -> Any:
    """Import what is used of the package, when it is used: a command line starts, and can be stopped, at once."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
