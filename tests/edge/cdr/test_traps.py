"""The traps of real files: each line is a record that means one thing, or is set aside for one reason."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from haodun.edge.cdr import MAX_RECORD_BYTES, BadRecord, CallRecord, Codec, FreeswitchCodec, make_codec, trunk_of
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

START, ANSWER, END = "2026-11-20 10:00:00", "2026-11-20 10:00:07", "2026-11-20 10:01:00"
COLUMNS = {
    "accountcode": '""', "src": '"13900000001"', "dst": '"057188880000"', "dcontext": '"from-pstn"',
    "clid": '"""A"" <13900000001>"', "channel": '"PJSIP/gw-sz-0000001a"', "dstchannel": '""', "lastapp": '"Dial"',
    "lastdata": '""', "start": f'"{START}"', "answer": f'"{ANSWER}"', "end": f'"{END}"', "duration": "60",
    "billsec": "53", "disposition": '"ANSWERED"', "amaflags": '"DOCUMENTATION"', "uniqueid": '"1763632800.1"',
    "userfield": '""', "peeraccount": '""', "linkedid": '"1763632800.0"', "sequence": "4",
}  # fmt: skip
CUSTOM = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "sequence",
)  # fmt: skip


def line(**changes: str) -> bytes:
    return ",".join({**COLUMNS, **changes}.values()).encode() + b"\n"


def read(data: bytes, codec: Codec | None = None) -> list[CallRecord | BadRecord]:
    reader = codec or make_codec("asterisk")
    return [*reader.feed(data), *reader.close()]


def one(data: bytes, codec: Codec | None = None) -> CallRecord:
    (record,) = read(data, codec)
    assert isinstance(record, CallRecord), record
    return record


def reasons(data: bytes, codec: Codec | None = None) -> list[str]:
    return [record.reason if isinstance(record, BadRecord) else "ok" for record in read(data, codec)]


def test_a_good_asterisk_line_means_what_it_says() -> None:
    record = one(line())
    assert (record.call_id, record.leg_id) == ("1763632800.0", "1763632800.1-4")
    assert (record.end_ms - record.start_ms, record.caller, record.trunk) == (60_000, "13900000001", "gw-sz")
    assert (record.cause, record.zoned, record.line) == (Cause.NORMAL, False, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": '"2026-02-30 10:00:00"'}, "bad_time"),
        ({"start": '"２０２６-11-20 10:00:00"'}, "bad_time"),
        ({"start": f'"{START} "'}, "bad_time"),
        ({"start": '"2026-11-20 10:00:60"'}, "bad_time"),
        ({"start": '"2150-11-20 10:00:00"'}, "bad_time"),
        ({"start": '""'}, "bad_time"),
        ({"end": '"2026-11-20 09:59:59"'}, "end_before_start"),
        ({"answer": '"2026-11-20 10:01:01"'}, "answer_outside"),
        ({"answer": '"2026-11-20 09:59:59"'}, "answer_outside"),
        ({"duration": "-60"}, "bad_duration"),
        ({"billsec": "-1"}, "bad_duration"),
        ({"billsec": "-1", "answer": ""}, "bad_duration"),
        ({"billsec": "٣", "answer": ""}, "bad_duration"),
        ({"billsec": "abc", "answer": ""}, "bad_duration"),
        ({"billsec": "53", "answer": ""}, "duration_disagrees"),
        ({"duration": "3600"}, "duration_disagrees"),
        ({"billsec": "20"}, "duration_disagrees"),
        ({"src": '"' + "1" * 257 + '"'}, "too_long"),
        ({"disposition": '"PERHAPS"'}, "bad_value"),
        ({"userfield": '"roaming=maybe"'}, "bad_value"),
        ({"userfield": '"roaming=no;roaming=verified"'}, "bad_value"),
        ({"src": '"1390\x0000001"'}, "nul_byte"),
        ({"src": '"139"0"'}, "unbalanced_quote"),
        ({"src": '"139"x"0"'}, "bad_quoting"),
        ({"sequence": "4,5"}, "wrong_column_count"),
        ({"accountcode": "accountcode", "src": "src", "dst": "dst"}, "header"),
    ],
)
def test_a_bad_line_is_set_aside_and_its_neighbours_are_read(changes: dict[str, str], reason: str) -> None:
    assert reasons(line() + line(**changes) + line()) == ["ok", reason, "ok"]


def test_a_record_set_aside_tells_line_detail_and_text() -> None:
    _, bad = read(line() + line(end='"2026-11-20 09:00:00"'))
    assert isinstance(bad, BadRecord)
    assert (bad.line, bad.detail[:13]) == (2, "The call ends")
    assert bad.text.startswith('"","13900000001"') and len(bad.text) <= 200


