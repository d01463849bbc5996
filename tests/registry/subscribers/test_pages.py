"""Pages and interface of the register: what each reader sees, uploads, decides and publishes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from django.utils import timezone
from tests.registry.conftest import DAY, Land, found_land, holding

from haodun.offices.jobs.services import drain
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Role, appoint, system
from haodun.offices.sheets.services import Kind, file_of
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.excess import find_excess
from haodun.registry.subscribers.models import ExcessCard, ImportRun
from haodun.registry.subscribers.services import Document, DocumentKind

FIRST = 8613800138000
PERSON = Document(DocumentKind.RESIDENT, "11010519491231002X")


@pytest.fixture
def shown(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    """A land whose people need no second factor; a second officer at the carrier."""
    monkeypatch.setattr("haodun.offices.organisations.access.needs_second_factor", lambda *_: False)
    setup_test_environment()  # so that an answer says what its template was given
    land = found_land()
    second = User.objects.create_user(username="second", password=None)
    appoint(second, land.mobile, Role.CARRIER_COMPLIANCE)
    yield land
    teardown_test_environment()


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _held(land: Land, count: int) -> None:
    subscribers.import_intervals(
        holding(land, FIRST + place, document=PERSON, since=timezone.now() - 300 * DAY) for place in range(count)
    )


def test_the_home_page_says_how_many_what_rate_and_what_is_due(shown: Land) -> None:
    _held(shown, 6)
    subscribers.open_interval(holding(shown, FIRST + 9, since=timezone.now() - 30 * DAY))
    with system():
        find_excess()
    text = client_of("owner").get("/subscribers/").content.decode()
    assert "85.71%" in text
    assert "还差 1 个号码" in text
    assert "110***********002X" in text
    assert PERSON.number not in text
    assert "欧阳小明" not in text
    due = client_of("owner").get("/subscribers/?tab=due").content.decode()
    assert due.count("没有记录") == 1
    assert "110****" not in due


def test_each_sees_their_own_and_the_bureau_its_province(shown: Land) -> None:
    _held(shown, 2)
    assert client_of("owner").get("/subscribers/").content.decode().count("110***********002X") == 2
    assert "110***********002X" not in client_of("stranger").get("/subscribers/").content.decode()
    assert client_of("colleague").get("/subscribers/").content.decode().count("110***********002X") == 2


@pytest.mark.parametrize("path", ["", "?tab=due", "rates/", "imports/", "excess/"])
def test_more_rows_ask_no_more_queries(shown: Land, path: str) -> None:
    counts = []
    client = client_of("owner")
    for count in (1, 12):
        subscribers.import_intervals(
            holding(shown, FIRST + count * 100 + place, since=timezone.now() - 300 * DAY) for place in range(count)
        )
        client.get(f"/subscribers/{path}")
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(f"/subscribers/{path}").status_code == 200
        counts.append(len(caught))
    assert counts[0] >= counts[1] - 1, counts


def test_the_list_pages_without_a_row_twice_or_left_out(shown: Land) -> None:
    subscribers.import_intervals(
        holding(shown, FIRST + place, since=timezone.now() - 300 * DAY) for place in range(120)
    )
    client, seen, path = client_of("owner"), 0, "/subscribers/"
    for _ in range(3):
        answer = client.get(path)
        seen += len(answer.context["rows"])
        path = answer.context["after"]
    assert (seen, path) == (120, "")


def test_an_import_goes_from_upload_over_the_second_look_to_the_register(shown: Land) -> None:
    file = file_of(
        Kind.CSV, ["号码", "姓名或单位名称", "开户日期", "证件类型", "证件号码"],
        [
            ["13800138000", "张三", "2020-01-01", "身份证", PERSON.number],
            ["13800138001", "李四", "2020-01-01", "会员卡", "1"],
        ],
    )  # fmt: skip
    upload = io.BytesIO(file.read())
    upload.name = "rows.csv"
    owner, second = client_of("owner"), client_of("second")
    answer = owner.post("/subscribers/imports/", {"file": upload, "mode": "existing", "key": "k"})
    assert answer.status_code == 302
    where = str(answer["Location"])
    drain()
    page = owner.get(where).content.decode()
    assert "待复核" in page
    assert "张三" not in page
    back = b"".join(owner.post(f"{where}bad/").streaming_content)  # type: ignore[attr-defined]
    assert "第七条" in back.decode("utf-8-sig")
    seen = second.get(where).context["seen"]
    own = owner.post(f"{where}apply/", {"key": "own", "seen": seen})
    assert own.status_code == 422
    assert second.post(f"{where}apply/", {"key": "go", "seen": seen}).status_code == 302
    drain()
    with system():
        run = ImportRun.objects.get()
    assert (run.state, run.applied) == ("APPLIED", 1)
    assert subscribers.holder_at(FIRST, timezone.now())
    assert client_of("stranger").get(where).status_code == 404


def test_a_card_above_the_limit_is_decided_on_its_page(shown: Land) -> None:
    _held(shown, 6)
    with system():
        find_excess()
        card = ExcessCard.objects.order_by("interval_id").first()
    assert card
    owner = client_of("owner")
    page = owner.get(f"/subscribers/excess/{card.id}/")
    assert len(page.context["others"]) == 5
    answer = owner.post(f"/subscribers/excess/{card.id}/confirm/", {"key": "c", "reason": "本人到厅", "version": "1"})
    assert answer.status_code == 302
    assert len(owner.get("/subscribers/excess/?tab=done").context["rows"]) == 1
    assert client_of("colleague").post(f"/subscribers/excess/{card.id}/refuse/", {"key": "x"}).status_code == 422


def test_a_rate_is_published_and_its_revision_stays_visible(shown: Land) -> None:
    _held(shown, 1)
    owner, day = client_of("owner"), (timezone.localdate() - timedelta(days=9)).isoformat()
    assert owner.post("/subscribers/rates/publish/", {"at": day, "code": "K1"}).status_code == 302
    assert owner.post("/subscribers/rates/publish/", {"at": day, "code": "K1"}).status_code == 422
    subscribers.open_interval(holding(shown, FIRST + 7, since=timezone.now() - 30 * DAY))
    page = owner.get(f"/subscribers/rates/?at={day}")
    assert page.context["rate"] == "50.00%"
    (published,) = page.context["published"]
    assert published["rate"] == "100.00%"
    revise = f"/subscribers/rates/{published['one'].id}/revise/"
    assert client_of("stranger").post(revise, {"reason": "不是我的"}).status_code == 404
    assert owner.post(revise, {"reason": "补录一户"}).status_code == 302
    text = owner.get(f"/subscribers/rates/?at={day}").content.decode()
    assert "已被修订" in text
    assert "补录一户" in text


def test_the_interface_gives_figures_with_what_they_are_made_of(shown: Land) -> None:
    before = timezone.now()
    _held(shown, 1)
    client = client_of("owner")
    (k1, k9) = client.get("/api/v1/real-name/rates").json()
    assert (k1["code"], k1["value"], k1["numerator"], k1["denominator"], k1["unit"]) == (
        "K1",
        10000,
        1,
        1,
        "basis_point",
    )
    assert (k9["code"], k9["value"]) == ("K9", None)
    then = client.get("/api/v1/real-name/rates", {"known_at": before.isoformat()}).json()[0]
    assert then["value"] is None, "before it was recorded nothing was known"
    assert client.get("/api/v1/real-name/rates", {"known_at": "2026-01-01T00:00:00"}).status_code == 422
    assert client.get("/api/v1/real-name/imports").json() == {"items": [], "next": ""}


def test_the_interface_takes_a_file_and_its_second_look(shown: Land) -> None:
    file = io.BytesIO(b"number,name,since\n13800138000,A,2020-01-01\n")
    file.name = "x.csv"
    owner, second = client_of("owner"), client_of("second")
    made = owner.post("/api/v1/real-name/imports", {"file": file, "mode": "new"}, headers={"idempotency-key": "a"})
    assert made.status_code == 201
    drain()
    path = f"/api/v1/real-name/imports/{made.json()['id']}"
    shown_run = second.get(path).json()
    assert (shown_run["state"], shown_run["good"]) == ("CHECKED", 1)
    body = {"seen": shown_run["seen"]}
    for client, status in ((owner, 403), (second, 200)):
        answer = client.post(
            f"{path}/apply", body, content_type="application/json", headers={"idempotency-key": uuid4().hex}
        )
        assert answer.status_code == status
