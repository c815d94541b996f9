"""The one error that is meant for the person at the keyboard."""


class UserError(Exception):
    """Bad input: a file, a line, an option or a setting that cannot be used as it is.

    The message is one line that names the file, line or key, says what is wrong and what to do.
    Commands print it without a traceback and end with exit status 2.
    """


class MissingPackageError(UserError):
    """A package that comes with an extra is needed and not installed. No other input would help."""
