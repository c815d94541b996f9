import json
import shutil
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import Control, SearchOptions, Translator, UserError
from edge.encoding import encode_tokens
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.batch import stack
from edge.search.search import search
from edge.tokenizer import EOS, Tokenizer
from edge.translation import Translation

ENGLISH = {
    "uno": "one",
    "dos": "two",
    "tres": "three",
    "cuatro": "four",
    "cinco": "five",
    "seis": "six",
    "siete": "seven",
    "ocho": "eight",
    "nueve": "nine",
    "diez": "ten",
}
LIMIT = 16


@pytest.fixture(scope="module")
def translator(each_toy: Path) -> Translator:
    return Translator(each_toy)


@pytest.fixture
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_expectations_are_the_grammars(expected):
    assert len(expected) >= 40
    for source, target in expected:
        assert [ENGLISH[word] for word in source.split()] == target.split()


def test_held_out_sentences_are_right(translator, expected, no_warnings):
    assert [(source, translator.translate(source)) for source, _ in expected] == expected


def test_a_list_gives_a_list_in_order(translator, expected):
    sources = [source for source, _ in expected[:9]]
    sources[3:3] = ["", "   "]
    targets = [target for _, target in expected[:9]]
    targets[3:3] = ["", ""]
    assert translator.translate(sources) == targets
    assert translator.translate(tuple(sources)) == targets
    assert translator.translate([]) == []
    assert translator.translate(sources[:1]) == targets[:1]


@pytest.mark.parametrize("text", ["", " ", "\t", "\u3000\u00a0 ", "\n"])
def test_white_space_gives_nothing(translator, text):
    assert translator.translate(text) == ""


# Text that is not for the model, and what it is given back as.
KEPT = {
    "\u200b": "",
    "\ufeff": "",
    " \u200e\u2060\u00ad\t": "",
    "\x00\x01\x1f\x7f": "",
    "\ufe0f\U000e0100\u034f\u3164\u2800": "",
    "\U000e0041\U000e007f": "",
    "-": "-",
    "...": "...",
    " ???\t": "???",
    "12:30": "12:30",
    "42": "42",
    "१२": "१२",
    "½ × 3": "½ × 3",
    "(a)": "(a)",
    "'": "'",
    "\U0001f600": "\U0001f600",
    "\u2764\ufe0f ": "\u2764\ufe0f",
    "\u0301\u0300": "\u0301\u0300",
    "\u0378": "\u0378",
    "Привет, мир!": "Привет, мир!",
    "我来了。": "我来了。",
    "  perro  gato ": "perro  gato",
    "\ud800 -": "? -",
}


@pytest.mark.parametrize(("text", "kept"), KEPT.items())
def test_what_is_not_for_the_model_is_given_back(each_toy, translator, text, kept):
    """On every way through the translator alike. The toy's vocabulary is ten words."""
    beam = SearchOptions(beam=3, n_best=3)
    assert translator.translate(text) == translator.translate([text, "uno"])[0] == kept
    assert translator.translate(text, beam) == Translator(each_toy, cache=2).translate(text) == kept
    for translation in (translator.explain(text), *translator.n_best(["uno", text], beam)[1]):
        assert translation == Translation(kept, 0.0, [], [], [], None)
        assert (translation.confidence, translation.alignment) == (1.0, None)
    assert len(translator.n_best([text], beam)[0]) == 1
    for options in (SearchOptions(), beam, SearchOptions(temperature=1.0)):
        assert list(translator.stream(text, options)) == ([kept] if kept else [])
    for control in (Control(prefix="one "), Control(suppressed=["one"])):
        assert translator.translate(text, control=control) == kept
        assert "".join(translator.stream(text, control=control)) == kept


def test_a_letter_that_is_known_is_translated(translator):
    assert translator.translate(["- uno", "uno", "\u200buno dos"])[1] == "one"
    for text in ("- uno", "uno \U0001f600", "42 dos"):
        assert translator.explain(text).target_tokens


def test_a_letterless_model_is_asked_for_what_it_knows(translator):
    """The toy knows no token without a letter; what has none of its tokens is given back still."""
    letterless = Translator(replace(translator.components, letterless=True))
    assert letterless.translate(["-", "\u200b", "uno dos", "Привет"]) == ["-", "", "one two", "Привет"]
    assert letterless.explain("uno").target_tokens == ["▁one", "</s>"]


@pytest.mark.parametrize("key", ["letterless", "abbreviations"])
def test_bundles_without_the_newer_keys_load(bundle, seal, key):
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, {name: value for name, value in manifest.items() if name != key})
    components = Translator(bundle).components
    assert (components.letterless, components.abbreviations) == (False, frozenset())


