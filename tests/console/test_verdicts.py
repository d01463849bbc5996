"""Why a call got its verdict: decided again by its own policy, for those who reach the number, each look kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from tests.console.conftest import NUMBER
from tests.console.test_pages import NAMES, signed_in, visible, with_purpose

from haodun.audit.services import AuditKind, looks
from haodun.console.deciding import policy_of
from haodun.numbering import IngressClass, load_plan, parse
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Event,
    EventKind,
    Presentation,
    Roaming,
    Trunks,
)
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy, load_policy, policy_files
from haodun.screening.verdicts import Mode, Screener, Verdict
from haodun.store.frames import Batch
from haodun.store.services import Store

if TYPE_CHECKING:
    from tests.console.conftest import Cast

    from haodun.offices.organisations.models import Organisation, User

RUN = "live-run"
NOON_MS = 1_795_492_800_000
"""2026-11-24 04:00 UTC, noon in Beijing."""
DAY = "2026-11-24"
DIGITS = "17123458306"


def attempt(number: int, caller: str, ingress: IngressClass) -> Event:
    callee = parse("+8613900000001", ingress)
    return Event(
        number=number, time_ms=NOON_MS + number * 60_000, kind=EventKind.ATTEMPT, call_id=f"call-{number}",
        transaction="tag;1", live=True, caller_text=caller, caller=parse(caller, ingress), callee_text="+8613900000001",
        callee=callee, trunk="igw-1" if ingress is IngressClass.INTERNATIONAL else "own-1", ingress=ingress,
        presentation=Presentation.ALLOWED, attestation=Attestation.NONE, roaming=Roaming.NO, diversion=0, device=0,
        cell=0, answered=False, seconds=0, ring_ms=0, cause=Cause.UNKNOWN, source="udp:192.0.2.1:5060",
    )  # fmt: skip


def decided(policy: Policy) -> list[tuple[Event, Verdict | None]]:
    """Two calls of NUMBER from abroad, which are blocked, and one at home between them, which goes through."""
    screener = Screener(
        policy=policy,
        plan=load_plan("CN"),
        trunks=Trunks.parse("trunks: {igw-1: {class: international}, own-1: {class: intra_network}}", "trunks.yaml"),
        parameters=Parameters(capacity=1_000),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id=RUN,
    )
    ways = (IngressClass.INTERNATIONAL, IngressClass.INTRA_NETWORK, IngressClass.INTERNATIONAL)
    events = [attempt(number, f"+{NUMBER}", way) for number, way in enumerate(ways, 1)]
    return [(event, screener.take(event)) for event in events]


@dataclass(frozen=True)
class Calls:
    """The store's folder, and what it holds of NUMBER."""

    data: Path
    verdicts: list[Verdict]

    def put(self, pairs: list[tuple[Event, Verdict | None]], *, run: str, snapshot: int, digest: str) -> None:
        with Store(self.data / "store").writer() as writer:
            writer.add(run, [Batch(snapshot, digest, False, pairs)])


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """The three calls, decided by the shipped policy without a snapshot."""
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    policy = load_policy("cn")
    pairs = decided(policy)
    found = Calls(tmp_path, [verdict for _, verdict in pairs if verdict is not None])
    assert [verdict.action for verdict in found.verdicts] == [Action.BLOCK, Action.ALLOW, Action.BLOCK]
    found.put(pairs, run=RUN, snapshot=0, digest=policy.digest)
    policy_of.cache_clear()
    yield found
    policy_of.cache_clear()


def address(event: int = 1, *, run: str = RUN, day: str = DAY) -> str:
    return f"/verdicts/{day}/{run}-{event}/"


def person(login: str, role: str, at: Organisation) -> User:
    from haodun.offices.organisations.models import User
    from haodun.offices.organisations.services import appoint

    user = User.objects.create_user(username=login, password=None, name=login)
    appoint(user, at, role)
    return user


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_page_decides_the_call_again_and_says_why(cast: Cast, demonstration: None, calls: Calls, lang: str) -> None:
    from haodun.console.explaining import picture
    from haodun.screening.explain import DecidedBy, explain_row

    html = with_purpose(cast.officer, lang).get(address()).content.decode()
    policy = load_policy("cn")
    verdict = calls.verdicts[0]
    by = DecidedBy(policy, load_plan("CN"), 480, {})
    said = picture(explain_row(verdict, by, verdict_id="x"), "en" if lang == "en" else "zh")
    assert said.sentence in html
    assert verdict.reasons[0] in html
    assert policy.digest in html
    assert f'href="/numbers/{cast.subject}/"' in html
    if lang == "en":
        text = visible(html)
        for name in NAMES:
            text = text.replace(name, "")
        bases = {basis for rule in policy.rules for basis in rule.basis}
        for basis in sorted(bases, key=len, reverse=True):
            text = text.replace(basis, "")
        assert not re.findall(r"\S*[㐀-鿿]\S*", text)


def test_no_number_stands_in_the_address_the_title_or_the_page(cast: Cast, demonstration: None, calls: Calls) -> None:
    html = with_purpose(cast.officer).get(address()).content.decode()
    title = re.search(r"<title>(.*?)</title>", html)
    assert title is not None
    assert not re.search(r"[0-9]{4,}", title[1])
    assert DIGITS not in html and "13900000001" not in html
    assert DIGITS not in address()


