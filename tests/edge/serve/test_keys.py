"""Who may translate."""

import pytest

from edge.errors import UserError

pytest.importorskip("fastapi")

from starlette.requests import Request

from edge.serve.keys import Keys
from edge.serve.refusal import Refusal

ASKED = {"q": "uno", "source": "es", "target": "en"}
DONE = (200, {"translatedText": "one"})


@pytest.fixture(scope="module")
def guarded(start, toy, tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "keys.txt"
    file.write_text("# ours\nfirst-key\n\nsegundo-año\n", encoding="utf-8")
    return start(toy, "--api-keys", file)


@pytest.mark.parametrize("key", ["first-key", "segundo-año"])
def test_a_key_in_the_body(guarded, key):
    assert guarded.ask("/translate", {**ASKED, "api_key": key})[:2] == DONE
    assert guarded.form("/translate", **ASKED, api_key=key)[:2] == DONE
    client = pytest.importorskip("libretranslatepy").LibreTranslateAPI(guarded.url, api_key=key)
    assert client.translate("uno", "es", "en") == "one"


def test_a_key_in_a_header(guarded):
    header = {"Authorization": "Bearer first-key"}
    assert guarded.ask("/translate", ASKED, header)[:2] == DONE
    assert guarded.ask("/v1/models/es-en:predict", {"instances": ["uno"]}, header)[0] == 200


@pytest.mark.parametrize(
    "path", ["/translate", "/translate/stream", "/explain", "/", "/detect", "/v1/models/es-en:predict"]
)
@pytest.mark.parametrize("key", ["", "first-kez", "first-key\n", "first", "# ours"])
def test_no_key_or_a_wrong_one(guarded, path, key):
    asked = {**ASKED, "instances": ["uno"], **({"api_key": key} if key else {})}
    headers = {"Authorization": f"Bearer {key.strip()}x"} if key else {}
    status, reply, _ = guarded.form(path, **asked) if path == "/" else guarded.ask(path, asked, headers)
    assert status == 403
    assert "API key" in (reply if path == "/" else reply["error"])


def test_the_rest_is_open(guarded):
    for path in ("/", "/languages", "/healthz", "/metrics", "/v1/models/es-en", "/static/style.css"):
        assert guarded.ask(path)[0] == 200
    assert guarded.ask("/frontend/settings")[1]["keyRequired"] is True


def test_keys_are_in_no_log(guarded):
    guarded.ask("/translate", {**ASKED, "api_key": "first-key"})
    assert not [line for line in guarded.log if "first-key" in line]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("first", ["first-key", "# ours\nfirst-key", " first-key "])
def test_files_of_any_editor(tmp_path, first, mark, ending):
    """Windows' editors begin a file with a byte order mark: it belongs to no key."""
    text = f"{mark}{first}\nsegundo-año".replace("\n", ending)
    (tmp_path / "keys").write_bytes(text.encode())
    keys = Keys.read(tmp_path / "keys")
    for key in ("first-key", "segundo-año"):
        keys.check(Request({"type": "http", "headers": []}), key)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n# none\n", "has no API key"),
        (b"\xef\xbb\xbf", "has no API key"),
        (b"\xef\xbb\xbf# none", "has no API key"),
        (b"\xff", "is not UTF-8"),
        (b"first-key\t0", "line 1: '0' is no number of requests per minute"),
        (b"# ours\nfirst-key\tmany", "line 2: 'many' is no number"),
        ("first-key\n".encode("utf-16"), "is UTF-16 or no text; convert it to UTF-8"),
        ("first-key\n".encode("utf-16-le"), "is UTF-16 or no text"),
    ],
)
def test_files_without_keys(tmp_path, content, message):
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(UserError, match=message):
        Keys.read(tmp_path / "keys")
    with pytest.raises(UserError, match="No such file"):
        Keys.read(tmp_path / "nothing")


def test_requests_per_minute_of_a_key(tmp_path):
    (tmp_path / "keys").write_text("free\nbound\t2\n", encoding="utf-8")
    read = Keys.read(tmp_path / "keys")
    now = [0.0]
    assert read.required
    keys, request = Keys({"free": None, "bound": 2}, lambda: now[0]), Request({"type": "http", "headers": []})
    for bound in (keys, read):
        assert [bound.check(request, "free") for _ in range(5)] == ["free"] * 5
        assert [bound.check(request, "bound") for _ in range(2)] == ["bound"] * 2
        with pytest.raises(Refusal, match="more than 2 requests per minute") as caught:
            bound.check(request, "bound")
        assert caught.value.status == 429 and 1 <= int(caught.value.headers["Retry-After"]) <= 30
    # One grows back in half a minute, and never more than two.
    now[0] = 29.0
    with pytest.raises(Refusal):
        keys.check(request, "bound")
    now[0] = 30.0
    keys.check(request, "bound")
    now[0] = 3600.0
    assert [keys.check(request, "bound") for _ in range(2)] == ["bound"] * 2
    with pytest.raises(Refusal):
        keys.check(request, "bound")
