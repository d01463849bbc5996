"""What a batch run refuses, each with its exit code."""


class BatchError(Exception):
    """The run cannot go on; the message says what, where, and what to do."""

    exit_code = 3


class TooManyBadError(BatchError):
    """So much cannot be read that the format must be another; what was set aside is kept."""


class WrongUseError(BatchError):
    """The command was asked for something that makes no sense."""

    exit_code = 2
