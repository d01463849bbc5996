"""The pages of the number plan: who may, who holds a number at a time, files whole or not at all."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.registry.conftest import DAY, NOW, Land

from haodun.audit.models import Entry
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role
from haodun.offices.transitions.services import Actor
from haodun.registry.number_plan import services
from haodun.registry.number_plan.models import Allocation, Porting
from haodun.registry.number_plan.services import NewAllocation, State

NUMBER = 8613913801234
TITLES = "起始号码,终止号码,状态,单位,省份,起期,来源文件\n"
GOOD = TITLES + "13913800000,13913809999,已分配,江苏移动,江苏,2024-01-01,电管函1号\n"


def client(user: User | None, *, purpose: bool = True, lang: str = "zh-hans") -> Client:
    found = Client(headers={"accept-language": lang, "host": "localhost"})
    if user is not None:
        found.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if purpose:
            found.post("/purpose/", {"purpose": "order_check", "next": "/"})
    return found


def bring(user: User, text: str, table: str = "allocations", **more: str) -> tuple[int, str]:
    file = SimpleUploadedFile("plan.csv", text.encode())
    answer = client(user).post("/plan/import/", {"table": table, "file": file, **more})
    body = b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, body.decode("utf-8-sig")


@pytest.fixture(autouse=True)
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)


def test_a_table_is_brought_seen_asked_about_and_taken_away_again(land: Land) -> None:
    assert bring(land.colleague, GOOD)[0] == 302
    shown = client(land.stranger).get("/plan/").content.decode()
    assert "江苏移动" in shown
    assert "+8613913800000" in shown
    answer = client(land.stranger).post("/plan/ask/", {"number": "139 1380 1234", "at": ""}).content.decode()
    assert "江苏移动" in answer
    assert "电管函1号" in answer
    taken = b"".join(client(land.stranger).get("/plan/export/?kind=csv")).decode("utf-8-sig")
    rows = list(Allocation.objects.values())
    assert bring(land.colleague, taken)[0] == 302
    assert list(Allocation.objects.values()) == rows


def test_one_bad_row_keeps_all_out_and_comes_back_with_its_reason(land: Land) -> None:
    bad = GOOD + "不是号码,13913819999,已分配,江苏移动,江苏,2024-01-01,电管函1号\n"
    status, page = bring(land.colleague, bad)
    assert status == 422
    assert "不是号码 不是电话号码" in page
    assert not Allocation.objects.exists()
    status, file = bring(land.colleague, bad, give_back="1")
    assert status == 200
    assert "不是号码 不是电话号码" in file
    assert file.count("\n") == 2


def test_portings_are_brought_too(land: Land) -> None:
    text = "number,organisation,at,source\n+8613913801234,江苏联通,2026-11-01,携转\n"
    assert bring(land.colleague, text, "portings")[0] == 302
    assert Porting.objects.get().organisation_id == land.unicom.id
    assert bring(land.colleague, text + text.splitlines()[1] + "\n", "portings")[0] == 422


def test_a_question_needs_a_purpose_and_is_kept_without_the_number(land: Land) -> None:
    without = client(land.colleague, purpose=False).post("/plan/ask/", {"number": "13913801234"})
    assert without.status_code == 422
    assert not Entry.objects.filter(kind="number:looked_up").exists()
    answer = client(land.colleague).post("/plan/ask/", {"number": "13913801234"})
    assert answer.status_code == 200
    assert "13913801234" not in answer.content.decode().replace('value="13913801234"', "")
    entry = Entry.objects.get(kind="number:looked_up")
    assert entry.subject is not None
    assert "13913801234" not in entry.body


def test_an_earlier_time_gets_the_holder_of_that_time(land: Land) -> None:
    clerk = Actor(user_id=land.colleague.id, organisation_id=land.bureau.id, role=Role.BUREAU_OFFICER)
    for unit, days in ((land.mobile, 400), (land.unicom, 100)):
        one = NewAllocation(NUMBER, NUMBER, State.ALLOCATED, unit.id, NOW - days * DAY, "函")
        services.allocate([one], actor=clerk)
    at = (NOW - 200 * DAY).strftime("%Y-%m-%dT%H:%M")
    page = client(land.colleague).post("/plan/ask/", {"number": str(NUMBER), "at": at}).content.decode()
    assert page.index("江苏移动") < page.index("江苏联通")


@pytest.mark.parametrize("kept", ["state=recycled", "province=32", "state=nothing&province=99", "after=abc"])
def test_filters_and_odd_cursors_give_a_page(land: Land, kept: str) -> None:
    bring(land.colleague, GOOD)
    page = client(land.colleague).get(f"/plan/?{kept}").content.decode()
    assert ("没有符合筛选的号段" in page) == (kept == "state=recycled")


def test_pages_follow_one_another_without_a_row_lost(land: Land) -> None:
    first = 8613913800000
    clerk = Actor(user_id=land.colleague.id, organisation_id=land.bureau.id, role=Role.BUREAU_OFFICER)
    units = (land.mobile.id, land.unicom.id)
    rows = [
        NewAllocation(first + n, first + n, State.ALLOCATED, units[n % 2], NOW - 90 * DAY, "函") for n in range(120)
    ]
    services.allocate(rows, actor=clerk)
    seen: list[str] = []
    address = "/plan/"
    while address:
        page = client(land.colleague).get(address).content.decode()
        seen += [line for line in page.split("<tr>") if "+86139138" in line]
        after = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        address = after.replace("&amp;", "&") if 'rel="next"' in page else ""
    assert len(seen) == 120


def test_only_those_who_keep_the_plan_import(land: Land) -> None:
    assert client(land.owner).get("/plan/import/").status_code == 200
    police = User.objects.create_user(username="police", password=None)
    assert client(police).get("/plan/").status_code == 403
    assert client(None).get("/plan/").status_code == 302


def test_the_page_speaks_english(land: Land) -> None:
    page = client(land.colleague, lang="en").get("/plan/").content.decode()
    assert "Who holds a number at a time" in page
