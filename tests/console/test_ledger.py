"""The pages of the ledger: who sees which entries, what they say, and whether damage is found and told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from tests.console.conftest import NUMBER, Cast, make_cast

from haodun.audit.proving import check_proof
from haodun.audit.services import AuditKind, looks, record, subject_for
from haodun.console.ledger import shown

if TYPE_CHECKING:
    from haodun.console.database import Urls
    from haodun.offices.organisations.models import Organisation, User

NEVER = re.compile(r"171\D{0,40}2345\D{0,40}8306|17123458306")


@dataclass(frozen=True)
class Bench:
    """The cast, and auditors of the bureau, of another bureau and of the carrier below the first."""

    cast: Cast
    ministry: User
    own: User
    below: User
    stranger: User
    other_bureau: Organisation
    entries: dict[str, int]


def look(
    by: UUID | None, organisation: UUID | None, kind: AuditKind = AuditKind.NUMBER_LOOKED_UP, **more: object
) -> int:
    subject = subject_for("number", NUMBER)
    with transaction.atomic():
        return record(
            kind,
            actor=by,
            organisation=organisation,
            object_type="number",
            object_id=subject,
            subject=subject,
            purpose="order_check",
            **more,  # type: ignore[arg-type]
        )


def make_bench() -> Bench:
    from haodun.offices.organisations.models import User
    from haodun.offices.organisations.services import Kind, Role, appoint, establish

    cast = make_cast()
    other = establish(
        kind=Kind.BUREAU, name_zh="浙江局", name_en="Zhejiang Bureau", parent=cast.bureau.parent, province="33"
    )
    people = {}
    for name, at in (("own", cast.bureau), ("below", cast.carrier), ("far", other)):
        people[name] = User.objects.create_user(username=f"auditor-{name}", password=None, name=f"审计{name}")
        appoint(people[name], at, Role.AUDITOR)
    clerk = User.objects.create_user(username="clerk", password=None, name="远人")
    entries = {
        "bureau": look(cast.officer.pk, cast.bureau.id),
        "carrier": look(clerk.pk, cast.carrier.id),
        "far": look(clerk.pk, other.id),
        "nobody": look(None, None),
    }
    return Bench(cast, cast.auditor, people["own"], people["below"], people["far"], other, entries)


@pytest.fixture
def bench(db: None, demonstration: None) -> Bench:
    return make_bench()


@pytest.fixture
def sealed(committed_db: Urls, demonstration: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The bench, committed, with a data folder of its own and everything sealed."""
    from haodun.audit.sealing import seal_once
    from haodun.audit.site import site_sealer

    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    (tmp_path / "keys").mkdir()
    made = make_bench()
    assert seal_once(site_sealer())
    yield made


def browser(user: User | None, lang: str = "zh-hans") -> Client:
    client = Client(headers={"host": "localhost"})
    client.cookies["django_language"] = lang
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(user: User, address: str = "/audit/", *, status: int = 200, lang: str = "zh-hans") -> str:
    answer = browser(user, lang).get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def listed(html: str) -> set[int]:
    return {int(one) for one in re.findall(r'queue-link" href="/audit/([0-9]+)/"', html)}


def test_the_ministry_reads_all_a_bureau_what_is_its_own_or_below_and_a_stranger_nothing_of_it(bench: Bench) -> None:
    known = bench.entries
    assert set(known.values()) <= listed(page(bench.ministry))
    own, below, far = (listed(page(one)) for one in (bench.own, bench.below, bench.stranger))
    assert own & set(known.values()) == {known["bureau"], known["carrier"]}
    assert below & set(known.values()) == {known["carrier"]}
    assert far & set(known.values()) == {known["far"]}


def test_no_filter_widens_what_a_person_may_read(bench: Bench) -> None:
    subject = bench.cast.subject
    for query in (
        f"unit={bench.other_bureau.id}",
        f"person={bench.cast.auditor.pk}",
        f"object=number:{subject}",
        "object=number",
        "kind=number:looked_up",
        "period=day",
        "before=999999999999",
    ):
        found = listed(page(bench.own, f"/audit/?{query}"))
        assert bench.entries["far"] not in found, query
        assert bench.entries["nobody"] not in found, query
    assert "浙江局" not in page(bench.own)
    assert "远人" not in page(bench.own, f"/audit/?unit={bench.cast.bureau.id}").split("<tbody>")[1]


