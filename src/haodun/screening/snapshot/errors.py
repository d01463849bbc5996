"""Why a snapshot is refused: a code for programs, one sentence for people."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What is wrong. Receipts and metrics carry the word: add, never rename."""

    APPROVALS = "approvals"
    """More new blocks than the cap, without two approvers' signatures."""
    BLOCK_BUDGET = "block_budget"
    """More new blocks in an hour than the edge takes."""
    CONTENT = "content"
    """The resulting content is not the one the manifest names."""
    DIRECTORY = "directory"
    """The trusted directory does not load."""
    ENTRY_END = "entry_end"
    """An entry of a list would last longer than 90 days."""
    EXPIRED = "expired"
    FORMAT = "format"
    """Written in a format that this Haodun does not read."""
    FUTURE = "future"
    """Created later than this clock allows."""
    ISSUER = "issuer"
    KEY = "key"
    """Signed by a key that is not trusted, or a key file that is none."""
    LIST = "list"
    """A list's bytes make no list, or the policy knows no list of that name."""
    MANIFEST = "manifest"
    NOT_NEWER = "not_newer"
    NOT_PARENT = "not_parent"
    """A delta offered to anything but exactly its parent."""
    NUMBER = "number"
    """A key that no list can hold: not positive (a trunk's id), or too long."""
    PART_ALTERED = "part_altered"
    PART_MISSING = "part_missing"
    POLICY = "policy"
    SIGNATURE = "signature"
    STATE = "state"
    """The edge's own state file cannot be read."""
    TAKEN = "taken"
    """There is something in the place to write to."""
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    TRUNKS = "trunks"


class SnapshotRefused(Exception):  # noqa: N818 (it is what happened, and the name of the contract)
    """A snapshot is not built, opened or taken; nothing was changed. `sentence` says what, where, what to do."""

    exit_code = 3

    def __init__(self, code: Code, sentence: str) -> None:
        # A name out of a strange manifest may hold anything; a sentence is one line that can be shown.
        self.sentence = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in sentence)
        super().__init__(self.sentence)
        self.code = code
