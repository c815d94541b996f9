"""The benchmark of sites, on the toy bundle."""

import json

from benchmarks.browser import measure
from tests.web.conftest import PATH
from tests.web.test_translator import STATIC


def test_figures(root, browser):
    texts = ["uno", "uno dos", "tres cuatro cinco"]
    found = measure(browser, root / PATH, STATIC, texts, 1)
    assert found["sentences"] == found["same"] == 3
    assert found["relative"] == found["page_ms"] / found["python_ms"] > 0
    assert found["first_ms"] > found["page_ms"]
    # The runtime is 9.4 MB, and 2.9 MB of them are downloaded.
    assert 2_500_000 < found["download"]["runtime"] < 3_500_000
    assert 10_000 < found["download"]["page"] < 100_000 < found["memory"]
    assert found["download"]["bundle"] < sum(file.stat().st_size for file in STATIC.iterdir())
    json.dumps(found)
