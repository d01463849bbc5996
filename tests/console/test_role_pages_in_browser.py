"""The pages that auditors and engineers land on, and the messages, in a real browser: axe, width, one heading."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from tests.console.conftest import NUMBER, Cast
from tests.console.test_in_browser import NODES, OpenPage, findings
from tests.console.test_pages import NAMES, signed_in, visible

if TYPE_CHECKING:
    from haodun.offices.organisations.models import User


def furnish(cast: Cast) -> tuple[User, int]:
    """Edges in every state, publications, receipts, notices, entries; an engineer, and the id of an entry."""
    from django.db import transaction

    from haodun.audit.services import AuditKind, record, subject_for
    from haodun.offices.organisations.models import User
    from haodun.offices.organisations.services import Role, appoint, system
    from haodun.offices.transitions.services import actor_of
    from haodun.registry.policies.models import Edge, Publication
    from haodun.registry.policies.receipts import Said, take_receipt
    from haodun.registry.policies.services import enrol
    from haodun.registry.restrictions.services import Basis, Measure, Source, Text, place

    now = timezone.now()
    engineer = User.objects.create_user(username="luyou", password=None, name="路由")
    appoint(engineer, cast.carrier, Role.CARRIER_ENGINEER)
    appoint(engineer, cast.carrier, Role.CARRIER_COMPLIANCE)
    subject = subject_for("number", NUMBER)
    with system(), transaction.atomic():
        place(
            [NUMBER],
            measure=Measure.BOTH_WAYS,
            basis=Basis.AFL_13,
            reason=Text("涉嫌改号", "Suspected spoofing"),
            source=Source("rule", "R"),
            until=now + timedelta(days=30),
            actor=actor_of(engineer),
        )
        for version in range(1, 4):
            counts = {"numbers": 12_345 + version, "added": 36, "removed": 1} if version > 1 else {}
            Publication.objects.create(
                version=version, parent=version - 1, kind="delta" if version > 1 else "full", digest="a" * 64,
                bytes=40_960, policy_digest="b" * 64, cause="placed", created_at=now, change=version, **counts,
            )  # fmt: skip
        for name, said in (("wuxi-1", ""), ("nanjing-1", "executed"), ("suzhou-1", "refused"), ("xuzhou-1", "old")):
            enrol(name, organisation=cast.carrier.id)
            edge = Edge.objects.get(name=name)
            if said:
                version = 2 if said == "old" else 3
                state = "executed" if said == "old" else said
                take_receipt(edge.pk, Said(version, state, "block budget of this hour is spent", now, "run-7"))
        entry = record(
            AuditKind.RESTRICTION_PLACED,
            actor=cast.officer.pk,
            organisation=cast.bureau.id,
            object_type="restriction",
            subject=subject,
            basis="afl-13",
            purpose="order_check",
            body={"reason": "涉嫌改号", "count": 3},
            items=[{"subject": str(subject)} for _ in range(3)],
        )
    return engineer, entry


@pytest.mark.journey
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_auditor_and_engineer(
    open_page: OpenPage, seen: Cast, theme: str, width: int
) -> None:
    engineer, entry = furnish(seen)
    lang = "en" if width == 360 else "zh-hans"
    places = {
        seen.auditor: ("/audit/?period=week", f"/audit/{entry}/"),
        engineer: ("/edges/", "/edges/publications/3/", "/edges/1/", "/messages/"),
    }
    for person, addresses in places.items():
        page = open_page(person, theme=theme, lang=lang, width=width)
        for place in addresses:
            target = place.replace("/1/", f"/{edge_of('suzhou-1')}/")
            answer = page.goto(target)
            assert answer is not None
            assert answer.status == 200, target
            assert not findings(page), target
            assert page.evaluate("document.documentElement.scrollWidth") <= width, target
            assert page.evaluate("document.querySelectorAll('*').length") <= NODES, target
            assert page.locator("h1").count() == 1, target


def test_no_chinese_is_left_on_their_english_pages_but_names(cast: Cast, demonstration: None) -> None:
    engineer, entry = furnish(cast)
    edge = edge_of("suzhou-1")
    pages = {
        cast.auditor: ("/audit/", "/audit/?kind=edge:enrolled", "/audit/?kind=break_glass", f"/audit/{entry}/"),
        engineer: (
            "/edges/", "/edges/publications/3/", f"/edges/{edge}/", "/messages/", "/messages/?tab=handed",
            "/edges/enrol/",
        ),
    }  # fmt: skip
    for person, places in pages.items():
        client = signed_in(person, "en")
        session = client.session
        until = timezone.now() + timedelta(minutes=10)
        session["haodun.sudo"] = {"user": str(person.pk), "until": until.isoformat()}
        session.save()
        for place in places:
            answer = client.get(place)
            assert answer.status_code == 200, place
            text = visible(answer.content.decode())
            for name in (*NAMES, "路由", "程路"):
                text = text.replace(name, "")
            left = sorted({found.group() for found in re.finditer(r"\S*[㐀-鿿]\S*", text)})
            assert not left, (place, left[:8])


def edge_of(name: str) -> int:
    from haodun.offices.organisations.services import system
    from haodun.registry.policies.models import Edge

    with system():
        return int(Edge.objects.get(name=name).pk)


@pytest.mark.journey
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_an_edge_is_enrolled_and_revoked_in_a_browser(open_page: OpenPage, seen: Cast, width: int, theme: str) -> None:
    engineer, _entry = furnish(seen)
    engineer.set_password("a-long-word-for-tests")
    engineer.save()
    page = open_page(engineer, theme=theme, width=width)
    page.goto("/edges/")
    page.get_by_role("link", name="登记入口").click()
    page.locator("input[type=password]").fill("a-long-word-for-tests")
    page.locator("main form button.button-main").click()
    page.wait_for_url("**/edges/enrol/")
    assert not findings(page)
    page.get_by_label("名称").fill("nanjing-1")
    page.get_by_role("button", name="登记并显示令牌").click()
    page.locator(".errors").wait_for()
    assert not findings(page)
    assert page.title().startswith("错误：")
    page.get_by_label("名称").fill("yancheng-1")
    page.get_by_role("button", name="登记并显示令牌").click()
    page.locator(".token").wait_for()
    assert not findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="回到入口与快照").click()
    page.get_by_role("link", name="yancheng-1").click()
    page.get_by_role("button", name="停用 yancheng-1").click()
    page.locator(".chip", has_text="已停用").wait_for()
    assert not findings(page)