def test_a_bundles_abbreviations_and_letters_are_used(bundle, seal):
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    seal(bundle, {**manifest, "letterless": True, "abbreviations": ["aprox"]})
    components = Translator(bundle).components
    assert (components.letterless, components.abbreviations) == (True, {"aprox"})
    assert [segment.text for segment in components.reader.sentences("Es aprox. Uno.")] == ["Es aprox. Uno."]
    for wrong in ("aprox", [1], {"a": 1}):
        seal(bundle, {**manifest, "abbreviations": wrong})
        with pytest.raises(UserError, match="abbreviations is no list of words"):
            Translator(bundle)


def test_white_space_around_words_does_not_matter(translator):
    assert translator.translate("  uno   dos ") == "one two"


def test_more_threads_translate_the_same(each_toy, expected):
    sources = [source for source, _ in expected]
    assert Translator(each_toy, threads=2).translate(sources) == [target for _, target in expected]


def test_translators_of_one_bundle_do_not_share_state(each_toy, expected):
    one, other = Translator(each_toy), Translator(each_toy)
    for source, target in expected[:5]:
        assert one.translate(source) == target
        assert other.translate("diez") == "ten"


def test_threads_share_a_translator(translator, expected):
    sources = [source for source, _ in expected]
    alone = [translator.translate(source) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: [translator.translate(source) for source in sources], range(8)):
            assert found == alone


def test_explanation(translator):
    explained = translator.explain("tres uno dos")
    assert explained.text == translator.translate("tres uno dos") == "three one two"
    assert explained.source_tokens == ["▁tres", "▁uno", "▁dos", "</s>"]
    assert explained.target_tokens == ["▁three", "▁one", "▁two", "</s>"]
    # A certain model of a closed vocabulary: close to probability one.
    assert -0.5 < explained.score <= 0
    assert explained.attention.shape == (4, 4)
    assert (explained.attention >= 0).all()
    np.testing.assert_allclose(explained.attention.sum(axis=1), 1, atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=60) | st.text("uno dos\ud800\0\u202e", max_size=60))
