"""Constraints on a translation as text, and their conversion to tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.errors import UserError
from edge.glossary import Glossary
from edge.search.constraints import SPACE, Constraints
from edge.tokenizer import UNK, Tokenizer

_LONGEST_WORD = 60
_NO_TERMS = Glossary()


@dataclass(frozen=True)
class Control:
    """What translations must and must not have.

    Attributes:
        prefix: what they begin with; its last word may be completed, unless a space comes after it.
        required: lexical constraints: phrases of whole words that they contain; need beam size 2 or more.
        suppressed: words that they do not contain; each must be a single token of the vocabulary.
        glossary: translations of terms; where one cannot be held, the text is translated without it.
    """

    prefix: str = ""
    required: Sequence[str] = ()
    suppressed: Sequence[str] = ()
    glossary: Glossary = _NO_TERMS

    def summary(self) -> str:
        """Return what is wanted, in one line for messages."""
        wanted = {
            "prefix": [self.prefix] if self.prefix.strip() else [],
            "required": self.required,
            "suppressed": self.suppressed,
        }
        return "; ".join(f"{name} {', '.join(map(repr, texts))}" for name, texts in wanted.items() if texts)

    def unmet(self, source: str, result: str) -> UserError:
        """Return the error for a source of which no result meets the constraints.

        Args:
            source: which one, for the message.
            result: its kind, for example `translation`.
        """
        return UserError(
            f"{source}: no {result} meets the constraints ({self.summary()}); use a larger --beam, or remove "
            "--require or --suppress"
        )

    def constraints(self, target: Tokenizer) -> Constraints:
        """Return the same constraints as tokens.

        Raises:
            UserError: a phrase is empty, it or the prefix has characters that the model does not know, or a suppressed
                word is not a single token.
        """
        prefix, rest = _split(self.prefix, target)
        constraints = Constraints(
            prefix,
            rest,
            tuple(dict.fromkeys(_known(phrase, target) for phrase in self.required)),
            tuple(_single(word, target) for word in self.suppressed),
            _spellings(rest, target),
            target.continuing if self.required else frozenset(),
        )
        if UNK in prefix or not constraints.completes(rest):
            raise UserError(f"prefix {self.prefix!r}: has characters that the model does not know; remove them")
        return constraints


def _split(text: str, target: Tokenizer) -> tuple[tuple[int, ...], str]:
    """The tokens of a text's whole words, and the characters of its last one."""
    if not text.strip():
        return (), ""
    ids, surfaces = target.encode(text)[:-1], target.surfaces(text)
    if text[-1].isspace():
        return tuple(ids), SPACE
    begins = [place for place, surface in enumerate(surfaces) if surface.startswith(SPACE)]
    last = begins[-1] if begins else 0
    return tuple(ids[:last]), "".join(surfaces[last:])


def _spellings(rest: str, target: Tokenizer) -> dict[int, str]:
    """The tokens that may have some of these characters."""
    if len(rest) > _LONGEST_WORD:
        raise UserError(
            f"prefix: its last word has {len(rest)} characters, more than {_LONGEST_WORD}; end whole words with a space"
        )
    ends = tuple(rest[start:] for start in range(len(rest)))
    texts = enumerate(target.spellings)
    return {token: text for token, text in texts if text and (text in rest or text.startswith(ends))} if rest else {}


def _known(phrase: str, target: Tokenizer) -> tuple[int, ...]:
    ids = tuple(target.encode(phrase)[:-1])
    if not ids or UNK in ids:
        wrong = "has characters that the model does not know; remove them" if ids else "is empty; remove it"
        raise UserError(f"required phrase {phrase!r}: {wrong}")
    return ids


def _single(word: str, target: Tokenizer) -> int:
    ids = target.encode(word)[:-1]
    if len(ids) != 1 or ids[0] == UNK:
        found = "one that the model does not know" if ids == [UNK] else f"{len(ids)} tokens"
        raise UserError(
            f"suppressed word {word!r}: needs a word that is a single token of the model; this is {found}; "
            "suppress another word"
        )
    return ids[0]
