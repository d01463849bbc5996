"""What a state of the automaton says: a row of small integers, made from what the scalar parser says of a text."""

from __future__ import annotations

from typing import Final, NamedTuple

from haodun.numbering import china, world
from haodun.numbering.bulk.questions import prefixes
from haodun.numbering.emergency import NOWHERE, country_code, emergency_codes
from haodun.numbering.number import Form, IngressClass, Kind, Number, Refusal
from haodun.numbering.parsing import MIN_BARE_INTERNATIONAL, parse
from haodun.numbering.plan import load_plan

READ: Final = 0
"""The row says it all."""
FOREIGN: Final = 1
"""Behind `skip` digits stands an international number that is not of home: the automaton of the world goes on."""
BARE: Final = 2
"""A foreign number without + or 00 if the world knows it as given out, else what row `other` says."""
HARD: Final = 3
"""The scalar parser must be asked."""

ASK: Final = 3
"""As an allocation: ALLOCATED if the table of Chinese mobile prefixes has the number's, else UNKNOWN."""

CLASSES: Final = (IngressClass.UNKNOWN, IngressClass.INTERNATIONAL, IngressClass.INTER_NETWORK)
"""The ingress classes that are read unlike each other; those beyond are read as the last."""

MAX_DIGITS: Final = 24
"""Digits after which nothing changes any more: a text of so many, or of more, is no number."""

_EXACT_DIGITS = 18
"""So many fit into int64. Of longer texts the integer is right modulo 2**64, and so is its sum with `add`."""
_MOBILE_DIGITS = 11
_CHINA = 86


class Row(NamedTuple):
    """How a text is read. Its key is its digits as an integer (only the last `digits` of them, if not 0) + `add`."""

    mode: int
    skip: int = 0
    digits: int = 0
    add: int = 0
    kind: int = 0
    country: int = 0
    form: int = 0
    refusal: int = 0
    home: int = 0
    allocation: int = 0
    holder: int = 0
    reseller: int = 0
    emergency: int = 0
    other: int = 0
    """Of BARE the row of another reading; of a foreign row 1 if the number may stand without + or 00."""


class Rows:
    """Rows by number, equal ones once."""

    def __init__(self) -> None:
        self._places: dict[Row, int] = {}
        self.hard = self.place(Row(HARD))

    def place(self, row: Row) -> int:
        """The number of a row."""
        return self._places.setdefault(row, len(self._places))

    def all(self) -> list[Row]:
        """All rows by number."""
        return list(self._places)


def row_of(number: Number, digits: str, *, home: str, fronts: frozenset[str]) -> Row:
    """The row of a text of which only `digits` were digits and which is `number`; `fronts` can stand before them."""
    plan = load_plan(home)
    facts = plan.facts(number)
    national = str(number.key)[len(str(number.country)) :] if number.country else digits
    front = digits[: len(digits) - len(national)]
    allocation = int(facts.allocation)
    if number.country == _CHINA and _is_mobile(number, national) and china.mobile_range(national) is not None:
        allocation = ASK
        if len(national) != _MOBILE_DIGITS:
            return Row(HARD)
    # A front that is the same in every text of the state is taken off by a subtraction.
    known = front in fronts or number.refusal is not Refusal.NONE
    add = number.key - int(digits) if known else number.country * 10 ** len(national)
    longest = MAX_DIGITS - 1 if known else _EXACT_DIGITS
    if not digits.endswith(national) or (number.is_number and len(digits) > longest):
        return Row(HARD)
    return Row(
        READ,
        digits=0 if known else len(national),
        add=0 if number.refusal else _wrapped(add),
        kind=int(number.kind),
        country=number.country,
        form=int(number.form),
        refusal=int(number.refusal),
        home=int(plan.is_home(number)),
        allocation=allocation,
        holder=int(facts.holder),
        reseller=int(facts.reseller),
        emergency=int(facts.emergency),
    )


