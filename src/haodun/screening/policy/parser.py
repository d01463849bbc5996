"""Read a condition by recursive descent, to a bounded depth.

condition  = conjunction {"or" conjunction}
conjunction= negation {"and" negation}
negation   = "not" negation | comparison
comparison = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum | ["not"] "in" (set | list)]
set        = "(" sum {"," sum} ")"
sum        = product {("+" | "-") product}
product    = sign {("*" | "//") sign}
sign       = "-" sign | atom
atom       = integer | "+" integer | word | "(" condition ")"
"""

from __future__ import annotations

from collections.abc import Callable

from haodun.screening.policy.lists import parse_e164
from haodun.screening.policy.syntax import (
    E164,
    Arithmetic,
    Comparison,
    Integer,
    Junction,
    Membership,
    Negative,
    Node,
    Not,
    Word,
)
from haodun.screening.policy.tokens import FaultError, Token, TokenKind, tokenize

MAX_DEPTH = 24
"""Parentheses, signs, `not` and chained arithmetic inside one another."""

Operand = Callable[[], Node]

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def parse_condition(text: str) -> Node:
    """The tree of a condition. Raises FaultError with the offset of the first thing that does not fit."""
    reader = _Reader(tokenize(text))
    node = reader.condition()
    reader.finish()
    return node


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def condition(self) -> Node:
        return self._junction("or", lambda: self._junction("and", self._negation))

    def finish(self) -> None:
        token = self._peek()
        if token.kind is TokenKind.END:
            return
        if token.text in COMPARISONS:
            raise FaultError(token.start, "comparisons cannot be chained", "write a < b and b < c")
        raise FaultError(token.start, f"{token} is not expected here", "join conditions by and, or")

    def _junction(self, word: str, operand: Operand) -> Node:
        operands = [operand()]
        while self._take(word):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return Junction(operands[0].start, operands[-1].end, word, tuple(operands))

    def _negation(self) -> Node:
        token = self._peek()
        if not self._take("not"):
            return self._comparison()
        self._enter(token)
        operand = self._negation()
        self._leave()
        return Not(token.start, operand.end, operand)

    def _comparison(self) -> Node:
        left = self._sum()
        token = self._peek()
        if token.kind is TokenKind.OPERATOR and token.text in COMPARISONS:
            self._advance()
            right = self._sum()
            return Comparison(left.start, right.end, token.text, left, right)
        negated = self._take("not")
        if self._take("in"):
            return self._membership(left, negated)
        if negated:
            raise FaultError(token.start, "'not' is not expected here", "write not before a condition, or not in")
        return left

    def _membership(self, operand: Node, negated: bool) -> Node:
        token = self._peek()
        if token.kind is TokenKind.WORD:
            self._advance()
            listed = Word(token.start, token.end, token.text)
            return Membership(operand.start, listed.end, operand, negated, (), listed)
        self._expect("(", "the name of a list, or values in parentheses,")
        items = [self._sum()]
        while self._take(","):
            items.append(self._sum())
        closing = self._expect(")", "',' or ')'")
        return Membership(operand.start, closing.end, operand, negated, tuple(items), None)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), lambda: self._chain(("*", "//"), self._sign))

    def _chain(self, operators: tuple[str, str], operand: Operand) -> Node:
        node = operand()
        entered = 0
        token = self._peek()
        while token.kind is TokenKind.OPERATOR and token.text in operators:
            self._advance()
            self._enter(token)
            entered += 1
            right = operand()
            node = Arithmetic(node.start, right.end, token.text, node, right)
            token = self._peek()
        self._depth -= entered
        return node

    def _sign(self) -> Node:
        token = self._peek()
        if not self._take("-"):
            return self._atom()
        self._enter(token)
        operand = self._sign()
        self._leave()
        return Negative(token.start, operand.end, operand)

    def _atom(self) -> Node:
        token = self._advance()
        if token.kind is TokenKind.INTEGER:
            return Integer(token.start, token.end, int(token.text))
        if token.kind is TokenKind.WORD:
            return Word(token.start, token.end, token.text)
        following = self._peek()
        if token.text == "+" and following.kind is TokenKind.INTEGER and following.start == token.end:
            self._advance()
            if parse_e164(f"+{following.text}") is None:
                raise FaultError(token.start, f"+{following.text} is no E.164 number", "write +8610086")
            return E164(token.start, following.end, int(following.text))
        if token.text == "(":
            self._enter(token)
            inner = self.condition()
            self._leave()
            self._expect(")", "')'")
            return inner
        raise FaultError(token.start, f"a value is missing before {token}", "write a feature or a constant")

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FaultError(
                token.start, f"the condition is nested more than {MAX_DEPTH} deep", "split it into several rules"
            )

    def _leave(self) -> None:
        self._depth -= 1

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token.kind in (TokenKind.KEYWORD, TokenKind.OPERATOR) and token.text == text:
            self._advance()
            return True
        return False

    def _expect(self, text: str, wanted: str) -> Token:
        token = self._peek()
        if not self._take(text):
            raise FaultError(token.start, f"{wanted} is missing before {token}")
        return token
