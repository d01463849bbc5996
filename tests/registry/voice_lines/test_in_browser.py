"""The pages of key services and voice lines in a real browser: axe, width, one h1, in both themes and at 360 px."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from tests.registry.conftest import Land
from tests.registry.key_services.conftest import active, applied, code, existing, flagged
from tests.registry.voice_lines.conftest import enforced, lines_cast, proved_line, registered

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.key_services.facts import NumbersInvolved
from haodun.registry.key_services.models import Agent, CleanUp, Listing
from haodun.registry.key_services.services import (
    Breach,
    PartyKind,
    PersonSeen,
    plan_campaign,
    propose_listing,
    register_agent,
)
from haodun.registry.voice_lines.models import DeviceReport
from haodun.registry.voice_lines.services import DeviceKind, find_device

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SHOTS = os.environ.get("HAODUN_SHOTS")
"""A folder for pictures of each page, for whoever wants to look."""


@pytest.fixture
def places(lasting_land: Land, monkeypatch: pytest.MonkeyPatch) -> tuple[object, dict[str, str]]:
    """The engineer's colleague and the address of every page, with something on each."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        cast = lines_cast(lasting_land)
        shop = cast["shop"]
        service = flagged(cast, active(cast, landing=("025-83123456", "13912345678")))
        waiting = applied(cast, uscc=code(2), applicant="江苏恒达呼叫服务有限公司")
        existing(cast, uscc="", use="", handler=PersonSeen("", ""), applicant="南京旧业商务咨询中心")
        today = timezone.localdate()
        plan_campaign(
            shop,
            name="百日清理行动",
            kinds=["400"],
            opened_before=today,
            deadline=today.replace(year=today.year + 1),
            key="c",
        )
        register_agent(
            shop, name="快通代理有限公司", uscc=code(60), legal=PersonSeen("王", ""), committed_on=today, key="a"
        )
        propose_listing(
            shop,
            kind=PartyKind.FIRM,
            name="坏代理有限公司",
            uscc=code(61),
            breach=Breach.CARD_FARMING,
            note="养卡",
            key="l",
        )
        for month, count in ((3, 9), (4, 8), (5, 3), (6, 1)):
            numbers = tuple(range(864_002_000_000, 864_002_000_000 + count))
            with transaction.atomic():
                emit(
                    NumbersInvolved(uuid.uuid4(), datetime(2016, month, 9, tzinfo=UTC), numbers, (cast.land.mobile.id,))
                )
        line = proved_line(cast, enforced(cast), passed=False)
        registered(cast, holder="", uscc="", permits=(), default="")
        find_device(shop, kind=DeviceKind.SIM_BOX, finding="同一小区 30 张卡轮换，判定 edge-1-99", key="d")
        found = {
            "services": reverse("key_services:home") + "?tab=all",
            "service": reverse("key_services:service", args=[service.id]),
            "waiting": reverse("key_services:service", args=[waiting.id]),
            "sheet": reverse("key_services:sheet", args=[service.id, "suspend"]),
            "new": reverse("key_services:new"),
            "import": reverse("key_services:import"),
            "involved": reverse("key_services:involved")
            + "?baseline=2016-03&baseline=2016-04&window=2016-05&window=2016-06",
            "campaigns": reverse("key_services:campaigns"),
            "campaign": reverse("key_services:campaign", args=[CleanUp.objects.get().id]),
            "agents": reverse("key_services:agents"),
            "agent": reverse("key_services:agent", args=[Agent.objects.get().id]),
            "blacklist": reverse("key_services:blacklist") + "?tab=all",
            "listing": reverse("key_services:listing", args=[Listing.objects.get().id]),
            "lines": reverse("voice_lines:home") + "?tab=all",
            "line": reverse("voice_lines:line", args=[line.id]),
            "line-new": reverse("voice_lines:new"),
            "devices": reverse("voice_lines:devices"),
            "device": reverse("voice_lines:device", args=[DeviceReport.objects.get().id]),
        }
    return cast.people["shop"], found


@pytest.mark.journey
@pytest.mark.parametrize(
    ("theme", "lang", "width"), [("light", "zh-hans", 1440), ("dark", "zh-hans", 1440), ("light", "en", 360)]
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    open_page: Callable[..., Page], places: tuple[object, dict[str, str]], theme: str, lang: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    user, addresses = places
    page = open_page(user, theme=theme, lang=lang, width=width)
    wrong = []
    for name, address in addresses.items():
        page.goto(address)
        for one in Axe().run(page, options=RULES).response["violations"]:
            wrong += [f"{name}: {one['id']}: {node['html'][:140]}" for node in one["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name}: wider than {width}")
        if page.locator("h1").count() != 1:
            wrong.append(f"{name}: no single h1")
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}-{theme}.png"), full_page=True)
    assert not wrong, "\n".join(wrong)
