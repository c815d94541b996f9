"""The program `keras-s2s`: the command line, where the packages that it needs are installed."""

import sys


def run() -> None:
    """Run a command; without the extra `train`, exit with a message that says what to install, and status 2."""
    try:
        from pipelines.cli.main import run as run_command
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("pipelines", "keras_s2s", "edge"):
            raise
        print(
            f"error: keras-s2s needs the package {error.name}, which is not installed; install it with: "
            "pip install 'keras-s2s[train]'. On a device use: python -m edge",
            file=sys.stderr,
        )
        sys.exit(2)
    run_command()
