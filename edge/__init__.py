"""Everything that runs on the device: copy this folder to one and it works.

import edge
translator = edge.Translator("bundle")
translator.translate("¿Dónde está la estación?")
"""

from edge.bundle import Bundle, read_bundle
from edge.control import Control
from edge.errors import UserError
from edge.search.options import SearchOptions
from edge.translation import Translation
from edge.translator import Translator

__all__ = ["Bundle", "Control", "SearchOptions", "Translation", "Translator", "UserError", "read_bundle"]
