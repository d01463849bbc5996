"""A reseller's case from the covert visit to the last lift; what a stop does to numbers and users (W2e)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.registry.conftest import Land, found_land, holding
from tests.registry.key_services.conftest import Cast, cast_of

from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.offices.transitions.services import SYSTEM, Refused
from haodun.registry.number_plan.services import (
    NewAllocation,
    NewPorting,
    PlanRefused,
    State,
    allocate,
    port,
)
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.resellers.services import Inspection, Sample, Way, recheck, record_inspection, send_proof, take
from haodun.registry.subscribers.services import SubscriberRefused, open_interval

NUMBERS = iter(range(8617000000000, 8617000009999))


@dataclass
class Play:
    cast: Cast
    reseller: Organisation

    @property
    def land(self) -> Land:
        return self.cast.land

    def inspect(self, compliant: int = 913, target: int = 10_000) -> ResellerCase:
        seen = Inspection(
            self.reseller.id, self.land.mobile.id, Way.COVERT, timezone.localdate(),
            Sample(1_000, compliant, "暗访网点 12 处，影像 7-31"), target,
        )  # fmt: skip
        made = record_inspection(self.cast["officer"], seen, key=uuid.uuid4().hex)
        return ResellerCase.objects.get(id=made)

    def step(self, who: str, row: ResellerCase, action: str) -> ResellerCase:
        take(self.cast[who], [row.id], action, key=uuid.uuid4().hex, reason="样本不合规，未整改")
        row.refresh_from_db()
        return row

    def proof(self, row: ResellerCase, compliant: int = 1_000) -> None:
        made = send_proof(self.cast["seller"], row.id, "已补登全部档案")
        recheck(self.cast["officer"], made, Sample(1_000, compliant, "复查档案批次 8"))

    def open(self) -> None:
        open_interval(holding(self.land, next(NUMBERS), reseller=self.reseller.id, since=timezone.now(), province="32"))

    def give(self) -> int:
        first = 8617010000000
        wanted = NewAllocation(
            first, first + 9_999, State.ALLOCATED, self.reseller.id, timezone.now(), "批复 9", province="32"
        )
        return allocate([wanted], actor=SYSTEM)

    def stopped(self) -> ResellerCase:
        row = self.step("officer", self.inspect(), "notify")
        self.step("approver", row, "stop_supply")
        self.step("shop", row, "confirm")
        return self.step("approver", row, "stop_users")


@pytest.fixture
def play(db: None) -> Iterator[Play]:
    with system():
        land = found_land()
        cast = cast_of(land)
        reseller = establish(kind=Kind.RESELLER, name_zh="分享转售", name_en="Share Resale", parent=land.ministry)
        cast.people["seller"] = User.objects.create_user(username="seller", password=None)
        appoint(cast.people["seller"], reseller, Role.RESELLER_OFFICER)
        yield Play(cast, reseller)


def refusal(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def test_a_sample_below_the_target_gets_a_notice_and_one_that_meets_it_ends(play: Play) -> None:
    short, good = play.inspect(), play.inspect(compliant=1_000)
    with refusal("rate"):
        play.step("officer", short, "clear")
    with refusal("rate"):
        play.step("officer", good, "notify")
    assert short.rate == 9130
    assert play.reseller.id not in short.readers
    play.step("officer", short, "notify")
    assert {play.reseller.id, play.land.mobile.id} <= set(short.readers)
    assert play.step("officer", good, "clear").state == "CLEAR"


def test_who_proposed_does_not_stop_and_an_officer_may_not(play: Play) -> None:
    seen = play.inspect()
    play.step("approver", seen, "notify")
    with refusal("second_person"):
        play.step("approver", seen, "stop_supply")
    with refusal("permission"):
        play.step("officer", seen, "stop_supply")
    assert play.step("approver2", seen, "stop_supply").state == "SUPPLY_ORDERED"
    with refusal("host"):
        play.step("seller", seen, "confirm")
    assert play.step("shop", seen, "confirm").state == "SUPPLY_STOPPED"


def test_stopped_supply_refuses_numbers_and_stopped_users_refuse_users(play: Play) -> None:
    row = play.step("officer", play.inspect(), "notify")
    play.open()
    play.step("approver", row, "stop_supply")
    with pytest.raises(PlanRefused, match="no numbers go to this organisation") as refused:
        play.give()
    assert refused.value.code == "stopped"
    play.open()
    play.step("approver", row, "stop_users")
    with pytest.raises(SubscriberRefused, match="takes no new users") as told:
        play.open()
    assert told.value.code == "stopped"
    move = NewPorting(8613900001111, play.reseller.id, timezone.now(), "携转 1")
    with pytest.raises(PlanRefused, match="may take no new users"):
        port([move], actor=SYSTEM)


def test_a_stop_of_a_province_leaves_others_alone_and_what_stands_stays(play: Play) -> None:
    assert play.give() == 1
    play.stopped()
    open_interval(holding(play.land, next(NUMBERS), reseller=play.reseller.id, province="33"))
    since = timezone.now()
    again = NewAllocation(
        8617010000000, 8617010009999, State.ALLOCATED, play.reseller.id, since, "批复 9", province="32"
    )
    assert allocate([again], actor=SYSTEM) == 0
    open_interval(holding(play.land, next(NUMBERS), province="32"))


def test_each_step_is_lifted_by_its_own_proof_with_figures(play: Play) -> None:
    row = play.step("approver", play.stopped(), "propose_licence")
    with refusal("proof"):
        play.step("officer", row, "withdraw_proposal")
    play.proof(row, compliant=990)
    with refusal("recheck"):
        play.step("officer", row, "withdraw_proposal")
    play.proof(row)
    assert play.step("officer", row, "withdraw_proposal").state == "USERS_STOPPED"
    with refusal("proof"):
        play.step("officer", row, "lift_users")
    play.proof(row)
    play.step("officer", row, "lift_users")
    play.open()
    with pytest.raises(PlanRefused):
        play.give()
    play.proof(row)
    assert play.step("officer", row, "lift_supply").state == "RECTIFIED"
    assert play.give() == 1


def test_another_case_keeps_its_own_stop(play: Play) -> None:
    first, second = play.stopped(), play.stopped()
    play.proof(first)
    play.step("officer", first, "lift_users")
    with pytest.raises(SubscriberRefused):
        play.open()
    play.proof(second)
    play.step("officer", second, "lift_users")
    play.open()


def test_a_proof_comes_from_the_reseller_while_the_case_runs(play: Play) -> None:
    row = play.inspect()
    with refusal("absent"):
        send_proof(play.cast["seller"], row.id, "已整改")
    play.step("officer", row, "notify")
    with refusal("reseller"):
        send_proof(play.cast["shop"], row.id, "已整改")
    with refusal("permission"):
        send_proof(play.cast["officer"], row.id, "已整改")
    play.proof(row)
    assert play.step("officer", row, "close").state == "RECTIFIED"
    with refusal("state"):
        send_proof(play.cast["seller"], row.id, "已整改")


def test_a_sample_that_cannot_be_is_refused(play: Play) -> None:
    with refusal("sample"):
        play.inspect(compliant=1_001)
    with refusal("target"):
        play.inspect(target=10_001)


def test_the_pages_show_the_notice_and_take_the_proof(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    row = play.step("officer", play.inspect(), "notify")
    seller, officer = (Client(headers={"host": "localhost", "accept-language": "zh"}) for _ in range(2))
    seller.force_login(play.cast.people["seller"], backend="django.contrib.auth.backends.ModelBackend")
    officer.force_login(play.cast.people["officer"], backend="django.contrib.auth.backends.ModelBackend")
    here = f"/resellers/{row.id}/"
    assert here in seller.get("/resellers/").content.decode()
    page = seller.get(here).content.decode()
    assert "91.30%" in page and "提交整改证明" in page
    assert seller.get("/resellers/new/").status_code == 403
    assert seller.post(f"{here}proof/", {"words": "已补登全部档案"}).status_code == 302
    proof = row.proofs.get()
    checked = {"size": 500, "compliant": 500, "evidence": "复查批次 8"}
    assert seller.post(f"/resellers/proofs/{proof.id}/", checked).status_code == 403
    assert officer.post(f"/resellers/proofs/{proof.id}/", checked).status_code == 302
    assert officer.post(f"{here}step/close/", {"key": "k"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "RECTIFIED"
    today = (timezone.localdate() + timedelta(days=1)).isoformat()
    entered = {"reseller": str(play.reseller.id), "host": str(play.land.mobile.id), "way": "covert", "on": today,
               "size": "1000", "compliant": "913", "target": "100", "evidence": "影像 7"}  # fmt: skip
    assert officer.post("/resellers/new/", entered).status_code == 422
    entered["on"] = timezone.localdate().isoformat()
    assert officer.post("/resellers/new/", entered | {"key": "n"}).status_code == 302
