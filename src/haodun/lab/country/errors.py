"""What can be wrong with a synthetic country, in one family."""

from __future__ import annotations


class CountryError(Exception):
    """A synthetic country cannot be made or written; the message says what, where and what to do."""


class ScenarioError(CountryError):
    """A scenario cannot be read; the message names the file, the line and the key."""
