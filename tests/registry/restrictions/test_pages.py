"""The page of messages handed over: who sees which, what they say, and what nobody reads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests.registry.conftest import NOW, Land, holding
from tests.registry.restrictions.test_placing import FIRST, SECOND, lift, place

from haodun.console.setup import prepare_keys
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.registry.restrictions import sent, services
from haodun.registry.restrictions.handing_over import hand_over
from haodun.registry.restrictions.models import Notice, RestrictionRow
from haodun.registry.restrictions.services import Source
from haodun.registry.subscribers import services as subscribers


@pytest.fixture
def told(land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """Two restrictions with notices: one handed over, one waiting."""
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    prepare_keys(tmp_path)
    with system():
        subscribers.open_interval(holding(land, FIRST, contact="ming@example.cn"))
        subscribers.open_interval(holding(land, SECOND, contact=f"+{SECOND}"))
        first = place(land, FIRST, source=Source("order", str(uuid4())))[0]
        services.in_effect(first.change)
        hand_over(NOW)
        place(land, SECOND, source=Source("rule", "R"), at=NOW + timedelta(minutes=1))
        yield land


def browser(user: User | None, lang: str = "zh-hans") -> Client:
    client = Client(headers={"host": "localhost"})
    client.cookies["django_language"] = lang
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(user: User, address: str = "/messages/", *, status: int = 200, lang: str = "zh-hans") -> str:
    answer = browser(user, lang).get(address)
    assert answer.status_code == status
    return answer.content.decode()


def rows(html: str) -> list[str]:
    return re.findall(r"<tr><td>.*?</tr>", html, re.S)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_carrier_and_the_bureau_above_see_the_notices_and_another_carrier_none(told: Land) -> None:
    assert len(rows(page(told.owner))) == 2
    assert len(rows(page(told.colleague))) == 2
    html = page(told.stranger)
    assert rows(html) == []
    assert "您的范围内没有告知" in html
    assert "冒充公检法" not in html


def test_a_notice_says_when_to_whom_what_and_why(told: Land) -> None:
    waiting, handed = (words(one) for one in rows(page(told.owner)))
    assert re.search(r"138 \*\*\*\* 0002 .*该号码 待移交 规则 ", waiting)
    assert re.search(r"138 \*\*\*\* 0001 .*登记的联系方式 已移交 2026-11-20 12:00 关停指令 ", handed)
    assert "关停（不能拨出，也不能接听）" in handed
    assert "涉嫌冒充公检法诈骗" in handed
    english = words(rows(page(told.owner, lang="en"))[1])
    assert "Suspected impersonation of the police" in english


def test_neither_number_nor_contact_nor_the_holders_reference_is_on_the_page(told: Land) -> None:
    with system():
        references = [one.restriction.appeal for one in Notice.objects.select_related("restriction")]
    assert len(references) == 2
    for lang in ("zh-hans", "en"):
        html = page(told.owner, lang=lang)
        for secret in (*references, "13813800001", "13813800002", "ming@example.cn", "欧阳"):
            assert secret not in html, secret
        assert html.count(sent.HIDDEN) >= 2


def test_tabs_tell_waiting_handed_over_and_withdrawn_apart(told: Land) -> None:
    third = 8613813800003
    subscribers.open_interval(holding(told, third))
    placed = place(told, third, source=Source("rule", "S"))[0]
    lift(told, placed)
    services.in_effect(placed.change)
    hand_over(NOW)
    found = {tab: [words(one) for one in rows(page(told.owner, f"/messages/?tab={tab}"))] for tab in sent.TABS}
    assert [len(found[tab]) for tab in ("all", "handed", "waiting", "withdrawn")] == [3, 2, 0, 1]
    assert "未发，限制已解除" in found["withdrawn"][0]
    assert len(rows(page(told.owner, "/messages/?tab=none"))) == 3


def test_the_order_is_linked_for_roles_that_read_orders(told: Land) -> None:
    with system():
        order = Notice.objects.get(handed_over_at__isnull=False).restriction.source_id
        firm = establish(kind=Kind.ENTERPRISE, name_zh="江南公司", name_en="Jiangnan", parent=None)
        clerk = User.objects.create_user(username="clerk", password=None)
        appoint(clerk, firm, Role.ENTERPRISE)
        for model in (Notice, RestrictionRow):
            model.objects.update(readers=[firm.id, told.mobile.id])
    link = f'href="{reverse("orders:order", args=[order])}"'
    assert link in page(told.owner)
    html = page(clerk)
    assert len(rows(html)) == 2
    assert link not in html


def test_roles_without_the_right_and_the_anonymous_see_nothing(told: Land) -> None:
    engineer = User.objects.create_user(username="engineer", password=None)
    appoint(engineer, told.mobile, Role.CARRIER_ENGINEER)
    page(engineer, status=403)
    assert browser(None).get("/messages/")["Location"].startswith("/accounts/login/")
    assert 'href="/messages/"' not in page(engineer, "/edges/")
    assert 'href="/messages/"' in page(told.owner)


def test_messages_are_read_on_by_cursor_without_a_gap(told: Land) -> None:
    numbers = range(8613813810000, 8613813810010)
    for number in numbers:
        subscribers.open_interval(holding(told, number))
    place(told, *numbers, source=Source("rule", "many"))
    seen: list[str] = []
    after = ""
    while True:
        found, after = sent.page(told.owner, tab="all", cursor=after, size=5)
        seen += [str(one.id) for one in found]
        if not after:
            break
    with system():
        assert sorted(seen) == sorted(str(one) for one in Notice.objects.values_list("pk", flat=True))
    assert len(seen) == len(set(seen)) == 12
    for odd in ("x", "é", "２０２６", "AAAA", "%00"):
        assert len(rows(page(told.owner, f"/messages/?after={odd}"))) == 12
