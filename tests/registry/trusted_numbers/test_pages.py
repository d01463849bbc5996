"""The pages: an enterprise applies step by step, the centre decides, strangers see nothing, everybody the directory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.registry.trusted_numbers.conftest import (
    FIXED,
    MOBILE,
    PDF,
    Centre,
    code_sent,
    in_force,
    key,
)
from tests.registry.trusted_numbers.conftest import written as write

from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.documents import check_answer
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.publishing import public_key, publish_directory

STRINGS = ("8613913110001", "13913110001", "391 3110001")


@pytest.fixture
def pages(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    """Pages that ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    yield centre


def browser(centre: Centre, name: str = "", lang: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": lang, "host": "localhost"})
    if name:
        client.force_login(centre.user(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_enterprise_applies_one_question_a_page_and_two_clerks_decide(pages: Centre) -> None:
    owner = browser(pages, "owner")
    assert "您还没有有效的可信号码。" in owner.get("/trusted/mine/").content.decode()
    first = owner.post("/trusted/apply/", {"key": "apply-1"})
    assert owner.post("/trusted/apply/", {"key": "apply-1"}).headers["location"] == first.headers["location"]
    entry = Entry.objects.get()
    base = f"/trusted/{entry.id}/"
    answers = {
        "numbers": {"numbers": "139 1311 0001\n(025) 8811-0001"},
        "name": {"zh": "顺达速递", "en": "Shunda Courier"},
        "purpose": {"purpose": "delivery", "words": "派送前与收件人联系"},
        "trunks": {"trunks": "line-1"},
    }
    places = [*answers, "papers"]
    for name, following in zip(answers, places[1:], strict=True):
        assert owner.get(f"{base}apply/{name}/").status_code == 200
        done = owner.post(f"{base}apply/{name}/", answers[name])
        assert done.headers["location"] == f"{base}apply/{following}/"
    for kind in ("licence", "numbers", "authorisation"):
        file = SimpleUploadedFile("scan.pdf", PDF, "application/x-msdownload")
        assert owner.post(f"{base}apply/papers/", {"kind": kind, "file": file}).status_code == 302
    check = owner.get(f"{base}check/").content.decode()
    assert "顺达速递" in check
    assert not any(one in check for one in STRINGS)
    assert owner.post(f"{base}check/", {"key": "submit-1"}).headers["location"] == base
    for row in entry.numbers.all():
        there = owner.post(f"{base}numbers/{row.id}/call/").headers["location"]
        assert "核验码" in owner.post(there, {"code": "0"}).content.decode()
        assert owner.post(there, {"code": code_sent()}).status_code == 302
    clerk, second = browser(pages, "clerk"), browser(pages, "second")
    assert entry.reference in clerk.get("/trusted/").content.decode()
    assert clerk.post(f"{base}steps/check/", {"key": "c"}).status_code == 302
    refused = clerk.post(f"{base}steps/approve/", {"key": "d"})
    assert refused.status_code == 422
    assert second.post(f"{base}steps/approve/", {"key": "e"}).status_code == 302
    entry.refresh_from_db()
    assert entry.state == "ACTIVE"
    page = owner.get("/trusted/mine/").content.decode()
    assert "2 个号码都有效，没有被标记。" in page
    assert not any(one in page for one in STRINGS)


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("numbers", {"numbers": "110"}, "不能登记"),
        ("numbers", {"numbers": "+44 20 7946 0123"}, "境外号码"),
        ("numbers", {"numbers": ""}, "请填写号码"),
        ("name", {"zh": "南京公安", "en": "Shunda Courier"}, "「公安」"),
        ("purpose", {"purpose": "service", "words": "向老客户推销贷款产品"}, "营销"),
        ("papers", {"kind": "licence"}, "请选择文件"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field_and_kept(
    pages: Centre, name: str, body: dict[str, str], words: str
) -> None:
    owner = browser(pages, "owner")
    entry = services.begin_application(pages.actor("owner"), key=key())
    page = owner.post(f"/trusted/{entry}/apply/{name}/", body)
    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert "<title>错误：" in text
    assert all(value in text for value in body.values() if name != "papers")


def test_strangers_get_404_and_the_anonymous_are_led_to_the_login(pages: Centre) -> None:
    entry = write(pages)
    paper, number = entry.evidence.all()[0], entry.numbers.get()
    base = f"/trusted/{entry.id}/"
    places = [base, f"{base}apply/numbers/", f"{base}check/", f"{base}papers/{paper.id}/"]
    for place in places:
        assert browser(pages, "stranger").get(place).status_code == 404, place
        assert browser(pages).get(place).status_code == 302, place
    for place in (f"{base}numbers/{number.id}/call/", f"{base}steps/withdraw/"):
        assert browser(pages, "stranger").post(place, {"key": "k"}).status_code == 404, place
    assert entry.reference not in browser(pages, "stranger").get("/trusted/?tab=all").content.decode()
    assert browser(pages, "engineer").get("/trusted/mine/").status_code == 403
    assert browser(pages, "clerk").get(f"{base}apply/numbers/").status_code == 403


def test_a_paper_is_a_download_that_nothing_runs(pages: Centre) -> None:
    entry = write(pages)
    paper = entry.evidence.all()[0]
    given = browser(pages, "clerk").get(f"/trusted/{entry.id}/papers/{paper.id}/")
    assert given.content == PDF
    assert given.headers["content-type"] == "application/pdf"
    assert given.headers["content-disposition"].startswith("attachment; ")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_public_directory_answers_everybody_with_what_is_signed(pages: Centre) -> None:
    in_force(pages, MOBILE)
    publish_directory()
    anyone = browser(pages)
    assert anyone.get("/directory/").status_code == 200
    found = anyone.post("/directory/", {"number": "139-1311-0001"}).content.decode()
    assert "顺达速递有限公司" in found
    assert "目录里没有这个号码" in anyone.post("/directory/", {"number": f"+{FIXED}"}).content.decode()
    assert anyone.post("/directory/", {"number": "x"}).status_code == 422
    head = anyone.get("/directory/head.json")
    assert head.headers["content-type"] == "application/json"
    version = json.loads(b"".join(head))["version"]
    full = anyone.get(f"/directory/{version}/full.json")
    assert json.loads(b"".join(full))["version"] == version
    for absent in (f"/directory/{version}/secret.key", "/directory/999/head.json", f"/directory/{version}/.."):
        assert anyone.get(absent).status_code == 404
    for number, known in ((MOBILE, True), (FIXED, False)):
        said = anyone.post("/api/v1/directory/query", {"number": f"+{number}"}, content_type="application/json").json()
        _, item = check_answer(said, number, public_key())
        assert (item is not None) is known


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_is_in_one_language_and_masks_numbers(pages: Centre, lang: str) -> None:
    entry, draft = in_force(pages, MOBILE), write(pages, FIXED)
    publish_directory()
    owner, clerk = browser(pages, "owner", lang), browser(pages, "clerk", lang)
    places = ["/trusted/mine/", "/trusted/mine/?tab=open", f"/trusted/{entry.id}/", f"/trusted/{draft.id}/"]
    places += [f"/trusted/{draft.id}/apply/{name}/" for name in ("name", "purpose", "trunks", "papers")]
    places += [f"/trusted/{draft.id}/check/", "/directory/"]
    asked = [owner.get(place) for place in places]
    asked += [clerk.get(f"/trusted/?tab={tab}") for tab in ("todo", "late", "approve", "active", "ended", "all")]
    for page in asked:
        text = page.content.decode()
        assert page.status_code == 200
        assert "8613913110001" not in text
        if lang == "en":
            plain = re.sub(r"(?s)<(\w+)[^>]*lang=\"zh-Hans\"[^>]*>.*?</\1>|<[^>]+>", " ", text)
            left = re.findall("[\u4e00-\u9fff]+", plain)
            ours = {"顺达速递", "顺达速递有限公司", "快递派送前与收件人联系"}
            assert set(left) <= {"号盾", "中文", "简体中文", *ours}, left


def test_programs_apply_as_persons_do(pages: Centre) -> None:
    owner = browser(pages, "owner")
    headers = {"idempotency-key": "one"}
    made = owner.post("/api/v1/trusted", {}, content_type="application/json", headers=headers)
    assert made.status_code == 201
    assert owner.post("/api/v1/trusted", {}, content_type="application/json", headers=headers).json() == made.json()
    place = f"/api/v1/trusted/{made.json()['id']}"
    body = {
        "numbers": f"+{MOBILE}",
        "display_zh": "顺达速递",
        "display_en": "Shunda Courier",
        "purpose": "delivery",
        "purpose_words": "派送前与收件人联系",
        "trunks": ["line-1"],
    }
    assert owner.put(place, body, content_type="application/json").status_code == 204
    assert owner.put(place, body | {"display_zh": "公安局"}, content_type="application/json").status_code == 422
    file = SimpleUploadedFile("a.pdf", PDF)
    given = owner.post(f"{place}/papers", {"kind": "licence", "file": file}, headers={"idempotency-key": "two"})
    assert given.status_code == 201
    detail = owner.get(place).json()
    assert detail["display_zh"] == "顺达速递"
    assert [paper["kind"] for paper in detail["papers"]] == ["licence"]
    number = detail["numbers"][0]["id"]
    asked = owner.post(f"{place}/numbers/{number}/call-back", headers={"idempotency-key": "three"})
    assert asked.status_code == 202
    code = owner.post(
        f"{place}/numbers/{number}/code",
        {"code": code_sent()},
        content_type="application/json",
        headers={"idempotency-key": "four"},
    )
    assert code.status_code == 204
    refused = owner.post(f"{place}/submit", {}, content_type="application/json", headers={"idempotency-key": "five"})
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence")
    assert browser(pages, "stranger").get(place).status_code == 404
    assert browser(pages).get(place).status_code == 401
    assert owner.get("/api/v1/trusted?tab=all").json()["items"] == []
