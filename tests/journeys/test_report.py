"""An engineer opens the report in a browser: it fits, it switches language, it fetches nothing, no error is logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from haodun.edge.batch import Settings, run_screen
from haodun.lab.country import generate, load_scenario, write

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    write(generate(load_scenario("country"), calls=3_000, seed=3), format="parquet", out=place / "country")
    settings = Settings(
        calls=[str(place / "country" / "calls.parquet")],
        trunks=place / "country" / "trunks.yaml",
        labels=place / "country" / "labels.parquet",
        out=place / "run",
        synthetic=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        run_screen(settings)
    return place / "run" / "report.html"


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report, open; at the end nothing may have been fetched or logged."""
    width, scheme = request.param
    seen: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda sent: seen.append(sent.url) if not sent.url.startswith("file:") else None)
    page.goto(report.as_uri())
    yield page
    context.close()
    assert seen == []


def test_it_fits_in_both_languages_and_says_it_is_synthetic(page: Page) -> None:
    for language, words in (("zh", "合成"), ("en", "synthetic country")):
        page.locator(f"#{language}").check(force=True)
        view = page.locator(f"main.{language}")
        assert view.is_visible()
        assert words in view.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert view.locator("h1").count() == 1


def test_the_language_is_switched_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator("main.en").is_visible()
    assert not page.locator("main.zh").is_visible()


def test_every_chart_has_its_figures_behind_it(page: Page) -> None:
    card = page.locator("main.zh section.card").first
    card.locator("summary").first.click()
    assert card.locator("tbody tr").count() == 24


def test_text_can_be_read(page: Page) -> None:
    """Contrast of text on its card: at least 4.5 to 1 (WCAG 2.2 AA)."""
    ratio = page.evaluate("""() => {
        const light = c => { const v = c.match(/[0-9.]+/g).slice(0, 3).map(x => x / 255)
            .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
        const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
            if (!c.endsWith(', 0)')) return c; } return 'rgb(255,255,255)'; };
        return Math.min(...[...document.querySelectorAll('main.zh p, main.zh span, main.zh td, main.zh th, main.zh h2, main.zh b, main.zh i')]
            .filter(e => e.innerText.trim()).map(e => { const a = light(getComputedStyle(e).color), b = light(ground(e));
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); })); }""")  # fmt: skip # noqa: E501
    assert ratio >= 4.5
