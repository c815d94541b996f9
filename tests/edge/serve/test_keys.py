"""Who may translate."""

import pytest

from edge.errors import UserError

pytest.importorskip("fastapi")

from starlette.requests import Request

from edge.serve.keys import KeyLimits, Keys
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
        (b"first-key\t5\t-1", "line 1: '-1' is no number of characters per request"),
        (
            b"first-key\t" + b"9" * 5000,
            "line 1: '99999999999999999999' is no number of requests per minute from 1 to 999",
        ),
        (b"first-key\t\t1000000000", "line 1: '1000000000' is no number of characters per request"),
        ("first-key\t٥".encode(), "line 1: '٥' is no number"),
        (b"first-key\t5\nsecond-key\n\nfirst-key\n", "line 4: has a key that an earlier line has, too"),
        (b"first-key\t5\t5\t5", "line 1: 3 limits are more than 2"),
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
    keys, request = (
        Keys({"free": KeyLimits(), "bound": KeyLimits(2)}, lambda: now[0]),
        Request({"type": "http", "headers": []}),
    )
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


def test_characters_of_a_key(start, toy, tmp_path):
    """Of every interface; not beyond what the server allows."""
    (tmp_path / "keys").write_text("free\nbound\t\t5\nboth\t600\t20000\n", encoding="utf-8")
    server = start(toy, "--api-keys", tmp_path / "keys")
    asked = {
        "/translate": {**ASKED, "q": ["uno", "dos"]},
        "/translate/stream": {**ASKED, "q": "uno dos"},
        "/explain": {**ASKED, "q": "uno dos"},
        "/detect": {"q": "uno dos"},
        "/v1/models/es-en:predict": {"instances": ["uno dos"]},
        "/v2/translate": {"text": ["uno dos"], "target_lang": "EN"},
    }
    for path, body in asked.items():
        status, reply, _ = server.ask(path, body, {"Authorization": "Bearer bound"})
        assert status == 400 and "are more than the 5 of a request with this API key" in next(iter(reply.values())), (
            path
        )
        for key in ("free", "both"):
            assert server.ask(path, body, {"Authorization": f"Bearer {key}"})[0] == 200
    assert server.ask("/translate", {**ASKED, "q": "uno", "api_key": "bound"})[:2] == DONE
    parts = [
        f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"source": "es", "target": "en", "api_key": "bound"}.items()
    ]
    file = '--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nuno dos\r\n--X--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=X"}
    status, reply, _ = server.ask("/translate_file", "".join([*parts, file]).encode(), kind)
    assert (status, reply["error"]) == (400, "7 characters are more than the 5 of a request with this API key")
    limits = {key: server.ask(f"/frontend/settings?api_key={key}")[1]["charLimit"] for key in ("bound", "both", "x")}
    assert limits == {"bound": 5, "both": 10_000, "x": 10_000}
    assert server.ask("/frontend/settings", headers={"Authorization": "Bearer bound"})[1]["charLimit"] == 5
