"""The pattern compiler agrees with `re`, and refuses what it does not know."""

from __future__ import annotations

import random
import re

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata
from tests.numbering.bulk.agreement import digits

from haodun.numbering import NumberingError
from haodun.numbering.bulk.automaton import Automaton, build
from haodun.numbering.bulk.patterns import DIGITS, SYMBOLS, Question, net_of

PATTERNS = ["1", "1?2", "[2-46]{2}", "(?:1|23|)4", "(1|2){2,3}5?", "(?:[13-5]|6{2}(?:7|8)?){1,4}9", "12{0,3}3", "|1"]


def automaton_of(pattern: str, *, front: bool = False, begins: int = DIGITS) -> Automaton:
    matches = re.compile(pattern).match if front else re.compile(pattern).fullmatch
    return build(
        [Question(pattern, front)],
        length=12,
        begins=begins,
        label=lambda text: 2 if matches(text) else 1,
        differ=0,
        sinking=lambda label: False,
    )


def label_of(automaton: Automaton, text: str) -> int:
    state = automaton.start
    for letter in text:
        state = int(automaton.steps[state * SYMBOLS + "0123456789+".index(letter)])
    return int(automaton.labels[state])


def texts(rng: random.Random, pattern: str) -> list[str]:
    """Random digits, and such as come near the pattern by keeping to its own digits."""
    own = [letter for letter in re.sub(r"\{[^}]*\}", "", pattern) if letter in "0123456789"] or ["0"]
    near = ["".join(rng.choice(own) for _ in range(rng.randrange(13))) for _ in range(150)]
    return near + [digits(rng, rng.randrange(13)) for _ in range(50)]


@pytest.mark.parametrize("front", [False, True])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_matches_what_re_says(pattern: str, front: bool) -> None:
    automaton = automaton_of(pattern, front=front)
    # No state was left as answered in two ways: the automaton asks all that the pattern asks.
    assert 0 not in automaton.labels.tolist()
    matches = re.compile(pattern).match if front else re.compile(pattern).fullmatch
    for text in texts(random.Random(pattern), pattern):
        assert label_of(automaton, text) == (2 if matches(text) else 1), text


def test_patterns_of_the_metadata_match_what_re_says() -> None:
    rng = random.Random("metadata")
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)[::6]:
        data = PhoneMetadata.metadata_for_region(region, None)
        assert data is not None
        for one in (data.general_desc, data.fixed_line, data.mobile):
            if one is None or not one.national_number_pattern:
                continue
            automaton = automaton_of(one.national_number_pattern)
            compiled = re.compile(one.national_number_pattern)
            example = one.example_number or "12345678"
            near = [example[: rng.randrange(len(example) + 1)] + digits(rng, rng.randrange(6)) for _ in range(40)]
            for text in (text[:12] for text in (example, *near)):
                assert label_of(automaton, text) == (2 if compiled.fullmatch(text) else 1), (region, text)


def test_a_plus_is_a_letter() -> None:
    automaton = automaton_of(r"\+1", begins=SYMBOLS)
    assert [label_of(automaton, text) for text in ("+1", "1", "+", "+12")] == [2, 1, 1, 1]


UNKNOWN = ["1*", "1+", ".", "^1", "1$", "a", "[a-f]", "[^1]", "[3-1]", "[]", "[1", "(1", "1)", "1{2", "1{,3}", "1{3,1}"]


@pytest.mark.parametrize("pattern", [*UNKNOWN, "1{65}", "1{0}", "(?=1)2", "(?!1)2", r"\w", "1?+", "١", "{2}", "?"])
def test_a_pattern_beyond_the_language_is_refused(pattern: str) -> None:
    with pytest.raises(NumberingError, match="not read in bulk"):
        net_of([Question(pattern)])


def test_a_pattern_that_grows_without_bound_is_refused() -> None:
    pattern = "1"
    for _ in range(6):
        pattern = f"(?:{pattern}){{60}}"
    with pytest.raises(NumberingError, match="places"):
        net_of([Question(pattern)])
    with pytest.raises(NumberingError, match="not read in bulk"):
        net_of([Question("(" * 100 + "1" + ")" * 100)])


def test_a_question_that_was_forgotten_leaves_its_texts_to_the_parser() -> None:
    """The label depends on a leading 7, which no pattern asks."""
    automaton = build(
        [Question("9", front=True)],
        length=3,
        begins=DIGITS,
        label=lambda text: 2 if text.startswith(("8", "9")) else 1,
        differ=0,
        sinking=lambda label: False,
    )
    assert label_of(automaton, "95") == 2
    assert label_of(automaton, "75") == 0
