"""What languages are called."""

import re

from edge.bundle import Bundle
from edge.errors import UserError

# What clients can send, and what can stand in a path.
_CODE = re.compile("[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")

_NAMES = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "az": "Azerbaijani",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "eo": "Esperanto",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "kk": "Kazakh",
    "ko": "Korean",
    "la": "Latin",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "ms": "Malay",
    "nb": "Norwegian Bokmål",
    "nl": "Dutch",
    "nn": "Norwegian Nynorsk",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "th": "Thai",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def language_name(code: str) -> str:
    """The English name of a language, or its code if it has none here."""
    return _NAMES.get(code, code)


def plain_code(code: str) -> str:
    """A language code without what makes no difference: `pt_br` is `pt-BR`."""
    return code.lower().replace("_", "-")


def bundle_languages(bundle: Bundle) -> tuple[str, str]:
    """The codes of source and target.

    Raises:
        UserError: the bundle does not say, or what it says is no code.
    """
    told = bundle.manifest.get("languages")
    codes = [told.get(side) if isinstance(told, dict) else None for side in ("source", "target")]
    fit = [code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)]
    if len(fit) != 2:
        raise UserError(
            f"{bundle.path}: languages {told!r} are not two codes such as es, en or pt-BR, of letters from a to z, "
            "digits, - and _; train again with the languages' codes, for example --languages es-en"
        )
    return fit[0], fit[1]
