"""From application to entry and out again: who may, who may not, and what each refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.registry.trusted_numbers.conftest import FIXED, HOTLINE, MOBILE, Centre, code_sent, in_force, key, verify
from tests.registry.trusted_numbers.conftest import written as write

from haodun.audit.models import Entry as LedgerEntry
from haodun.offices.organisations.services import reading_as
from haodun.offices.transitions.services import Refused, clocks_of
from haodun.registry.restrictions.services import Basis, Measure, Source, Text, blast_radius, place
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.callbacks import LIFE, PER_NUMBER, TRIES
from haodun.registry.trusted_numbers.expiring import expire_ended
from haodun.registry.trusted_numbers.models import CallBack, Entry


def refused(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda found: found.code == code)


def test_two_clerks_let_an_entry_in_and_one_may_not_do_both(centre: Centre) -> None:
    entry = write(centre, MOBILE, FIXED)
    services.step(centre.actor("owner"), [entry.id], "submit", key=key())
    with refused("call_back"):
        services.step(centre.actor("clerk"), [entry.id], "check", key=key())
    verify(centre, entry)
    services.step(centre.actor("clerk"), [entry.id], "check", key=key())
    with refused("second_person"):
        services.step(centre.actor("clerk"), [entry.id], "approve", key=key())
    services.step(centre.actor("second"), [entry.id], "approve", key=key())
    entry.refresh_from_db()
    assert entry.state == "ACTIVE"
    assert {one.number for one in services.in_force(timezone.now())} == {MOBILE, FIXED}
    assert [clock.name for clock in clocks_of("trusted", [entry.id]) if clock.stopped_at is None] == ["trusted_renew"]
    kinds = set(LedgerEntry.objects.values_list("kind", flat=True))
    assert {"trusted:applied", "trusted:checked", "trusted:approved", "code:sent"} <= kinds


@pytest.mark.parametrize("by", ["owner", "colleague", "stranger", "engineer"])
def test_nobody_but_the_centre_checks_or_approves(centre: Centre, by: str) -> None:
    entry = write(centre)
    verify(centre, entry)
    services.step(centre.actor("owner"), [entry.id], "submit", key=key())
    with reading_as(centre.user(by)), pytest.raises(Refused):
        services.step(centre.actor(by), [entry.id], "check", key=key())
    entry.refresh_from_db()
    assert entry.state == "PENDING"


def test_a_stranger_neither_sees_nor_changes_an_application(centre: Centre) -> None:
    entry = write(centre)
    with reading_as(centre.user("stranger")):
        assert not Entry.objects.exists()
        with refused("absent"):
            services.set_name(centre.actor("stranger"), entry.id, zh="顺大速递", en="Shun Da")
    with refused("absent"):
        services.set_name(centre.actor("stranger"), entry.id, zh="顺大速递", en="Shun Da")


def test_what_is_sent_back_says_why_and_what_to_do_and_comes_again(centre: Centre) -> None:
    entry = write(centre)
    services.step(centre.actor("owner"), [entry.id], "submit", key=key())
    with refused("remedy"):
        services.step(centre.actor("clerk"), [entry.id], "send_back", key=key(), reason="执照看不清", data={})
    services.step(
        centre.actor("clerk"), [entry.id], "send_back", key=key(), reason="执照看不清", data={"remedy": "重新扫描"}
    )
    entry.refresh_from_db()
    assert (entry.state, entry.outcome_reason, entry.remedy) == ("SENT_BACK", "执照看不清", "重新扫描")
    services.set_name(centre.actor("owner"), entry.id, zh="顺达速递客服", en="Shunda Courier Service")
    services.step(centre.actor("owner"), [entry.id], "submit", key=key())
    entry.refresh_from_db()
    assert (entry.state, entry.outcome_reason) == ("PENDING", "")
    with refused("state"):
        services.set_name(centre.actor("owner"), entry.id, zh="顺达速递", en="Shunda Courier")


def test_an_application_without_papers_numbers_or_purpose_is_not_submitted(centre: Centre) -> None:
    actor = centre.actor("owner")
    entry = services.begin_application(actor, key=key())
    with refused("numbers"):
        services.step(actor, [entry], "submit", key=key())
    services.set_numbers(actor, entry, services.read_numbers(f"+{MOBILE}"))
    with refused("purpose"):
        services.step(actor, [entry], "submit", key=key())
    services.set_purpose(actor, entry, purpose="delivery", words="快递派送前联系收件人")
    with refused("evidence"):
        services.step(actor, [entry], "submit", key=key())


def test_a_code_bears_five_tries_and_a_number_three_codes(centre: Centre) -> None:
    entry = write(centre)
    row, actor = entry.numbers.get(), centre.actor("owner")
    services.ask_code(actor, row.id, language="en")
    code = code_sent()
    for _ in range(TRIES):
        with refused("code"):
            services.type_code(actor, row.id, "x")
    with refused("code"):
        services.type_code(actor, row.id, code)
    for _ in range(PER_NUMBER - 1):
        services.ask_code(actor, row.id, language="en")
    with refused("too_many"):
        services.ask_code(actor, row.id, language="en")
    with refused("code"):
        services.type_code(actor, row.id, code_sent(), now=timezone.now() + LIFE)
    services.type_code(actor, row.id, code_sent())
    row.refresh_from_db()
    assert row.verified_at is not None
    assert code.encode() not in b"".join(bytes(one.digest) for one in CallBack.objects.all())


def test_a_number_has_one_holder_and_none_that_is_restricted(centre: Centre) -> None:
    in_force(centre, MOBILE)
    again = write(centre, MOBILE, by="stranger", zh="大速递", en="Da Courier")
    with refused("number"):
        services.step(centre.actor("stranger"), [again.id], "submit", key=key())
    entry = write(centre, FIXED)
    place(
        [FIXED],
        measure=Measure.TIP,
        basis=Basis.AFL_11,
        reason=Text("高频", "Often"),
        source=Source("rule", "1"),
        until=timezone.now() + timedelta(days=1),
        actor=centre.land.officer,
    )
    with refused("number"):
        services.step(centre.actor("owner"), [entry.id], "submit", key=key())


def test_another_holders_name_or_one_taken_for_it_is_refused(centre: Centre) -> None:
    in_force(centre, MOBILE, zh="速递", en="Courier")
    entry = write(centre, FIXED, by="stranger", zh="速递", en="Da Courier")
    with refused("name"):
        services.step(centre.actor("stranger"), [entry.id], "submit", key=key())


def test_revoked_expired_and_renewed_entries_leave_and_give_their_place(centre: Centre) -> None:
    now = timezone.now()
    first = in_force(centre, MOBILE)
    renewal = services.begin_application(centre.actor("owner"), key=key(), renews=first.id)
    for kind in ("licence", "numbers", "authorisation"):
        services.add_evidence(centre.actor("owner"), renewal, kind=kind, name="a.pdf", data=b"%PDF-1.7 %%EOF")
    verify(centre, Entry.objects.get(id=renewal))
    for by, action in (("owner", "submit"), ("clerk", "check"), ("second", "approve")):
        services.step(centre.actor(by), [renewal], action, key=key())
    first.refresh_from_db()
    assert first.state == "EXPIRED"
    assert [one.entry for one in services.in_force(now)] == [renewal]
    assert expire_ended(now + timedelta(days=364)) == 0
    assert expire_ended(now + timedelta(days=366)) == 1
    assert services.in_force(now) == []


def test_a_clerk_alone_revokes_at_once_with_reason_and_remedy(centre: Centre) -> None:
    entry = in_force(centre, HOTLINE, purpose="hotline")
    services.step(
        centre.actor("clerk"), [entry.id], "revoke", key=key(), reason="号码已转让", data={"remedy": "由新用户申请"}
    )
    entry.refresh_from_db()
    assert (entry.state, entry.remedy) == ("REVOKED", "由新用户申请")
    assert services.in_force(timezone.now()) == []


def test_a_blast_radius_counts_trusted_numbers(centre: Centre) -> None:
    in_force(centre, MOBILE)
    assert blast_radius([MOBILE, FIXED]).trusted == 1
