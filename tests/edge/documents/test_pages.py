"""Texts of a file as segments, and texts again."""

from edge.documents.pages import Pages


def test_each_text_once(translator):
    texts = ["uno<br>dos", "tres", "uno<br>dos", "", "cinco <x-0>seis</x-0>", "tres"]
    pages = Pages(texts, translator.components)
    assert [segment.text for segment in pages.segments] == ["uno", "dos", "tres", "cinco seis"]
    written = pages.write(found[0] for found in translator.translate_segments(pages.segments))
    assert written == ["one<br>two", "three", "one<br>two", "", "five <x-0>six</x-0>", "three"]
