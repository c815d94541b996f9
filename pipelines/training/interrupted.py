"""How a training that was asked to stop ends."""


class Interrupted(Exception):
    """Ctrl-C or a request to terminate came, and everything is saved. Commands end with exit status 130."""
