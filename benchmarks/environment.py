"""The peers' environment, which `scripts/environment.sh bench` sets up."""

import subprocess

from benchmarks.worker import ROOT
from edge.errors import UserError

PEERS = ROOT / ".venv-bench" / "bin" / "python"


def check_environment() -> None:
    """Raises a UserError if the environment is missing."""
    if not PEERS.exists():
        raise UserError(f"{PEERS}: the peers' environment is missing: `scripts/environment.sh bench` sets it up")


def run_in_environment(module: str, *arguments: str) -> str:
    """Runs a module there, and returns what it says."""
    done = subprocess.run([str(PEERS), "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} ended with status {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()
