"""Synthetic files in the published layouts of the switches, from the reference material beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from haodun.edge.cdr import CallRecord, detect, make_codec, propose_map
from haodun.screening.events import Cause, Presentation

pytestmark = pytest.mark.conformance


def records(path: Path) -> tuple[str, list[CallRecord]]:
    if not path.is_file():
        pytest.skip(f"../shared has no {path.name}")
    data = path.read_bytes()
    found = detect(data, path.name)
    codec = make_codec(found.format)
    read = [*codec.feed(data), *codec.close()]
    assert all(isinstance(record, CallRecord) for record in read)
    return found.format, [record for record in read if isinstance(record, CallRecord)]


def test_the_asterisk_vector_is_read_whole(shared: Path) -> None:
    form, found = records(shared / "vectors/cdr/synthetic/asterisk_Master.csv")
    assert form == "asterisk"
    assert [record.call_id for record in found] == ["1763632800.1", "1763632805.3", "1763632806.4"]
    assert [record.trunk for record in found] == ["trunk", "trunk", "2001"]
    assert [record.cause for record in found] == [Cause.NORMAL, Cause.FAILED, Cause.NO_ANSWER]
    assert [record.answer_ms is None for record in found] == [False, True, True]
    assert found[1].presentation == Presentation.RESTRICTED


def test_the_freeswitch_vector_is_read_whole(shared: Path) -> None:
    form, found = records(shared / "vectors/cdr/synthetic/freeswitch_cdr_csv_example_template.csv")
    assert form == "freeswitch-csv"
    assert [record.callee for record in found] == ["442079460123", "881612345678"]
    assert [record.cause for record in found] == [Cause.NORMAL, Cause.REJECTED]


@pytest.mark.parametrize("name", ("cgrates_ers.csv", "kamailio_acc.sql", "ts32298_moCallRecord.ber"))
def test_a_foreign_file_is_unknown_and_the_wizard_says_what_it_lacks(shared: Path, name: str) -> None:
    path = shared / "vectors/cdr/synthetic" / name
    if not path.is_file():
        pytest.skip(f"../shared has no {name}")
    assert detect(path.read_bytes(), name).format == "unknown"
    assert propose_map(path.read_bytes()).missing
