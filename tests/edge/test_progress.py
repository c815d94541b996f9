import io

from edge.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch, stream: io.StringIO) -> str:
    monkeypatch.setattr("sys.stderr", stream)
    with Progress(1200, "images") as progress:
        progress.step()
        progress.say("x.png: is damaged")
        progress.step()
    return stream.getvalue()


def test_a_line_that_is_written_again(monkeypatch):
    clear = "\r\x1b[K"
    zero, one, two = (f"\r{done} of 1,200 images" for done in range(3))
    assert shown(monkeypatch, Terminal()) == f"{zero}{one}{clear}x.png: is damaged\n{one}{two}{clear}"


def test_elsewhere_than_on_a_terminal_only_messages(monkeypatch):
    assert shown(monkeypatch, io.StringIO()) == "x.png: is damaged\n"
