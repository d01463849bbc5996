"""The pages of edges and snapshots: what each role sees and may do, and what the first sentence says."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.registry.conftest import Land

from haodun.audit.services import AuditKind
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import Kind, Role, appoint, establish, system
from haodun.registry.policies import shown
from haodun.registry.policies.edges import authenticated, enrol
from haodun.registry.policies.models import Edge, Publication
from haodun.registry.policies.receipts import Said, take_receipt


@dataclass(frozen=True)
class Site:
    """The land with an engineer, an auditor, and edges of two carriers."""

    land: Land
    engineer: User
    rival: User
    auditor: User
    press: User
    edges: dict[str, Edge]


def person(name: str, at: Organisation, role: str) -> User:
    made = User.objects.create_user(username=name, password=None, name=name)
    appoint(made, at, role)
    return made


@pytest.fixture
def site(land: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        press = establish(kind=Kind.PRESS, name_zh="通信报", name_en="Telecom Daily")
        for name, at in (("nanjing-1", land.mobile), ("suzhou-1", land.mobile), ("wuxi-1", land.unicom)):
            enrol(name, organisation=at.id)
        yield Site(
            land,
            person("engineer", land.mobile, Role.CARRIER_ENGINEER),
            person("rival", land.unicom, Role.CARRIER_ENGINEER),
            person("auditor", land.bureau, Role.AUDITOR),
            person("press", press, Role.ADMINISTRATOR),
            {edge.name: edge for edge in Edge.objects.all()},
        )


def browser(user: User | None, *, sudo: bool = False, lang: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": lang, "host": "localhost"})
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    if user is not None and sudo:
        session = client.session
        until = timezone.now() + timedelta(minutes=10)
        session["haodun.sudo"] = {"user": str(user.pk), "until": until.isoformat()}
        session.save()
    return client


def page(user: User, address: str = "/edges/", *, status: int = 200, lang: str = "zh-hans") -> str:
    answer = browser(user, lang=lang).get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def published(version: int, **changes: object) -> Publication:
    values: dict[str, object] = {
        "version": version,
        "parent": version - 1,
        "kind": "full" if version == 1 else "delta",
        "digest": f"{version:064d}",
        "bytes": 40_960,
        "policy_digest": "0" * 64,
        "cause": "placed",
        "created_at": timezone.now() - timedelta(seconds=10),
        "change": version,
        "numbers": 36 + version,
        "added": None if version == 1 else 36,
        "removed": None if version == 1 else 1,
    }
    return Publication.objects.create(**{**values, **changes})


def says(edge: Edge, version: int, state: str = "executed", detail: str = "") -> None:
    take_receipt(edge.pk, Said(version, state, detail, timezone.now(), "run-1"))


def test_an_engineer_sees_the_own_edges_a_bureau_all_below_it_and_a_rival_none_of_them(site: Site) -> None:
    published(1)
    says(site.edges["nanjing-1"], 1)
    own, above, other = page(site.engineer), page(site.land.colleague), page(site.rival)
    assert "nanjing-1" in own
    assert "wuxi-1" not in own
    assert "nanjing-1" in above
    assert "wuxi-1" in above
    assert "nanjing-1" not in other
    assert "wuxi-1" in other


def test_a_stranger_finds_neither_the_edge_nor_its_receipts(site: Site) -> None:
    published(1)
    says(site.edges["nanjing-1"], 1, "refused", "forged signature")
    address = f"/edges/{site.edges['nanjing-1'].pk}/"
    assert "forged signature" in page(site.engineer, address)
    page(site.rival, address, status=404)
    assert "forged signature" in page(site.land.colleague, "/edges/publications/1/")
    assert "forged signature" not in page(site.rival, "/edges/publications/1/")
    answer = browser(site.rival, sudo=True).post(f"{address}revoke/", {"key": "k"})
    assert answer.status_code == 404
    assert Edge.objects.get(name="nanjing-1").revoked_at is None


def test_an_auditor_sees_publications_but_no_table_of_edges(site: Site) -> None:
    published(1)
    html = page(site.auditor)
    assert 'href="/edges/publications/1/"' in html
    assert "nanjing-1" not in html
    page(site.auditor, f"/edges/{site.edges['nanjing-1'].pk}/", status=403)


def test_without_a_login_there_is_nothing(site: Site) -> None:
    for address in ("/edges/", "/edges/enrol/", "/edges/publications/1/", f"/edges/{site.edges['wuxi-1'].pk}/"):
        assert browser(None).get(address)["Location"].startswith("/accounts/login/")


def test_a_version_that_was_never_published_has_no_page(site: Site) -> None:
    page(site.engineer, "/edges/publications/7/", status=404)
    page(site.engineer, f"/edges/publications/{10**30}/", status=404)


def test_the_first_sentence_names_the_worst_that_is_so(site: Site) -> None:
    published(1)
    published(2)
    nanjing, suzhou = site.edges["nanjing-1"], site.edges["suzhou-1"]
    assert "2 个入口联系不上" in page(site.engineer)
    says(nanjing, 2)
    Edge.objects.filter(pk=suzhou.pk).update(last_seen=timezone.now())
    assert "没有按最新快照拦截" in page(site.engineer)
    says(suzhou, 1)
    assert "1 个入口正在取快照" in page(site.engineer)
    says(suzhou, 2, "refused", "too many new blocks")
    html = page(site.engineer)
    assert "too many new blocks" in html
    assert "没有按最新快照拦截" in html
    says(suzhou, 2)
    Edge.objects.filter(pk=suzhou.pk).update(mode="observe")
    html = page(site.engineer)
    assert "全部入口与快照 2 同步" in html
    assert "其中只观察、一通也不拦的：suzhou-1" in html


def test_an_edge_that_refused_and_then_executed_is_in_step(site: Site) -> None:
    published(1)
    nanjing = site.edges["nanjing-1"]
    says(nanjing, 1, "refused", "late")
    says(nanjing, 1)
    nanjing.refresh_from_db()
    tone, _icon, word, _note = shown.standing(nanjing, 1, now=timezone.now(), refused={nanjing.pk: "late"})
    assert (tone, word) == ("ok", "同步")


def test_a_silent_edge_stands_first_and_is_told_how_long(site: Site) -> None:
    published(1)
    for name in ("nanjing-1", "suzhou-1"):
        says(site.edges[name], 1)
    Edge.objects.filter(name="suzhou-1").update(last_seen=timezone.now() - timedelta(hours=3, minutes=7, seconds=5))
    html = page(site.engineer)
    assert "3 时 07 分前" in html
    rows = html[html.index('id="edges"') :]
    assert rows.index(">suzhou-1</a>") < rows.index(">nanjing-1</a>")


def test_a_publication_says_what_came_what_went_and_how_long_it_took(site: Site) -> None:
    published(1)
    made = published(2)
    Publication.objects.filter(version=2).update(executed_at=made.created_at + timedelta(milliseconds=412))
    html = page(site.engineer)
    row = html[html.index('href="/edges/publications/2/"', html.index('id="publications"')) :].split("</tr>")[0]
    words = re.sub(r"<[^>]+>", " ", row)
    assert re.search(r"采取限制\s+36\s+1\s+38\s+40\.0 KB\s.*0/2\s+412 毫秒", words, re.S), words


def test_publications_are_read_on_by_cursor_without_a_gap(site: Site) -> None:
    for version in range(1, 46):
        published(version)
    address, seen = "/edges/", list[int]()
    while address:
        html = page(site.engineer, address)
        table = html[html.index('id="publications"') :]
        seen += [int(one) for one in re.findall(r'queue-link" href="/edges/publications/([0-9]+)/"', table)]
        following = re.search(r'href="(/edges/\?before=[0-9]+)#publications" rel="next"', table)
        address = following[1] if following else ""
    assert seen == list(range(45, 0, -1))
    page(site.engineer, "/edges/?before=１２")


def enrolling(site: Site, **changes: str) -> dict[str, str]:
    sent = {"name": "yangzhou-1", "organisation": str(site.land.mobile.id), "mode": "enforce", "key": uuid.uuid4().hex}
    return {**sent, **changes}


def test_enrolling_asks_for_a_second_proof_and_shows_the_token_once(site: Site) -> None:
    assert browser(site.engineer).get("/edges/enrol/")["Location"].startswith("/sudo/")
    assert browser(site.engineer).post("/edges/enrol/", enrolling(site)).status_code == 302
    assert not Edge.objects.filter(name="yangzhou-1").exists()
    client, sent = browser(site.engineer, sudo=True), enrolling(site)
    answer = client.post("/edges/enrol/", sent)
    [token] = re.findall(r'<code class="token">([A-Za-z0-9_-]{43})</code>', answer.content.decode())
    edge = authenticated(f"Bearer {token}")
    assert edge is not None
    assert (edge.name, edge.mode, edge.organisation_id) == ("yangzhou-1", "enforce", site.land.mobile.id)
    assert "no-store" in answer["Cache-Control"]
    again = client.post("/edges/enrol/", sent).content.decode()
    assert "这张表已经提交过" in again
    assert token not in again
    assert token not in client.get(f"/edges/{edge.pk}/").content.decode()


def test_the_person_who_enrolled_stands_in_the_ledger(site: Site) -> None:
    from haodun.audit.models import Entry

    browser(site.engineer, sudo=True).post("/edges/enrol/", enrolling(site))
    entry = Entry.objects.filter(kind=AuditKind.EDGE_ENROLLED, object_id="yangzhou-1").get()
    assert entry.actor == site.engineer.pk


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "nanjing-1"}, "这个名称已经用过"),
        ({"name": "南京"}, "名称只能用字母"),
        ({"name": "１２３"}, "名称只能用字母"),
        ({"name": "-a"}, "名称只能用字母"),
        ({"mode": "both"}, "mode"),
    ],
)
def test_a_form_that_is_wrong_says_why_and_changes_nothing(site: Site, changes: dict[str, str], said: str) -> None:
    answer = browser(site.engineer, sudo=True).post("/edges/enrol/", enrolling(site, **changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Edge.objects.count() == 3


def test_nobody_enrols_for_an_organisation_outside_the_own_part_of_the_tree(site: Site) -> None:
    sent = enrolling(site, organisation=str(site.land.unicom.id))
    assert browser(site.engineer, sudo=True).post("/edges/enrol/", sent).status_code == 422
    assert browser(site.land.owner, sudo=True).get("/edges/enrol/").status_code == 403
    html = browser(site.press, sudo=True).get("/edges/enrol/").content.decode()
    assert "本单位没有电话网" in html
    own = str(appointed(site.press))
    assert browser(site.press, sudo=True).post("/edges/enrol/", enrolling(site, organisation=own)).status_code == 422


def appointed(user: User) -> uuid.UUID:
    found: uuid.UUID = user.memberships.get().organisation_id
    return found


def test_a_revoked_edge_opens_nothing_and_is_waited_for_no_longer(site: Site) -> None:
    token = enrol("yangzhou-1", organisation=site.land.mobile.id)
    edge = Edge.objects.get(name="yangzhou-1")
    address = f"/edges/{edge.pk}/revoke/"
    assert browser(site.land.owner, sudo=True).post(address, {"key": "k"}).status_code == 403
    assert browser(site.engineer).post(address, {"key": "k"})["Location"].startswith("/sudo/")
    assert authenticated(f"Bearer {token}") is not None
    client = browser(site.engineer, sudo=True)
    assert client.post(address, {"key": "k"})["Location"] == f"/edges/{edge.pk}/"
    assert authenticated(f"Bearer {token}") is None
    assert client.post(address, {"key": "k"}).status_code == 302
    assert client.post(address, {"key": "other"}).status_code == 422
    assert "yangzhou-1" not in client.get("/edges/").content.decode().split('id="toasts"')[0]
    assert "已停用" in client.get(f"/edges/{edge.pk}/").content.decode()


def test_a_browser_that_only_gets_changes_nothing(site: Site) -> None:
    edge = site.edges["nanjing-1"]
    assert browser(site.engineer, sudo=True).get(f"/edges/{edge.pk}/revoke/").status_code == 405
    edge.refresh_from_db()
    assert edge.revoked_at is None
