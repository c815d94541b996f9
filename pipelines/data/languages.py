"""The languages of a pair file: `--languages es-en`."""

import re

from edge.errors import UserError

# As in a URL and a model's name; with the colon as separator a code may have regions and scripts, such as pt-BR.
_PLAIN = r"[A-Za-z0-9_]+"
_SUBTAGS = rf"{_PLAIN}(?:-{_PLAIN})*"
_HYPHEN = re.compile(rf"({_PLAIN})-({_PLAIN})", re.ASCII)
_COLON = re.compile(rf"({_SUBTAGS}):({_SUBTAGS})", re.ASCII)
_CODE = "codes have ASCII letters, digits and _, such as es, en or pt_BR"


def parse_languages(text: str) -> tuple[str, str]:
    """Reads the form of the option `--languages`: `es-en`, or with a colon where a code has a hyphen: `pt-BR:en`.

    Returns:
        The languages of the two columns. They may be the same.

    Raises:
        UserError: it has another form, or a code that cannot be served.
    """
    if found := _COLON.fullmatch(text) or _HYPHEN.fullmatch(text):
        return found[1], found[2]
    if re.fullmatch(_SUBTAGS, text, re.ASCII) and text.count("-") > 1:
        first, second, *rest = text.split("-")
        # A region is upper case or a script is a title: what follows a language and begins so belongs to it.
        cut = f"{first}-{second}:{'-'.join(rest)}" if second[:1].isupper() else f"{first}:{'-'.join([second, *rest])}"
        raise UserError(
            f"--languages {text}: is not of the form A-B, it has several hyphens; write a colon between the languages: "
            f"--languages {cut}"
        )
    if any(separator in text for separator in "-:") and all(re.split("[-:]", text)):
        raise UserError(f"--languages {text}: has a language code that cannot be served; {_CODE}")
    raise UserError(f"--languages {text}: is not of the form A-B, such as es-en; {_CODE}")
