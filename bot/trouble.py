"""Trouble with an outside system: expected now and then, and no fault of this program."""


class Trouble(Exception):
    """An outside system did not do what it was asked. Logged as a line, not as a crash with a traceback."""
