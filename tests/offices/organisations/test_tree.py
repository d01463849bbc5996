"""The tree: names, codes, places, its past, and what a move does to the rows below."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.offices.organisations.conftest import Country, found_country, person

from haodun.console.database import Urls
from haodun.offices.organisations import uscc
from haodun.offices.organisations.models import Membership, Organisation
from haodun.offices.organisations.services import (
    Kind,
    OrganisationError,
    Role,
    appoint,
    as_it_was,
    close,
    establish,
    find,
    move,
    readers_of,
    reading_as,
    rename,
    rows_touched,
    search,
    system,
)

BODIES = st.builds(
    lambda head, place, tail: head + place + tail,
    st.text(uscc.CHARACTERS, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(uscc.CHARACTERS, min_size=9, max_size=9),
)


def test_known_codes_of_the_register_are_valid() -> None:
    for code in ("91350100M000100Y43", "91310000775785552L", "91440300708461136T"):
        assert uscc.parse(f" {code.lower()} ") == code


@given(BODIES, st.integers(0, 17), st.sampled_from(uscc.CHARACTERS))
def test_any_single_wrong_character_is_found(body: str, place: int, other: str) -> None:
    code = body + uscc.check_character(body)
    assert uscc.parse(code) == code
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(uscc.UsccError):
            uscc.parse(wrong)


@pytest.mark.parametrize(
    "text", ["", "9" * 18, "９１３１００００７７５７８５５５２Ｌ", "91310000775785552L\nx", "I1310000775785552L"]
)
def test_what_is_no_code_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(uscc.UsccError, match=r"credit code|check character"):
        uscc.parse(text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "club"}, "no kind"),
        ({"province": "99"}, "GB/T 2260"),
        ({"province": "32", "place": "330100"}, "no place"),
    ],
)
def test_a_wrong_field_is_refused_with_what_to_give(db: None, wrong: dict[str, str], said: str) -> None:
    fields = {"kind": Kind.BUREAU, "name_zh": "局", "name_en": "Bureau", **wrong}
    with pytest.raises(OrganisationError, match=said):
        establish(**fields)  # type: ignore[arg-type]


def test_organisations_are_found_by_kind_province_name_and_code(country: Country) -> None:
    code = "91310000775785552L"
    shop = establish(kind=Kind.ENTERPRISE, name_zh="江苏速递", name_en="Swift Parcels", province="32", uscc=code)
    assert list(find(kind=Kind.BUREAU, province="32")) == [country.jiangsu]
    assert search("swift") == [shop] == search(code.lower())
    assert set(search("江苏")) == {shop, country.jiangsu}
    assert search("  ") == []
    assert search("%") == []


def test_a_new_name_keeps_the_old_one_with_its_time(country: Country) -> None:
    before = timezone.now()
    rename(country.jiangsu, name_zh="江苏省通管局", name_en="Jiangsu Administration", reason="机构改革")
    fresh = Organisation.objects.get(id=country.jiangsu.id)
    assert as_it_was(fresh, before).name_zh == "江苏省通信管理局"
    assert as_it_was(fresh, before - timedelta(days=4000)).name_zh == "江苏省通信管理局"
    assert as_it_was(fresh, timezone.now()).name_zh == "江苏省通管局"


def test_a_move_takes_the_rows_along_and_leaves_the_rest(country: Country) -> None:
    constable = person("constable")
    appoint(constable, country.nanjing, Role.POLICE_OFFICER)
    with system():
        shared = Membership.objects.get(user=country.owner)
        Membership.objects.filter(pk=shared.pk).update(readers=readers_of(country.nanjing, country.zhejiang))
        untouched = Membership.objects.get(user=country.colleague).readers
    before, extent = timezone.now(), rows_touched(country.nanjing)
    moved = move(country.nanjing, country.zhejiang, reason="划转")
    assert extent["organisations_membership"] == moved.rows["organisations_membership"] == 2
    assert extent == moved.rows
    fresh = Organisation.objects.get(id=country.nanjing.id)
    new = readers_of(fresh)
    assert new == sorted([country.ministry.id, country.zhejiang.id, country.nanjing.id])
    with system():
        assert Membership.objects.get(user=constable).readers == new
        assert Membership.objects.get(pk=shared.pk).readers == new
        assert Membership.objects.get(user=country.colleague).readers == untouched
    with reading_as(country.owner):
        assert not Membership.objects.filter(user=constable).exists()
    with reading_as(country.stranger):
        assert Membership.objects.filter(user=constable).exists()
    assert as_it_was(fresh, before).path == (country.ministry.id, country.jiangsu.id, country.nanjing.id)
    assert as_it_was(fresh, timezone.now()).path == (country.ministry.id, country.zhejiang.id, country.nanjing.id)


def test_a_row_made_while_a_move_waits_moves_along_too(committed_db: Urls) -> None:
    country = found_country()
    constable = person("constable")
    moved = threading.Event()

    def other() -> None:
        try:
            move(country.nanjing, country.zhejiang, reason="划转")
            moved.set()
        finally:
            connection.close()

    with transaction.atomic():
        readers = readers_of(country.nanjing)
        mover = threading.Thread(target=other)
        mover.start()
        assert not moved.wait(0.3), "the move did not wait for the row"
        with system():
            Membership.objects.create(
                user=constable, organisation=country.nanjing, role=Role.POLICE_OFFICER, readers=readers
            )
    mover.join()
    with system():
        assert Membership.objects.get(user=constable).readers == sorted(
            [country.ministry.id, country.zhejiang.id, country.nanjing.id]
        )


def test_all_below_move_along(country: Country) -> None:
    province = establish(kind=Kind.BUREAU, name_zh="华东", name_en="East", parent=country.ministry)
    move(country.jiangsu, province, reason="改革")
    assert Organisation.objects.get(id=country.nanjing.id).path == [
        country.ministry.id,
        province.id,
        country.jiangsu.id,
        country.nanjing.id,
    ]
    move(Organisation.objects.get(id=country.jiangsu.id), None, reason="独立")
    assert Organisation.objects.get(id=country.nanjing.id).path == [country.jiangsu.id, country.nanjing.id]


def test_nothing_stands_below_itself(country: Country) -> None:
    with pytest.raises(OrganisationError, match="below itself"), transaction.atomic():
        move(country.jiangsu, country.nanjing, reason="误")
    with pytest.raises(OrganisationError, match="below itself"), transaction.atomic():
        move(country.jiangsu, country.jiangsu, reason="误")


def test_closing_waits_for_what_stands_below_and_ends_all_standing(country: Country) -> None:
    with pytest.raises(OrganisationError, match="1 open"):
        close(country.jiangsu, reason="撤销")
    close(country.nanjing, reason="撤销")
    close(country.jiangsu, reason="撤销")
    with reading_as(country.owner), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organisations_membership")
        assert cursor.fetchone() == (0,)
