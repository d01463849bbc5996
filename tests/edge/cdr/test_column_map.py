"""Any CSV by a column map; a wrong map is refused with line and key; the wizard's proposals can be used."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from haodun.edge.cdr import (
    BadRecord,
    CallRecord,
    CdrError,
    ColumnMap,
    MapCodec,
    column_map_schema,
    detect,
    make_codec,
    propose_map,
)
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

SWITCH = """\
主叫号码;被叫号码;开始时间;通话时长;入中继;释放原因;显示
13900000001;057188880000;2026/11/20 10:00:00;53;深圳-1;16;Y
13900000002;057188880000;2026/11/20 10:00:05;0;深圳-1;17;N
"""
SWITCH_MAP = """\
delimiter: ";"
columns:
  caller: 主叫号码
  callee: 被叫号码
  start: 开始时间
  duration: 通话时长
  billsec: 通话时长
  trunk: 入中继
  cause: 7
  presentation: 显示
time: "%Y/%m/%d %H:%M:%S"
tz: Asia/Shanghai
answered: billsec
values:
  cause: {"Y": normal, "N": busy}
  presentation: {"Y": allowed, "N": restricted}
"""


def read(map_text: str, data: bytes) -> list[CallRecord | BadRecord]:
    codec = MapCodec(ColumnMap.parse(map_text, "map.yaml"))
    return [*codec.feed(data), *codec.close()]


@pytest.mark.parametrize("encoding", ("utf-8", "gb18030"))
def test_a_file_of_an_unknown_switch_is_read_by_its_map(encoding: str) -> None:
    first, second = read(SWITCH_MAP, SWITCH.encode(encoding))
    assert isinstance(first, CallRecord) and isinstance(second, CallRecord)
    assert (first.caller, first.trunk, first.answer_ms) == ("13900000001", "深圳-1", first.start_ms)
    assert (first.start_ms, first.end_ms) == (1_795_140_000_000, 1_795_140_053_000)
    assert (second.answer_ms, second.presentation, second.cause) == (None, Presentation.RESTRICTED, Cause.BUSY)
    assert first.zoned


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("iso", "2026-11-20T10:00:00Z"),
        ("iso", "2026-11-20 18:00:00+08:00"),
        ("iso", "2026-11-20 10:00:00.000"),
        ("epoch_s", "1795168800"),
        ("epoch_ms", "1795168800000"),
        ("epoch_us", "1795168800000000"),
        ("%d.%m.%Y %H:%M:%S", "20.11.2026 10:00:00"),
    ],
)
def test_times_are_read_in_each_form(time: str, text: str) -> None:
    columns = "header: false\ncolumns: {start: 1, duration: 2, caller: 3, callee: 4}\n"
    (record,) = read(f'{columns}time: "{time}"\n', f"{text},5,1390,0571\n".encode())
    assert isinstance(record, CallRecord), record
    assert (record.start_ms, record.end_ms) == (1_795_168_800_000, 1_795_168_805_000)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x,5,1390,0571", "bad_time"),
        ("1795168800,-5,1390,0571", "bad_duration"),
        ("1795168800,5,1390", "wrong_column_count"),
        ("1795168800,5,1390,0571,x", "wrong_column_count"),
    ],
)
def test_a_bad_row_is_set_aside(row: str, reason: str) -> None:
    good = "1795168800,5,1390,0571\n"
    text = "header: false\ncolumns: {start: 1, duration: 2, caller: 3, callee: 4}\ntime: epoch_s\n"
    _, bad, last = read(text, (good + row + "\n" + good).encode())
    assert isinstance(bad, BadRecord) and isinstance(last, CallRecord)
    assert bad.reason == reason


def test_a_column_that_the_header_lacks_is_named() -> None:
    records = read(SWITCH_MAP, SWITCH.replace("入中继", "中继").encode())
    assert [record.reason for record in records if isinstance(record, BadRecord)] == ["missing_column"] * 2
    assert "入中继" in getattr(records[0], "detail", "")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("columns: {}\n", "map.yaml:1: columns", "start"),
        ("delimiter: ','\n", "map.yaml:1: the map", "columns"),
        ("- 1\n", "map.yaml:1: the map", "object"),
        ("", "map.yaml:1: the map", "object"),
        (SWITCH_MAP.replace("trunk:", "trunck:"), "map.yaml:8: columns.trunck", "trunck"),
        (SWITCH_MAP.replace("tz: Asia/Shanghai", "tz: Mars/Base"), "map.yaml:12: tz", "IANA"),
        (SWITCH_MAP.replace("%S", "%Q"), "map.yaml:11: time", "%S"),
        (SWITCH_MAP.replace("%S", "%S%f"), "map.yaml:11: time", "only"),
        (SWITCH_MAP.replace("normal", "fine"), "map.yaml:15: values.cause.Y", "fine"),
        (SWITCH_MAP + "more: 1\n", "map.yaml:17: more", "more"),
        (SWITCH_MAP.replace("  billsec: 通话时长\n", ""), "map.yaml:12: answered", "billsec"),
        ("header: false\n" + SWITCH_MAP, "map.yaml:4: columns.caller", "number"),
        ("columns: {caller: [\n", "map.yaml: this is no YAML", "line"),
        ("a: &x 1\nb: *x\n", "map.yaml:2", "aliases"),
        ("x" * 70_000, "map.yaml", "65536"),
    ],
)
def test_a_wrong_map_is_refused_with_line_and_key(text: str, where: str, what: str) -> None:
    with pytest.raises(CdrError) as caught:
        ColumnMap.parse(text, "map.yaml")
    assert str(caught.value).startswith(where)
    assert what in str(caught.value)


def test_the_map_format_needs_a_map() -> None:
    with pytest.raises(CdrError, match="--map"):
        make_codec("map")


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(column_map_schema())
    json.dumps(column_map_schema())


PROPOSED = [
    (SWITCH, {"caller", "callee", "start", "billsec", "trunk", "cause"}, ("end or duration",)),
    (
        "calldate,src,dst,duration,billsec,disposition,uniqueid\n2026-11-20 10:00:00,139,0571,60,53,ANSWERED,1.1\n",
        {"start", "caller", "callee", "duration", "billsec", "cause", "call_id"},
        (),
    ),
    (
        "1795168800|1795168860|13900000001|057188880000|9\n1795168900|1795168960|13900000002|057188880000|9\n",
        {"start", "end", "caller", "callee"},
        (),
    ),
    ("", set(), ("start", "caller", "callee", "end or duration")),
]


@pytest.mark.parametrize(("sample", "fields", "missing"), PROPOSED)
def test_the_wizard_proposes_what_it_sees_and_names_what_it_does_not(
    sample: str, fields: set[str], missing: tuple[str, ...]
) -> None:
    proposal = propose_map(sample.encode())
    assert {guess.field for guess in proposal.guesses} == fields
    assert proposal.missing == missing
    assert all(guess.reason and 0 < guess.confidence <= 100 for guess in proposal.guesses)
    assert all(f"NOT FOUND: {field}" in str(proposal) for field in missing)


@pytest.mark.parametrize(("sample", "fields", "missing"), [case for case in PROPOSED if not case[2]])
def test_a_whole_proposal_is_a_map_that_reads_its_sample(
    sample: str, fields: set[str], missing: tuple[str, ...]
) -> None:
    records = read(str(propose_map(sample.encode())), sample.encode())
    assert records and all(isinstance(record, CallRecord) for record in records)


def test_our_own_words_are_read_without_a_table_of_values() -> None:
    text = (
        "columns: {start: s, duration: d, caller: a, callee: b, attestation: t, roaming: r, cause: c}\ntime: epoch_s\n"
    )
    (record,) = read(text, b"s,d,a,b,t,r,c\n1795168800,5,1390,0571,A,verified,NO ANSWER\n")
    assert isinstance(record, CallRecord)
    assert (record.attestation, record.roaming, record.cause) == (Attestation.A, Roaming.VERIFIED, Cause.NO_ANSWER)


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='ab,;|\t"\n\r:0123456789-#&*{}[]é号', max_size=300)))
def test_the_wizard_and_the_detector_survive_anything_and_propose_yaml(sample: bytes | str) -> None:
    data = sample.encode() if isinstance(sample, str) else sample
    detect(data, "x")
    proposal = propose_map(data)
    if not proposal.missing:
        ColumnMap.parse(str(proposal), "proposal")


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_a_map_or_our_error(text: str) -> None:
    try:
        ColumnMap.parse(text, "map.yaml")
    except CdrError as error:
        assert str(error).startswith("map.yaml")
