"""The report: its figures are the log's, hostile text stays text, both languages are complete, nothing is fetched."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from haodun.edge.batch import Settings, run_screen
from haodun.edge.batch.report import measure
from haodun.edge.batch.report.charts import meter, nice_ceiling
from haodun.edge.batch.report.wording import ACTION_NAMES, INGRESS_NAMES, TEXTS, percent, quantity
from haodun.numbering import IngressClass
from haodun.screening.events import Action
from haodun.screening.verdicts import read_verdicts

TRAPS = Path(__file__).resolve().parents[3] / "journeys" / "data" / "traps"
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    calls = place / "Master.csv"
    trap = (TRAPS / "Master.csv").read_bytes().rpartition(b"\n")[0] + b"\n"
    hostile = trap.replace(b"13912345671", b"<u>evil</u>").replace(b"PJSIP/mystery", b'PJSIP/""><img src=x>')
    calls.write_bytes(hostile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        run_screen(Settings(calls=[str(calls)], trunks=TRAPS / "trunks.yaml", out=place / "run"))
    return place / "run"


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


def test_each_figure_is_the_logs(run: Path) -> None:
    verdicts = list(read_verdicts(run / "verdicts.parquet"))
    figures = measure(run / "verdicts.parquet", utc_offset_minutes=480)
    assert figures.calls == len(verdicts)
    assert {action: count for action, count in figures.actions.items() if count} == Counter(v.action for v in verdicts)
    reasons = Counter(reason for v in verdicts for reason in v.reasons)
    assert {count.rule: count.calls for count in figures.reasons} == reasons
    hours = Counter(((v.time_ms // 60_000 + 480) // 60 % 24, v.action) for v in verdicts)
    found = {(hour, action): n for hour, counts in figures.hours.items() for action, n in counts.items()}
    assert found == hours
    assert figures.unscreened == sum(not v.origin_screened for v in verdicts)
    assert figures.restricted == sum(v.action is not Action.ALLOW for v in verdicts)


def test_hostile_text_stays_text(page: str) -> None:
    assert "<u>" not in page and "<img" not in page and "<script" not in page


def test_nothing_is_fetched_and_the_policy_of_the_page_allows_nothing(page: str) -> None:
    assert not re.findall(r"<[^>]*\b(?:src|href)=", page)
    assert "url(" not in page and "@import" not in page
    assert re.search(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'", page)
    assert " style=" not in page


def test_numbers_of_persons_are_masked(page: str) -> None:
    assert not re.search(r"1[3-9][0-9]{9}", page)
    assert re.search(r"138\*{4}5678", page)


def test_both_languages_are_complete() -> None:
    for key, (chinese, english) in TEXTS.items():
        assert chinese and english, key
        assert not HAN.search(english) or key == "other_language", key
        assert set(re.findall(r"{(\w+)}", chinese)) == set(re.findall(r"{(\w+)}", english)), key
    assert set(ACTION_NAMES) == set(Action) and set(INGRESS_NAMES) == set(IngressClass)


def test_the_english_view_holds_no_chinese_but_data(page: str) -> None:
    view = page.partition('<main class="view en"')[2]
    view = re.sub(r"<span class=\"sub\">.*?</span>", "", view)  # names of cities
    assert not HAN.search(view), HAN.findall(view)[:20]


def test_what_is_missing_is_said_with_what_to_supply(page: str) -> None:
    for words in ("trunks:", "--tz", "quarantine.jsonl", "could not be judged", "未能判断的"):
        assert words in page


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (10_000, "1.0 万", "10,000"),
        (123_499, "12.3 万", "123,499"),
        (99_999_999, "9999.9 万", "99,999,999"),
        (123_456_789, "1.23 亿", "123,456,789"),
    ],
)
def test_quantities_are_written_as_people_do(value: int, chinese: str, english: str) -> None:
    assert (quantity(value, "zh"), quantity(value, "en")) == (chinese, english)


def test_shares_and_bars() -> None:
    assert [percent(*pair) for pair in ((0, 0), (0, 9), (1, 2), (1, 100_000))] == ["—", "0%", "50.0%", "0.001%"]
    assert [nice_ceiling(value) for value in (0, 4, 5, 21, 81)] == [4, 4, 8, 40, 200]
    assert 'width="500"' in meter(1, 2) and 'width="4"' in meter(1, 10_000)
