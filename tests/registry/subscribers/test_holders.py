"""Holder intervals: never two at a time, sealed names, routes with their certainty, imports whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from tests.registry.conftest import DAY, NOW, Land, found_land, holding

from haodun.console.database import Urls
from haodun.offices.organisations.services import reading_as, system
from haodun.registry.subscribers import services
from haodun.registry.subscribers.ciphertext import CiphertextError, FieldCipher
from haodun.registry.subscribers.models import HolderInterval
from haodun.registry.subscribers.services import Certainty, HolderKind, SubscriberRefused

JIANGSU_MOBILE = 8613813800001
UNICOM = 8618600000001


def test_who_holds_a_number_depends_on_the_moment(land: Land) -> None:
    first = services.open_interval(holding(land, JIANGSU_MOBILE))
    services.close_interval(JIANGSU_MOBILE, NOW)
    second = services.open_interval(holding(land, JIANGSU_MOBILE, since=NOW, name="李雷"))
    before, after = (services.holder_at(JIANGSU_MOBILE, at) for at in (NOW - timedelta(microseconds=1), NOW))
    assert before is not None and after is not None
    assert (before.subject, after.subject) == (first.subject, second.subject)
    assert [one.interval for one in services.intervals_of(JIANGSU_MOBILE)] == [first.interval, second.interval]
    assert services.holder_at(JIANGSU_MOBILE, NOW - 401 * DAY) is None


def test_two_holders_at_a_time_are_refused_without_showing_the_number(land: Land) -> None:
    services.open_interval(holding(land, JIANGSU_MOBILE))
    with pytest.raises(SubscriberRefused, match="138") as refused:
        services.open_interval(holding(land, JIANGSU_MOBILE, since=NOW))
    assert str(JIANGSU_MOBILE)[2:] not in str(refused.value)
    services.open_interval(holding(land, JIANGSU_MOBILE + 1, since=NOW))


def test_the_database_itself_refuses_two_holders_at_a_time(land: Land) -> None:
    services.open_interval(holding(land, JIANGSU_MOBILE))
    with system(), transaction.atomic(), connection.cursor() as cursor:
        copy = """INSERT INTO subscribers_holderinterval (number, valid, carrier_id, subject, kind, province,
            masked_name, name_sealed, contact_sealed, contact_mark, readers)
            SELECT number, tstzrange(%s, %s), carrier_id, subject, kind, province, masked_name, name_sealed,
            contact_sealed, contact_mark, readers FROM subscribers_holderinterval WHERE number = %s"""
        before = NOW - 500 * DAY
        cursor.execute(copy, [before, NOW - 400 * DAY, JIANGSU_MOBILE])  # touches, does not overlap
        with pytest.raises(IntegrityError, match="one_holder_at_a_time"), transaction.atomic():
            cursor.execute(copy, [NOW, NOW + DAY, JIANGSU_MOBILE])


def test_an_end_before_its_beginning_and_a_close_without_holder_are_refused(land: Land) -> None:
    with pytest.raises(SubscriberRefused, match="ends before it begins"):
        services.open_interval(holding(land, JIANGSU_MOBILE, until=NOW - 401 * DAY))
    with pytest.raises(SubscriberRefused, match="nothing to close"):
        services.close_interval(JIANGSU_MOBILE, NOW)


def test_names_and_contacts_are_kept_sealed_and_found_by_their_mark(land: Land) -> None:
    kept = services.open_interval(holding(land, JIANGSU_MOBILE, name="欧阳小明", contact="ming@example.cn"))
    with system():
        row = HolderInterval.objects.get(pk=kept.interval)
    assert "小明".encode() not in bytes(row.name_sealed) and b"ming" not in bytes(row.contact_sealed)
    assert kept.masked_name == "欧***"
    assert services.contact_of(kept.interval) == "ming@example.cn"
    assert [one.interval for one in services.intervals_with_contact("ming@example.cn")] == [kept.interval]
    assert services.intervals_with_contact("ming@example.com") == ()


def test_a_ciphertext_opens_only_in_its_place_and_with_its_key() -> None:
    cipher = FieldCipher(bytes(32))
    sealed = cipher.seal("张三", place="a.name")
    assert cipher.open(sealed, place="a.name") == "张三"
    for other, place in ((cipher, "a.contact"), (FieldCipher(b"1" * 32), "a.name")):
        with pytest.raises(CiphertextError, match="keys/field"):
            other.open(sealed, place=place)
    with pytest.raises(CiphertextError):
        cipher.open(sealed[:-1], place="a.name")
    assert cipher.seal("张三", place="a.name") != sealed
    assert cipher.mark("张三", place="a.name") == cipher.mark("张三", place="a.name")
    assert cipher.mark("张三", place="a.name") != cipher.mark("张三", place="a.contact")


def test_routes_say_how_sure_they_are(land: Land) -> None:
    ported = services.open_interval(holding(land, JIANGSU_MOBILE, carrier=land.unicom))
    foreign, unallocated = 442079460123, 8614900000001
    routes = services.route([UNICOM, JIANGSU_MOBILE + 1, JIANGSU_MOBILE, foreign, unallocated, UNICOM], NOW)
    told = {one.number: (carrier, one.certainty, one.interval) for carrier, many in routes.items() for one in many}
    assert told == {
        JIANGSU_MOBILE: (land.unicom.id, Certainty.REGISTERED, ported.interval),
        JIANGSU_MOBILE + 1: (land.mobile.id, Certainty.ALLOCATED, None),
        UNICOM: (land.unicom.id, Certainty.ALLOCATED, None),
        foreign: (None, Certainty.UNKNOWN, None),
        unallocated: (None, told[unallocated][1], None),
    }
    assert sum(len(many) for many in routes.values()) == 5


def test_a_row_is_seen_by_its_carrier_and_those_above_only(land: Land) -> None:
    services.open_interval(holding(land, JIANGSU_MOBILE))
    for user, seen in ((land.owner, 1), (land.colleague, 1), (land.stranger, 0)):
        assert HolderInterval.objects.scoped_to(user).count() == 0, "without a scope the database shows nothing"
        with reading_as(user):
            assert HolderInterval.objects.scoped_to(user).count() == seen
            assert HolderInterval.objects.count() == seen, "row-level security says the same"


def test_an_import_takes_all(land: Land) -> None:
    many = [holding(land, JIANGSU_MOBILE + n, kind=HolderKind.ORGANISATION, name="江苏某公司") for n in range(2_000)]
    many.append(holding(land, JIANGSU_MOBILE, since=NOW - 500 * DAY, until=NOW - 400 * DAY))
    assert services.import_intervals(iter(many)) == 2_001
    held = services.holders_at([JIANGSU_MOBILE, JIANGSU_MOBILE + 1_999, JIANGSU_MOBILE + 2_000], NOW)
    assert sorted(held) == [JIANGSU_MOBILE, JIANGSU_MOBILE + 1_999]
    assert held[JIANGSU_MOBILE].masked_name == "江苏某公司"
    assert held[JIANGSU_MOBILE].province == "32"
    assert services.contact_of(held[JIANGSU_MOBILE].interval) == "+8613900000000"
    assert services.import_intervals([]) == 0


@pytest.mark.parametrize("where", ["itself", "kept"])
def test_an_import_with_an_overlap_takes_nothing(land: Land, where: str) -> None:
    many = [holding(land, JIANGSU_MOBILE + n) for n in range(10)]
    clash = holding(land, JIANGSU_MOBILE + 5, since=NOW)
    if where == "kept":
        services.open_interval(clash)
    else:
        many.append(clash)
    with pytest.raises(SubscriberRefused, match="nothing was taken"):
        services.import_intervals(many)
    assert sorted(services.holders_at([one.number for one in many], NOW - DAY)) == []


def test_a_new_holder_within_thirty_days_is_told_and_porting_is_not(land: Land) -> None:
    subject = uuid4()
    services.open_interval(holding(land, JIANGSU_MOBILE, subject=subject, until=NOW - 5 * DAY))
    services.open_interval(holding(land, JIANGSU_MOBILE, subject=subject, since=NOW - 5 * DAY, carrier=land.unicom))
    services.open_interval(holding(land, UNICOM, since=NOW - 5 * DAY))
    services.open_interval(holding(land, UNICOM + 1))
    numbers = [JIANGSU_MOBILE, UNICOM, UNICOM + 1]
    assert services.changed_holder(numbers, since=NOW - 30 * DAY, at=NOW) == {UNICOM}


@pytest.mark.fault
def test_the_powerless_role_cannot_read_past_the_wall(committed_db: Urls) -> None:
    services.open_interval(holding(found_land(), JIANGSU_MOBILE))
    with psycopg.connect(committed_db.app) as raw:
        count = "SELECT count(*) FROM subscribers_holderinterval"
        assert raw.execute(count).fetchone() == (0,)
        raw.execute("SELECT set_config('haodun.scope', '*', false)")
        assert raw.execute(count).fetchone() == (1,)


def test_the_field_key_is_made_once_and_private(land: Land) -> None:
    from django.conf import settings

    services.open_interval(holding(land, JIANGSU_MOBILE))
    key = Path(settings.HAODUN_DATA) / "keys" / "field.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32