def test_undecodable_bytes_are_bad_encoding() -> None:
    assert reasons(line().replace(b"Dial", b"\xff\xff\xff")) == ["bad_encoding"]


def test_gb18030_is_read_where_utf8_fails_and_the_codec_says_so() -> None:
    codec = make_codec("asterisk")
    record = one(line(channel='"PJSIP/深圳-0000001a"').decode().encode("gb18030"), codec)
    assert record.trunk == "深圳"
    assert getattr(codec, "encoding") == "gb18030"  # noqa: B009
    assert reasons(line(channel='"深圳"').decode().encode("gb18030"), make_codec("asterisk", encoding="utf-8")) == [
        "bad_encoding"
    ]


def test_a_line_break_inside_quotes_belongs_to_the_record() -> None:
    first, second = read(line(lastdata='"a\nb\r\nc"') + line())
    assert isinstance(first, CallRecord) and isinstance(second, CallRecord)
    assert (first.line, second.line) == (1, 4)


def test_two_stray_quotes_cost_two_lines_and_not_those_between() -> None:
    stray = line(src='"139"0"')
    assert reasons(line() + stray + line() * 3 + stray + line()) == [
        "ok", "unbalanced_quote", "ok", "ok", "ok", "unbalanced_quote", "ok",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", range(10, len(line()) - 4, 7))
def test_a_cut_off_last_line_is_truncated(cut: int) -> None:
    assert reasons(line() + line()[:cut]) == ["ok", "truncated"]


def test_a_whole_last_line_needs_no_line_end() -> None:
    assert reasons(line() + line()[:-1]) == ["ok", "ok"]


def test_a_line_without_end_is_too_long_and_the_next_is_read() -> None:
    data = b"x" * (MAX_RECORD_BYTES + 1) + b"\n" + line()
    codec = make_codec("asterisk")
    by_pieces = [record for start in range(0, len(data), 997) for record in codec.feed(data[start : start + 997])]
    assert reasons(data) == ["too_long", "ok"]
    assert by_pieces + list(codec.close()) == read(data)


def test_blank_lines_are_passed_over_but_counted() -> None:
    record = one(b"\n\r\n" + line())
    assert record.line == 3


@pytest.mark.parametrize(
    ("left_out", "call_id", "roaming"),
    [
        (("peeraccount", "linkedid", "sequence"), "1763632800.1", Roaming.VERIFIED),
        (("peeraccount", "linkedid", "sequence", "userfield"), "1763632800.1", Roaming.UNKNOWN),
        (("peeraccount", "linkedid", "sequence", "uniqueid"), "", Roaming.VERIFIED),
        (("uniqueid",), "1763632800.0", Roaming.VERIFIED),
        (("userfield",), "1763632800.0", Roaming.UNKNOWN),
        (("userfield", "uniqueid"), "1763632800.0", Roaming.UNKNOWN),
        (("peeraccount", "linkedid", "sequence", "userfield", "uniqueid"), "", Roaming.UNKNOWN),
    ],
)
def test_each_width_of_cdr_csv_is_understood(left_out: tuple[str, ...], call_id: str, roaming: Roaming) -> None:
    values = {**COLUMNS, "userfield": '"roaming=verified;why=vip"'}
    record = one(",".join(value for name, value in values.items() if name not in left_out).encode())
    assert record.roaming == roaming
    assert record.call_id == call_id or (not call_id and "13900000001" in record.call_id)


@pytest.mark.parametrize("width", (18, 19))
def test_the_template_of_cdr_custom_is_understood(width: int) -> None:
    values = {**COLUMNS, "duration": '"60.031"'}
    record = one(",".join(values[name] for name in CUSTOM[:width]).encode())
    assert (record.caller, record.callee, record.trunk) == ("13900000001", "057188880000", "gw-sz")
    assert record.call_id == "1763632800.1"


def test_the_userfield_carries_what_asterisk_has_no_column_for() -> None:
    text = '"roaming=no;attestation=A;diversion=+8657188880001;device=ua%3B1;presentation=restricted;cell=7"'
    record = one(line(userfield=text))
    assert (record.roaming, record.attestation, record.presentation) == (
        Roaming.NO, Attestation.A, Presentation.RESTRICTED,
    )  # fmt: skip
    assert (record.diversion, record.device, record.cell) == ("+8657188880001", "ua;1", "7")
    assert one(line(userfield='"VIP customer"')).roaming == Roaming.UNKNOWN


@pytest.mark.parametrize(
    ("src", "clid", "caller", "presentation"),
    [
        ("", '""', "", Presentation.UNAVAILABLE),
        ('""', '"""A"" <13900000002>"', "13900000002", Presentation.ALLOWED),
        ('""', '"anonymous"', "anonymous", Presentation.RESTRICTED),
        ('"Anonymous"', '""', "Anonymous", Presentation.RESTRICTED),
        ('"unknown"', '""', "unknown", Presentation.UNAVAILABLE),
    ],
)
def test_a_caller_without_a_number(src: str, clid: str, caller: str, presentation: Presentation) -> None:
    record = one(line(src=src, clid=clid))
    assert (record.caller, record.presentation) == (caller, presentation)


def test_local_time_is_read_by_the_setting_and_an_epoch_is_not() -> None:
    beijing = make_codec("asterisk", tz=timezone(timedelta(hours=8)))
    assert one(line()).start_ms - one(line(), beijing).start_ms == 8 * 3600 * 1000
    stamped = line(start="1795168800", answer="1795168807.5", end="1795168860")
    epoch = one(stamped, make_codec("asterisk", tz=timezone(timedelta(hours=8))))
    assert (epoch.start_ms, epoch.answer_ms, epoch.zoned) == (1_795_168_800_000, 1_795_168_807_500, True)


@pytest.mark.parametrize("never", ('""', "", "0", '"0000-00-00 00:00:00"', '"1970-01-01 08:00:00"'))
def test_no_answer_is_written_in_many_ways(never: str) -> None:
    assert one(line(answer=never, billsec="0", disposition='"NO ANSWER"')).answer_ms is None


@pytest.mark.parametrize(
    ("channel", "trunk"),
    [
        ("PJSIP/trunk-00000001", "trunk"),
        ("PJSIP/carrier-sz-2-0000001a", "carrier-sz-2"),
        ("SIP/10.0.0.1-00abcdef", "10.0.0.1"),
        ("DAHDI/i1/57188880000-3", "i1"),
        ("DAHDI/3-1", "3"),
        ("IAX2/peer-a-12345", "peer-a"),
        ("Local/100@queue-00000001;2", "context"),
        ("", "context"),
        ("no channel", "context"),
    ],
)
def test_the_trunk_is_the_peer_of_the_channel(channel: str, trunk: str) -> None:
    assert trunk_of(channel, "context") == trunk


FREESWITCH = f'"A","13900000001","057188880000","gw-sz","{START}","{ANSWER}","{END}","60","53","{{}}","3e5a","","acct"'


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("NORMAL_CLEARING", Cause.NORMAL),
        ("ORIGINATOR_CANCEL", Cause.CANCELLED),
        ("CALL_REJECTED", Cause.REJECTED),
        ("UNALLOCATED_NUMBER", Cause.UNALLOCATED),
        ("SWITCH_CONGESTION", Cause.CONGESTION),
        ("MEDIA_TIMEOUT", Cause.FAILED),
        ("", Cause.UNKNOWN),
    ],
)
@pytest.mark.parametrize("tail", ("", ',"PCMU","PCMU"', ',"PCMU","PCMU","ua","rtp"', ',"a","b","ua","","","",""'))
def test_the_templates_of_freeswitch_are_told_by_their_width(word: str, cause: Cause, tail: str) -> None:
    record = one((FREESWITCH.format(word) + tail).encode(), FreeswitchCodec())
    assert (record.caller, record.trunk, record.cause, record.call_id) == ("13900000001", "gw-sz", cause, "3e5a")


