"""Glossaries in translations: by a model made for it, whose translations are known by hand, and by the toy bundle."""

from dataclasses import dataclass

import numpy as np
import pytest

from edge import Control, Glossary, SearchOptions, Translator, UserError
from edge.__main__ import main
from edge.components import Components
from edge.search.step import Encoded, Stepped
from edge.tokenizer import EOS, Tokenizer

SPANISH = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]
ENGLISH = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass
class WordByWord:
    """Translates the toy's words one by one: whatever was said for one, the next one comes; it looks at that word.

    Every token but the next word's is equally improbable.
    """

    source: Tokenizer
    target: Tokenizer
    attention: bool = True
    vocabulary: None = None

    def encode(self, source: np.ndarray) -> Encoded:
        ids = [[self._translated(token) for token in row] for row in source.tolist()]
        memory = {"memory": np.array(ids, np.float32)[..., None], "mask": np.ones(source.shape, np.float32)}
        return Encoded(memory, {"state_0": np.zeros((len(source), 1), np.float32)})

    def _translated(self, token: int) -> int:
        word = self.source.tokens([token])[0].strip("▁")
        return self.target.encode(ENGLISH[SPANISH.index(word)])[0] if word in SPANISH else token

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        memory, place = encoded.memory["memory"][..., 0], encoded.states["state_0"][:, 0].astype(int)
        rows = np.arange(len(memory))
        at = np.minimum(place, memory.shape[1] - 1)
        following = np.where(memory[rows, at] > 0, memory[rows, at], EOS).astype(int)
        logits = np.where(np.arange(len(self.target)) == following[:, None], 12.0, 0.0).astype(np.float32)
        attention = np.full(memory.shape, 0.01, np.float32)
        attention[rows, at] = 1.0
        attention /= attention.sum(axis=1, keepdims=True)
        states = {"state_0": (place + 1)[:, None].astype(np.float32)}
        return Stepped(logits, states, attention if self.attention else None)


def word_by_word(toy, attention: bool = True) -> Translator:
    source, target = Tokenizer(toy / "source.model"), Tokenizer(toy / "target.model")
    return Translator(Components(WordByWord(source, target, attention), source, target, 16, 16))


@pytest.fixture(scope="module")
def translator(toy) -> Translator:
    return word_by_word(toy)


def asked(**terms: str) -> Control:
    return Control(glossary=Glossary(terms))


def test_the_model_translates_word_by_word(translator):
    assert translator.translate(["uno dos tres", "diez diez"]) == ["one two three", "ten ten"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uno dos tres", "one six three"),
        ("dos uno dos", "six one six"),
        ("dos", "six"),
        ("dos dos dos", "six six six"),
        ("uno tres", "one three"),
        ("seis uno dos", "six one two"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=2), SearchOptions(beam=6, groups=3)])
def test_a_term_is_held_where_the_model_looks_at_it(translator, text, expected, options):
    control = asked(dos="six")
    assert translator.translate(text, options, control) == expected
    assert translator.translate(["uno", text], options, control) == ["one", expected]
    assert "".join(translator.stream(text, options, control)) == expected


def test_every_alternative_holds_it(translator):
    found = translator.n_best(["uno dos tres"], SearchOptions(beam=6, n_best=6), asked(dos="six"))[0]
    assert len(found) == 6
    assert all("six" in translation.text.split() for translation in found)


def test_several_terms_and_those_inside_of_others(translator):
    assert (
        translator.translate("uno dos tres cuatro", control=asked(uno="ten", cuatro="seven")) == "ten two three seven"
    )
    # The sentence has `six` twice: once by itself.
    text = translator.translate("dos uno tres", control=asked(dos="six", tres="five six"))
    assert text.split().count("six") == 2 and "five six" in text


def test_what_the_vocabulary_has_not_is_placed_by_alignment(translator, toy):
    assert translator.translate("uno dos tres", control=asked(dos="zebra herd")) == "one zebra herd three"
    assert translator.translate("dos uno dos", control=asked(dos="zebra")) == "zebra one zebra"
    assert translator.translate("dos tres", control=asked(dos="zebra", tres="six")) == "zebra six"
    assert translator.translate("uno dos", control=asked(dos="東京")) == "one 東京"
    # Without attention nothing says where.
    assert word_by_word(toy, attention=False).translate("uno dos", control=asked(dos="zebra")) == "one two"


def test_without_attention_a_term_is_held_still(toy):
    text = word_by_word(toy, attention=False).translate("uno dos tres", control=asked(dos="six"))
    assert "six" in text.split()


