"""Spans that are carried over by a translator, with models made for it: they copy their source, or lose some of it."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import sentencepiece

from edge import Control, Glossary, SearchOptions, Translator
from edge.components import Components
from edge.search.step import Encoded, Stepped
from edge.spans import find_spans
from edge.stand_ins import SYMBOLS
from edge.tokenizer import BOS, EOS, UNK, Tokenizer

TEXT = "we see you and them here now at last with many words of all kinds in one line. Jumping quickly? vex! boz: fog,"


@dataclass
class Copy:
    """Writes what it reads, but for tokens that it loses. It looks at the next token, and at those lost before it."""

    tokenizer: Tokenizer
    lost: frozenset[int] = frozenset()
    # Written once more at the end.
    doubled: int | None = None
    vocabulary: None = None

    def encode(self, source: np.ndarray) -> Encoded:
        memory = {"memory": source.astype(np.float32)[..., None], "mask": (source > 0).astype(np.float32)}
        return Encoded(memory, {"state_0": np.zeros((len(source), 1), np.float32)})

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        memory, states = encoded.memory["memory"][..., 0].astype(int), encoded.states["state_0"].astype(int)
        logits = np.zeros((len(memory), len(self.tokenizer)), np.float32)
        attention = np.full(memory.shape, 1e-4, np.float32)
        for row, (ids, last) in enumerate(zip(memory.tolist(), token.tolist(), strict=True)):
            kept = [place for place, each in enumerate(ids) if each not in self.lost and each]
            if self.doubled in ids:
                kept.insert(-1, ids.index(self.doubled))
            # What was inserted is not what comes next: that is still to come.
            done = int(states[row, 0])
            done = states[row, 0] = min(done + (last != BOS and ids[kept[done]] == last), len(kept) - 1)
            place = kept[done]
            attention[row, kept[done - 1] + 1 if done else 0 : place + 1] = 1.0
            logits[row, ids[place]] = 12.0
        attention /= attention.sum(axis=1, keepdims=True)
        return Stepped(logits, {"state_0": states.astype(np.float32)}, attention)


def tokenizer(path: Path, text: str, symbols: tuple[str, ...]) -> Tokenizer:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([text]),
        model_writer=model,
        model_type="char",
        vocab_size=200,
        hard_vocab_limit=False,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        minloglevel=2,
        user_defined_symbols=list(symbols),
        character_coverage=1.0,
    )
    path.write_bytes(model.getvalue())
    return Tokenizer(path)


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory) -> dict[str, Tokenizer]:
    folder = tmp_path_factory.mktemp("tokenizers")
    given = {"symbols": (TEXT, SYMBOLS), "digits": (f"{TEXT} 7 8 9", ()), "unknown": (TEXT, ())}
    return {name: tokenizer(folder / name, *each) for name, each in given.items()}


def copying(each: Tokenizer, lost: str = "", doubled: str = "", **options) -> Translator:
    ids = frozenset(each.ids(list(lost))) if lost else frozenset()
    step = Copy(each, ids, each.ids([doubled])[0] if doubled else None)
    return Translator(Components(step, each, each, 200, 200, **options))


TEXTS = [
    "we see {name} here",
    "{name} and %s see you 12:30 now.",
    "see https://example.com/a?b=1, and ana@example.org!",
    "many words of `a = b` 😀 in 1.500,50 € line",
    "now: {a} {b} {c}{d}.",
]


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("kind", ["symbols", "digits", "unknown"])
@pytest.mark.parametrize("lost", [False, True])
def test_what_is_not_translated_comes_through(tokenizers, kind, lost, beam):
    """Also where the model itself would lose it; a copy has all in its place."""
    each = tokenizers[kind]
    stand_ins = {"symbols": "".join(SYMBOLS), "digits": "789", "unknown": "\ufdd0"}[kind]
    translator = copying(each, stand_ins if lost else "")
    assert translator.translate(TEXTS, SearchOptions(beam=beam)) == TEXTS


def test_what_the_model_doubles_comes_once(tokenizers):
    assert copying(tokenizers["symbols"], doubled=SYMBOLS[0]).translate("see {x} now.") == "see {x} now."


def test_a_source_without_spans_gets_no_symbols(tokenizers):
    each = tokenizers["symbols"]

    class Writes(Copy):
        def step(self, token, encoded):
            stepped = super().step(token, encoded)
            stepped.logits[token == BOS, each.ids([SYMBOLS[3]])[0]] = 20.0
            return stepped

    translator = Translator(Components(Writes(each), each, each, 200, 200))
    assert translator.translate("we see you") == "we see you"
    assert "".join(translator.stream("we see you")) == "we see you"


def test_a_symbol_in_a_text_is_carried_over_itself(tokenizers):
    for kind in tokenizers:
        assert copying(tokenizers[kind]).translate("see \ufdd3 and \ufddf now") == "see \ufdd3 and \ufddf now"


def test_more_spans_than_symbols(tokenizers):
    text = "see " + " and ".join(f"{{{number}}}" for number in "abcdefghijk")
    found = copying(tokenizers["symbols"]).translate(text)
    assert all(f"{{{number}}}" in found for number in "abcdefgh")


def test_it_can_be_switched_off(tokenizers):
    each = tokenizers["symbols"]
    assert UNK in each.encode("{x}")
    assert "{x}" not in copying(each, carry=False, copies=False).translate("we see {x} now")


def test_all_ways_give_the_same(tokenizers):
    text = "we see {name} at 12:30. Jumping %s quickly!"
    translator = copying(tokenizers["symbols"])
    explained = translator.explain(text)
    assert explained.text == "".join(translator.stream(text)) == translator.translate(text) == text
    assert "{name}" in explained.source_tokens and "{name}" in explained.target_tokens
    assert len(explained.surfaces) == len(explained.source_tokens) - 1
    assert explained.attention.shape == (len(explained.target_tokens), len(explained.source_tokens))


def test_html(tokenizers):
    text = '<p>we see <b>{name}</b> at <a href="/x1">12:30</a> now</p>'
    for kind in tokenizers:
        assert copying(tokenizers[kind]).translate_html(text) == text


def test_n_best(tokenizers):
    found = copying(tokenizers["symbols"], lost=SYMBOLS[0]).n_best(["we see {x}"], SearchOptions(beam=4, n_best=3))[0]
    assert found and all(each.text.count("{x}") == 1 for each in found)


def test_a_glossary_counts_more(tokenizers):
    reader = copying(tokenizers["symbols"]).components.reader
    segments = reader.segments("see you in line 5 at 12:30")
    assert [each.text for each in segments[0].masked.carried] == ["5", "12:30"]
    (segment,) = reader.with_terms(segments, Glossary({"line 5": "kinds", "you": "them"}))
    assert [term.target for term in segment.terms] == ["them", "kinds"]
    assert segment.masked.text == f"see you in line 5 at {SYMBOLS[0]}" and segment.tokens == segment.masked.tokens
    assert [each.text for each in segment.masked.carried] == ["12:30"]
    assert [segment.masked.text[term.start : term.end] for term in segment.masked.terms] == ["you", "line 5"]


def test_required_phrases_and_prefixes_are_of_the_whole_text(tokenizers):
    translator = copying(tokenizers["digits"])
    assert translator.translate("see 7 now", control=Control(prefix="see 7")) == "see 7 now"


def test_text_with_nothing_but_spans_is_not_for_the_model(tokenizers):
    (segment,) = copying(tokenizers["symbols"]).components.reader.segments("https://example.com/x, {name} - 5!")
    assert not segment.tokens and segment.kept == "https://example.com/x, {name} - 5!"


def test_a_long_span_takes_one_token(tokenizers):
    each = tokenizers["unknown"]
    text = f"we see https://example.com/{'x' * 300} now"
    translator = Translator(Components(Copy(each), each, each, 40, 40))
    (segment,) = translator.components.reader.segments(text)
    assert len(segment.tokens) < 20 and segment.masked.carried[0].text == text[find_spans(text)[0].start : -4]
    assert translator.translate(text) == text


@pytest.mark.parametrize("text", ["{name}: we see you", "12: {x}: now", "😀 we see you. 🎉", "we see you. 🎉 😀"])
def test_spans_that_are_not_part_of_a_sentence(tokenizers, text):
    translator = copying(tokenizers["symbols"])
    for segments in (translator.components.reader.segments(text), translator.components.reader.sentences(text)):
        assert "".join(segment.text + segment.gap for segment in segments) == text
        assert not any(segment.masked for segment in segments)
        assert [segment.last for segment in segments] == [False] * (len(segments) - 1) + [True]
    assert translator.translate(text) == text


def test_a_model_of_words_has_none(tokenizers):
    each = tokenizers["symbols"]
    assert Components(Copy(each), each, each, 9, 9, carry=False).stand_ins is None
    assert EOS == 3
