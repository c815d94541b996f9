from edge import Control, SearchOptions, Translator
from edge.cache import Cache


def test_what_was_not_used_for_longest_goes_first():
    cache = Cache(2)
    for key in "ab":
        cache.put(key, key.upper())
    assert cache.get("a") == "A"
    cache.put("c", "C")
    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]
    cache.put("a", "other")
    assert [cache.get(key) for key in "ac"] == ["other", "C"]


def test_nothing_is_remembered_without_room():
    cache = Cache(0)
    cache.put("a", 1)
    assert cache.get("a") is None


def read(translator: Translator, text: str) -> list[tuple[int, ...]]:
    return [segment.tokens for segment in translator.components.reader.segments(text)]


def test_a_translator_computes_a_repeated_sentence_once(toy, monkeypatch):
    translator = Translator(toy, cache=2)
    searched, names = [], {number: text for text in ("uno dos", "tres") for number in read(translator, text)}
    whole = translator._generator._search

    def watched(sources, *arguments):
        searched.extend(names[source] for source in sources)
        return whole(sources, *arguments)

    monkeypatch.setattr(translator._generator, "_search", watched)
    first = translator.explain("uno dos")
    assert translator.translate(["uno dos", "tres", "uno dos"]) == ["one two", "three", "one two"]
    assert searched == ["uno dos", "tres"]
    # What a caller does to what it got is its own affair.
    first.source_tokens.clear()
    assert translator.explain("uno dos").source_tokens == ["▁uno", "▁dos", "</s>"]
    # Other options and wishes are other questions.
    translator.translate("uno dos", SearchOptions(beam=2))
    translator.translate("uno dos", control=Control(suppressed=["one"]))
    translator.translate("uno dos", control=Control(suppressed=("one",)))
    assert searched == ["uno dos", "tres", "uno dos", "uno dos"]
