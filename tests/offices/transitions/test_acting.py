"""act(): each check refuses with its code and changes nothing; a step leaves everything it should."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone
from tests.offices.transitions.parcels import ELSEWHERE, HOME, PARCELS, TABLE, packed, person, send

from haodun.audit.models import Entry, Item
from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import system
from haodun.offices.transitions.facts import GlassBroken
from haodun.offices.transitions.models import Clock, Performed, StepRecord
from haodun.offices.transitions.services import (
    BREAK_GLASS_REVIEW,
    SYSTEM,
    Change,
    Refused,
    TableError,
    act,
    begin,
    clocks_of,
    preview,
    steps_of,
    subscribe,
    unsubscribe,
)

pytestmark = pytest.mark.usefixtures("parcels", "everything")


@pytest.fixture
def everything(db: None) -> Iterator[None]:
    with system():
        yield


def refusal(code: str, *args: object, **kwargs: object) -> Refused:
    """The refusal of a send, and that it left no trace."""
    before = (Entry.objects.count(), StepRecord.objects.count(), Performed.objects.count(), states())
    with pytest.raises(Refused) as caught:
        send(*args, **kwargs)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert before == (Entry.objects.count(), StepRecord.objects.count(), Performed.objects.count(), states())
    return caught.value


def states() -> list[tuple[object, ...]]:
    return sorted(PARCELS.values_list("id", "state", "version", "sent"))


def test_a_step_writes_state_version_effect_ledger_step_and_clock() -> None:
    clerk, colleague = person(), person()
    made = packed(clerk)[0]
    assert (made.from_state, made.to_state, made.version) == ("", "PACKED", 1)
    running = clocks_of("parcel", [made.id])[0]
    assert running.due_at - running.started_at == timedelta(hours=24)

    sent = send(colleague, [made.id], reason="on time", basis="art. 1", purpose="delivery")[0]

    assert (sent.from_state, sent.to_state, sent.version) == ("PACKED", "SENT", 2)
    row = PARCELS.get(id=made.id)
    assert (row.state, row.version, row.sent) == ("SENT", 2, 1)
    entry = Entry.objects.get(id=sent.entry)
    assert (entry.kind, entry.actor, entry.organisation) == (AuditKind.ORDER_APPROVED, colleague.user_id, HOME)
    assert (entry.object_type, entry.object_id, entry.basis, entry.purpose) == (
        "parcel",
        str(made.id),
        "art. 1",
        "delivery",
    )
    step = steps_of("parcel", made.id)[1]
    assert (step.action, step.actor, step.from_state, step.to_state, step.entry) == (
        "send",
        colleague.user_id,
        "PACKED",
        "SENT",
        sent.entry,
    )
    assert entry.said["reason_sha256"] == sha256(bytes(step.salt) + b"on time").hexdigest()
    assert "on time" not in entry.body
    stopped = clocks_of("parcel", [made.id])[0]
    assert (stopped.met, stopped.stopped_at) == (True, sent.at)


def test_nobody_sends_what_they_packed() -> None:
    clerk = person()
    made = packed(clerk)[0]
    assert "another person" in refusal("second_person", clerk, [made.id]).en


def test_a_delegate_is_no_second_person_for_the_one_who_delegated() -> None:
    clerk = person()
    made = packed(clerk)[0]
    for_clerk = person(permissions=frozenset({"parcel:send"}), lent={"parcel:send": clerk.user_id})
    refusal("second_person", for_clerk, [made.id])


def test_who_delegated_is_no_second_person_for_the_delegate() -> None:
    clerk = person()
    delegate = person(lent={"parcel:pack": clerk.user_id})
    made = packed(delegate)[0]
    assert steps_of("parcel", made.id)[0].on_behalf_of == clerk.user_id
    refusal("second_person", clerk, [made.id])
    refusal("second_person", delegate, [made.id])


def test_a_delegate_with_the_right_of_their_own_acts_for_themselves() -> None:
    clerk = person()
    made = packed(clerk)[0]
    sent = send(person(lent={"parcel:return": clerk.user_id}), [made.id])[0]
    assert steps_of("parcel", sent.id)[1].on_behalf_of is None


def test_another_organisation_cannot_tell_a_hidden_row_from_none() -> None:
    made = packed(person())[0]
    hidden = refusal("absent", person(ELSEWHERE), [made.id])
    missing = uuid.uuid4()
    none = refusal("absent", person(ELSEWHERE), [missing])
    assert hidden.en.replace(str(made.id), "") == none.en.replace(str(missing), "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"permissions": frozenset({"parcel:pack"})}, "permission"),
        ({"sudo_until": None}, "sudo"),
        ({"sudo_until": timezone.now() - timedelta(seconds=1)}, "sudo"),
    ],
)
def test_without_permission_or_second_proof_nothing_moves(change: dict[str, object], code: str) -> None:
    made = packed(person())[0]
    refusal(code, replace(person(), **change), [made.id])  # type: ignore[arg-type]


def test_a_step_out_of_another_state_is_refused() -> None:
    made = packed(person())[0]
    send(person(), [made.id])
    assert "已寄出" in refusal("state", person(), [made.id]).zh


def test_what_changed_since_it_was_read_is_not_moved() -> None:
    made = packed(person())[0]
    refusal("stale", person(), [made.id], version=7)
    send(person(), [made.id], version=1)


def test_a_guard_speaks_for_each_row_and_one_stops_all() -> None:
    light, heavy = packed(person(), count=2), packed(person(), count=2)
    PARCELS.filter(id__in=[one.id for one in heavy]).update(weight=500)
    found = refusal("heavy", person(), [one.id for one in (*light, *heavy)])
    assert {row.id for row in found.rows} == {one.id for one in heavy}
    assert "2 of 4" in found.en


def test_a_blast_radius_other_than_the_one_seen_is_refused() -> None:
    made = packed(person(), count=3)
    ids = [one.id for one in made]
    refusal("seen", person(), ids, seen=None)
    PARCELS.filter(id=ids[0]).update(weight=2)
    assert "4 numbers" in refusal("seen", person(), ids).en
    shown = preview(person(), TABLE, ids, "send")
    assert shown.refusal is None
    assert shown.blast is not None
    assert send(person(), ids, seen=shown.blast.digest())[0].to_state == "SENT"


def test_the_same_counts_over_other_numbers_are_another_radius() -> None:
    made = packed(person(), count=2, weight=2)
    ids = [one.id for one in made]
    seen = preview(person(), TABLE, ids, "send").blast
    assert seen is not None
    PARCELS.filter(id=ids[0]).update(weight=1)
    PARCELS.filter(id=ids[1]).update(weight=3)
    refusal("seen", person(), ids, seen=seen.digest())


def test_a_radius_over_the_cap_is_refused(settings_caps: None) -> None:
    made = packed(person(), weight=60)
    refusal("cap", person(), [made[0].id], weight=60)
    shown = preview(person(), TABLE, [made[0].id], "send")
    assert shown.refusal is not None
    assert (shown.refusal.code, shown.blast and shown.blast.numbers) == ("cap", 60)


@pytest.fixture
def settings_caps() -> Iterator[None]:
    from django.test import override_settings

    with override_settings(HAODUN_CAPS={"parcels.weight": 50}):
        yield


def test_a_repeated_request_gets_the_same_answer_and_has_one_effect() -> None:
    made = packed(person(), key="pack-once")[0]
    colleague = person()
    first = send(colleague, [made.id], key="k1")
    assert send(colleague, [made.id], key="k1") == first
    assert PARCELS.get(id=made.id).sent == 1
    assert len(steps_of("parcel", made.id)) == 2


def test_making_rows_twice_under_one_key_makes_them_once() -> None:
    clerk = person()
    assert packed(clerk, key="once") == packed(clerk, key="once")
    assert PARCELS.count() == 1


def test_a_key_of_another_request_is_refused() -> None:
    first, second = packed(person(), count=2)
    colleague = person()
    send(colleague, [first.id], key="k")
    refusal("key", colleague, [second.id], key="k")
    send(person(), [second.id], key="k")  # keys are each person's own


@pytest.mark.parametrize("key", ["", "x" * 81, "a\x00b", "a\nb"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    made = packed(person())[0]
    with pytest.raises(Refused) as caught:
        act(person(), TABLE, [made.id], "send", key=key)
    assert caught.value.code == "key"


def test_a_refused_request_may_be_repeated_under_its_key() -> None:
    made = packed(person())[0]
    colleague = replace(person(), sudo_until=None)
    refusal("sudo", colleague, [made.id], key="again")
    proven = replace(colleague, sudo_until=timezone.now() + timedelta(minutes=5))
    assert send(proven, [made.id], key="again")[0].to_state == "SENT"


def test_many_rows_are_one_entry_with_an_item_each() -> None:
    made = packed(person(), count=5)
    sent = send(person(), [one.id for one in made])
    assert [one.id for one in sent] == sorted(one.id for one in made)
    entry = Entry.objects.get(id=sent[0].entry)
    assert {one.entry for one in sent} == {entry.id}
    assert entry.items == 5 == Item.objects.filter(entry=entry).count()


@pytest.mark.parametrize(("count", "code"), [(0, "empty"), (10_001, "too_many")])
def test_none_or_too_many_rows_are_refused(count: int, code: str) -> None:
    refusal(code, person(), [uuid.uuid4() for _ in range(count)])


def test_a_step_that_needs_a_reason_gets_one() -> None:
    made = packed(person())[0]
    send(person(), [made.id])
    for reason in ("", "   "):
        with pytest.raises(Refused) as caught:
            act(person(), TABLE, [made.id], "return", key="r", reason=reason)
        assert caught.value.code == "reason"
    assert act(person(), TABLE, [made.id], "return", key="r", reason="lost")[0].to_state == "RETURNED"


def test_breaking_the_glass_is_loud_and_reviewed_by_another() -> None:
    told: list[GlassBroken] = []
    subscribe(GlassBroken, told.append)
    clerk = person()
    made = packed(clerk)[0]
    try:
        with pytest.raises(Refused) as caught:
            act(clerk, TABLE, [made.id], "force", key="f", reason="too short")
        assert caught.value.code == "reason"
        forced = act(clerk, TABLE, [made.id], "force", key="f", reason="the building is on fire, no colleague here")
    finally:
        unsubscribe(GlassBroken, told.append)
    assert forced[0].to_state == "SENT"
    assert [(fact.action, fact.actor, fact.object_ids) for fact in told] == [("force", clerk.user_id, (made.id,))]
    loud = Entry.objects.get(kind=AuditKind.BREAK_GLASS)
    assert loud.said["entry"] == forced[0].entry
    review = Clock.objects.get(name=BREAK_GLASS_REVIEW)
    assert review.stopped_at is None
    with pytest.raises(Refused) as caught:
        act(clerk, TABLE, [made.id], "review", key="v")
    assert caught.value.code == "second_person"
    act(person(), TABLE, [made.id], "review", key="v")
    assert Clock.objects.get(name=BREAK_GLASS_REVIEW).met is True


def test_the_system_passes_people_s_checks_but_not_guards_nor_states() -> None:
    made = packed(person())[0]
    assert act(SYSTEM, TABLE, [made.id], "send", key="s1")[0].to_state == "SENT"
    heavy = packed(person())[0]
    PARCELS.filter(id=heavy.id).update(weight=500)
    for parcel, code in ((heavy, "heavy"), (made, "state")):
        with pytest.raises(Refused) as caught:
            act(SYSTEM, TABLE, [parcel.id], "send", key="s2")
        assert caught.value.code == code


def test_a_guard_holds_for_making_too() -> None:
    with pytest.raises(Refused) as caught:
        packed(person(), weight=101)
    assert caught.value.code == "heavy"
    assert (PARCELS.count(), StepRecord.objects.count(), Performed.objects.count()) == (0, 0, 0)


def test_making_rows_that_nobody_may_read_is_our_own_mistake() -> None:
    def make(change: Change) -> list[object]:
        return [PARCELS.create(readers=[])]

    with pytest.raises(TableError, match="without readers"):
        begin(person(), TABLE, "pack", make, key="x", request={})


def test_rows_with_new_readers_take_their_clocks_along() -> None:
    made = packed(person())[0]
    PARCELS.filter(id=made.id).update(readers=[HOME, ELSEWHERE])
    act(person(), TABLE, [made.id], "force", key="f", reason="the building is on fire, no colleague here")
    assert all(clock.readers == [HOME, ELSEWHERE] for clock in clocks_of("parcel", [made.id]))


def test_an_unknown_action_is_our_own_mistake() -> None:
    with pytest.raises(TableError, match="it has force, pack"):
        act(person(), TABLE, [uuid.uuid4()], "burn", key="b")
    with pytest.raises(TableError, match="begin"):
        act(person(), TABLE, [uuid.uuid4()], "pack", key="b")
