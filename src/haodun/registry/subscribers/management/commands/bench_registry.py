"""`haodun manage bench_registry --rows N`: how long an import of N invented registrations takes, and what follows it.

It needs an installation without registrations, and leaves it with N of them. It is a command here and not a suite of
`haodun bench`, since the laboratory never imports the management plane.
"""

from __future__ import annotations

import json
import random
import resource
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, find, seed_country, system
from haodun.offices.transitions.services import SYSTEM
from haodun.registry.subscribers import import_runs, runs
from haodun.registry.subscribers.excess import find_excess
from haodun.registry.subscribers.identity import check_character
from haodun.registry.subscribers.models import HolderInterval, ImportRun
from haodun.registry.subscribers.rates import rates, today

FIRST = 139_0000_0000
BATCH = 100_000
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高"
_TABLES = ("holderinterval", "record", "registration", "registrationdelta")


class Command(BaseCommand):
    """Measure the register."""

    help = "Import N invented registrations into an empty register and measure it; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, from what kind of file."""
        parser.add_argument("--rows", type=int, default=1_000_000)
        parser.add_argument("--kind", choices=("csv", "parquet"), default="parquet")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each figure as it is known, all of them as JSON at the end."""
        with system():
            if HolderInterval.objects.exists():
                raise CommandError("this register holds registrations already; measure on an empty installation")
            if not Organisation.objects.exists():
                seed_country()
            carrier = find(kind=Kind.CARRIER, province="32")[0]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows.{options['kind']}"
            write(path, options["rows"], carrier.name_zh, random.Random(options["seed"]))  # noqa: S311 (invented)
            figures = self._measure(path, options["rows"], carrier)
        self.stdout.write(json.dumps(figures, ensure_ascii=False))

    def _measure(self, path: Path, rows: int, carrier: Organisation) -> dict[str, Any]:
        found: dict[str, Any] = {"rows": rows, "file_bytes": path.stat().st_size}
        with path.open("rb") as file:
            with system():
                run_id = runs.upload(
                    SYSTEM, file, organisation=carrier.id, mode="existing", key=str(uuid4()), at_once=True
                )
            found["seal_s"] = self._time("seal", lambda: _drain(run_id, file))
            found["check_s"] = self._time("check", lambda: runs.check(run_id, file))
        with system():
            run = ImportRun.objects.get(id=run_id)
            found |= {"good": run.good, "bad": run.bad}
            seen = runs.preview_step(SYSTEM, run_id, "apply").blast
            runs.step(SYSTEM, run_id, "apply", key="apply", seen=seen.digest() if seen else None, at_once=True)
        found["apply_s"] = self._time("apply", lambda: runs.finish(run_id))
        found["rate_ms"] = 1000 * self._time("rate", lambda: rates(today()))
        found["rates_by_service_ms"] = 1000 * self._time("rates", lambda: rates(date(2020, 6, 30), by="service"))
        found["excess_s"] = self._time("excess", find_excess)
        found["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found["rows_per_s"] = round(rows / (found["check_s"] + found["apply_s"]))
        return found | _sizes()

    def _time(self, name: str, work: Callable[[], object]) -> float:
        begun, own = time.perf_counter(), time.process_time()
        work()
        took = round(time.perf_counter() - begun, 4)
        self.stderr.write(f"{name}: {took} s, of which {time.process_time() - own:.2f} s in this process")
        return took


def write(path: Path, rows: int, carrier: str, draw: random.Random) -> None:
    """A file of invented registrations: one in 200 has a wrong check character."""
    titles = ["number", "name", "since", "document_kind", "document", "carrier", "province", "service", "address"]
    schema = pa.schema([pa.field(title, pa.string()) for title in titles])
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8") as out:
            out.write(",".join(titles) + "\n")
            out.writelines(",".join(row) + "\n" for row in _rows(rows, carrier, draw))
        return
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        chunk: list[list[str]] = []
        for row in _rows(rows, carrier, draw):
            chunk.append(row)
            if len(chunk) == BATCH:
                writer.write_table(_table(chunk, schema))
                chunk = []
        writer.write_table(_table(chunk, schema))


def _rows(rows: int, carrier: str, draw: random.Random) -> Iterator[list[str]]:
    shared = [_citizen(place, 99) for place in range(max(1, rows // 20_000))]
    for place in range(rows):
        document = draw.choice(shared) if draw.random() < 1 / 2_000 else _citizen(place, 11)
        if draw.random() < 1 / 200:
            document = document[:-1] + ("0" if document[-1] != "0" else "1")
        since = date(2005, 1, 1) + timedelta(days=draw.randrange(7_900))
        yield [
            str(FIRST + place), f"{draw.choice(SURNAMES)}{chr(0x4E00 + place % 5000)}", since.isoformat(), "resident",
            document, carrier, "32", draw.choice(("mobile", "mobile", "mobile", "iot", "data_card")),
            f"南京市示例路{place % 9000}号",
        ]  # fmt: skip


def _citizen(place: int, county: int) -> str:
    """Invented: 1,000 a day and county."""
    day = date(1950, 1, 1) + timedelta(days=place // 999 % 20_000)
    body = f"3201{county:02d}{day:%Y%m%d}{place % 999 + 1:03d}"
    return body + check_character(body)


def _table(chunk: list[list[str]], schema: Any) -> Any:
    columns = list(zip(*chunk, strict=True)) or [() for _ in schema]
    return pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], schema=schema)


def _drain(run_id: Any, file: Any) -> None:
    """Read, parse and seal all rows, and let them go: what Python takes of a check."""
    from haodun.offices.sheets.services import read
    from haodun.registry.subscribers.import_columns import COLUMNS, Reader
    from haodun.registry.subscribers.sealing import now

    with system():
        run = ImportRun.objects.select_related("organisation").get(id=run_id)
        sheet = read(file, columns=COLUMNS)
        for _ in import_runs._sealed(sheet, Reader(run.organisation, on=now().date(), at=now())):
            pass


def _sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) / 1048576 FROM pg_class WHERE relname = ANY(%s)",
            [[f"subscribers_{table}" for table in _TABLES]],
        )
        return {f"{name.removeprefix('subscribers_')}_mb": int(size) for name, size in cursor.fetchall()}
