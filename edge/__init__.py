"""Everything that runs on the device: copy this folder to one and it works.

import edge
translator = edge.Translator("bundle")
translator.translate("¿Dónde está la estación?")
edge.Segmenter("other_bundle").mask(picture)
"""

from edge.bundle import Bundle, read_bundle
from edge.control import Control
from edge.errors import UserError
from edge.search.options import SearchOptions
from edge.segmenter import Segmenter
from edge.translation import Translation
from edge.translator import Translator

# The version of all packages; pyproject.toml reads it from here.
__version__ = "0.1.0"

__all__ = ["Bundle", "Control", "SearchOptions", "Segmenter", "Translation", "Translator", "UserError", "read_bundle"]