@pytest.mark.parametrize("name", ["far", "nobody"])
def test_an_entry_of_others_is_not_found_nor_proven(bench: Bench, name: str) -> None:
    address = f"/audit/{bench.entries[name]}/"
    page(bench.own, address, status=404)
    assert browser(bench.own).post(f"{address}proof/").status_code == 404
    page(bench.ministry, address)


def test_officers_have_no_page_of_the_ledger_and_the_anonymous_log_in(bench: Bench) -> None:
    page(bench.cast.officer, status=403)
    page(bench.cast.stranger, f"/audit/{bench.entries['bureau']}/", status=403)
    assert browser(bench.cast.officer).post("/audit/verify/").status_code == 403
    assert browser(None).get("/audit/")["Location"].startswith("/accounts/login/")


def test_a_look_says_who_why_and_at_which_number_behind_its_mask(bench: Bench) -> None:
    html = page(bench.own)
    row = re.search(rf"<tr>(?:(?!</tr>).)*/audit/{bench.entries['bureau']}/.*?</tr>", html, re.S)
    assert row is not None
    words = re.sub(r"<[^>]+>", " ", row[0])
    for part in ("查询号码", "李静", "江苏省通信管理局", "指令核查", "****", "8306"):
        assert part in words
    entry = page(bench.own, f"/audit/{bench.entries['bureau']}/")
    assert not NEVER.search(html + entry)
    assert f'href="/numbers/{bench.cast.subject}/"' in html


def test_digits_in_a_body_are_masked_and_hashes_are_not() -> None:
    digest = "a" * 20 + "13912345678" + "b" * 33
    pairs = shown.body_pairs({"reason": "打 13912345678 来", "sha": digest, "n": 12, "who": {"tel": "+8613912345678"}})
    said = {pair["name"]: pair["value"] for pair in pairs}
    assert "13912345678" not in said["reason"] + said["who"]
    assert said["sha"] == digest
    assert said["n"] == "12"
    assert [pair["chinese"] for pair in pairs] == [False, True, False, False]


def test_filters_find_by_kind_person_organisation_object_and_period(bench: Bench) -> None:
    other = look(bench.cast.officer.pk, bench.cast.bureau.id, AuditKind.NUMBER_REVEALED)
    known = bench.entries

    def found(query: str) -> set[int]:
        return listed(page(bench.ministry, f"/audit/?{query}"))

    assert found("kind=number:revealed") == {other}
    assert found(f"person={bench.cast.officer.pk}") == {other, known["bureau"]}
    assert found(f"unit={bench.cast.carrier.id}&object=number") == {known["carrier"]}
    assert found(f"object=number:{bench.cast.subject}") == {other, *known.values()}
    assert found(f"object=number:{uuid4()}") == set()
    assert {other, *known.values()} <= found("period=day")
    for odd in ("kind=none", "person=x", "object=a:b:c", "period=year", "before=１２", "unit=*"):
        assert {other, *known.values()} <= found(odd), "what is no filter is passed over"


def test_an_item_of_a_bulk_act_is_found_by_its_number(bench: Bench) -> None:
    subject = subject_for("number", NUMBER)
    with transaction.atomic():
        bulk = record(
            AuditKind.RESTRICTION_PLACED,
            actor=bench.cast.officer.pk,
            organisation=bench.cast.bureau.id,
            object_type="restriction",
            items=[{"subject": str(subject), "n": n} for n in range(3)],
        )
    assert bulk in listed(page(bench.own, f"/audit/?object=number:{subject}"))
    html = page(bench.own, f"/audit/{bulk}/")
    assert html.count(f'href="/numbers/{subject}/"') == 3
    assert not NEVER.search(html)


def test_the_ledger_is_read_on_by_cursor_without_a_gap(bench: Bench) -> None:
    made = [look(bench.cast.officer.pk, bench.cast.carrier.id) for _ in range(120)]
    address, seen = "/audit/?kind=number:looked_up", list[int]()
    while address:
        html = page(bench.below, address)
        seen += sorted(listed(html), reverse=True)
        after = re.search(r'href="([^"]+)" rel="next"', html)
        address = after[1].replace("&amp;", "&") if after else ""
    assert seen == [*reversed(made), bench.entries["carrier"]]


