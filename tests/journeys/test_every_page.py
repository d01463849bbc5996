"""Every page there is, for every role of the country, in both languages, both themes, both widths: CONSOLE.md holds."""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from tests.journeys.country import CALLEE, EVERYBODY, NUMBERS, Land

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules among them that a theme can break; the others are asked in the light one."""
LOOKS = tuple((theme, width) for theme in ("light", "dark") for width in (1440, 360))
NODES, PACKED, FIRST_LOAD = 2_500, 60 * 1024, 45 * 1024
PORTAL = re.compile(r"/(why|appeal)/")
PROGRAMS = ("api/v1/", "edge/v1/", "static/")
"""Beginnings of addresses that are no pages."""
AWAY = ("/accounts/logout/",)
"""Pages that end the session: looked at, not followed by the crawl."""
SAME = re.compile(r"/(accounts|why|appeal|parts|sudo|purpose)/")
"""Pages that are the same for everybody: walked by nobody in particular and by one who is signed in."""
ONE = "bureau-approver"
MOST = 24
"""Pages beside the routes that the crawl opens for one person."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer to one person."""

    login: str
    path: str
    name: str
    status: int
    text: str
    packed: int
    """Bytes on the line."""


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the resolver that is a page."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if route.startswith(PROGRAMS):
            continue
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def plain_routes(land: Land) -> list[str]:
    """The path of every route, with real ids in it; those whose argument nobody here has are left to the crawl."""
    found = []
    for route, _ in patterns(get_resolver()):
        names = re.findall(r"<(?:[a-z]+:)?([a-z_]+)>", route)
        if "^" in route or "\\" in route or any(name not in land.ids for name in names):
            continue
        path = route
        for name in names:
            path = re.sub(rf"<(?:[a-z]+:)?{name}>", land.ids[name][0], path)
        found.append("/" + path)
    return sorted(found)


@cache
def name_of(path: str) -> str:
    """Name of the address that answers to a path."""
    match = resolve(urlsplit(path).path)
    return match.view_name or match.route


def links(text: str) -> list[str]:
    """Addresses of this site that a page leads to."""
    found = (html.unescape(one) for one in re.findall(r'<a\b[^>]*\bhref="([^"#]+)"', text))
    return [one for one in dict.fromkeys(found) if one.startswith("/") and not one.startswith("//")]


def look(land: Land, login: str, path: str, lang: str) -> Seen | None:
    """A page as this person gets it; None for what is no page (a redirect, a file, a verb without a form)."""
    answer = land.client(login, lang).get(path, headers={"Accept-Encoding": "gzip"})
    if answer.status_code in (301, 302, 303, 405) or not answer.headers.get("Content-Type", "").startswith("text/html"):
        assert answer.status_code < 500, (login, path)
        return None
    body = answer.content
    text = (gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body).decode()
    return Seen(login, path, name_of(path), answer.status_code, text, len(body))


@pytest.fixture(scope="module")
def walked(land: Land) -> dict[str, list[Seen]]:
    """Every page each person reaches in Chinese: all routes, and all links from the landing page on."""
    return {login: list(walk(land, login)) for login in ("", *EVERYBODY)}


def walk(land: Land, login: str) -> Iterator[Seen]:
    """All routes with real ids, then whatever the pages lead to, at most twice the same address with other queries."""
    waiting, done, times = plain_routes(land), set[str](), dict[str, int]()
    most = len(waiting) + MOST
    while waiting and len(done) < most:
        path = waiting.pop(0)
        if path in done or path in AWAY or (login not in ("", ONE) and SAME.match(path)):
            continue
        done.add(path)
        seen = look(land, login, path, "zh-hans")
        if seen is None:
            continue
        yield seen
        for link in links(seen.text):
            try:
                kind = name_of(link)
            except Resolver404 as error:
                raise AssertionError(f"{path} leads to {link}, which nothing answers to") from error
            if (
                link not in done
                and link not in waiting
                and times.get(kind, 0) < 2
                and not link[1:].startswith(PROGRAMS)
            ):
                times[kind] = times.get(kind, 0) + 1
                waiting.append(link)


def everything(walked: dict[str, list[Seen]]) -> list[Seen]:
    return [seen for pages in walked.values() for seen in pages]


def told(faults: list[str]) -> None:
    """Fail with a clear list, each fault once."""
    found = list(dict.fromkeys(faults))
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:60])


