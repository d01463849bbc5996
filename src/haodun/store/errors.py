"""What the store refuses, each with its exit code."""


class StoreError(Exception):
    """Something kept on disk cannot be used or written; the message says what, where, and what to do."""

    exit_code = 3
