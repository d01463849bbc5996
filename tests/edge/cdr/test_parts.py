"""Records by columns are the records of the codecs, the bad ones among them, however files are cut and spoilt."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haodun.edge.cdr import (
    MAP_YAML,
    RECORD_SCHEMA,
    BadRecord,
    CallRecord,
    Codec,
    ColumnMap,
    Part,
    encode,
    make_codec,
    parts_of,
    read_parquet,
    read_parquet_parts,
    read_parts,
)
from haodun.edge.cdr.plain_parts import Begin, in_turn
from haodun.lab.country import generate, load_scenario

LOCAL_MAP = """\
delimiter: ";"
columns: {start: start, end: end, answer: answer, caller: from, callee: to, trunk: trunk, call_id: id, cause: why,
          duration: long, billsec: talk}
values: {cause: {"16": normal, "17": busy}}
"""
BARE_MAP = """\
header: false
columns: {start: 1, duration: 2, billsec: 3, caller: 4, callee: 5}
answered: billsec
time: "%Y-%m-%d %H:%M:%S"
tz: America/New_York
"""
SPOILERS = [
    b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b",", b";", b" ", b"\xff", b"\xe3\x80\x80", "省".encode(), b"-", b"0",
    b"1970-01-01 00:00:00", b"2026-03-29 02:30:00", b"2024-02-30 10:00:00", b"userfield", b"x" * 300, b"\xc2\xa0", b"",
    b"anonymous", b"\n\n", b'"a\nb"', b"99999999999", b"+08:00", b"Z", b"T", b".5", b"roaming=verified;cause=busy",
    b"%3B",
]  # fmt: skip


def local_csv(rows: int) -> bytes:
    lines = ["id;start;answer;end;from;to;trunk;why;long;talk"]
    for row in range(rows):
        answer, talk = (f"2026-11-01T01:{row % 60:02}:20+08:00", "40") if row % 3 else ("", "")
        times = f"2026-11-01 01:{row % 60:02}:10;{answer};2026-11-01 01:{row % 60:02}:59"
        if row % 3:
            times = f"2026-11-01T01:{row % 60:02}:10+08:00;{answer};2026-11-01T01:{row % 60:02}:59Z".replace(
                "Z", "+08:00"
            )
        lines.append(
            f"c{row};{times};1391234{row:04};0755{row:08};gw-{row % 5};{'16' if row % 2 else 'BUSY'};49;{talk}"
        )
    return ("\n".join(lines) + "\n").encode()


def bare_csv(rows: int) -> bytes:
    return "".join(
        f'"2026-03-08 0{row % 4}:{row % 60:02}:00",{row % 90},{row % 7},"1391{row:07}",+8675{row:07}\n'
        for row in range(rows)
    ).encode()


def lab(name: str, calls: int = 400) -> bytes:
    return b"".join(encode(generate(load_scenario("country"), calls=calls, seed=5).calls, name))


KINDS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "asterisk": (lambda: lab("asterisk"), "asterisk", ""),
    "asterisk, 18 columns": (lambda: narrow(lab("asterisk"), 18), "asterisk", ""),
    "asterisk, 16 columns": (lambda: narrow(lab("asterisk"), 16), "asterisk", ""),
    "map": (lambda: lab("map"), "map", MAP_YAML),
    "map of local times": (lambda: local_csv(400), "map", LOCAL_MAP),
    "map without a header": (lambda: bare_csv(400), "map", BARE_MAP),
}


def narrow(data: bytes, columns: int) -> bytes:
    return b"".join(b",".join(line.split(b",")[:columns]) + b"\n" for line in data.splitlines())


def codec_of(kind: str, tz: tzinfo) -> Codec:
    _, name, column_map = KINDS[kind]
    return make_codec(name, tz=tz, column_map=ColumnMap.parse(column_map, "map.yaml") if column_map else None)


def chunks_of(data: bytes, draw: random.Random) -> Iterator[bytes]:
    while data:
        size = draw.choice([1, 50, 700, 5_000, 100_000])
        yield data[:size]
        data = data[size:]


def rows_of(parts: Iterator[Part]) -> tuple[list[dict[str, object]], list[tuple[int, BadRecord]]]:
    """The good records by line, and the bad ones with how many good ones stand before each."""
    good: list[dict[str, object]] = []
    bad = []
    for part in parts:
        assert part.records.schema.equals(RECORD_SCHEMA)
        part.records.validate(full=True)
        bad += [(len(good) + before, record) for before, record in part.aside]
        good += part.records.to_pylist()
    return sorted(good, key=lambda row: int(str(row["line"]))), bad


def expected(kind: str, data: bytes, tz: tzinfo) -> tuple[list[dict[str, object]], list[tuple[int, BadRecord]]]:
    def decoded() -> Iterator[CallRecord | BadRecord]:
        codec = codec_of(kind, tz)
        yield from codec.feed(data)
        yield from codec.close()

    return rows_of(parts_of(decoded()))


def in_threads(pool: ThreadPoolExecutor) -> Begin:
    return lambda work: pool.submit(work).result


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_files_give_what_the_codec_gives(kind: str, zone: str) -> None:
    data = KINDS[kind][0]()
    tz = UTC if zone == "UTC" else ZoneInfo(zone)
    found = rows_of(read_parts(codec_of(kind, tz), [data]))
    assert found == expected(kind, data, tz)
    assert len(found[0]) > 300


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_spoilt_files_give_what_the_codec_gives_however_they_are_cut(kind: str) -> None:
    whole = KINDS[kind][0]()
    seen = 0
    for seed in range(60):
        draw = random.Random(seed)
        tz = ZoneInfo(draw.choice(["Asia/Shanghai", "America/New_York"])) if seed % 2 else UTC
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 60)):
            place = draw.randrange(len(data))
            data[place : place + draw.choice([0, 1, 2, 19, 60])] = draw.choice(SPOILERS)
        if seed % 5 == 0:
            data = data.replace(b"\n", b"\r\n")
        if seed % 7 == 0:
            data = data.rstrip(b"\n")
        with ThreadPoolExecutor(2) as pool:
            begin = in_threads(pool) if seed % 3 else in_turn
            found = rows_of(read_parts(codec_of(kind, tz), chunks_of(bytes(data), draw), begin))
        assert found == expected(kind, bytes(data), tz), f"seed {seed}"
        seen += len(found[1])
    assert seen > 300


@pytest.mark.parametrize("columns", ["all", "needed", "large strings", "wide integers"])
def test_parquet_by_columns_gives_the_rows_one_by_one(columns: str) -> None:
    table = generate(load_scenario("country"), calls=500, seed=5).calls
    if columns == "needed":
        table = table.select([field.name for field in table.schema if not field.nullable])
    elif columns == "large strings":
        table = table.cast(
            pa.schema([(f.name, pa.large_string() if pa.types.is_string(f.type) else f.type) for f in table.schema])
        )
    elif columns == "wide integers":
        table = table.cast(
            pa.schema([(f.name, pa.uint64() if pa.types.is_integer(f.type) else f.type) for f in table.schema])
        )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    assert rows_of(read_parquet_parts(sink.getvalue())) == rows_of(parts_of(read_parquet(sink.getvalue())))


BAD_ROWS: list[dict[str, object]] = [
    {"caller": None}, {"caller": "1\0"}, {"caller": "号" * 200}, {"caller": "号" * 300}, {"start_ms": -1},
    {"cause": 99},
    {"end_ms": 0}, {"answer_ms": 1}, {"leg_id": ""}, {"presentation": None, "caller": "Anonymous"}, {"roaming": None},
    {"presentation": None, "caller": "\u212anown"}, {"start_ms": None}, {"attestation": -1}, {"device": "号码"},
    {"presentation": None, "caller": "un\u212anown"}, {"end_ms": 2**62}, {"cell": "x" * 257},
]  # fmt: skip


def test_bad_rows_of_a_parquet_are_set_aside_with_the_same_words() -> None:
    table = generate(load_scenario("country"), calls=200, seed=5).calls
    rows = table.to_pylist()
    for place, change in enumerate(BAD_ROWS):
        rows[place * 7].update(change)
    loose = pa.schema([(field.name, pa.int64() if field.type == pa.int8() else field.type) for field in table.schema])
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=loose), sink)
    found = rows_of(read_parquet_parts(sink.getvalue()))
    assert found == rows_of(parts_of(read_parquet(sink.getvalue())))
    assert len(found[1]) == 11


def test_bytes_that_are_no_text_are_found_row_by_row() -> None:
    table = generate(load_scenario("country"), calls=100, seed=5).calls
    texts = [b"\xff\xfe" if place == 5 else b"13912345678" for place in range(100)]
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    torn = pa.StringArray.from_buffers(100, pa.py_buffer(offsets.data), pa.py_buffer(b"".join(texts)))
    sink = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index("caller"), "caller", torn), sink)
    good, bad = rows_of(read_parquet_parts(sink.getvalue()))
    assert [(before, record.line, record.reason) for before, record in bad] == [(5, 6, "bad_encoding")]
    assert len(good) == 99
