"""A whole run: every way to hand in files, what it leaves behind, what it refuses."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard

from haodun.edge.batch import (
    LIMITS,
    BatchError,
    Limits,
    Result,
    Settings,
    UnknownFormatError,
    WrongUseError,
    run_screen,
)
from haodun.screening.events import read_events
from haodun.screening.verdicts import Mode

Run = Callable[..., Result]
Records = Callable[..., bytes]


def data_columns(run: Path) -> dict[str, list[Any]]:
    """The verdict log without the source column."""
    table = pq.read_table(run / "verdicts.parquet").to_pydict()
    del table["source"]
    return table


def test_a_run_leaves_what_the_reference_says(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_bytes(records(50))
    result = screen(tmp_path / "Master.csv")
    names = sorted(path.name for path in result.folder.path.iterdir())
    assert names == [
        "input.parquet",
        "policy",
        "quarantine.jsonl",
        "report.html",
        "run.json",
        "state",
        "verdicts.parquet",
    ]
    assert result.summary.calls == 50
    assert len(list(read_events(result.folder.input_log))) == 150
    assert json.loads(result.folder.run_json.read_text())["status"] == "done"


@pytest.mark.parametrize("pack", ["plain", "gz", "zst", "two members", "folder", "two files", "stdin"])
def test_however_the_records_come_the_verdicts_are_the_same(
    pack: str, screen: Run, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, first, second = records(40), records(20), records(20, start=20)
    (tmp_path / "Master.csv").write_bytes(whole)
    expected = screen(tmp_path / "Master.csv", out="expected")
    folder = tmp_path / "in"
    folder.mkdir()
    arguments: list[str | Path] = [folder]
    if pack == "stdin":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(whole)))
        arguments = ["-"]
    elif pack == "plain":
        (folder / "a.csv").write_bytes(whole)
    elif pack == "gz":
        (folder / "a.csv.gz").write_bytes(gzip.compress(whole))
    elif pack == "zst":
        (folder / "misnamed.csv").write_bytes(zstandard.compress(whole))
    elif pack == "two members":
        (folder / "a.csv.gz").write_bytes(gzip.compress(first) + gzip.compress(second))
    elif pack == "folder":
        (folder / "deep").mkdir()
        (folder / "deep" / "b.csv").write_bytes(second)
        (folder / "a.csv").write_bytes(first)
    elif pack == "two files":
        (folder / "b.csv").write_bytes(first)
        (folder / "a.csv").write_bytes(second)
        arguments = [folder / "b.csv", folder / "a.csv"]
    result = screen(*arguments)
    assert data_columns(result.folder.path) == data_columns(expected.folder.path)
    assert result.record["run"] == expected.record["run"]


def test_legs_of_one_call_are_one_call_wherever_they_stand(screen: Run, records: Records, tmp_path: Path) -> None:
    rows = records(3).decode().splitlines(keepends=True)
    leg = rows[0].replace('"1763632800.0","","","1763632800.0",0', '"1763632800.9","","","1763632800.0",1')
    leg = leg.replace("13800130000", "200").replace("10:00:00", "10:00:01", 1).replace(",3600,", ",3599,")
    (tmp_path / "a.csv").write_text("".join(rows))
    (tmp_path / "b.csv").write_text(leg)
    result = screen(tmp_path / "a.csv", tmp_path / "b.csv")
    assert result.summary.calls == 3
    attempts = [event for event in read_events(result.folder.input_log) if event.kind == 0]
    assert [event.callee_text for event in attempts if event.call_id == "1763632800.0"] == ["13800130000"]


def test_the_order_of_the_input_log_is_time_call_kind(screen: Run, records: Records, tmp_path: Path) -> None:
    lines = records(60).decode().splitlines(keepends=True)
    (tmp_path / "a.csv").write_text("".join(lines[::-1]))
    events = list(read_events(screen(tmp_path / "a.csv").folder.input_log))
    keys = [(event.time_ms, event.call_id, int(event.kind)) for event in events]
    assert keys == sorted(keys)
    assert [event.number for event in events] == list(range(1, len(events) + 1))


def test_parts_and_states_change_nothing(
    screen: Run, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(records(70))
    whole = screen(tmp_path / "a.csv", out="whole")
    small = Limits(held_bytes=0, records_per_spill=9, events_per_part=11, events_per_fast_part=11)
    for module in ("spill", "judging", "fast_judging", "joining"):
        monkeypatch.setattr(f"haodun.edge.batch.{module}.LIMITS", small)
    cut = screen(tmp_path / "a.csv", out="cut")
    assert data_columns(cut.folder.path) == data_columns(whole.folder.path)
    assert len(list(cut.folder.states.iterdir())) == 1 + -(-210 // 11)


def test_a_carried_state_goes_on_where_the_last_run_stopped(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(records(30))
    (tmp_path / "2.csv").write_bytes(records(5, start=2000))
    screen(tmp_path / "1.csv", out="one", state=tmp_path / "state")
    fresh = screen(tmp_path / "2.csv", out="fresh")
    carried = screen(tmp_path / "2.csv", out="two", state=tmp_path / "state")
    assert carried.record["run"] != fresh.record["run"], "another state, another run"
    first = [len((run.folder.states / f"{0:012d}.state").read_bytes()) for run in (fresh, carried)]
    assert first[0] < first[1]


def test_the_site_key_is_made_once_and_for_its_owner_only(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(2))
    screen(tmp_path / "a.csv")
    key = tmp_path / "home" / "haodun" / "site.key"
    content = key.read_bytes()
    screen(tmp_path / "a.csv", out="again")
    assert key.read_bytes() == content and len(content) == 32
    assert key.stat().st_mode & 0o777 == 0o600


def test_an_empty_file_is_a_run_without_calls_or_a_sentence(screen: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(UnknownFormatError, match=r"empty\.csv"):
        screen(tmp_path / "empty.csv")
    told = screen(tmp_path / "empty.csv", out="told", format="asterisk")
    assert told.summary.calls == 0
    assert "没有可判定的呼叫" in (told.folder.path / "report.html").read_text(encoding="utf-8")


def test_an_unknown_csv_is_answered_with_a_proposed_map(screen: Run, tmp_path: Path) -> None:
    text = "when;from;to;talk\n2026-11-20 10:00:00;13912345678;13800138000;60\n2026-11-20 10:00:09;13912345679;110;5\n"
    (tmp_path / "odd.csv").write_text(text * 3)
    with pytest.raises(UnknownFormatError, match="--map") as caught:
        screen(tmp_path / "odd.csv")
    assert "columns" in caught.value.proposal


def refused(screen: Run, *calls: Path | str, match: str, **settings: Any) -> None:
    with pytest.raises(BatchError, match=match):
        screen(*calls, **settings)


def test_wrong_use_is_refused_with_a_sentence(screen: Run, records: Records, tmp_path: Path) -> None:
    good = tmp_path / "a.csv"
    good.write_bytes(records(3))
    screen(good)
    (tmp_path / "link.csv").symlink_to(good)
    (tmp_path / "void").mkdir()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "something").write_text("x")
    refused(screen, good, match="holds a run already")
    refused(screen, tmp_path / "none.csv", out="b", match="no file and no folder")
    refused(screen, tmp_path / "void", out="c", match="no file to read")
    refused(screen, good, tmp_path / "link.csv", out="d", match="named twice")
    refused(screen, good, out="taken", match="no run folder")
    refused(screen, good, out="e", trunks=tmp_path / "none.yaml", match="cannot be read")


def test_a_damaged_gzip_is_refused(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(records(400))[:-20])
    refused(screen, tmp_path / "cut.csv.gz", match="damaged or cut off")


def test_a_bomb_is_refused(screen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haodun.edge.batch.inputs.RATIO_FREE", 1_000_000)
    monkeypatch.setattr("haodun.edge.batch.inputs.MAX_RATIO", 100)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b'"' + b"\n" * 30_000_000))
    refused(screen, tmp_path / "bomb.csv.gz", format="asterisk", match="bomb")


def test_a_file_of_mostly_bad_records_stops_the_run(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(900) + b'"only","three","columns"\n' * 400)
    refused(screen, tmp_path / "a.csv", match="cannot be read")


def test_resume_refuses_what_was_not_asked_before(screen: Run, records: Records, tmp_path: Path) -> None:
    first = tmp_path / "a.csv"
    first.write_bytes(records(5))
    screen(first)
    other = tmp_path / "b.csv"
    other.write_bytes(records(6))
    refused(screen, other, resume=True, match="the call records differ")
    refused(screen, first, resume=True, policy="intl", match="--policy")
    refused(screen, first, resume=True, mode=Mode.OBSERVE, match="--mode")
    os.utime(first, ns=(1, 1))
    refused(screen, first, resume=True, match="the call records differ")


def test_resume_of_a_finished_run_and_on_nothing(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(5))
    fresh = screen(tmp_path / "a.csv", resume=True)
    before = data_columns(fresh.folder.path)
    again = screen(tmp_path / "a.csv", resume=True)
    assert data_columns(again.folder.path) == before
    assert again.record["run"] == fresh.record["run"]


def test_the_sort_keeps_to_its_memory(screen: Run, records: Records, tmp_path: Path) -> None:
    from haodun.edge.batch.joining import connect

    with connect(tmp_path / "scratch") as connection:
        limit, folder = connection.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()[0]
    assert limit.startswith("953") and LIMITS.memory == "1GB"
    assert folder == str(tmp_path / "scratch")


def test_a_wrong_out_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WrongUseError) as caught:
        run_screen(Settings(calls=[str(tmp_path / "file")], out=tmp_path / "file"))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("policy", "tz", "offset"), [("cn", "UTC", 480), ("uk", "UTC", 0), ("us", "America/New_York", -300)]
)
def test_the_local_hour_is_that_of_the_home_country(
    policy: str, tz: str, offset: int, screen: Run, records: Records, tmp_path: Path
) -> None:
    from zoneinfo import ZoneInfo

    (tmp_path / "a.csv").write_bytes(records(2))
    result = screen(tmp_path / "a.csv", policy=policy, tz=ZoneInfo(tz), tz_name=tz)
    assert result.record["parameters"]["utc_offset_minutes"] == offset


def test_two_runs_in_one_folder_at_once_are_refused(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(2))
    result = screen(tmp_path / "a.csv")
    with result.folder.locked():
        refused(screen, tmp_path / "a.csv", resume=True, match="another haodun works in")


def test_a_refused_run_leaves_nothing_and_a_run_folder_is_no_input(
    screen: Run, records: Records, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(records(2))
    with pytest.raises(BatchError):
        screen(tmp_path / "void.csv", out="refused")
    assert not (tmp_path / "refused").exists()
    screen(tmp_path / "in", out="in/run")
    assert screen(tmp_path / "in", out="again").summary.calls == 2


def test_labels_that_are_none_are_refused_before_the_work(screen: Run, records: Records, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(records(2))
    refused(screen, tmp_path / "a.csv", labels=tmp_path / "a.csv", match="--labels")
    assert not (tmp_path / "run").exists()