def test_the_sql_template_of_freeswitch_is_read_through_its_statement() -> None:
    text = FREESWITCH.format("USER_BUSY").replace('"","acct"', '"", "acct"')
    statement = ("INSERT INTO cdr VALUES (", text, ");\n")
    assert one("".join(statement).encode(), FreeswitchCodec()).cause == Cause.BUSY


def test_the_asterisk_template_of_freeswitch_has_its_own_order() -> None:
    text = f'"","139","0571","gw","""A"" <139>","sofia/a","","","","{START}","","{END}","60","0","NO_ANSWER","","u1",""'
    record = one(text.encode(), FreeswitchCodec(tz=UTC))
    assert (record.caller, record.callee, record.cause, record.answer_ms) == ("139", "0571", Cause.NO_ANSWER, None)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("3e5a", "", "bad_value"),
        ('"53"', '"-53"', "bad_duration"),
        ("USER_BUSY", "user busy!", "bad_value"),
        ('"acct"', '"acct","more"', "wrong_column_count"),
    ],
)
def test_a_bad_freeswitch_line_is_set_aside(old: str, new: str, reason: str) -> None:
    text = FREESWITCH.format("USER_BUSY").replace(old, new) + "\n"
    assert reasons(text.encode(), FreeswitchCodec()) == [reason]
