"""A holder comes with a document: registered, set free everywhere, history kept; refusals; files with bad rows back."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from tests.registry.conftest import found_land, holding
from tests.registry.key_services.conftest import Cast, cast_of, code
from tests.registry.reregistration.test_campaign import DAY, FIRST, cards, listed, running
from tests.registry.subscribers.test_importing import person

from haodun.audit.models import Entry
from haodun.console.setup import prepare_keys
from haodun.offices.organisations.services import system
from haodun.offices.sheets.services import Column, SheetError, read
from haodun.offices.transitions.services import Refused, StepRecord
from haodun.registry.key_services.models import Listing
from haodun.registry.key_services.services import Breach
from haodun.registry.reregistration import sheets
from haodun.registry.reregistration.models import Campaign, Card, Recording, Sheet
from haodun.registry.reregistration.services import Shop, advance, counts_of, record_holder
from haodun.registry.restrictions.services import in_force, of_number
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.models import HolderInterval, Record
from haodun.registry.subscribers.sealing import DOCUMENT_PLACE, NAME_PLACE, cipher
from haodun.registry.subscribers.services import Document, DocumentKind

ZHANG = person(300)


@pytest.fixture
def cast(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    prepare_keys(tmp_path)
    with system():
        yield cast_of(found_land())


def shop(place: int = 0, **changes: str) -> Shop:
    typed = Shop(f"138 0013 {8000 + place:04d}", "张 三", "resident", ZHANG, "card")
    return replace(typed, **changes)


def came(cast: Cast, given: Shop, by: str = "shop") -> Recording:
    return Recording.objects.get(id=record_holder(cast[by], given, key=uuid.uuid4().hex))


def refusal(cast: Cast, given: Shop, by: str = "shop") -> str:
    with pytest.raises(Refused) as refused:
        came(cast, given, by)
    return refused.value.code


def stopped(cast: Cast) -> Campaign:
    """A campaign whose three cards are stopped both ways."""
    cards(cast.land)
    campaign = running(cast)
    at = timezone.now() - 40 * DAY
    Campaign.objects.filter(id=campaign.id).update(approved_at=at)
    for days in (0, 5, 15, 35):
        advance(at + days * DAY)
    assert counts_of(campaign) == {"TWO_WAY_STOP": 3}
    return campaign


def test_whoever_comes_is_registered_and_both_stops_are_lifted_at_once(cast: Cast) -> None:
    campaign = stopped(cast)
    made = came(cast, shop())
    now = timezone.now()
    assert counts_of(campaign) == {"TWO_WAY_STOP": 2, "REGISTERED": 1}
    assert listed("orders", now) == listed("black", now) == {FIRST + 1, FIRST + 2}
    assert made.lifted == 2 and all(one.lifted_at is not None for one in of_number(FIRST))
    assert made.recorded_by == cast.people["shop"].pk and made.before_status == "none"
    last = subscribers.history_of(made.interval_id)[-1]
    assert (last.status, last.checked, last.source) == ("valid", True, "reregistration")
    before = subscribers.state_of(made.interval_id, now - DAY)
    assert before is not None and before.status == "none", "what was, stays"


def test_the_name_and_document_are_sealed_and_what_stood_before_is_kept(cast: Cast) -> None:
    cards(cast.land, 1)
    made = came(cast, shop())
    interval, seal = HolderInterval.objects.get(number=FIRST), cipher()
    record = Record.objects.get(interval=interval)
    assert interval.masked_name == "张*" and seal.open(bytes(interval.name_sealed), place=NAME_PLACE) == "张三"
    assert seal.open(bytes(record.document_sealed), place=DOCUMENT_PLACE) == ZHANG
    assert seal.open(bytes(made.before_name), place=NAME_PLACE) == "欧阳小明"
    document = Document(DocumentKind.RESIDENT, ZHANG)
    assert subscribers.active_cards(subscribers.document_mark(document), at=timezone.now()) == (interval.pk,)
    entry = Entry.objects.get(kind="reregistration:recorded")
    kept = str((entry.body, list(StepRecord.objects.filter(object_id=made.id).values())))
    assert ZHANG not in kept and str(FIRST) not in kept and "张" not in kept


def test_the_same_request_twice_is_one_recording(cast: Cast) -> None:
    cards(cast.land, 1)
    first = record_holder(cast["shop"], shop(), key="once")
    assert record_holder(cast["shop"], shop(), key="once") == first and Recording.objects.count() == 1


def test_a_ported_number_is_freed_of_the_stops_of_its_former_carrier(cast: Cast) -> None:
    stopped(cast)
    held = HolderInterval.objects.get(number=FIRST)
    moved = timezone.now()
    subscribers.close_interval(FIRST, moved)
    subscribers.open_interval(holding(cast.land, FIRST, carrier=cast.land.unicom, since=moved, subject=held.subject))
    advance()
    assert Card.objects.get(number=FIRST).state == "LAPSED" and in_force([FIRST], timezone.now())
    assert came(cast, shop(), by="rival").lifted == 2
    assert not in_force([FIRST], timezone.now())


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"number": "12"}, "number"),
        ({"document": "110105194912310021"}, "document"),
        ({"document_kind": "library card"}, "document"),
        ({"possession": "he says so"}, "possession"),
        ({"agent": "123"}, "agent"),
        ({"name": "  "}, "name"),
        ({"number": "13800138077"}, "absent"),
        ({"number": "13800138091"}, "absent"),
        ({"number": "13800138090"}, "valid"),
    ],
)
def test_what_is_no_registration_is_refused_and_nothing_changes(cast: Cast, changes: Any, wanted: str) -> None:
    cards(cast.land, 1)
    assert refusal(cast, shop(**changes)) == wanted
    assert Recording.objects.count() == 0 and Record.objects.get(interval__number=FIRST).document_kind == ""


def test_another_holders_number_is_a_transfer_but_a_mistyped_document_is_put_right(cast: Cast) -> None:
    wrong = Document(DocumentKind.RESIDENT, person(7))
    subscribers.open_interval(holding(cast.land, FIRST, document=wrong, status="failed"))
    assert refusal(cast, shop(name="李四")) == "other"
    assert came(cast, shop(name="欧阳小明")).before_kind == "resident"


def test_the_sixth_card_of_a_document_is_refused_and_its_own_card_is_not_counted(cast: Cast) -> None:
    document = Document(DocumentKind.RESIDENT, ZHANG)
    cards(cast.land, 1)
    for place in range(5):
        subscribers.open_interval(holding(cast.land, FIRST + 10 + place, document=document, status="failed"))
    assert refusal(cast, shop()) == "limit"
    assert came(cast, shop(10, name="欧阳小明")).before_status == "failed"


def test_a_channel_on_the_blacklist_registers_nobody(cast: Cast) -> None:
    cards(cast.land, 1)
    land = cast.land
    Listing.objects.create(
        kind="firm", uscc=code(50), masked="某代理", name_sealed=b"", document_sealed=b"", breach=Breach.CARD_FARMING,
        note="x", organisation_id=land.mobile.id, state="LISTED", version=1, created_at=timezone.now(),
        moved_at=timezone.now(), listed_at=timezone.now(), readers=[land.mobile.id],
    )  # fmt: skip
    assert refusal(cast, shop(agent=code(50))) == "blacklisted"
    assert came(cast, shop(agent=code(51))).agent == code(51)


TITLES = "号码,姓名或单位名称,证件类型,证件号码,补登记日期,号码核实方式"


def file(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join((TITLES, *lines)).encode())


def brought(cast: Cast, *lines: str) -> Sheet:
    return sheets.check(sheets.upload(cast["shop"], file(*lines), key=uuid.uuid4().hex))


def back(sheet: Sheet) -> dict[int, str]:
    found = sheets.bad_rows(sheet)
    assert found is not None
    columns = (Column("line", "行号", "line"), Column("why", "不能导入的原因", "reason"))
    return {int(one.values["line"]): one.values["why"] for one in read(found, columns=columns).rows}


def test_a_file_is_checked_looked_at_by_another_and_recorded_and_bad_rows_come_back(cast: Cast) -> None:
    campaign = stopped(cast)
    yesterday = f"{timezone.localdate() - DAY:%Y-%m-%d}"
    sheet = brought(
        cast,
        f"13800138000,张三,身份证,{person(1)},{yesterday},服务密码",
        f"13800138001,李四,,{person(2)},,card",
        f"13800138001,李四,,{person(2)},,card",
        f"13800138002,王五,,{person(3)[:-1]}?,,card",
        f"13800138090,赵六,,{person(4)},,card",
        f"13800138002,王五,,{person(3)},,whatever",
    )
    assert (sheet.state, sheet.total, sheet.good, sheet.bad) == ("CHECKED", 6, 2, 4)
    assert Recording.objects.count() == 0 and sorted(back(sheet)) == [3, 4, 5, 6]
    with pytest.raises(Refused) as refused:
        sheets.step(cast["shop"], sheet.id, "apply", key="a")
    assert refused.value.code == "second_person"
    blast = sheets.preview_step(cast["checker"], sheet.id, "apply").blast
    assert blast is not None and blast.numbers == 2
    sheets.step(cast["checker"], sheet.id, "apply", key="b", seen=blast.digest())
    came(cast, shop(1))  # meanwhile at the counter
    sheet = sheets.finish(sheet.id)
    assert (sheet.state, sheet.recorded, sheet.lifted, sheet.bad) == ("APPLIED", 1, 2, 5)
    assert sorted(back(sheet)) == [2, 3, 4, 5, 6]
    assert counts_of(campaign) == {"TWO_WAY_STOP": 1, "REGISTERED": 2}
    made = Recording.objects.get(sheet=sheet)
    assert timezone.localdate(made.since) == timezone.localdate() - DAY and made.possession == "password"


def test_a_killed_run_goes_on_where_it_was(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cards(cast.land, 3)
    monkeypatch.setattr(sheets, "PART", 1)
    sheet = brought(cast, *(f"1380013800{place},张三,,{person(place)},,card" for place in range(3)))
    blast = sheets.preview_step(cast["checker"], sheet.id, "apply").blast
    assert blast is not None
    sheets.step(cast["checker"], sheet.id, "apply", key="b", seen=blast.digest())
    record, calls = sheets._record, iter((False, True))

    def killed(*args: object) -> None:
        if next(calls):
            raise KeyboardInterrupt
        record(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(sheets, "_record", killed)
    with pytest.raises(KeyboardInterrupt):
        sheets.finish(sheet.id)
    assert Recording.objects.count() == 1
    monkeypatch.setattr(sheets, "_record", record)
    sheet = sheets.finish(sheet.id)
    assert (sheet.state, sheet.recorded, sheet.bad) == ("APPLIED", 3, 0) and Recording.objects.count() == 3


def test_a_file_that_cannot_be_read_says_why_and_is_forgotten(cast: Cast) -> None:
    with pytest.raises(SheetError):
        sheets.upload(cast["shop"], io.BytesIO(b""), key="a")
    sheet = sheets.check(sheets.upload(cast["shop"], io.BytesIO(b"a,b\n1,2"), key="b"))
    assert sheet.state == "UNREADABLE" and sheet.failure_en and sheets.bad_rows(sheet) is None
    with pytest.raises(Refused) as refused:
        sheets.step(cast["checker"], sheet.id, "discard", key="c", reason="作废")
    assert refused.value.code == "state"