def test_a_subject_whose_identity_was_erased_is_said_to_be(bench: Bench) -> None:
    from haodun.audit.services import erase

    erase(bench.cast.subject, actor=bench.own.pk, organisation=bench.cast.bureau.id, basis="个人信息保护法第四十七条")
    assert "身份已删除" in page(bench.own)
    page(bench.own, f"/audit/{bench.entries['bureau']}/")


def test_verification_of_a_sound_ledger_is_told_and_shown_once(sealed: Bench) -> None:
    client = browser(sealed.own)
    assert client.get("/audit/verify/").status_code == 405
    assert client.post("/audit/verify/")["Location"] == "/audit/"
    html = client.get("/audit/").content.decode()
    assert "核验通过" in html
    assert "账本已封存到第" in html
    assert "核验通过" not in client.get("/audit/").content.decode()


def test_a_changed_entry_is_named_by_its_place(sealed: Bench, committed_db: Urls) -> None:
    import psycopg

    from haodun.audit.models import Seal

    place = Seal.objects.get(entry=sealed.entries["carrier"]).sequence
    with psycopg.connect(committed_db.owner) as owner:
        owner.execute("UPDATE audit_entry SET purpose = 'training' WHERE id = %s", [sealed.entries["carrier"]])
    client = browser(sealed.ministry)
    client.post("/audit/verify/")
    html = client.get("/audit/").content.decode()
    assert "账本被改动过" in html
    assert f"第 {place} 位的条目在封存后被改动" in html
    assert "核验通过" not in html


def test_an_end_that_was_cut_is_seen_without_a_verification(sealed: Bench, committed_db: Urls) -> None:
    import psycopg

    with psycopg.connect(committed_db.owner) as owner:
        owner.execute("DELETE FROM audit_seal WHERE sequence > 2")
    html = page(sealed.ministry)
    assert "账本比检查点短" in html
    assert "账本已封存到第" not in html


def test_a_forged_checkpoint_is_said_to_be_none(sealed: Bench) -> None:
    latest = settings.HAODUN_DATA / "checkpoints" / "latest"
    latest.write_text(latest.read_text("utf-8").replace("haodun/", "haodum/"), "utf-8")
    assert "最近的检查点不能用来核对" in page(sealed.ministry)


def test_without_any_checkpoint_the_page_says_so(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    assert "还没有检查点" in page(bench.ministry)
    answer = browser(bench.own).post(f"/audit/{bench.entries['bureau']}/proof/")
    assert answer["Location"] == f"/audit/{bench.entries['bureau']}/"


def test_a_ledger_too_long_for_a_page_is_left_to_the_command(sealed: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from haodun.audit import standing

    monkeypatch.setattr(standing, "INLINE", 3)
    client = browser(sealed.own)
    client.post("/audit/verify/")
    html = client.get("/audit/").content.decode()
    assert "haodun audit verify" in html
    assert "核验通过" not in html


def test_a_proof_is_checked_by_others_and_leaves_a_trace(sealed: Bench) -> None:
    from haodun.audit.checkpoints import public_key

    before = len(looks(sealed.cast.subject))
    entry = sealed.entries["bureau"]
    answer = browser(sealed.own).post(f"/audit/{entry}/proof/")
    assert answer["Content-Disposition"] == f'attachment; filename="haodun-proof-{entry}.json"'
    proof = json.loads(answer.content)
    said = check_proof(proof, public_key(settings.HAODUN_DATA / "keys" / "checkpoint.pub")).said
    assert f"entry {entry} (number:looked_up" in said
    now = looks(sealed.cast.subject)
    assert len(now) == before + 1
    assert (now[0].kind, now[0].actor, now[0].purpose) == ("exported", sealed.own.pk, "audit")


def test_each_role_lands_on_its_own_page(bench: Bench) -> None:
    assert browser(bench.own).get("/landing/")["Location"] == "/audit/"
    assert browser(bench.cast.officer).get("/landing/")["Location"] == "/"
    assert browser(None).get("/landing/")["Location"].startswith("/accounts/login/")
    assert 'href="/audit/"' in page(bench.own, "/")
    assert 'href="/audit/"' not in page(bench.cast.officer, "/")
