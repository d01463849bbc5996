"""The pages: what is true first, what is due, what can be done; both languages; queries that do not grow."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from django.utils import timezone
from tests.registry.conftest import found_land, holding
from tests.registry.key_services.conftest import Cast, cast_of
from tests.registry.reregistration.test_campaign import DAY, FIRST, cards, drafted, running
from tests.registry.reregistration.test_recording import ZHANG, stopped
from tests.registry.subscribers.test_importing import person

from haodun.console.setup import prepare_keys
from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.services import NAME
from haodun.registry.reregistration.models import Campaign, Recording, Sheet, Target
from haodun.registry.reregistration.services import Dimension, NewTarget, advance, set_target, standings
from haodun.registry.subscribers import services as subscribers

TYPED = {
    "number": "13800138000", "name": "张三", "document_kind": "resident", "document": ZHANG, "possession": "card",
    "seen": "on",
}  # fmt: skip


@pytest.fixture
def cast(committed_db: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setattr("haodun.offices.organisations.access.needs_second_factor", lambda *_: False)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    prepare_keys(tmp_path)
    setup_test_environment()  # so that the test client's host is one of ours
    with system():
        made = cast_of(found_land())
    yield made
    teardown_test_environment()


def client_of(cast: Cast, name: str, language: str = "") -> Client:
    client = Client(headers={"accept-language": language} if language else None)
    client.force_login(cast.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(client: Client, path: str) -> str:
    got = client.get(path)
    assert got.status_code == 200, (path, got.status_code)
    return got.content.decode()


def test_a_clerk_registers_a_holder_and_the_page_says_what_was_lifted(cast: Cast) -> None:
    with system():
        stopped(cast)
    clerk, page = client_of(cast, "shop"), "/reregistration/record/"
    wrong = clerk.post(page, TYPED | {"document": ZHANG[:-1]})
    assert wrong.status_code == 422 and 'value="张三"' in wrong.content.decode()
    without = clerk.post(page, {name: value for name, value in TYPED.items() if name != "seen"})
    assert without.status_code == 422, "the original was not looked at"
    done = clerk.post(page, TYPED | {"key": "once"}, follow=True).content.decode()
    assert "2 项限制已在全网解除" in done
    assert ZHANG not in done and "张三" not in done and str(FIRST) not in done.replace(" ", "")
    assert clerk.post(page, TYPED | {"key": "again"}).status_code == 422
    with system():
        assert Recording.objects.count() == 1
    assert client_of(cast, "officer").get(page).status_code == 403
    assert "***" in text_of(client_of(cast, "checker"), page)
    assert "还没有人来补登记" in text_of(client_of(cast, "rival"), page)


def test_a_campaign_says_its_progress_its_notices_and_what_a_target_rests_on(cast: Cast) -> None:
    with system():
        cards(cast.land, 3)
        campaign = running(cast)
        advance()
        day = timezone.localdate() + 200 * DAY
        set_target(cast["approver"], NewTarget(
            Dimension.CARRIER, str(cast.land.mobile.id), 9_900, day, "2016 年 5 月通知"))  # fmt: skip
    path = f"/reregistration/{campaign.id}/"
    text = text_of(client_of(cast, "shop"), path)
    assert "只按您能看到的 4 个在用号码计算" in text and "已通知" in text and day.isoformat() in text
    english = text_of(client_of(cast, "shop", "en"), path)
    assert "Counted over the 4 active numbers that you may see" in english and "If nobody registered" in english
    assert client_of(cast, "rival").get(path).status_code == 404
    assert campaign.title in text_of(client_of(cast, "officer"), "/reregistration/")
    assert campaign.title not in text_of(client_of(cast, "rival"), "/reregistration/")


def test_whoever_drafts_sees_the_radius_and_no_button(cast: Cast) -> None:
    with system():
        cards(cast.land, 3)
        campaign = drafted(cast["shop"])
    text = text_of(client_of(cast, "shop"), f"/reregistration/{campaign.id}/approve/")
    assert "data-waits" not in text and "<b>3</b>" in text
    assert client_of(cast, "checker").get(f"/reregistration/{campaign.id}/approve/").status_code == 302, "second proof"


def test_a_forecast_has_a_range_and_is_drawn(cast: Cast) -> None:
    with system():
        cards(cast.land, 90)
        for days, places in ((27, range(10)), (20, range(10, 40)), (10, range(40, 45)), (3, range(45, 60))):
            ids = [subscribers.intervals_of(FIRST + place)[0].interval for place in places]
            since = timezone.now() - timedelta(days=days)
            subscribers.set_state(ids, since=since, status="valid", source="check")
        set_target(cast["approver"], NewTarget(
            Dimension.CARRIER, str(cast.land.mobile.id), 10_000, date(2030, 1, 1), "通知"))  # fmt: skip
    with system():
        (found,) = standings(cast.people["shop"])
    assert len(found.points) == 5 and found.points[-1].numbers == 91
    assert found.band.earliest is not None and found.band.latest is not None and found.forecast.reached_on is not None
    assert found.band.earliest <= found.forecast.reached_on <= found.band.latest
    text = text_of(client_of(cast, "shop"), "/reregistration/targets/")
    assert "<polygon" in text and found.band.latest.isoformat() in text
    assert "style=" not in text[text.index("<polygon") - 500 : text.index("</svg>", text.index("<polygon"))]


def test_the_bureau_sets_a_target_and_a_new_version_keeps_the_old(cast: Cast) -> None:
    bureau, page = client_of(cast, "approver"), "/reregistration/targets/"
    typed = {
        "about": f"carrier:{cast.land.mobile.id}",
        "share": "96",
        "due": "2016-10-31",
        "reason": "2016 年 5 月通知",
    }
    assert bureau.post(page, typed).status_code == 302
    assert bureau.post(page, typed).status_code == 422, "there is one already"
    assert bureau.post(page, typed | {"share": "99.50", "reason": "加快", "before": "1"}).status_code == 302
    text = text_of(client_of(cast, "shop"), page)
    assert "96.00%" in text and "99.50%" in text and "加快" in text and "2 个版本" in text
    assert client_of(cast, "shop").post(page, typed).status_code == 403
    with system():
        assert list(Target.objects.order_by("version").values_list("basis_points", flat=True)) == [9_600, 9_950]


def test_a_file_goes_from_upload_to_recorded_by_two_people(cast: Cast) -> None:
    with system():
        stopped(cast)
    head = "号码,姓名或单位名称,证件号码,号码核实方式\n"
    file = io.BytesIO(f"{head}13800138000,张三,{person(1)},card\n13800138001,李四,1,card\n".encode())
    file.name = "today.csv"
    clerk, other, root = client_of(cast, "shop"), client_of(cast, "checker"), "/reregistration/sheets/"
    where = clerk.post(root, {"file": file, "key": uuid.uuid4().hex})["Location"]
    drain()
    assert "证件号码" in text_of(clerk, where) and "须由另一人" in text_of(clerk, where)
    seen = other.get(where).content.decode().split('name="seen" value="')[1].split('"')[0]
    assert other.post(f"{where}apply/", {"seen": seen, "key": "a"}).status_code == 302
    drain()
    back = clerk.post(f"{where}bad/")
    assert b"1380013800" in b"".join(back.streaming_content)  # type: ignore[attr-defined]
    with system():
        (sheet,) = Sheet.objects.all()
    assert (sheet.state, sheet.recorded, sheet.lifted, sheet.bad) == ("APPLIED", 1, 2, 1)
    assert client_of(cast, "rival").get(where).status_code == 404


def test_failed_notices_are_told_on_the_page(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir(parents=True)  # a folder where the outbox should be
    with system():
        cards(cast.land, 2)
        campaign = running(cast)
        advance()
    assert "2 条告知没有交给短信系统" in text_of(client_of(cast, "shop"), f"/reregistration/{campaign.id}/")


@pytest.mark.parametrize("path", ["", "targets/", "record/"])
def test_more_rows_ask_no_more_queries(cast: Cast, path: str) -> None:
    client, counts = client_of(cast, "shop"), []
    for turn in range(2):
        with system():
            for place in range(3):
                number = FIRST + 300 + turn * 10 + place
                subscribers.open_interval(holding(cast.land, number, since=timezone.now() - DAY))
                drafted(cast["shop"])
                about = Dimension.PROVINCE if (turn, place) == (0, 0) else Dimension.CARRIER
                key = "32" if about == Dimension.PROVINCE else str(cast.land.mobile.id)
                before = Target.objects.filter(dimension=about).count() or None
                set_target(cast["approver"], NewTarget(about, key, 9_600, date(2030, 1, 1), "通知", before))
        for place in range(2):
            typed = TYPED | {"number": f"138001383{turn}{place}", "document": person(50 + turn * 10 + place)}
            assert client.post("/reregistration/record/", typed | {"key": uuid.uuid4().hex}).status_code == 302
        client.get(f"/reregistration/{path}")  # the toast goes
        with CaptureQueriesContext(connection) as asked:
            text_of(client, f"/reregistration/{path}")
        counts.append(len(asked))
    assert counts[1] <= counts[0], counts
    with system():
        assert Campaign.objects.count() == 6
