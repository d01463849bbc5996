"""A redress token finds its own call and says nothing of anybody else."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from haodun.casework.appeals.lookups import stopped, stopped_calls
from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Event,
    EventKind,
    Presentation,
    Roaming,
    Trunks,
)
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener, Verdict
from haodun.store.frames import Batch
from haodun.store.services import Store
from haodun.store.site import site_key

CALLEE = "+8613900000001"


def attempt(number: int, caller: str, callee: str = CALLEE) -> Event:
    ingress = IngressClass.INTERNATIONAL
    return Event(
        number=number,
        time_ms=1_795_478_400_000 + number,
        kind=EventKind.ATTEMPT,
        call_id=f"call-{number}",
        transaction="tag;1",
        live=True,
        caller_text=caller,
        caller=parse(caller, ingress),
        callee_text=callee,
        callee=parse(callee, ingress),
        trunk="igw-1",
        ingress=ingress,
        presentation=Presentation.ALLOWED,
        attestation=Attestation.NONE,
        roaming=Roaming.NO,
        diversion=0,
        device=0,
        cell=0,
        answered=False,
        seconds=0,
        ring_ms=0,
        cause=Cause.UNKNOWN,
        source="udp:192.0.2.1:5060",
    )


@pytest.fixture
def calls(data: Path) -> list[Verdict]:
    """A blocked call and one that went through, in the store of this site."""
    screener = Screener(
        policy=load_policy("cn"),
        plan=load_plan("CN"),
        trunks=Trunks.parse("trunks: {igw-1: {class: international}}", "trunks.yaml"),
        parameters=Parameters(capacity=1000),
        mode=Mode.ENFORCE,
        site_key=site_key(data / "keys" / "site.key"),
        run_id="live",
    )
    events = [attempt(1, "+8657188881234"), attempt(2, "+8657188881234", "+86110")]
    verdicts = [screener.take(event) for event in events]
    pairs = list(zip(events, verdicts, strict=True))
    with Store(data / "store").writer() as writer:
        writer.add("live", [Batch(3, "policy", False, pairs)])
    return [verdict for verdict in verdicts if verdict is not None]


def test_a_blocked_caller_learns_why_in_both_languages(calls: list[Verdict]) -> None:
    found = stopped(calls[0].token)
    assert found is not None
    assert (found.action, found.caller) == (Action.BLOCK, 8657188881234)
    assert found.why_zh and found.why_en and found.why_zh != found.why_en
    assert found.rules == calls[0].reasons


def test_the_called_number_and_the_trunk_are_not_in_the_answer(calls: list[Verdict]) -> None:
    found = stopped(calls[0].token)
    assert found is not None
    text = str(astuple(found))
    assert CALLEE[1:] not in text
    assert "igw-1" not in text


@pytest.mark.parametrize("place", range(0, 26, 3))
def test_a_token_with_one_other_letter_finds_nothing(calls: list[Verdict], place: int) -> None:
    token = calls[0].token
    forged = token[:place] + ("B" if token[place] != "B" else "C") + token[place + 1 :]
    assert stopped(forged) is None


@pytest.mark.parametrize("text", ["", "A", "A" * 26, "A" * 10_000, "Ａ" * 26, "<script>"])
def test_any_other_text_finds_nothing(calls: list[Verdict], text: str) -> None:
    assert stopped(text) is None


def test_typing_it_with_blanks_and_small_letters_does(calls: list[Verdict]) -> None:
    token = calls[0].token.lower()
    assert stopped(f"{token[:13]} {token[13:]}") is not None


def test_a_call_that_went_through_has_nothing_to_ask_about(calls: list[Verdict]) -> None:
    assert (calls[1].action, calls[1].token) == (Action.ALLOW, "")
    start = datetime.fromtimestamp(calls[0].time_ms / 1000, tz=UTC)
    found = stopped_calls(8657188881234, start, start + timedelta(hours=1))
    assert [call.verdict for call in found] == ["live-1"]