def test_any_string_gives_a_string(translator, text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        translation = translator.translate(text)
    # What can be written to a file, on one line unless the text had several.
    assert ("\n" not in translation or "\n" in text) and translation.encode("utf-8").decode("utf-8") == translation
    assert text.strip() or translation == ""


def test_the_loop_inside_the_flatbuffer_equals_the_one_on_the_host(each_toy, expected):
    """Its runner needs one call, in any language. Unknown words and other lengths are sentences, too."""
    flatbuffer = Flatbuffer(each_toy / "model.tflite")
    tokenizer = Tokenizer(each_toy / "source.model")
    sources = [source for source, _ in expected] + ["", "x", "uno x dos", " ".join(["nueve siete"] * 7)]
    for text in sources:
        ids = np.array([tokenizer.encode(text)], np.int32)
        inside = flatbuffer.call("translate", {"source": ids})
        assert {name: (value.shape, str(value.dtype)) for name, value in inside.items()} == {
            "tokens": ((1, LIMIT), "int32"),
            "length": ((1,), "int32"),
            "score": ((1,), "float32"),
        }
        step = FlatbufferStep(flatbuffer)
        outside = search(step, encode_tokens(step, ids.tolist()), LIMIT)[0][0]
        length = int(inside["length"][0])
        assert inside["tokens"][0].tolist() == outside.tokens + [0] * (LIMIT - length), text
        assert length == len(outside.tokens)
        assert float(inside["score"][0]) == pytest.approx(outside.log_probability, abs=1e-3)


@pytest.mark.parametrize("control", [Control(), Control(required=[], suppressed=[])])
def test_a_text_alone_is_what_the_search_finds(each_toy, translator, expected, monkeypatch, control):
    """Greedy text comes from the loop inside, whatever else is asked for from the search."""
    texts = [source for source, _ in expected] + [
        "x",
        "dos x",
        " tres\n\n uno. dos ",
        "uno " * 40,
        "\U0001f600" * 50,
        "",
    ]
    found = [translator.explain(text).text for text in texts]
    looped = []
    inside = FlatbufferStep.greedy
    monkeypatch.setattr(
        FlatbufferStep, "greedy", lambda *each, **inputs: looped.append(inputs) or inside(*each, **inputs)
    )
    assert [translator.translate(text, control=control) for text in texts] == found
    assert [translator.translate([text])[0] for text in texts] == found
    read = [text for text in texts if translator.components.reader.segments(text)[0].tokens or len(text) > 100]
    assert len(read) > 20 and len(looped) >= 2 * len(read)
    # Nowhere else.
    looped.clear()
    for options, control in ((SearchOptions(beam=2), Control()), (SearchOptions(), Control(prefix="one"))):
        translator.translate("uno", options, control)
    translator.translate(["uno", "dos"])
    Translator(each_toy, cache=9).translate("uno")
    short = Translator(replace(translator.components, max_target_length=2))
    assert short.translate("tres uno dos") == "three one"
    assert not looped


def test_signatures_are_those_that_the_manifest_tells(each_toy):
    told = json.loads((each_toy / "manifest.json").read_text(encoding="utf-8"))["signatures"]
    assert Flatbuffer(each_toy / "model.tflite").description() == told
    assert [tensor["name"] for tensor in told["decode_step"]["outputs"]] == [
        "attention",
        "logits",
        "state_0",
        "state_1",
    ]


def test_a_batch_of_steps_equals_single_ones(each_toy):
    """Hypotheses in a batch, as beam search will have them."""
    step = FlatbufferStep(Flatbuffer(each_toy / "model.tflite"))
    encoded = step.encode(source=np.array([[5, 6, 7, EOS]], np.int32))
    tokens = np.array([2, 5, 9], np.int32)
    together = step.step(tokens, stack([encoded], 3))
    for row, token in enumerate(tokens):
        alone = step.step(token[None], encoded)
        np.testing.assert_allclose(together.logits[row], alone.logits[0], atol=1e-4)
        np.testing.assert_allclose(together.attention[row], alone.attention[0], atol=1e-4)


def test_another_task_is_refused(bundle, seal):
    changed = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    seal(bundle, {**changed, "task": "segmentation"})
    with pytest.raises(UserError, match="is for segmentation, not for translation"):
        Translator(bundle)


def test_a_flatbuffer_that_the_runtime_cannot_run_names_the_export(tmp_path):
    path = tmp_path / "model.tflite"
    for data in (b"", b"not a flatbuffer", bytes(1000)):
        path.write_bytes(data)
        with pytest.raises(UserError, match="keras-s2s export RUN --format tflite") as caught:
            Flatbuffer(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_joint_tokenizer(bundle, seal):
    """One file may serve both sides: here the Spanish one, so that Spanish comes out."""
    changed = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    changed["tokenizers"]["target"] = "source.model"
    seal(bundle, changed)
    shutil.copy(bundle / "source.model", bundle / "unlisted.model")
    translation = Translator(bundle).translate("uno dos tres").split()
    assert len(translation) == 3 and set(translation) <= set(ENGLISH)


def test_n_best_are_different_and_ranked(translator):
    found = translator.n_best(["uno dos", " ", "tres"], SearchOptions(beam=4, n_best=4))
    assert [len(translations) for translations in found] == [4, 1, 4]
    assert [translations[0].text for translations in found] == ["one two", "", "three"]
    for translations in (found[0], found[2]):
        scores = [translation.score for translation in translations]
        assert scores == sorted(scores, reverse=True)
        assert len({tuple(translation.target_tokens) for translation in translations}) == 4


def test_a_batch_translates_as_one_at_a_time(each_toy, expected):
    texts = [source for source, _ in expected] + ["", "x uno", "diez " * 12]
    for options in (SearchOptions(), SearchOptions(beam=5)):
        together = Translator(each_toy, batch=32).n_best(texts, options)
        alone = Translator(each_toy, batch=1).n_best(texts, options)
        for [one], [other] in zip(together, alone, strict=True):
            assert one.target_tokens == other.target_tokens
            assert one.score == pytest.approx(other.score, abs=1e-3)
            if one.text:
                np.testing.assert_allclose(one.attention, other.attention, atol=1e-3)


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=4), SearchOptions(temperature=1.0)])
def test_a_stream_adds_up_to_the_translation(translator, expected, options):
    for source, _ in expected[:10]:
        bits = list(translator.stream(source, options))
        assert "".join(bits) == translator.translate(source, options)
        assert all(bits)
    assert list(translator.stream("  ")) == []
    # Greedy search decides a word a step.
    assert list(translator.stream("uno dos tres")) == ["one", " two", " three"]


def test_alignment_and_confidence(translator):
    explained = translator.explain("tres uno dos")
    assert explained.alignment == explained.attention.argmax(axis=1).tolist()
    assert explained.confidence == pytest.approx(float(np.exp(np.mean(explained.token_scores))))
    assert 0.9 < explained.confidence <= 1
    assert translator.explain("perro uno gato").confidence < explained.confidence
    assert translator.explain("").confidence == 1.0


def test_translations_share_nothing(translator):
    translator.explain(" ").source_tokens.append("x")
    one, other = translator.n_best(["", " "])
    assert one[0].source_tokens == other[0].source_tokens == [] and one is not other


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_that_is_none(toy, batch):
    with pytest.raises(UserError, match=f"batch {batch}: is less than 1"):
        Translator(toy, batch=batch)