def test_every_route_is_walked_by_somebody(land: Land, walked: dict[str, list[Seen]]) -> None:
    routes = {name_of(path) for path in plain_routes(land)}
    assert len(routes) > 30
    assert {"home", "orders:desk", "orders:order", "appeals:appeal", "number", "search", "parts"} <= {
        seen.name for seen in everything(walked) if seen.status == 200
    }


def test_every_page_is_whole(walked: dict[str, list[Seen]]) -> None:
    """No failure, one h1, its language, a title without a number, the weights of CONSOLE.md §12."""
    faults = []
    for seen in everything(walked):
        at = f"{seen.login or 'nobody'} {seen.path}: "
        title = html.unescape("".join(re.findall(r"<title>(.*?)</title>", seen.text, re.S)))
        rules = {
            f"answered {seen.status}": seen.status < 500,
            "has not one h1": len(re.findall(r"<h1\b", seen.text)) == 1,
            "does not say its language": '<html lang="zh-Hans"' in seen.text,
            f"has the title {title!r}": bool(title.strip(" –号盾")) and not re.search(r"[0-9]{7}", title),
            f"weighs {seen.packed} bytes": seen.packed <= PACKED,
            "styles in the page": not re.search(r"<[^>]+\sstyle=", seen.text),
            "script in the page": not re.search(r"<script(?![^>]*(?:src=|application/json))|\son[a-z]+=", seen.text),
        }
        faults += [at + rule for rule, held in rules.items() if not held]
    told(faults)


def plain(text: str) -> str:
    """What eyes and programs make of a page: entities read, tags and blanks away."""
    return re.sub(r"[\s\u2009\u202f]+", "", re.sub(r"<[^>]*>", "", html.unescape(text)))


def full_numbers(text: str) -> list[str]:
    """Numbers of the country that stand in full in a text, in any spacing."""
    there = set(re.findall(r"1[3-9][0-9]{9}", plain(text) + re.sub(r"[\s-]+", "", text)))
    known = {str(number)[2:] for number in (*NUMBERS, CALLEE)}
    return sorted(there & known)


def test_no_number_stands_in_full_on_any_page_of_anybody(walked: dict[str, list[Seen]]) -> None:
    told(
        [
            f"{seen.login or 'nobody'} {seen.path}: {found}"
            for seen in everything(walked)
            if (found := full_numbers(seen.text + seen.path))
        ]
    )


# English pages ------------------------------------------------------------------------------------------------------


SENTENCE = re.compile(r"\b(?:[A-Za-z][a-z']+[ ,;]+){3,}[A-Za-z][a-z']+")
DATA = r"苏?公网安关停〔[0-9]{4}〕[0-9]{4}-[0-9]{3}|[㐀-鿿]\*+|反电信网络诈骗法第[一-十]+条|六部门通告"
"""Document numbers, masked names, laws: never translated; in a sentence or an attribute nothing can say so."""


def words_of(text: str) -> str:
    """What a reader sees or hears of a page in its own language; what says that it is in another one is taken out."""
    text = re.sub(r"<(script|template|style)\b.*?</\1>", "", text, flags=re.S)
    text = re.sub(
        r'<(\w+)\b[^>]*\blang="(?:zh-hans|en)"[^>]*>(?:(?!<\1\b).)*?</\1>',
        "",
        text.partition("<head>")[2],
        flags=re.S | re.I,
    )
    attributes = "\n".join(re.findall(r'(?:aria-label|title|placeholder|alt|data-copied|data-l)="([^"]*)"', text))
    return re.sub(DATA, "", html.unescape(re.sub(r"<[^>]+>", "\n", text) + "\n" + attributes))


def kinds(walked: dict[str, list[Seen]]) -> dict[tuple[str, int], Seen]:
    """Of each kind of page (its address, or its status where it is no 200) the fullest one that anybody saw."""
    found: dict[tuple[str, int], Seen] = {}
    for seen in everything(walked):
        key = (seen.name if seen.status == 200 else "", seen.status)
        if key not in found or len(found[key].text) < len(seen.text):
            found[key] = seen
    return found


def test_an_english_page_has_no_chinese_left_but_data(land: Land, walked: dict[str, list[Seen]]) -> None:
    faults = []
    visits = {(seen.login, seen.path) for seen in kinds(walked).values()}
    visits |= {(login, path) for login in EVERYBODY for path in ("/", "/orders/", "/search/")}
    for login, path in sorted(visits):
        seen = look(land, login, path, "en")
        if seen is None:
            continue
        assert '<html lang="en"' in seen.text, path
        left = sorted({found.group() for found in re.finditer(r"[^\n]*[㐀-鿿][^\n]*", words_of(seen.text))})
        faults += [f"{login or 'nobody'} {path}: {one.strip()}" for one in left]
    told(faults)


