"""JSON call records of FreeSWITCH: how documents are found, and what their values mean."""

from __future__ import annotations

import json

import pytest

from haodun.edge.cdr import BadRecord, CallRecord, FreeswitchJsonCodec
from haodun.screening.events import Cause, Presentation


def document(**changes: object) -> dict[str, object]:
    variables: dict[str, object] = {
        "uuid": "u-1", "start_epoch": "1795168800", "start_uepoch": "1795168800250000", "answer_epoch": "0",
        "answer_uepoch": "0", "end_epoch": 1_795_168_860, "hangup_cause": "NO_ANSWER",
    }  # fmt: skip
    profile = {"caller_id_number": "%2B8613900000001", "destination_number": "0571", "context": "gw%20sz"}
    variables.update(changes)
    return {
        "variables": {k: v for k, v in variables.items() if v is not None},
        "callflow": [{"caller_profile": profile}],
    }


def read(data: bytes, size: int = 0) -> list[CallRecord | BadRecord]:
    codec = FreeswitchJsonCodec()
    found: list[CallRecord | BadRecord] = []
    for start in range(0, len(data), size or max(len(data), 1)):
        found += codec.feed(data[start : start + (size or len(data))])
    return found + list(codec.close())


def reasons(data: bytes) -> list[str]:
    whole = read(data)
    assert read(data, 1) == whole
    return [record.reason if isinstance(record, BadRecord) else "ok" for record in whole]


ONE = json.dumps(document()).encode()
PRETTY = json.dumps(document(note='{"[\\'), indent="\t").encode()


def test_a_document_means_what_it_says() -> None:
    (record,) = read(ONE)
    assert isinstance(record, CallRecord)
    assert (record.caller, record.callee, record.trunk) == ("+8613900000001", "0571", "gw sz")
    assert (record.start_ms, record.answer_ms, record.end_ms) == (1_795_168_800_250, None, 1_795_168_860_000)
    assert (record.cause, record.zoned, record.presentation) == (Cause.NO_ANSWER, True, Presentation.ALLOWED)


@pytest.mark.parametrize(
    "data",
    [
        ONE + PRETTY,
        ONE + b"\n" + PRETTY + b"\n",
        b"[" + ONE + b",\n" + PRETTY + b"]\n",
        b"\xef\xbb\xbf[\r\n" + ONE + b"\r\n,\r\n" + PRETTY.replace(b"\n", b"\r\n") + b"\r\n]",
    ],
)
def test_documents_are_found_however_they_are_strung_together(data: bytes) -> None:
    assert reasons(data) == ["ok", "ok"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ONE[:-1], ["truncated"]),
        (ONE[:40] + b"\n" + ONE, ["truncated", "ok"]),
        (ONE + b"\njunk\n" + ONE, ["ok", "junk", "ok"]),
        (b"{}\n" + ONE, ["missing_field", "ok"]),
        (b'{"variables": 1 2}\n' + ONE, ["bad_json", "ok"]),
        (b'{"variables": {"uuid": "\xff\xff"}}\n' + ONE, ["bad_encoding", "ok"]),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"\n" + ONE, ["bad_json", "ok"]),
        (b'{"a":' + b"[" * 60_000 + b"}\n" + ONE, ["bad_json", "ok"]),
        (b"}}}\n" + ONE, ["junk", "ok"]),
        (b'"{"' + ONE + b"\n" + ONE, ["junk", "truncated", "ok"]),
    ],
)
def test_a_bad_document_costs_only_itself(data: bytes, expected: list[str]) -> None:
    assert reasons(data) == expected


def test_a_document_without_end_is_too_long_and_the_next_is_read() -> None:
    data = b'{"a": "' + b"x" * 1_100_000 + b'"}\n' + ONE
    found = [record.reason if isinstance(record, BadRecord) else "ok" for record in read(data)]
    assert found == ["too_long", "ok"]
    assert read(data, 65_536) == read(data)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uuid": None}, "missing_field"),
        ({"end_epoch": 0}, "missing_field"),
        ({"end_epoch": 1.5}, "bad_value"),
        ({"end_epoch": "1795160000"}, "end_before_start"),
        ({"start_uepoch": "１"}, "bad_time"),
        ({"uuid": "a\0b"}, "nul_byte"),
        ({"uuid": "a%00b"}, "nul_byte"),
        ({"uuid": "x" * 257}, "too_long"),
        ({"uuid": ["x"]}, "bad_value"),
        ({"hangup_cause": "?"}, "bad_value"),
        ({"haodun_roaming": "perhaps"}, "bad_value"),
    ],
)
def test_a_value_that_cannot_be_is_set_aside(changes: dict[str, object], reason: str) -> None:
    assert reasons(json.dumps(document(**changes)).encode()) == [reason]


def test_a_percent_sign_that_encodes_nothing_stays() -> None:
    (record,) = read(json.dumps(document(uuid="100%")).encode())
    assert isinstance(record, CallRecord)
    assert record.call_id == "100%"
