"""The pages of clusters: queue, graph with its table, masked numbers, the sheet before a confirmation."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.conftest import signed_in
from tests.registry.card_clusters.conftest import Planter
from tests.registry.conftest import NOW

from haodun.offices.organisations.sudo import LASTS
from haodun.registry.card_clusters.drawing import GAP, TOP, graph, layout
from haodun.registry.card_clusters.models import Cluster
from haodun.registry.card_clusters.services import look, take
from haodun.registry.restrictions.services import Source, by_source


@pytest.fixture
def found(plant: Planter, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A gang's cluster; pages ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    plant.gang(7)
    (made,) = look(NOW)
    return Cluster.objects.get(id=made)


def browser(plant: Planter, name: str, *, lang: str = "zh-hans", proved: bool = False) -> Client:
    from django.contrib.sessions.backends.db import SessionStore

    user = plant.cast.people[name]
    client = Client(headers={"host": "localhost", "accept-language": lang})
    key = signed_in(user)
    if proved:
        session = SessionStore(key)
        session["haodun.sudo"] = {"user": str(user.pk), "until": (timezone.now() + LASTS).isoformat()}
        session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_queue_and_cluster_say_why_and_mask_every_number(plant: Planter, found: Cluster) -> None:
    client = browser(plant, "shop")
    assert "同一设备" in read(client, "/clusters/")
    text = read(client, f"/clusters/{found.id}/")
    assert "为什么：60 分" in text
    assert text.count("同一设备 1") >= 8, "the graph's node and each row of the table"
    assert text.count("<line ") == 7
    for number in found.evidence.values_list("number", flat=True):
        assert str(number)[2:] not in text.replace(" ", "")
    assert "Same device 1" in read(browser(plant, "shop", lang="en"), f"/clusters/{found.id}/")


def test_the_desk_has_it_for_whoever_reviews_and_for_nobody_else(plant: Planter, found: Cluster) -> None:
    home = read(browser(plant, "shop"), "/")
    assert f"/clusters/{found.id}/" in home and "得分 60" in home
    assert str(found.id) not in read(browser(plant, "rival"), "/")


def test_the_table_has_the_rows_of_the_graph(plant: Planter, found: Cluster) -> None:
    text = read(browser(plant, "shop"), f"/clusters/{found.id}/")
    drawn = re.findall(r"<text [^>]*>([0-9]{2}[^<]*\*[^<]*)</text>", text) or re.findall(r"<circle", text)
    table = text[text.index("<tbody>", text.index("号码和依据")) :]
    assert len(drawn) == table[: table.index("</tbody>")].count("<tr>") == 7


def test_another_carrier_sees_nothing_and_a_bureau_reads(plant: Planter, found: Cluster) -> None:
    assert read(browser(plant, "rival"), f"/clusters/{found.id}/", 404)
    assert str(found.id) not in read(browser(plant, "rival"), "/clusters/?tab=all")
    assert read(browser(plant, "officer"), f"/clusters/{found.id}/")


def test_from_the_look_to_the_confirmation(plant: Planter, found: Cluster) -> None:
    shop, checker = browser(plant, "shop"), browser(plant, "checker", proved=True)
    here = f"/clusters/{found.id}/"
    assert shop.post("/clusters/look/").status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="card_clusters.look", status="todo").exists()
    assert shop.post(f"{here}step/review/", {"key": "r"}).status_code == 302
    assert shop.post(f"{here}step/dismiss/", {"key": "d"}).status_code == 422, "no reason"
    assert shop.post(f"{here}step/confirm/", {"key": "x"}).status_code == 404, "only with what it hits"
    assert checker.post(f"{here}confirm/", {"key": "c", "remark": "猫池"}).status_code == 422, "nothing was seen"
    sheet = read(checker, f"{here}confirm/")
    seen = re.search(r'name="seen" value="([^"]+)"', sheet)
    assert seen is not None
    body = {"key": uuid.uuid4().hex, "remark": "猫池养卡", "seen": seen[1]}
    assert shop.post(f"{here}confirm/", body).status_code in (302, 422)
    found.refresh_from_db()
    assert found.state == "IN_REVIEW", "who took it up does not confirm"
    assert checker.post(f"{here}confirm/", body).status_code == 302
    found.refresh_from_db()
    assert found.state == "CONFIRMED"
    assert len(by_source(Source("card-cluster", str(found.id)))) == 7


def test_the_queue_costs_the_same_for_many(plant: Planter, found: Cluster) -> None:
    client = browser(plant, "shop")
    read(client, "/clusters/")
    with CaptureQueriesContext(connection) as one:
        read(client, "/clusters/")
    for place in range(4):
        plant.many(8, device=f"3520990017614{place}")
    assert len(look(NOW)) == 4
    with CaptureQueriesContext(connection) as many:
        read(client, "/clusters/")
    assert len(many) == len(one)


def test_programs_read_clusters_with_masked_numbers(plant: Planter, found: Cluster) -> None:
    client = browser(plant, "shop")
    listed = client.get("/api/v1/card-clusters").json()
    assert [one["score"] for one in listed["items"]] == [60]
    one = client.get(f"/api/v1/card-clusters/{found.id}").json()
    assert len(one["evidence"]) == 7
    assert all("*" in row["number"] for row in one["evidence"])
    assert browser(plant, "rival").get(f"/api/v1/card-clusters/{found.id}").status_code == 404


def test_a_dismissed_cluster_says_why(plant: Planter, found: Cluster) -> None:
    take(plant.cast["shop"], [found.id], "review", key="r")
    take(plant.cast["shop"], [found.id], "dismiss", key="d", reason="维修店测试机")
    assert "维修店测试机" in read(browser(plant, "shop"), f"/clusters/{found.id}/")


def test_the_layout_is_the_same_for_the_same_rows_and_keeps_groups_apart() -> None:
    groups = {"a": [1, 2], "b": [1, 2], "c": [9]}
    first = layout(groups, list(range(1, 10)))
    assert first == layout(dict(reversed(groups.items())), list(range(1, 10)))
    assert first["b"] - first["a"] >= GAP
    assert first["a"] >= TOP
    rows = [{"number": 8613900000001 + place, "groups": ["<b>"]} for place in range(3)]
    drawn = graph(rows, title="图")
    assert drawn == graph(list(reversed(rows)), title="图")
    assert "<b>" not in drawn
    assert "13900000001" not in drawn


def test_the_clock_of_a_review_is_five_working_days(plant: Planter, found: Cluster) -> None:
    from haodun.offices.transitions.services import clocks_of

    (clock,) = clocks_of("card_cluster", [found.id])
    assert clock.due_at - clock.started_at >= timedelta(days=5)
