"""The redress token: found without an index, not guessable, the same at each replay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.verdicts import TokenError, check_token, parse_token, redress_token

KEY = bytes(range(32))
DAY = 86_400_000


def make(sequence: int = 7, *, key: bytes = KEY, run_id: str = "run", site: int = 3, day: int = 20_000) -> str:
    return redress_token(key, run_id=run_id, site=site, time_ms=day * DAY + 5, sequence=sequence)


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_a_token_says_site_day_and_sequence(sequence: int, site: int, day: int) -> None:
    text = make(sequence, site=site, day=day)
    token = parse_token(text)
    assert (token.site, token.day, token.sequence) == (site, day, sequence)
    assert len(text) == 26 and check_token(KEY, token, run_id="run")


def test_it_is_the_same_at_each_replay_and_differs_in_all_else() -> None:
    assert make() == make()
    others = {make(8), make(key=bytes(32)), make(run_id="other"), make(site=4), make(day=20_001)}
    assert len(others | {make()}) == 6


def test_another_key_run_or_number_does_not_check() -> None:
    token = parse_token(make())
    assert not check_token(bytes(32), token, run_id="run")
    assert not check_token(KEY, token, run_id="other")
    forged = parse_token(make(8, key=bytes(32)))
    assert not check_token(KEY, forged, run_id="run")


def test_a_person_may_type_it_in_groups_and_small_letters() -> None:
    text = make()
    typed = " ".join(text[place : place + 4].lower() for place in range(0, 26, 4))
    assert parse_token(typed) == parse_token(text) == parse_token(text.replace(" ", "-"))


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    try:
        token = parse_token(text)
    except TokenError as error:
        assert "token" in str(error)
    else:
        assert not check_token(KEY, token, run_id="run")


@pytest.mark.parametrize("sequence", [-1, 2**40])
def test_what_does_not_fit_is_refused(sequence: int) -> None:
    with pytest.raises(OverflowError):
        make(sequence)
