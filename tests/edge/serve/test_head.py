"""HEAD, which monitors send: GET without its body."""

import http.client

import pytest

pytest.importorskip("fastapi")


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/health", "/languages", "/frontend/settings", "/static/style.css", "/openapi.json",
     "/v1/models/es-en", "/v1/models/es-en/metadata", "/v1/models/es-en/versions/1"],
)  # fmt: skip
def test_head_is_get_without_a_body(server, path):
    status, body, headers = server.ask(path)
    assert status == 200 and body
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    # Two on one connection: a body would be read as the second's answer.
    for _ in range(2):
        connection.request("HEAD", path)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
        for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            assert response.headers[name] == headers[name]
    connection.close()


def test_metrics(server):
    assert server.ask("/metrics", method="HEAD")[:2] == (200, "")


@pytest.mark.parametrize(
    ("path", "status", "allowed"),
    [("/translate", 405, "POST"), ("/v1/models/es-en:predict", 405, "POST"), ("/nothing", 404, None),
     ("/v1/models/en-xx", 404, None)],
)  # fmt: skip
def test_head_of_what_cannot_be_got(server, path, status, allowed):
    found, _, headers = server.ask(path, method="HEAD")
    assert (found, headers["Allow"]) == (status, allowed)


@pytest.mark.parametrize("path", ["/languages", "/health"])
def test_what_else_a_path_knows(server, path):
    assert server.ask(path, method="PUT")[2]["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/health", "/healthz"])
def test_health(server, path):
    assert server.ask(path)[:2] == (200, {"status": "ok"})
