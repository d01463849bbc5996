"""Cut a rule's condition into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from haodun.screening.policy.error import quoted

MAX_EXPRESSION = 4_000
"""Characters of one condition."""
MAX_TOKENS = 600
"""Tokens of one condition."""
MAX_DIGITS = 15
"""Digits of an integer or of an E.164 number (ITU-T E.164 §6.1)."""

KEYWORDS = frozenset({"and", "or", "not", "in"})
OPERATORS = ("==", "!=", "<=", ">=", "//", "<", ">", "+", "-", "*", "(", ")", ",")
FOREIGN_OPERATORS = {
    "&&": "write and",
    "||": "write or",
    "!": "write not",
    "=": "write == to compare",
    "/": "write // to divide by a constant, rounding down",
    "&": "write and",
    "|": "write or",
}
"""What people bring from other languages."""

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?")
_DIGITS = re.compile(r"[0-9]+")


class FaultError(Exception):
    """What is wrong at one offset of a condition; the reader of the file turns it into a Problem."""

    def __init__(self, offset: int, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.suggestion = suggestion


class TokenKind(Enum):
    """What a token is."""

    WORD = "word"
    KEYWORD = "keyword"
    INTEGER = "integer"
    OPERATOR = "operator"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it stands in the condition."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def __str__(self) -> str:
        return "the end of the condition" if self.kind is TokenKind.END else quoted(self.text)


def tokenize(text: str) -> list[Token]:
    """The tokens of a condition, the last of kind END.

    Raises FaultError at the first character that belongs to no token, or where a limit is passed.
    """
    if len(text) > MAX_EXPRESSION:
        raise FaultError(0, f"the condition is longer than {MAX_EXPRESSION} characters", "split it into several rules")
    tokens: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        token = _token_at(text, position)
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise FaultError(
                position, f"the condition has more than {MAX_TOKENS} tokens", "split it into several rules"
            )
        position = _skip(text, token.end)
    tokens.append(Token(TokenKind.END, "", len(text.rstrip(" \t\r\n"))))
    return tokens


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _token_at(text: str, position: int) -> Token:
    word = _WORD.match(text, position)
    if word:
        small = word.group().lower()
        if small in KEYWORDS and word.group() not in KEYWORDS:
            raise FaultError(position, f"{word.group()!r} is not a word of the language", f"write {small}")
        kind = TokenKind.KEYWORD if word.group() in KEYWORDS else TokenKind.WORD
        return Token(kind, word.group(), position)
    digits = _DIGITS.match(text, position)
    if digits:
        return _integer(text, position, digits.group())
    for operator in (*FOREIGN_OPERATORS, *OPERATORS):
        if text.startswith(operator, position):
            longer = any(text.startswith(known, position) and len(known) > len(operator) for known in OPERATORS)
            if operator in OPERATORS:
                return Token(TokenKind.OPERATOR, operator, position)
            if not longer:
                raise FaultError(position, f"{operator!r} is not a sign of the language", FOREIGN_OPERATORS[operator])
    raise FaultError(position, f"{quoted(text[position])} is not a sign of the language", _hint(text[position]))


def _hint(character: str) -> str:
    if character in "'\"":
        return "write names without quotes"
    if character == "#":
        return "put comments outside the condition"
    return ""


def _integer(text: str, position: int, digits: str) -> Token:
    end = position + len(digits)
    if len(digits) > MAX_DIGITS:
        raise FaultError(position, f"an integer has at most {MAX_DIGITS} digits")
    if text[end : end + 1] in (".", "_") or _WORD.match(text, end):
        raise FaultError(position, "only whole decimal integers can be written", "write shares in thousandths")
    return Token(TokenKind.INTEGER, digits, position)
