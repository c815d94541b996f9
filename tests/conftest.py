"""Options of all tests."""

import itertools

import pytest

# Neither the cell nor the attention is the one that recipes have.
UNUSUAL = set(itertools.product(("rnn", "gru"), ("luong", "none")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-combinations", action="store_true", help="test every cell with every attention")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects unusual combinations of cell and attention, without `--all-combinations`.

    A cell does not depend on the attention: each cell with one attention, and each attention with one cell, are
    enough for every change. `make soak` runs all combinations.
    """
    if config.getoption("--all-combinations"):
        return
    left_out = [item for item in items if _combination(item) in UNUSUAL]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _combination(item) not in UNUSUAL]


def _combination(item: pytest.Item) -> object:
    """Cell and attention of a test that is repeated for both, by one fixture or by two."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return params.get("pairing") or (params.get("cell"), params.get("attention"))
