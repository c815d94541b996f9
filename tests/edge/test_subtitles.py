from edge.subtitles import subtitles, web_subtitles
from edge.transcript import Segment, Word


def segment(words: list[Word]) -> Segment:
    return Segment(" ".join(word.text for word in words), words, 0.0, 0.0, 0.0, [])


def test_format():
    """As SubRip has it: a comma before milliseconds, an empty line after each, minutes and hours from seconds."""
    first = segment([Word("Hello", 0.5, 0.9, 1.0), Word("there", 1.0, 1.2996, 1.0)])
    second = segment([Word("late", 3725.0, 3725.25, 1.0)])
    assert "".join(subtitles([first, segment([]), second])) == (
        "1\n00:00:00,500 --> 00:00:01,300\nHello there\n\n2\n01:02:05,000 --> 01:02:05,250\nlate\n\n"
    )


def test_a_subtitle_is_short():
    """Twenty seconds of words become subtitles of 6 s or less; a pause ends one, too."""
    words = [Word(f"word{place}", place * 0.4, place * 0.4 + 0.3, 1.0) for place in range(50)]
    words += [Word("after", 22.0, 22.3, 1.0)]
    found = list(subtitles([segment(words)]))
    texts = [each.splitlines()[2] for each in found]
    assert " ".join(texts) == " ".join(word.text for word in words)
    assert max(map(len, texts)) <= 84 and texts[-1] == "after"
    assert [each.splitlines()[0] for each in found] == [str(number) for number in range(1, len(found) + 1)]


def test_a_word_that_is_too_long_stands_alone():
    words = [Word("a" * 100, 0.0, 1.0, 1.0), Word("b", 1.0, 9.0, 1.0)]
    assert [each.splitlines()[2] for each in subtitles([segment(words)])] == ["a" * 100, "b"]


def test_format_of_the_web():
    """As WebVTT has it: a head, a point before milliseconds, and no markup."""
    found = web_subtitles([segment([Word("a<b&c", 0.5, 0.9, 1.0)]), segment([Word("late", 3725.0, 3725.25, 1.0)])])
    assert "".join(found) == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:00.900\na&lt;b&amp;c\n\n01:02:05.000 --> 01:02:05.250\nlate\n\n"
    )
    assert list(web_subtitles([])) == ["WEBVTT\n\n"]