def test_a_look_at_a_verdict_is_a_look_at_its_number_with_the_purpose(
    cast: Cast, demonstration: None, calls: Calls
) -> None:
    client = signed_in(cast.officer)
    before = len(looks(cast.subject))
    assert 'name="purpose"' in client.get(address()).content.decode()
    assert len(looks(cast.subject)) == before
    client.post("/purpose/", {"purpose": "order_check", "next": "/"})
    client.get(address())
    (kind, purpose, actor), *_ = [(one.kind, one.purpose, one.actor) for one in looks(cast.subject)]
    assert (kind, purpose, actor) == (AuditKind.NUMBER_LOOKED_UP.value, "order_check", cast.officer.pk)
    assert len(looks(cast.subject)) == before + 1


def test_an_owner_and_a_colleague_see_it_and_strangers_do_not(cast: Cast, demonstration: None, calls: Calls) -> None:
    from haodun.offices.organisations.services import Kind, Role, establish

    other = establish(kind=Kind.CARRIER, name_zh="丙网浙江公司", name_en="Carrier C", province="33")
    seen = [person("owner", Role.CARRIER_COMPLIANCE, cast.carrier), person("mate", Role.BUREAU_OFFICER, cast.bureau)]
    unseen = [person("rival", Role.CARRIER_COMPLIANCE, other), person("engineer", Role.CARRIER_ENGINEER, other)]
    for user in (*seen, person("near", Role.CARRIER_ENGINEER, cast.carrier)):
        assert with_purpose(user).get(address()).status_code == 200, user.username
    before = len(looks(cast.subject))
    for user in unseen:
        assert with_purpose(user).get(address()).status_code == 404, user.username
    assert with_purpose(cast.stranger).get(address()).status_code == 403
    assert with_purpose(cast.auditor).get(address()).status_code == 403
    assert signed_in(None).get(address()).headers["Location"].startswith("/accounts/login/")
    assert len(looks(cast.subject)) == before


def test_a_call_that_went_through_says_that_only_a_replay_can_recompute_it(
    cast: Cast, demonstration: None, calls: Calls
) -> None:
    html = with_purpose(cast.officer).get(address(2)).content.decode()
    assert "只有回放入口的输入日志才能复算" in html
    assert "逐层求值" not in html


def test_a_policy_that_is_gone_is_said_and_the_record_is_shown(cast: Cast, demonstration: None, calls: Calls) -> None:
    calls.put(decided(load_policy("cn")), run="gone", snapshot=9, digest="0" * 64)
    html = with_purpose(cast.officer).get(address(run="gone")).content.decode()
    assert "作出这次判定的策略已不在这里" in html
    assert calls.verdicts[0].reasons[0] in html
    assert "逐层求值" not in html


@pytest.mark.parametrize("folder", [7, 8])
def test_the_policy_of_a_snapshot_is_found_by_its_digest_also_in_another_folder(
    cast: Cast, demonstration: None, calls: Calls, folder: int
) -> None:
    own = calls.data / "snapshots" / str(folder)
    own.mkdir(parents=True)
    text = re.sub(r"^version: .*$", 'version: "2026.99"', policy_files("cn")["policy.yaml"], count=1, flags=re.M)
    (own / "policy.yaml").write_text(text, encoding="utf-8")
    policy = load_policy(own / "policy.yaml")
    assert policy.digest != load_policy("cn").digest
    calls.put(decided(policy), run="snap", snapshot=7, digest=policy.digest)
    html = with_purpose(cast.officer).get(address(run="snap")).content.decode()
    assert "2026.99" in html
    assert "逐层求值" in html


def test_a_row_that_was_altered_is_never_explained(cast: Cast, demonstration: None, calls: Calls) -> None:
    (event, verdict), *_ = decided(load_policy("cn"))
    assert verdict is not None
    calls.put([(event, verdict._replace(action=Action.TIP))], run="bent", snapshot=0, digest=load_policy("cn").digest)
    html = with_purpose(cast.officer).get(address(run="bent")).content.decode()
    assert "复算的结果与记录不一致" in html
    assert "逐层求值" not in html


@pytest.mark.parametrize(
    "asked",
    [
        address(99), address(run="other"), address(day="2026-11-23"), address(day="2026-02-31"), address(day="today"),
        address(day="２０２６-11-24"),
        f"/verdicts/{DAY}/1/", f"/verdicts/{DAY}/{'a' * 200}-1/", f"/verdicts/{DAY}/..-1/",
    ],
)  # fmt: skip
def test_what_is_no_verdict_is_not_found(cast: Cast, demonstration: None, calls: Calls, asked: str) -> None:
    assert with_purpose(cast.officer).get(asked).status_code == 404


def test_equal_verdicts_of_a_day_are_one_line_with_their_count_and_evidence(
    cast: Cast, demonstration: None, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(NOON_MS / 1000 + 7_200, UTC))
    html = with_purpose(cast.officer).get(f"/numbers/{cast.subject}/").content.decode()
    assert "拦截 2 次" in html
    assert "12:01 至 12:03" in html
    assert "放行 1 次" in html
    assert re.findall(r'href="(/verdicts/[^"]+)"', html) == [address(3), address(2)]
    assert html.count('class="lane-high"') == 1
    assert DIGITS not in html
