"""The synthetic country with something of everything behind a live server, for journeys through every page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.conftest import empty, opening, serving, signed_in

from haodun.audit.services import subject_for
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.services import Claim, decide, file_appeal
from haodun.casework.orders.models import Order
from haodun.console.demonstration import furnish
from haodun.console.setup import prepare_keys
from haodun.numbering import IngressClass, load_plan, parse
from haodun.offices.jobs.services import drain
from haodun.offices.organisations.models import User
from haodun.offices.organisations.seeding import PEOPLE, seed_country
from haodun.offices.organisations.services import Kind, find, system
from haodun.offices.transitions.services import actor_of
from haodun.registry.policies.services import enrol
from haodun.registry.restrictions.services import Restriction, Source, by_source
from haodun.registry.verdict_counts.services import Classes, ingest
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener
from haodun.store.frames import Batch, Pair
from haodun.store.services import Store
from haodun.store.site import site_key

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from haodun.console.database import Urls

PURPOSE = "order_check"
NUMBERS = (*range(8_613_912_340_000, 8_613_912_340_000 + 37 * 104, 37), 8_617_123_450_307)
"""Callers of the story: mobiles of Jiangsu and one of a reseller; documents name the first hundred."""
CARRIER = "甲网江苏公司"
"""Whose edge there is, and whose officers have logins."""
CALLEE = 8_613_800_138_000
TRUNKS = "trunks:\n  igw-nanjing: {class: international}\n"
EVERYBODY = tuple(login for _, _, login, _ in PEOPLE)
OpenPage = Callable[..., "Page"]


@dataclass
class Land:
    """What stands behind the server."""

    address: str
    open: OpenPage
    """`open(user, theme=…, lang=…, width=…, script=…)`, as the fixture `open_page`."""
    people: dict[str, User]
    ids: dict[str, list[str]]
    """Real ids by the name that addresses give them: order_id, appeal_id, subject."""
    token: str
    """The redress token of a call that was stopped."""
    notice: str
    """The reference in the notice of a restriction."""
    appeal: tuple[str, str]
    """Reference and code of an appeal."""
    free: tuple[int, ...]
    """Numbers that no document names."""
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict)

    def client(self, login: str, lang: str = "zh-hans") -> Client:
        """A browser without a screen where this person is signed in and has stated a purpose; "" for nobody."""
        kept = self._clients.get((login, lang))
        if kept is None:
            kept = Client(headers={"host": "localhost"}, raise_request_exception=False)
            kept.cookies[settings.LANGUAGE_COOKIE_NAME] = lang
            if login:
                kept.cookies[settings.SESSION_COOKIE_NAME] = signed_in(self.people[login])
                kept.post("/purpose/", {"purpose": PURPOSE, "next": "/"})
            self._clients[login, lang] = kept
        return kept

    def page(self, login: str, **options: object) -> Page:
        """A page in the browser where this person is signed in and has stated a purpose."""
        page = self.open(self.people[login] if login else None, **options)
        if login:
            page.goto("/purpose/")
            page.locator("main select[name=purpose]").select_option(PURPOSE)
            page.locator("main form button.button-main").click()
            page.wait_for_load_state()
        return page


@contextmanager
def furnished(urls: Urls, browser: Browser, data: Path) -> Iterator[Land]:
    """The country, committed and served; gone when the block ends."""
    from haodun.registry.policies import publishing
    from haodun.registry.policies.chain import Chain

    with pytest.MonkeyPatch.context() as patch:
        prepare_keys(data)
        patch.setattr(settings, "HAODUN_DATA", data)
        patch.setattr(settings, "HAODUN_SYNTHETIC", True)
        patch.setattr(settings, "HAODUN_DEMO", True)
        patch.setattr(settings, "ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
        patch.setattr(publishing, "_chain", Chain())
        try:
            with serving() as address, opening(browser, address) as make:
                yield _found(address, make, data)
        finally:
            empty(urls)


def _found(address: str, make: OpenPage, data: Path) -> Land:
    now = timezone.now()
    seed_country()
    token = _screen(data, now)
    made = furnish(callers=NUMBERS, guilty=NUMBERS[:-1], now=now)
    with system():
        carrier = find(kind=Kind.CARRIER, province="32").get(name_zh=CARRIER)
        enrol("edge-nanjing", organisation=carrier.id)
        people = {login: User.objects.get(username=login) for login in EVERYBODY}
    drain()
    notice, appeal = _appeals(people, now)
    drain()
    with system():
        ids = {
            "order_id": [str(one) for one in Order.objects.order_by("-id").values_list("id", flat=True)],
            "appeal_id": [str(one) for one in Appeal.objects.values_list("id", flat=True)],
            "subject": [str(subject_for("number", number)) for number in (NUMBERS[0], NUMBERS[40], NUMBERS[-1])],
        }
    return Land(address, make, people, ids, token, notice, appeal, made.free)


def _screen(data: Path, now: datetime) -> str:
    """Calls of three days, judged by the shipped policy, in the store and in the counts; a redress token of one."""
    start = int((now - timedelta(days=3)).timestamp() * 1000)
    policy, key = load_policy("cn", at_ms=start), site_key(data / "keys" / "site.key")
    screener = Screener(
        policy=policy,
        plan=load_plan("CN"),
        trunks=Trunks.parse(TRUNKS, "trunks.yaml"),
        parameters=Parameters(capacity=1_000),
        mode=Mode.ENFORCE,
        site_key=key,
        run_id="journey",
    )
    events = [_attempt(number, start + number * 2_000_000) for number in range(1, 121)]
    pairs: list[Pair] = [(event, screener.take(event)) for event in events]
    with Store(data / "store").writer() as writer:
        writer.add("journey", [Batch(1, "ab" * 32, False, pairs)])
    verdicts = [verdict for _, verdict in pairs if verdict is not None]
    with system():
        carrier = find(kind=Kind.CARRIER, province="32").get(name_zh=CARRIER)
        ingest("journey", verdicts, len(events), organisation=carrier.id, classes=Classes(policy))
    stopped = next(verdict for verdict in verdicts if verdict.token and verdict.caller == NUMBERS[0])
    return stopped.token


def _attempt(number: int, time_ms: int) -> Event:
    """A home mobile that calls in from abroad without roaming, or by its own network every fourth time."""
    own = number % 4 == 0
    caller = parse(f"+{NUMBERS[0] if number % 3 else NUMBERS[number % len(NUMBERS)]}")
    return Event(
        number=number, time_ms=time_ms, kind=EventKind.ATTEMPT, call_id=f"call-{number}@invented", transaction="",
        live=True, caller_text=f"+{caller.key}", caller=caller, callee_text=f"+{CALLEE}", callee=parse(f"+{CALLEE}"),
        trunk="pbx" if own else "igw-nanjing", ingress=IngressClass.ACCESS if own else IngressClass.INTERNATIONAL,
        presentation=Presentation.ALLOWED, attestation=Attestation.NONE, roaming=Roaming.NO, diversion=0, device=0,
        cell=0, answered=False, seconds=0, ring_ms=0, cause=Cause.UNKNOWN, source="",
    )  # fmt: skip


def _appeals(people: dict[str, User], now: datetime) -> tuple[str, tuple[str, str]]:
    """Four appeals in different states; the reference of a notice, and reference and code of the upheld one."""
    officer = actor_of(people["bureau-officer"], sudo_until=now + timedelta(minutes=15))
    with system():
        orders = [str(one) for one in Order.objects.filter(change__gt=0).values_list("id", flat=True)]
    restrictions = [one for order in orders for one in by_source(Source("order", order))]
    waiting, begun, upheld, lifted, told = restrictions[:5]
    words = "这是我本人使用多年的号码，没有拨打过诈骗电话，请核查。"
    filed = [
        file_appeal(_claim(one), statement=words, contact="", language="zh-hans", key=uuid.uuid4().hex)
        for one in (waiting, begun, upheld, lifted)
    ]
    with system():
        rows = [Appeal.objects.get(reference=one.reference).id for one in filed]
        for row, then in zip(rows[1:], ("", "uphold", "lift"), strict=True):
            decide(officer, [row], "take_up", key=uuid.uuid4().hex)
            if then:
                decide(officer, [row], then, key=uuid.uuid4().hex, reason="通话记录与来文一致，已向来文单位核实。")
    return told.appeal, (filed[2].reference, filed[2].code)


def _claim(one: Restriction) -> Claim:
    return Claim(one.number, restriction=one)
