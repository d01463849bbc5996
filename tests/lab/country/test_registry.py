"""The registry of a synthetic country: the same each time, valid in form, and with the story that a bulletin tells."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from haodun.cli.lab import app
from haodun.lab.country import CountryError, Registry, Scenario, make_registry, write_registry
from haodun.numbering import parse

Query = Callable[[str], list[tuple[Any, ...]]]
RESIDENT_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]
CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture(scope="module")
def made(shipped: Scenario) -> Registry:
    return make_registry(shipped, subscribers=20_000, seed=7)


@pytest.fixture(scope="module")
def ask(made: Registry, tmp_path_factory: pytest.TempPathFactory) -> Query:
    """SQL over the tables as they were written."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Shanghai'")
    for path in write_registry(made, out=tmp_path_factory.mktemp("registry")):
        connection.execute(f"create view {path.stem} as select * from '{path}'")
    return lambda sql: connection.execute(sql).fetchall()


def test_the_same_seed_gives_the_same_registry_and_another_another(shipped: Scenario) -> None:
    first, same, other = (make_registry(shipped, subscribers=1000, seed=seed) for seed in (9, 9, 10))
    for name, table in first.tables.items():
        assert table.equals(same.tables[name], check_metadata=True)
        assert not table.equals(other.tables[name]), name


def test_a_number_has_one_holder_and_is_one(ask: Query) -> None:
    rows = [number for (number,) in ask("select number from subscribers")]
    assert len(rows) == len(set(rows)) > 19_900
    assert all(parse(number).is_number for number in rows[:2000])


def test_documents_and_codes_pass_their_checks(ask: Query) -> None:
    for (text,) in ask("select document from subscribers where document is not null union all "
                       "select legal_document from key_services"):  # fmt: skip
        total = sum(int(digit) * weight for digit, weight in zip(text, RESIDENT_WEIGHTS, strict=False))
        assert (total + (10 if text[17] == "X" else int(text[17]))) % 11 == 1
        datetime.datetime.strptime(text[6:14], "%Y%m%d")  # noqa: DTZ007 (a day)
    for (code,) in ask("select uscc from key_services union all select uscc from voice_lines where uscc is not null"):
        total = sum(CODE.index(sign) * 3**place % 31 for place, sign in enumerate(code[:17]))
        assert (total + CODE.index(code[17])) % 31 == 0


def test_real_name_rates_differ_by_seller_as_planned(ask: Query) -> None:
    rows: dict[bool, float] = dict(
        ask("select coalesce(reseller, '') = '', avg((status = 'valid')::int) from subscribers group by 1")
    )
    assert 0.91 < rows[True] < 0.94
    assert 0.88 < rows[False] < 0.99
    assert ask("select count(*) from subscribers where (document is null) <> (status = 'none')") == [(0,)]
    worst: dict[str, float] = dict(ask("select reseller, avg(compliant::int) from reseller_samples group by 1"))
    assert worst["转售企业A"] > worst["转售企业F"]


def test_involved_400_numbers_fall_as_the_bulletin_of_2016_says(made: Registry, ask: Query) -> None:
    rows = ask(
        "select year(noticed_at), month(noticed_at), count(distinct number) from involved "
        "where withdrawn_at is null group by 1, 2 order by 1, 2"
    )
    assert tuple((year, month) for year, month, _ in rows) == made.months
    counts = [count for *_, count in rows]
    drop = 1 - (counts[4] + counts[5]) / 2 / (sum(counts[:3]) / 3)
    assert 0.75 < drop < 0.92
    stray = "select count(*) from involved where number not in (select number from key_services where kind = '400')"
    assert ask(stray) == [(0,)]


def test_clean_up_has_its_order_in_time_and_nothing_is_later_than_the_first_day(made: Registry, ask: Query) -> None:
    bad = "select count(*) from key_services where coalesce(rectified_on, closed_on) <= flagged_on"
    assert ask(bad) == [(0,)]
    assert ask("select count(*) from key_services where (defect is null) <> (flagged_on is null)") == [(0,)]
    assert ask("select min(n) from (select count(*) n from key_services where defect is not null "
               "group by rectified_on is not null, closed_on is not null)")[0][0] > 0  # fmt: skip
    assert ask(
        "select count(*) from voice_lines where authenticated and (holder is null or closed_on is not null)"
    ) == [(0,)]
    last = made.as_of.isoformat()
    for table, column in (("subscribers", "since"), ("key_services", "closed_on"), ("voice_lines", "tested_on")):
        assert ask(f"select max({column}) < '{last}' from {table}") == [(True,)]


def test_a_size_out_of_bounds_or_a_file_in_the_way_is_refused(
    shipped: Scenario, made: Registry, tmp_path: Path
) -> None:
    with pytest.raises(CountryError, match="--subscribers 999"):
        make_registry(shipped, subscribers=999, seed=1)
    write_registry(made, out=tmp_path)
    with pytest.raises(CountryError, match="there already"):
        write_registry(made, out=tmp_path)
    assert write_registry(made, out=tmp_path, overwrite=True)[-1].name == "subscribers.parquet"


def test_the_command_writes_the_tables(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["registry", "--subscribers", "1000", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "registry").glob("*.parquet"))) == 7
    assert "rows written to" in done.output
