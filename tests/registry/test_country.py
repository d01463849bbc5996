"""The registry of a synthetic country in the console: each figure equals DuckDB's own count over the Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import pytest

from haodun.console.setup import configure
from haodun.lab.country import Registry, load_scenario, make_registry, write_registry

configure()

from haodun.offices.organisations.models import Organisation, User  # noqa: E402
from haodun.offices.organisations.seeding import seed_country  # noqa: E402
from haodun.offices.organisations.services import Kind, reading_as, system  # noqa: E402
from haodun.offices.transitions.services import SYSTEM, emit  # noqa: E402
from haodun.registry.key_services import figures  # noqa: E402
from haodun.registry.key_services.services import NumbersCleared, NumbersInvolved, percent, share  # noqa: E402
from haodun.registry.subscribers import runs  # noqa: E402
from haodun.registry.subscribers.rates import By, rates  # noqa: E402

Query = Callable[[str], list[tuple[Any, ...]]]
SUBSCRIBERS = 20_000


@pytest.fixture(scope="module")
def made() -> Registry:
    return make_registry(load_scenario(None), subscribers=SUBSCRIBERS, seed=7)


@pytest.fixture(scope="module")
def folder(made: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    write_registry(made, out=out)
    return out / "registry"


@pytest.fixture(scope="module")
def ask(folder: Path) -> Query:
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Shanghai'")
    for path in folder.glob("*.parquet"):
        connection.execute(f"create view {path.stem} as select * from '{path}'")
    return lambda sql: connection.execute(sql).fetchall()


def _import(file: Path) -> None:
    with system(), file.open("rb") as opened:
        ministry = Organisation.objects.get(kind=Kind.MINISTRY)
        run = runs.check(runs.upload(SYSTEM, opened, organisation=ministry.id, mode="existing", key=uuid4().hex))
        assert (run.bad, run.good) == (0, run.total), run.summary
        seen = runs.preview_step(SYSTEM, run.id, "apply").blast
        runs.step(SYSTEM, run.id, "apply", key=uuid4().hex, seen=seen.digest() if seen else None)
    assert runs.finish(run.id).applied == run.total


@pytest.mark.usefixtures("db")
def test_real_name_rates_are_those_that_duckdb_counts(made: Registry, folder: Path, ask: Query) -> None:
    seed_country()
    _import(folder / "subscribers.parquet")
    named = {str(row.id): row.name_zh for row in Organisation.objects.all()}
    for by in ("all", "carrier", "reseller", "province", "service"):
        kind: By = by
        found = {named.get(one.key, one.key): (one.numbers, one.valid) for one in rates(made.as_of, by=kind)}
        column = "''" if by == "all" else f"coalesce({by}, '')"
        expected = {
            key: (numbers, valid)
            for key, numbers, valid in ask(
                f"select {column}, count(*), count(*) filter (status = 'valid') from subscribers group by 1"
            )
        }
        assert found == expected, by
        for key, (numbers, valid) in sorted(found.items())[:8]:
            print(f"K1 {by} {key or '-'}: {valid} / {numbers} = {percent(share(valid, numbers) or 0)}")


@pytest.mark.usefixtures("db")
def test_involved_400_numbers_and_their_drop_are_those_that_duckdb_counts(made: Registry, ask: Query) -> None:
    seed_country()
    ministry = Organisation.objects.get(kind=Kind.MINISTRY)
    with system():
        for row in made.tables["involved"].to_pylist():
            notice, numbers = UUID(row["notice"]), (int(f"86{row['number']}"),)
            emit(NumbersInvolved(notice, row["noticed_at"], numbers, (ministry.id,)))
            if row["withdrawn_at"] is not None:
                emit(NumbersCleared(notice, numbers, row["withdrawn_at"]))
    supervisor = User.objects.get(username="supervisor")
    with reading_as(supervisor):
        counts = figures.involved_by_month(supervisor)
    expected = ask(
        "select year(noticed_at), month(noticed_at), count(distinct number) from involved "
        "where withdrawn_at is null group by 1, 2"
    )
    assert counts == {(year, month): count for year, month, count in expected}
    first, last = (f"{y}-{m:02d}" for y, m in (made.months[0], made.months[-1]))
    fallen = figures.drop(counts, baseline=made.months[:3], window=made.months[4:])
    (by_duckdb,) = ask(
        "with m as (select strftime(noticed_at, '%Y-%m') m, count(distinct number) n from involved "
        "where withdrawn_at is null group by 1), o as (select n, row_number() over (order by m) r from m) "
        "select round(10000 * (1 - avg(n) filter (where r >= 5) / avg(n) filter (where r <= 3))) from o"
    )
    assert fallen == by_duckdb[0]
    print(f"K3 {first} to {last}: {list(counts.values())}; K4 {percent(fallen)}")
    assert date(*made.months[-1], 1) < made.as_of
