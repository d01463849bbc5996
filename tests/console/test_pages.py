"""The pages of the console without a browser: headers, languages, masks, looks, search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from haodun.audit.services import AuditKind, known_subject, looks
from haodun.console.middleware import POLICY

if TYPE_CHECKING:
    from tests.console.conftest import Cast

    from haodun.offices.organisations.models import User

DIGITS = "17123458306"
CATALOGUES = sorted((Path(__file__).parents[2] / "src/haodun").rglob("locale/en/LC_MESSAGES/django.po"))


def signed_in(user: User | None, lang: str = "zh-hans") -> Client:
    client = Client(headers={"host": "localhost"})
    client.cookies["django_language"] = lang
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_purpose(user: User, lang: str = "zh-hans") -> Client:
    client = signed_in(user, lang)
    client.post("/purpose/", {"purpose": "order_check", "next": "/"})
    return client


def addresses(cast: Cast) -> list[str]:
    number = f"/numbers/{cast.subject}/"
    return ["/", "/search/", "/search/?q=none", number, f"{number}?range=all&show=look", "/parts/", "/sudo/",
            "/purpose/", "/accounts/2fa/", "/nothing/"]  # fmt: skip


def test_every_answer_carries_the_policy_even_errors(cast: Cast, demonstration: None) -> None:
    client = with_purpose(cast.officer)
    for address in (*addresses(cast), "/accounts/login/", "/api/v1/orders"):
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == POLICY, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.status_code < 500, address


def visible(html: str) -> str:
    """The text of a page in its own language: parts that say they are in another one are taken out."""
    html = re.sub(r"<script.*?</script>|<template.*?</template>", "", html, flags=re.S)
    html = re.sub(r'<(\w+)\b[^>]*\blang="zh-Hans"[^>]*>.*?</\1>', "", html, flags=re.S)
    attributes = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt|data-copied)="([^"]*)"', html))
    return re.sub(r"<[^>]+>", " ", html) + " " + attributes


NAMES = (
    "李静", "沈季", "王**", "张**", "周敏", "张伟", "周口", "南京", "反电信网络诈骗法第十三条", "六部门通告",
)  # fmt: skip
"""Names, places, laws and document numbers: never translated."""


def test_an_english_page_has_no_chinese_left_but_names(cast: Cast, demonstration: None) -> None:
    client = with_purpose(cast.officer, "en")
    for address in (*addresses(cast), "/accounts/login/"):
        if address == "/accounts/login/":
            client = signed_in(None, "en")
        text = visible(client.get(address).content.decode())
        text = re.sub(r"苏?公网安关停〔2026〕[0-9-]+", "", text)
        for name in NAMES:
            text = text.replace(name, "")
        left = sorted({found.group() for found in re.finditer(r"\S*[㐀-鿿]\S*", text)})
        assert not left, (address, left[:8])


def test_a_chinese_page_says_its_language_and_an_english_one_too(cast: Cast, demonstration: None) -> None:
    for lang, said in (("zh-hans", "zh-Hans"), ("en", "en")):
        assert f'<html lang="{said}"' in signed_in(cast.officer, lang).get("/").content.decode()


def sentences() -> list[str]:
    return [block for path in CATALOGUES for block in path.read_text("utf-8").split("\n\n")[1:]]


def test_no_sentence_of_the_catalogues_is_without_english() -> None:
    open_ = [block for block in sentences() if re.search(r'^msgstr(\[\d\])? ""$(?!\n")', block, re.M)]
    assert len(sentences()) > 400
    assert not open_
    assert not any("#, fuzzy" in block for block in sentences())


def test_named_values_of_a_sentence_are_all_in_its_english() -> None:
    for block in sentences():
        source, _, english = block.partition("msgstr")
        source = source.partition("msgid_plural")[0]
        names = re.compile(r"%\(\w+\)s|\{\w+\}")
        assert set(names.findall(source)) == set(names.findall(english)), source


def test_a_number_in_any_format_asks_for_a_purpose_and_leads_to_its_page(cast: Cast, demonstration: None) -> None:
    for typed in ("１７１ 2345 8306", "+86 171-2345-8306", "008617123458306", " 17123458306 "):
        client = signed_in(cast.officer)
        asked = client.post("/search/", {"q": typed})
        assert asked.status_code == 200
        assert 'name="purpose"' in asked.content.decode()
        led = client.post("/search/", {"q": typed, "purpose": "order_check"})
        assert led.headers["Location"] == f"/numbers/{cast.subject}/"


def test_a_number_in_an_address_is_not_looked_up(cast: Cast, demonstration: None) -> None:
    answer = with_purpose(cast.officer).get("/search/", {"q": "13900001111"})
    assert answer.headers["Location"] == "/search/"
    assert known_subject("number", 8613900001111) is None


def test_words_are_searched_among_units(cast: Cast, demonstration: None) -> None:
    led = signed_in(cast.officer).post("/search/", {"q": "乙网"})
    page = signed_in(cast.officer).get(led.headers["Location"]).content.decode()
    assert "乙网江苏公司" in page
    assert "江南快递公司" not in page


def test_the_number_page_is_masked_and_each_look_is_in_the_ledger(cast: Cast, demonstration: None) -> None:
    client = with_purpose(cast.officer)
    before = len(looks(cast.subject))
    page = client.get(f"/numbers/{cast.subject}/").content.decode()
    assert "171" in page
    assert DIGITS not in page
    assert not re.search(r"171\D{0,40}2345\D{0,40}8306", page)
    assert "王五一" not in page
    now = looks(cast.subject)
    assert len(now) == before + 1
    assert (now[0].kind, now[0].purpose, now[0].actor) == (
        AuditKind.NUMBER_LOOKED_UP.value,
        "order_check",
        cast.officer.pk,
    )


def test_the_full_number_needs_post_right_and_purpose_and_leaves_a_trace(cast: Cast, demonstration: None) -> None:
    address = f"/numbers/{cast.subject}/reveal/"
    client = signed_in(cast.officer)
    assert client.get(address).status_code == 405
    assert client.post(address).headers["Location"].startswith("/purpose/")
    shown = with_purpose(cast.officer).post(address, headers={"HX-Request": "true"}).content.decode()
    assert re.search(r"171</span><span>2345</span><span>8306", shown)
    assert 'data-hide-after="60"' in shown
    assert looks(cast.subject)[0].kind == AuditKind.NUMBER_REVEALED.value
    before = len(looks(cast.subject))
    assert signed_in(cast.stranger).post(address).status_code == 403
    assert len(looks(cast.subject)) == before


def test_without_script_the_full_number_is_on_the_page_for_a_minute_only(cast: Cast, demonstration: None) -> None:
    client = with_purpose(cast.officer)
    led = client.post(f"/numbers/{cast.subject}/reveal/")
    page = client.get(led.headers["Location"]).content.decode()
    assert re.search(r"171</span><span>2345</span><span>8306", page)
    assert '<meta http-equiv="refresh" content="60">' in page
    session = client.session
    session["haodun.revealed"] = {str(cast.subject): "2020-01-01T00:00:00+00:00"}
    session.save()
    assert not re.search(r"171</span><span>2345", client.get(led.headers["Location"]).content.decode())


def test_an_id_that_names_no_number_and_a_role_without_the_right_see_nothing(cast: Cast, demonstration: None) -> None:
    assert with_purpose(cast.officer).get(f"/numbers/{cast.officer.pk}/").status_code == 404
    theirs = with_purpose(cast.stranger).get(f"/numbers/{cast.subject}/").content.decode()
    assert "王**" not in theirs
    assert "乙网" not in theirs
    assert signed_in(None).get(f"/numbers/{cast.subject}/").status_code == 302


def test_the_rail_shows_what_exists_and_what_the_role_may(cast: Cast, demonstration: None) -> None:
    officer = signed_in(cast.officer).get("/").content.decode()
    stranger = signed_in(cast.stranger).get("/").content.decode()
    assert 'href="/orders/"' in officer
    assert 'href="/orders/"' not in stranger
    assert 'aria-current="page"' in officer


def test_the_parts_page_is_for_demonstrations_and_staff(cast: Cast) -> None:
    from django.conf import settings

    settings.HAODUN_DEMO = True
    try:
        assert signed_in(cast.officer).get("/parts/").status_code == 404
        cast.officer.is_staff = True
        cast.officer.save()
        assert signed_in(cast.officer).get("/parts/").status_code == 200
    finally:
        settings.HAODUN_DEMO = False


def test_an_address_that_is_none_has_the_rail_and_counts_nothing(cast: Cast, demonstration: None) -> None:
    officer = signed_in(cast.officer)
    with CaptureQueriesContext(connection) as asked:
        answer = officer.get("/nothing/")
    assert answer.status_code == 404
    assert 'href="/search/"' in answer.content.decode(), "the ways on are there"
    assert not [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]]
    with CaptureQueriesContext(connection) as asked:
        officer.get("/")
    assert [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]], "the desk does count"


def test_theme_and_language_are_kept_and_lead_back_but_never_away(db: None) -> None:
    client = signed_in(None)
    answer = client.post("/i18n/theme/", {"theme": "dark", "next": "/accounts/login/"})
    assert answer.headers["Location"] == "/accounts/login/"
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()
    assert client.post("/i18n/theme/", {"theme": "neon"}).cookies["haodun_theme"].value == "auto"
    assert (
        client.post("/i18n/language/", {"language": "en", "next": "https://evil.example/"}).headers["Location"] == "/"
    )
    assert '<html lang="en"' in client.get("/accounts/login/").content.decode()


def test_pages_are_within_their_weight(cast: Cast, demonstration: None) -> None:
    client = with_purpose(cast.officer)
    for address in addresses(cast):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip", address
        assert len(answer.content) <= 60 * 1024, address


def test_a_stylesheet_of_another_version_is_not_answered(db: None) -> None:
    client = signed_in(None)
    link = re.search(r'rel="stylesheet" href="([^"]+)"', client.get("/accounts/login/").content.decode())
    assert link is not None
    found = client.get(link[1])
    assert "immutable" in found.headers["Cache-Control"]
    assert client.get("/static/console/console.000000000000.css").status_code == 404


def test_the_api_says_what_is_wrong_in_one_shape(cast: Cast, demonstration: None) -> None:
    answer = signed_in(None).get("/api/v1/orders")
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize("typed", ["", "   ", "苏公网安关停〔2026〕1123-021", "<script>", "1" * 400])
def test_anything_may_be_typed_into_the_search(cast: Cast, demonstration: None, typed: str) -> None:
    answer = with_purpose(cast.officer).post("/search/", {"q": typed}, follow=True)
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("<script src", "")