def _wrapped(value: int) -> int:
    """The value as int64 arithmetic has it, modulo 2**64."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _is_mobile(number: Number, national: str) -> bool:
    """Whether `plan` looks this +86 number up in the table of mobile prefixes."""
    kind = number.kind
    if kind is Kind.FOREIGN:
        reading = china.after_country(national)
        kind = reading.kind if isinstance(reading, china.Reading) else kind
    return kind in (Kind.MOBILE, Kind.MVNO_MOBILE, Kind.SATELLITE)


def foreign_row(digits: str) -> Row:
    """International digits, seen from a country that is not theirs; the form is that of whoever asks."""
    if not digits:
        return Row(READ, kind=int(Kind.INVALID), refusal=int(Refusal.TOO_SHORT))
    number = parse(f"+{digits}", home=NOWHERE)
    row = row_of(number, digits, home=NOWHERE, fronts=frozenset((str(number.country),)))
    if not number.is_number:
        return row
    national = digits[len(str(number.country)) :]
    bare = number.country == _CHINA or world.is_valid(world.Split(number.country, national))
    return row._replace(other=int(bare))


class HomeLabels:
    """Rows of texts as written in one country: one row for each of CLASSES."""

    def __init__(self, home: str, rows: Rows) -> None:
        self._home = home
        self._rows = rows
        self._country = country_code(home)
        self._code = str(self._country) if self._country else ""
        self._prefixes = prefixes(home)
        trunk = world.dialling(home).trunk
        self._fronts = frozenset(
            ("", self._code, trunk, "0", *self._prefixes, *(prefix + self._code for prefix in self._prefixes))
        )

    def of(self, text: str) -> tuple[int, int, int]:
        """Numbers of the rows of `text` (digits, + before them or not)."""
        digits = text.removeprefix("+")
        if not digits:
            return (self._rows.hard,) * 3
        abroad = None if text in emergency_codes(self._home) else self._abroad(text)
        if abroad is not None:
            return (self._rows.place(abroad),) * 3
        first, second, third = (self._rows.place(self._row(text, digits, ingress)) for ingress in CLASSES)
        return first, second, third

    def _abroad(self, text: str) -> Row | None:
        """The row of a text in international form that is not of home; None of all others."""
        for form, front in ((Form.PLUS, "+"), *((Form.IDD, prefix) for prefix in self._prefixes)):
            if text.startswith(front):
                if self._code and text[len(front) :].startswith(self._code):
                    return None
                return Row(FOREIGN, skip=0 if form is Form.PLUS else len(front), form=int(form))
        return None

    def _row(self, text: str, digits: str, ingress: IngressClass) -> Row:
        """The row of a text that home's own plan reads, or that stands bare."""
        may_be_bare = not text.startswith(("+", *self._prefixes)) and len(digits) >= MIN_BARE_INTERNATIONAL
        if not may_be_bare or text in emergency_codes(self._home):
            return self._read(parse(text, ingress, self._home), digits)
        if self._home == NOWHERE:
            nothing = Number(0, Kind.INVALID, 0, Form.NONE, Refusal.UNKNOWN_COUNTRY)
            return Row(BARE, other=self._rows.place(self._read(nothing, digits)))
        at_home = parse(text, IngressClass.INTER_NETWORK, self._home)  # there nothing foreign is looked for
        row = self._read(at_home, digits)
        if ingress is IngressClass.INTER_NETWORK or self._settled(at_home, ingress) or row.mode == HARD:
            return row
        if self._country == _CHINA and at_home.is_number and text.startswith(self._code):
            return Row(HARD)  # a fixed line, or China's country code before another number: no area code is 86
        return Row(BARE, other=self._rows.place(row))

    def _settled(self, number: Number, ingress: IngressClass) -> bool:
        """Whether a reading by home's plan is taken without asking for a foreign one (`parsing`)."""
        if not number.is_number:
            return False
        if self._country == _CHINA:
            fixed = number.kind is Kind.FIXED and number.form is Form.SUBSCRIBER
            return not (ingress is IngressClass.INTERNATIONAL and fixed)
        if number.kind in (Kind.EMERGENCY, Kind.SHORT_CODE):
            return True
        return world.is_valid(world.Split(self._country, str(number.key)[len(self._code) :]))

    def _read(self, number: Number, digits: str) -> Row:
        return row_of(number, digits, home=self._home, fronts=self._fronts)