def test_a_term_that_cannot_be_held_is_left_out(translator):
    wanted = Control(suppressed=["six"], glossary=Glossary({"dos": "six"}))
    # It is placed then, though the search may not say it.
    assert translator.translate("uno dos", control=wanted) == "one six"
    long = " ".join(["ten"] * 40)
    assert translator.translate("uno dos", control=asked(dos=long)) == f"one {long}"
    assert translator.translate("uno dos tres", SearchOptions(max_length=1), asked(dos="six seven")) in ("one", "two")


def test_sentences_with_different_terms_are_decoded_together(translator):
    control = asked(uno="six", dos="seven", tres="eight", cinco="one")
    texts = ["uno tres cuatro", "dos cuatro", "cuatro", "tres uno", "dos tres cinco", "cinco"]
    alone = [translator.translate(text, control=control) for text in texts]
    assert alone[:3] == ["six eight four", "seven four", "four"]
    assert translator.translate(texts, control=control) == alone


def test_one_that_cannot_be_held_leaves_the_others_theirs(translator):
    """Sentences with terms are decoded together."""
    control = Control(prefix="one two", glossary=Glossary({"dos": "six"}))
    found = translator.translate(["uno dos", "tres dos"], control=control)
    assert all(text.startswith("one two") for text in found) and "six" in found[1].split()


def test_case(toy):
    """The toy's vocabulary has no capital letters: a term with one is placed."""
    translator = word_by_word(toy)
    assert translator.translate("uno dos", control=asked(dos="Six")) == "one Six"
    assert translator.translate("uno dos", control=Control(glossary=Glossary({"DOS": "six"}))) == "one six"
    # Also of a word that the model says by itself.
    assert translator.translate("uno dos", control=asked(dos="TWO")) == "one TWO"
    assert translator.translate("dos uno", control=asked(dos="tWo")) == "tWo one"


def test_text_that_is_not_for_the_model(translator):
    control = asked(perro="dog", uno="six")
    assert translator.translate(["Perro gato", "PERRO", "uno"], control=control) == ["Dog gato", "DOG", "six"]
    # What no UTF-8 can have is a question mark, with terms and without.
    assert translator.translate("perro \ud800", control=control) == "dog ?"


def test_html(translator):
    control = asked(dos="six")
    html = '<p>uno <b id="x">dos</b> tres</p>'
    assert translator.translate_html(html, control=control) == '<p>one <b id="x">six</b> three</p>'
    placed = translator.translate_html(html, control=asked(dos="zebra & <herd>"))
    assert placed.replace("<b", "").count("zebra &amp; &lt;herd&gt;") == 1


def test_with_a_cache_and_a_required_phrase(toy):
    source, target = Tokenizer(toy / "source.model"), Tokenizer(toy / "target.model")
    cached = Translator(Components(WordByWord(source, target), source, target, 16, 16), cache=10)
    for _ in range(2):
        assert cached.translate("uno dos") == "one two"
        assert cached.translate("uno dos", control=asked(dos="six")) == "one six"
    both = cached.translate(
        "uno dos", SearchOptions(beam=6), Control(required=["ten"], glossary=Glossary({"dos": "six"}))
    )
    assert {"ten", "six"} <= set(both.split())


def test_random_sampling_is_refused(translator):
    with pytest.raises(UserError, match="a glossary needs beam search; remove the temperature"):
        translator.translate("uno", SearchOptions(temperature=1.0), asked(dos="six"))
    with pytest.raises(UserError, match="a glossary needs beam search; remove the temperature"):
        list(translator.stream("uno", SearchOptions(temperature=1.0), asked(dos="six")))


def test_speech_has_no_terms(tones):
    from edge import Recognizer

    recognizer = Recognizer(tones.components(tones.model()))
    with pytest.raises(UserError, match="glossary: has translations of a source text's terms"):
        recognizer.transcribe(np.zeros(8000, np.float32), tones.rate, control=asked(dos="six"))


def test_the_toy_bundle(each_toy):
    translator = Translator(each_toy)
    assert translator.translate("uno dos tres", control=asked(dos="six")) == "one six three"
    assert translator.translate("uno dos tres", control=asked(diez="six")) == "one two three"


def test_on_the_command_line(toy, tmp_path, capsys):
    terms = tmp_path / "terms.tsv"
    terms.write_text("# numbers\ndos\tsix\n", encoding="utf-8")
    for options in ([], ["--html"], ["--stream"]):
        assert main(["translate", str(toy), "--glossary", str(terms), *options, "uno dos tres"]) == 0
        assert capsys.readouterr().out == "one six three\n"
    terms.write_text("dos\tsix\ntres\n", encoding="utf-8")
    assert main(["translate", str(toy), "--glossary", str(terms), "uno"]) == 2
    told = capsys.readouterr()
    assert (told.out, "terms.tsv, line 2" in told.err) == ("", True)
