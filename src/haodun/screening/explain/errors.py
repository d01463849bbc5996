"""What stops an explanation."""


class ExplainError(Exception):
    """There is nothing to explain, or not what it takes; the message says what is missing."""

    exit_code = 3


class Mismatch(ExplainError):  # noqa: N818 (it is what happened, not how it is called)
    """The recomputed verdict is not the recorded one: the log was changed, or we have a bug. Never passed over."""

    exit_code = 1
