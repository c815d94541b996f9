"""Everything that runs on the device: copy this folder to one and it works.

import edge
translator = edge.Translator("bundle")
translator.translate("¿Dónde está la estación?")
"""

from edge.bundle import Bundle, read_bundle
from edge.errors import UserError
from edge.translator import Translation, Translator

__all__ = ["Bundle", "Translation", "Translator", "UserError", "read_bundle"]
