"""Text that the model is not asked for: there is nothing to see in it, or nothing that could be translated.

`keras_s2s.export.saved_translator` has the same rules as graph operators, from the definitions here.
"""

import re
from collections.abc import Sequence

from edge.features import is_feature
from edge.tokenizer import EOS, Tokenizer

# Characters without ink, as first and last of each range: white space, control characters, what Unicode says to ignore
# where it is not supported (Default_Ignorable_Code_Point), interlinear annotation, and the empty Braille pattern. A
# table, because Unicode's own changes with the version that Python and TensorFlow have.
INVISIBLE = (
    (0x0000, 0x0020),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)

_BLANK = re.compile(f"[{''.join(f'{re.escape(chr(first))}-{re.escape(chr(last))}' for first, last in INVISIBLE)}]*")


def is_blank(text: str) -> bool:
    """Return whether a text is empty or has only invisible characters."""
    return _BLANK.fullmatch(text) is not None


def verbatim(text: str, tokens: Sequence[int], tokenizer: Tokenizer, letterless: bool = False) -> str | None:
    """Return the translation of a text that is not for the model.

    Args:
        text: the text, with its features if it has any: they neither are nor become part of a translation.
        tokens: its token ids, EOS included, as many as there are.
        tokenizer: of the source language.
        letterless: the model has learned from enough sources without a letter to translate them.

    Returns:
        The empty text for a text that is blank or leaves no tokens. The text itself, without the white space around it,
        if none of its letters are known to the model: all of its tokens are UNK, spaces or, unless the model is
        `letterless`, have no letter. None for all others: they are translated.
    """
    text, _ = tokenizer.split(text)
    if is_blank(text) or len(tokens) <= 1:
        return ""
    if (letterless or _has_letter(text)) and any(tells(tokenizer, token, letterless) for token in tokens):
        return None
    return as_kept(text)


def as_kept(text: str) -> str:
    """Return a text that is its own translation, as it is written."""
    # What UTF-8 cannot express is a question mark, as for the tokenizer.
    return text.strip().encode("utf-8", "replace").decode("utf-8")


def tells(tokenizer: Tokenizer, token: int, letterless: bool) -> bool:
    """Return whether a token says something of a text: it has a letter or, for a letterless model, any character."""
    spelled = tokenizer.tokens([token])[0]
    if token <= EOS or is_feature(spelled):
        return False
    spelling = spelled.strip("▁")
    return bool(spelling) if letterless else _has_letter(spelling)


def _has_letter(text: str) -> bool:
    # Exactly the categories L of Unicode.
    return any(map(str.isalpha, text))