def test_a_chinese_page_has_no_english_sentence(walked: dict[str, list[Seen]]) -> None:
    told(
        [
            f"{seen.path}: {found.group()}"
            for seen in kinds(walked).values()
            for found in SENTENCE.finditer(words_of(seen.text))
        ]
    )


WRONG: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("police-officer", "/orders/new/", {"key": "1"}),
    ("police-officer", "/orders/new/", {"document": "x", "category": "nothing", "numbers": "12, 110, 13912340000"}),
    (ONE, "/purpose/", {"purpose": "curiosity"}),
    (ONE, "/sudo/", {"proof": "wrong"}),
    (ONE, "/accounts/password/change/", {"oldpassword": "x", "password1": "1", "password2": "2"}),
    ("", "/accounts/login/", {"login": "nobody", "password": "wrong"}),
    ("", "/why/number/", {"number": "12"}),
    ("", "/appeal/status/", {"reference": "x", "code": ""}),
)
"""Who posts what is wrong, and where."""


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_the_errors_of_every_form_are_in_the_language_of_the_page(land: Land, lang: str) -> None:
    faults = []
    for login, path, given in WRONG:
        answer = land.client(login, lang).post(path, given)
        text = answer.content.decode()
        title = "".join(re.findall(r"<title>(.*?)</title>", text, re.S))
        at = f"{login or 'nobody'} {path} {given}: "
        if not answer.status_code < 500 or not title.startswith("错误：" if lang == "zh-hans" else "Error: "):
            faults.append(f"{at}answered {answer.status_code} with the title {title!r}")
        if len(re.findall(r'class="errors"', text)) != 1:
            faults.append(f"{at}has no summary of its errors")
        words = words_of(text)
        wrong = re.findall(r"[^\n]*[㐀-鿿][^\n]*", words) if lang == "en" else SENTENCE.findall(words)
        faults += [f"{at}{one.strip()}" for one in wrong]
    told(faults)


# In the browser -----------------------------------------------------------------------------------------------------


@cache
def axe() -> str:
    from axe_playwright_python.sync_playwright import Axe

    return str(Axe().axe_script)


def findings(page: Page, rules: list[str]) -> list[str]:
    """What axe finds, one line a place."""
    found: Any = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)
    return [
        f"{one['id']}: {node['html'][:150]} {node['failureSummary'].splitlines()[-1].strip()[:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def wider(page: Page, width: int) -> list[str]:
    """What makes the page wider than the screen."""
    if page.evaluate("document.documentElement.scrollWidth") <= width:
        return []
    script = """w => [...document.querySelectorAll('main *, header *, footer *')]
        .filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest('.table-frame, .scrolls, .rail'))
        .slice(0, 2).map(e => e.outerHTML.slice(0, 120))"""
    return [f"wider than {width}: {place}" for place in page.evaluate(script, width) or ["something"]]


def in_looks(page: Page) -> list[str]:
    """Faults of an open page in two themes and two widths, and a citizen's page at 320 px too."""
    faults = []
    page.evaluate(axe())
    for theme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        faults += [
            f"{theme} {width} {one}"
            for one in (*findings(page, RULES if theme == "light" else COLOURS), *wider(page, width))
        ]
    if PORTAL.match(urlsplit(page.url).path):
        page.set_viewport_size({"width": 320, "height": 800})
        faults += wider(page, 320)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    return faults + ([f"{nodes} nodes"] if nodes > NODES else [])


def test_every_kind_of_page_in_two_themes_and_two_widths(land: Land, walked: dict[str, list[Seen]]) -> None:
    faults: list[str] = []
    by_person: dict[str, list[Seen]] = {}
    for seen in kinds(walked).values():
        by_person.setdefault(seen.login, []).append(seen)
    for login, pages in by_person.items():
        for lang, chosen in (("zh-hans", pages[::2]), ("en", pages[1::2])):
            if not chosen:
                continue
            page = land.page(login, lang=lang)
            said: list[Any] = []

            def keep(message: Any, said: list[Any] = said) -> None:
                said.append(message)

            page.on("console", keep)
            for seen in chosen:
                said.clear()
                page.goto(seen.path, wait_until="load")
                faults += [f"{login or 'nobody'} {seen.path}: {one}" for one in in_looks(page)]
                wrong = [one.text for one in said if one.type == "error" and str(seen.status) not in one.text]
                faults += [f"{seen.path}: console: {one[:200]}" for one in wrong]
            page.context.close()
    told(faults)
