"""Where appeals show beyond their own desk: the home desk, the rail, the search, the order, the number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.casework.conftest import HELD, Country, browser

from haodun.audit.services import subject_for
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.states import TABLE
from haodun.casework.orders.models import Order
from haodun.offices.transitions.services import Clock

OWNERS = ("officer", "colleague", "approver", "supervisor", "carrier")
STRANGERS = ("stranger", "other_police", "other_carrier")


def page(country: Country, name: str, address: str, *, lang: str = "zh-hans") -> str:
    client = browser(country, name, lang=lang)
    client.post("/purpose/", {"purpose": "order_check", "next": "/"})
    return client.get(address, follow=True).content.decode()


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("name", OWNERS)
def test_the_desk_lists_an_appeal_that_is_due(pages: Country, appeal: Appeal, name: str, lang: str) -> None:
    assert grouped(appeal.reference) in page(pages, name, "/", lang=lang)


@pytest.mark.parametrize("name", STRANGERS)
def test_an_appeal_of_others_shows_nowhere(pages: Country, appeal: Appeal, name: str) -> None:
    reference = grouped(appeal.reference)
    number = f"/numbers/{subject_for('number', HELD)}/"
    for address in ("/", f"/search/?q={reference}", reverse("appeals:desk"), number):
        shown = page(pages, name, address)
        assert str(appeal.id) not in shown, address
        assert reference in address or reference not in shown, address  # the search repeats what was typed


def test_the_rail_counts_open_appeals_and_marks_overdue_ones(pages: Country, appeal: Appeal) -> None:
    link = 'href="/appeals/"'
    assert "count-plain" in page(pages, "officer", "/search/").partition(link)[2].partition("</a>")[0]
    clocks = Clock.objects.filter(object_type=TABLE.name, object_id=appeal.id, stopped_at=None)
    for clock in clocks:
        clock.due_at = clock.started_at = clock.started_at - timedelta(days=40)
        clock.save()
    assert "count-late" in page(pages, "officer", "/search/").partition(link)[2].partition("</a>")[0]
    assert "count" not in page(pages, "stranger", "/search/").partition(link)[2].partition("</a>")[0]


@pytest.mark.parametrize("typed", ["{}", "{plain}", "{lower}"])
def test_a_reference_in_the_search_leads_to_its_appeal(pages: Country, appeal: Appeal, typed: str) -> None:
    reference = grouped(appeal.reference)
    text = typed.format(reference, plain=appeal.reference, lower=reference.lower())
    led = browser(pages, "officer").get("/search/", {"q": text})
    assert led.headers["Location"] == reverse("appeals:appeal", args=[appeal.id])


def test_the_order_names_the_appeals_against_it_to_those_who_may_read_them(
    pages: Country, appeal: Appeal, shut: Order
) -> None:
    address = reverse("orders:order", args=[shut.id])
    for name in ("officer", "police", "carrier"):
        assert "对这件来文的申诉" in page(pages, name, address), name
    other = page(pages, "other_carrier", address)
    assert "对这件来文的申诉" not in other


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_number_page_tells_order_and_appeal_with_their_evidence(
    pages: Country, appeal: Appeal, shut: Order, lang: str
) -> None:
    html = page(pages, "officer", f"/numbers/{subject_for('number', HELD)}/", lang=lang)
    assert f'href="{reverse("orders:order", args=[shut.id])}"' in html
    assert f'href="{reverse("appeals:appeal", args=[appeal.id])}"' in html
    assert shut.document in html
    assert str(HELD)[2:] not in html
