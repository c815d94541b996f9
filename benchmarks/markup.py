"""Random documents of HTML, and what must hold of their translations."""

import random
from collections import Counter
from collections.abc import Sequence
from html import unescape

from edge.markup_tokens import Kind, match_tokens, read_tokens
from edge.translator import Translator

# Elements around words; the attribute says which of all elements one is.
_INLINE = ("b", "i", "a", "span", "em", "x-note")
_PUNCTUATION = " .,;:!?¡¿"
_BLOCK = ("div", "section", "blockquote", "ul")
_FRAGMENTS = (
    "<b>", "</b>", "<i x='1'>", "</i>", "<p>", "</p>", "<code>", "</code>", "<br>", '<img src="a>b">', "</span>",
    "<span translate=no>", "<script>", "</script>", "<textarea>", "<pre>", "</pre>", "<b/>", "</br>", "</>",
    "<a href=x", "&amp;", "&", "&#", "&#;", "&eacute", "<", "</", "<!--", "-->", "<![", "<![CDATA[", "]]>", "<!", "<?",
    "?>", ">", '"', "'", "=", "\0", " ", "\n", ".", "<!doctype html>",
)  # fmt: skip


def nested(rng: random.Random, sentence: Sequence[str]) -> str:
    """Return a sentence with elements around random words, nested at random."""
    counter = 0

    def around(words: Sequence[str], depth: int) -> str:
        nonlocal counter
        written = []
        place = 0
        while place < len(words):
            size = rng.randint(1, len(words) - place)
            inner = words[place : place + size]
            if depth and rng.random() < 0.5:
                counter += 1
                name = rng.choice(_INLINE)
                written.append(f'<{name} id="{counter}">{around(inner, depth - 1)}</{name}>')
            else:
                written.append(" ".join(inner))
            if rng.random() < 0.1:
                written[-1] += rng.choice(["<!-- c -->", "<wbr>", "<i></i>"])
            place += size
        return " ".join(written)

    return around(sentence, rng.randint(1, 4))


def document(rng: random.Random, sentences: Sequence[Sequence[str]]) -> str:
    """Return sentences as blocks within blocks."""
    written = "".join(f"\n  <p>{nested(rng, sentence)}</p>" for sentence in sentences)
    for _ in range(rng.randint(0, 5)):
        name = rng.choice(_BLOCK)
        written = f'<{name} class="k">{written}\n</{name}>'
    return written


def broken(rng: random.Random, words: Sequence[str]) -> str:
    """Return fragments of HTML in any order."""
    return "".join(rng.choice(words if rng.random() < 0.3 else _FRAGMENTS) for _ in range(rng.randrange(25)))


def tags(text: str) -> Counter[str]:
    """Return the tags of a document, with their attributes, and whatever else is no text."""
    return Counter(token.source for token in read_tokens(text) if token.kind is not Kind.TEXT)


def is_nested(text: str) -> bool:
    """Return whether each start tag has its end tag."""
    tokens = read_tokens(text)
    partners, _ = match_tokens(tokens)
    ends = (Kind.OPEN, Kind.CLOSE)
    return all(partner is not None for token, partner in zip(tokens, partners, strict=True) if token.kind in ends)


def words_of(text: str) -> list[str]:
    """Return the words between tags."""
    return unescape("".join(token.source for token in read_tokens(text) if token.kind is Kind.TEXT)).split()


def measure(translator: Translator, sentences: Sequence[str], documents: int, fuzzed: int, seed: int) -> dict:
    """Translate random documents, and count those of which something does not hold.

    Returns:
        html_changed: documents and fuzzed inputs of which a tag or an attribute is lost, doubled or wrongly nested.
        html_text: percent of sentences whose translation is the same without tags.
        html_words: percent of words with a tag of their own whose translation stands in that tag, beside two others
            at most.
    """
    rng = random.Random(seed)
    changed = same = enclosed = words = 0
    for _ in range(documents):
        chosen = [rng.choice(sentences).split() for _ in range(rng.randint(1, 3))]
        text = document(rng, chosen)
        translation = translator.translate_html(text)
        changed += tags(translation) != tags(text) or not is_nested(translation)
        sentence = rng.choice(chosen)
        plain = translator.explain(" ".join(sentence)).text
        same += words_of(translator.translate_html(f"<p>{nested(rng, sentence)}</p>")) == plain.split()
        known = _known(translator, sentence, plain)
        if known:
            words += 1
            word = rng.choice(list(known))
            found = translator.translate_html(" ".join(sentence).replace(word, f"<b>{word}</b>", 1))
            inside = found[found.index("<b>") + 3 : found.index("</b>")].split()
            # "me" may become "to me".
            enclosed += len(inside) <= 3 and any(each.strip(_PUNCTUATION) in known[word] for each in inside)
    for _ in range(fuzzed):
        text = broken(rng, [" ", *sentences[0].split()])
        translation = translator.translate_html(text)
        changed += any(translation.count(tag) < count for tag, count in tags(text).items())
    return {
        "html_documents": documents,
        "html_fuzzed": fuzzed,
        "html_changed": changed,
        "html_text": round(100 * same / max(documents, 1), 1),
        "html_words": round(100 * enclosed / max(words, 1), 1),
    }


def _known(translator: Translator, sentence: Sequence[str], translation: str) -> dict[str, set[str]]:
    """Words that stand once in a sentence, with what of its translation is certainly theirs: the same word, as of names
    and numbers, or the translation of the word alone."""
    found = {}
    text = " ".join(sentence)
    written = [word.strip(_PUNCTUATION) for word in translation.split()]
    for word in {word.strip(_PUNCTUATION) for word in sentence}:
        alone = {word, translator.translate(word).strip(_PUNCTUATION)} - {""}
        theirs = {other for other in written if other in alone}
        if word and text.count(word) == 1 and len(theirs) == 1 and written.count(*theirs) == 1:
            found[word] = theirs
    return found
