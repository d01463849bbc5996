"""Place, renew, lift, lapse: what restricts a number, for how long, who is told; nothing twice or too long."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.registry.conftest import DAY, NOW, Land, holding

from haodun.audit.models import Entry, Item
from haodun.offices.organisations.services import reading_as, system
from haodun.offices.transitions.services import subscribe, unsubscribe
from haodun.registry.restrictions import services
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.restrictions.models import Notice, RestrictionRow
from haodun.registry.restrictions.services import Basis, Measure, Restriction, RestrictionRefused, Source, Text
from haodun.registry.subscribers import services as subscribers

FIRST, SECOND = 8613813800001, 8613813800002
REASON = Text("涉嫌冒充公检法诈骗", "Suspected impersonation of the police")
END = NOW + 30 * DAY


def order(name: str = "A") -> Source:
    return Source("order", name)


def place(land: Land, *numbers: int, source: Source | None = None, **changes: object) -> list[Restriction]:
    values: dict[str, object] = {
        "measure": Measure.BOTH_WAYS,
        "basis": Basis.MIIT_POLICE_2015_11,
        "reason": REASON,
        "source": source or order(),
        "until": END,
        "actor": land.officer,
        "at": NOW,
    }
    return services.place(numbers, **{**values, **changes})  # type: ignore[arg-type]


def lift(land: Land, *restrictions: Restriction, at: object = NOW + DAY) -> list[Restriction]:
    ids = [one.id for one in restrictions]
    return services.lift(ids, source=Source("appeal", "1"), reason="查证属实", actor=land.officer, at=at)  # type: ignore[arg-type]


def on_list(name: str, at: object = NOW) -> dict[int, int]:
    column = services.active_lists(at)[name]  # type: ignore[arg-type]
    return dict(zip(column.numbers.tolist(), column.ends.tolist(), strict=True))


def test_a_restriction_puts_its_number_on_the_list_of_its_measure_until_its_end(land: Land) -> None:
    place(land, FIRST)
    place(land, SECOND, source=order("B"), measure=Measure.OUTGOING)
    place(land, SECOND, source=order("C"), measure=Measure.TIP)
    assert on_list("orders") == {FIRST: int(END.timestamp())}
    assert on_list("black") == on_list("grey") == {SECOND: int(END.timestamp())}
    assert on_list("orders", END - timedelta(seconds=1)) and not on_list("orders", END)
    assert not on_list("orders", NOW - timedelta(seconds=1))


def test_the_same_source_restricts_a_number_once(land: Land) -> None:
    first = place(land, FIRST)
    again = place(land, FIRST, SECOND, until=END + DAY)
    assert [one.id for one in again if one.number == FIRST] == [first[0].id]
    assert again[0].ends == END
    assert len(services.by_source(order())) == 2
    lifted = lift(land, *first)
    assert place(land, FIRST)[0].lifted_at == lifted[0].lifted_at, "what was lifted is not placed again by its source"


def test_two_sources_restrict_until_the_last_is_lifted(land: Land) -> None:
    one, other = place(land, FIRST)[0], place(land, FIRST, source=order("B"), until=END - DAY)[0]
    lift(land, one)
    assert on_list("orders", NOW + DAY) == {FIRST: int((END - DAY).timestamp())}
    assert [left.id for left in services.in_force([FIRST], NOW + DAY)[FIRST]] == [other.id]
    lift(land, other)
    assert on_list("orders", NOW + DAY) == {} == services.in_force([FIRST], NOW + DAY)


def test_lifting_twice_changes_nothing_and_an_unknown_id_lifts_nothing(land: Land) -> None:
    placed = place(land, FIRST)
    once = lift(land, *placed)
    assert lift(land, *placed, at=NOW + 2 * DAY) == once
    other = place(land, SECOND, source=order("B"))[0]
    with pytest.raises(RestrictionRefused) as refused:
        services.lift([other.id, uuid4()], source=order(), reason="", actor=land.officer)
    assert refused.value.code == "unknown"
    assert services.in_force([SECOND], NOW)


@pytest.mark.parametrize("number", [86110, 86119, 86120, 86122, 8610086, 8612381, 86057110])
def test_emergency_and_official_codes_cannot_be_restricted(land: Land, number: int) -> None:
    with pytest.raises(RestrictionRefused) as refused:
        place(land, FIRST, number)
    assert refused.value.code in ("emergency", "number")
    assert not services.in_force([FIRST], NOW)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until": NOW + timedelta(days=90, seconds=1)}, "term"),
        ({"until": NOW}, "term"),
        ({"reason": Text("", "x")}, "reason"),
        ({"reason": Text("长" * 401, "x")}, "reason"),
        ({"source": Source("", "1")}, "source"),
        ({"source": Source("order", "1" * 65)}, "source"),
    ],
)
def test_what_is_not_in_order_is_refused_whole(land: Land, changes: dict[str, object], code: str) -> None:
    with pytest.raises(RestrictionRefused) as refused:
        place(land, FIRST, **changes)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert refused.value.zh and refused.value.en
    with pytest.raises(RestrictionRefused):
        services.place([], measure=Measure.TIP, basis=Basis.AFL_11, reason=REASON, source=order(), until=END,
                       actor=land.officer, at=NOW)  # fmt: skip


def test_the_database_itself_holds_the_term(land: Land) -> None:
    placed = place(land, FIRST)
    with system(), pytest.raises(IntegrityError, match="restriction_term_is_limited"), transaction.atomic():
        RestrictionRow.objects.filter(pk=placed[0].id).update(ends=NOW + 91 * DAY)


def test_a_renewal_extends_what_is_in_force_and_nothing_else(land: Land) -> None:
    placed = place(land, FIRST, until=NOW + 90 * DAY)
    later = NOW + 80 * DAY
    renewed = services.renew([placed[0].id], until=later + 90 * DAY, actor=land.officer, at=later)
    assert on_list("orders", NOW + 100 * DAY) == {FIRST: int((later + 90 * DAY).timestamp())}
    assert renewed[0].change > placed[0].change
    lift(land, *placed, at=later)
    with pytest.raises(RestrictionRefused) as refused:
        services.renew([placed[0].id], until=later + DAY, actor=land.officer, at=later + DAY / 2)
    assert refused.value.code == "unknown"


def test_another_holder_is_not_restricted(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST))
    placed = place(land, FIRST)[0]
    subscribers.close_interval(FIRST, NOW + 2 * DAY)
    subscribers.open_interval(holding(land, FIRST, since=NOW + 3 * DAY, name="李雷"))
    assert services.by_ids([placed.id])[0].lapses_at == NOW + 2 * DAY
    assert on_list("orders", NOW + DAY) == {FIRST: int((NOW + 2 * DAY).timestamp())}
    assert on_list("orders", NOW + 2 * DAY) == {}


def test_porting_does_not_lift_a_restriction(land: Land) -> None:
    subject = uuid4()
    subscribers.open_interval(holding(land, FIRST, subject=subject))
    placed = place(land, FIRST)[0]
    subscribers.close_interval(FIRST, NOW + 2 * DAY)
    subscribers.open_interval(
        holding(land, FIRST, since=NOW + 2 * DAY, carrier=land.unicom, subject=subject, name="欧阳小明")
    )
    assert services.by_ids([placed.id])[0].lapses_at is None
    assert on_list("orders", NOW + 2 * DAY) == {FIRST: int(END.timestamp())}


def test_without_a_known_holder_the_first_new_one_is_free_and_a_late_record_of_the_old_one_is_not(land: Land) -> None:
    placed = place(land, FIRST)[0]
    assert placed.interval is None
    subscribers.open_interval(holding(land, FIRST, until=NOW + DAY))  # was there all the time, entered late
    assert on_list("orders", NOW + DAY / 2)
    subscribers.open_interval(holding(land, FIRST, since=NOW + DAY, name="韩梅梅"))
    assert services.by_ids([placed.id])[0].lapses_at == NOW + DAY
    assert on_list("orders", NOW + DAY) == {}


def test_a_forged_number_restricts_and_notifies_nobody(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST))
    subscribers.open_interval(holding(land, SECOND))
    placed = place(land, FIRST, SECOND, forged=[FIRST])
    assert [one.forged for one in placed] == [True, False]
    assert set(on_list("orders")) == {SECOND} == set(services.in_force([FIRST, SECOND], NOW))
    with system():
        assert list(Notice.objects.values_list("restriction_id", flat=True)) == [placed[1].id]


def test_one_notice_tells_the_holder_everything_the_law_asks_for_without_the_number(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST))
    placed = place(land, FIRST, SECOND)  # nobody is registered for the second
    place(land, FIRST, SECOND)
    with system():
        notice = Notice.objects.get()
    assert notice.restriction_id == placed[0].id
    for text in (notice.text_zh, notice.text_en):
        for part in ("110", "119", "120", "122", placed[0].appeal, services.portal(), "24", "15", "2026-11-20 12:00"):
            assert part in text
        assert "13813800001" not in text
    assert REASON.zh in notice.text_zh and REASON.en in notice.text_en
    assert "关停" in notice.text_zh and "2015" in notice.text_en


def test_changes_are_numbered_in_order_and_told_once(land: Land) -> None:
    told: list[RestrictionsChanged] = []
    subscribe(RestrictionsChanged, told.append)
    try:
        placed = place(land, FIRST, SECOND)
        place(land, FIRST, SECOND)
        lifted = lift(land, placed[0])
        lift(land, placed[0])
    finally:
        unsubscribe(RestrictionsChanged, told.append)
    assert [fact.cause for fact in told] == ["placed", "lifted"]
    assert told[0].change < told[1].change == lifted[0].change == services.last_change()
    assert services.changed_numbers(0, told[0].change) == [SECOND]
    assert services.changed_numbers(told[0].change, told[1].change) == [FIRST]


def test_the_ledger_names_each_number_by_a_random_subject(land: Land) -> None:
    placed = place(land, FIRST, SECOND)
    lift(land, placed[0])
    kinds = list(Entry.objects.filter(object_type="restriction").order_by("id").values_list("kind", "items"))
    assert kinds == [("restriction:placed", 2), ("restriction:lifted", 1)]
    bodies = " ".join(Item.objects.values_list("body", flat=True))
    assert str(FIRST) not in bodies and str(placed[0].id) in bodies


def test_a_restriction_is_read_by_the_carrier_the_police_and_those_above(land: Land) -> None:
    place(land, FIRST)
    for user, seen in ((land.owner, 1), (land.colleague, 1), (land.stranger, 0)):
        with reading_as(user):
            assert RestrictionRow.objects.scoped_to(user).count() == seen
            assert RestrictionRow.objects.count() == seen
    with system():
        assert land.police.id in RestrictionRow.objects.get().readers


def test_references_for_appeals_find_their_restriction(land: Land) -> None:
    placed = place(land, FIRST, SECOND)
    assert len({one.appeal for one in placed}) == 2
    found = services.by_appeal(f" {placed[1].appeal.lower()} ")
    assert found is not None and found.id == placed[1].id
    assert services.by_appeal("AAAAAAAAAAAAAAAA") is None
