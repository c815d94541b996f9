"""Packages of the extra `files`."""

import importlib
from typing import Any

from edge.errors import MissingPackageError


def package(module: str, kind: str) -> Any:
    """Import a package when it is needed.

    Args:
        module: its name.
        kind: suffix of the files that need it, for messages.

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"translating {kind} files needs {module.partition('.')[0]}; install it with: "
            'pip install "keras-s2s[files]"'
        ) from error
