"""Server-sent events."""

import json

import pytest

pytest.importorskip("fastapi")


def events(text: str) -> list[tuple[str, dict]]:
    """Events of a stream, by the rules of the HTML standard as far as they are needed here."""
    found = []
    for block in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields.get("event", "message"), json.loads(fields["data"])))
    return found


def test_bits_make_up_the_text(server):
    status, reply, headers = server.form("/translate/stream", q="uno dos\n tres cuatro", source="es", target="en")
    assert status == 200 and headers["Content-Type"].startswith("text/event-stream")
    *bits, done = events(reply)
    assert done == ("done", {"translatedText": "one two\n three four"})
    assert [kind for kind, _ in bits] == ["message"] * len(bits) and len(bits) > 3
    assert "".join(bit["text"] for _, bit in bits) == "one two\n three four"


def test_by_way_of_a_third_language(server):
    _, reply, _ = server.ask("/translate/stream", {"q": "uno dos", "source": "auto", "target": "la"})
    assert events(reply)[-1] == ("done", {"translatedText": "ONE TWO"})


def test_nothing_is_nothing(server):
    _, reply, _ = server.ask("/translate/stream", {"q": "", "source": "es", "target": "en"})
    assert events(reply) == [("done", {"translatedText": ""})]


@pytest.mark.parametrize("more", [{"q": ["uno"]}, {"alternatives": 1}, {"target": "xx"}])
def test_what_cannot_be_streamed(server, more):
    status, reply, _ = server.ask("/translate/stream", {"q": "uno", "source": "es", "target": "en", **more})
    assert status == 400 and reply["error"]
