"""Common code of the benchmark commands."""

import sys
from collections.abc import Callable

from edge.errors import UserError


def run(main: Callable[[], None]) -> None:
    """Runs a command. Bad input ends with one line and exit status 2."""
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
