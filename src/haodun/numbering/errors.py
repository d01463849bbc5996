"""The one error family of this package: a table or a setting is wrong. A text from outside never raises."""

from __future__ import annotations


class NumberingError(ValueError):
    """A table that cannot be read, or a home country that does not exist; the message says where and what to do."""
