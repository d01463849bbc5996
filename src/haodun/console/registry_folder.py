"""A registry folder of the lab (`docs/reference/registry-folder.md`) as records of the past for the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.offices.organisations.services import Kind, find
from haodun.registry.key_services.services import (
    Application,
    NumbersInvolved,
    PastService,
    PersonSeen,
    ServiceKind,
)
from haodun.registry.resellers.services import Inspection, PastCase, Sample, Way
from haodun.registry.voice_lines.services import LineKind, Method, NewLine, PastLine, PastTest

FILES = (
    "subscribers", "key_services", "involved", "voice_lines", "voice_line_tests", "reseller_samples", "reseller_cases",
)  # fmt: skip
BATCH = 500
"""Rows that are in memory, and in one transaction, at a time."""
BEIJING = ZoneInfo("Asia/Shanghai")
HOURS = {"ordered_on": 10, "rectified_on": 11, "checked_on": 14, "closed_on": 15, "accepted_on": 16}
"""The hour at which a day's step is recorded, 9 for those not named: a folder knows days only."""

Row = dict[str, Any]


class FolderError(ValueError):
    """The folder is no registry folder, or does not fit this installation; one sentence."""


class Folder:
    """The files of a folder, and the organisations of this installation that they name."""

    def __init__(self, path: Path) -> None:
        """FolderError where a file is missing or is no Parquet file."""
        self.path = path
        missing = [name for name in FILES if not self.file(name).is_file()]
        if missing:
            raise FolderError(f"{path}: {missing[0]}.parquet is missing; name the folder of `haodun lab registry`")
        try:
            self.rows = {name: int(pq.read_metadata(self.file(name)).num_rows) for name in FILES}
            self.seed = (pq.read_schema(self.file("subscribers")).metadata or {}).get(b"haodun.seed", b"?").decode()
        except (pa.ArrowException, OSError) as error:
            raise FolderError(f"{path}: a file is no Parquet file ({error}); write the folder again") from error
        self._named = {row.name_zh: row.id for row in find()}
        self._ministry = find(kind=Kind.MINISTRY).first()

    @property
    def note(self) -> str:
        """What the steps say of where they come from."""
        return f"历史资料补录：合成国家，种子 {self.seed}"

    def file(self, name: str) -> Path:
        """One of FILES."""
        return self.path / f"{name}.parquet"

    def ministry(self) -> Any:
        """The ministry of this installation; FolderError where there is none."""
        if self._ministry is None:
            raise FolderError("this installation has no ministry; run `haodun manage seed_country` first")
        return self._ministry

    def services(self) -> Iterator[list[PastService]]:
        """Key services, BATCH at a time."""
        return ([self._service(row) for row in rows] for rows in self._batches("key_services"))

    def involved(self) -> Iterator[list[tuple[NumbersInvolved, datetime | None]]]:
        """Police notices, with when each was withdrawn; the ministry reads them."""
        readers = (self.ministry().id,)
        for rows in self._batches("involved"):
            yield [
                (
                    NumbersInvolved(UUID(row["notice"]), row["noticed_at"], (int(f"86{row['number']}"),), readers),
                    row["withdrawn_at"],
                )
                for row in rows
            ]

    def lines(self) -> Iterator[list[PastLine]]:
        """Voice lines with their tests, which stand in the order of the lines."""
        tests = (row for rows in self._batches("voice_line_tests") for row in rows)
        waiting = next(tests, None)
        for rows in self._batches("voice_lines"):
            lines = []
            for row in rows:
                own: list[Row] = []
                while waiting is not None and waiting["trunk"] == row["trunk"]:
                    own.append(waiting)
                    waiting = next(tests, None)
                lines.append(self._line(row, own))
            yield lines
        if waiting is not None:
            raise FolderError(f"voice_line_tests: {waiting['trunk']} is no line, or not in the order of voice_lines")

    def cases(self) -> list[PastCase]:
        """Inspections of resellers with what followed; the sample is counted from its rows."""
        counts: dict[str, tuple[int, int]] = {}
        for rows in self._batches("reseller_samples"):
            for row in rows:
                size, good = counts.get(row["reseller"], (0, 0))
                counts[row["reseller"]] = (size + 1, good + bool(row["compliant"]))
        return [self._case(row, *counts[row["reseller"]]) for rows in self._batches("reseller_cases") for row in rows]

    def _batches(self, name: str) -> Iterator[list[Row]]:
        with pq.ParquetFile(self.file(name)) as opened:
            for batch in opened.iter_batches(batch_size=BATCH):
                yield batch.to_pylist()

    def _organisation(self, name: str) -> UUID:
        try:
            return self._named[name]
        except KeyError:
            raise FolderError(f"{self.path} names {name}, no organisation here; run `seed_country` first") from None

    def _service(self, row: Row) -> PastService:
        moments = _moments(row)
        return PastService(
            carrier=self._organisation(row["carrier"]),
            application=Application(
                kind=ServiceKind(row["kind"]),
                number=row["number"],
                applicant=row["applicant"],
                uscc=row["uscc"],
                legal=PersonSeen(row["legal_name"], row["legal_document"]),
                handler=PersonSeen(row["handler_name"], row["handler_document"]),
                use=row["use"],
                landing=(row["landing"],),
                province=row["province"],
                existing_since=moments["existing_since"],
            ),
            checked_at=moments["checked_on"],
            defect=row["defect"] or "",
            flagged_at=moments["flagged_on"],
            ordered_at=moments["ordered_on"],
            rectified_at=moments["rectified_on"],
            accepted_at=_moment(row["rectified_on"], "accepted_on"),
            suspended_at=moments["suspended_on"],
            closed_at=moments["closed_on"],
        )

    def _line(self, row: Row, tests: list[Row]) -> PastLine:
        moments = _moments(row)
        return PastLine(
            carrier=self._organisation(row["carrier"]),
            line=NewLine(
                kind=LineKind(row["kind"]),
                trunk=row["trunk"],
                permits=(row["permits"],),
                holder=row["holder"] or "",
                uscc=row["uscc"] or "",
                location=row["location"],
                province=row["province"],
                hiding_off=row["hiding_off"],
                resold=row["resold"],
                licence=row["licence"] or "",
                existing_since=moments["existing_since"],
            ),
            tests=tuple(PastTest(Method(one["method"]), _must(one, "tested_on"), one["passed"]) for one in tests),
            enforced=row["authenticated"],
            closed_at=moments["closed_on"],
        )

    def _case(self, row: Row, size: int, good: int) -> PastCase:
        day = date.fromisoformat(row["inspected_on"])
        steps = (
            ("notify", row["notified_on"]), ("stop_supply", row["supply_stopped_on"]),
            ("confirm", row["confirmed_on"]), ("stop_users", row["users_stopped_on"]),
        )  # fmt: skip
        recorded = _must(row, "inspected_on")
        followed = tuple((action, at) for action, said in steps if (at := _moment(said, action)) is not None)
        seen = Inspection(
            reseller=self._organisation(row["reseller"]),
            host=self._organisation(row["host"]),
            way=Way(row["way"]),
            on=day,
            sample=Sample(size, good, self.note),
            target=row["target"],
        )
        return PastCase(self.ministry().id, seen, recorded, followed or (("clear", recorded),))


def _moments(row: Mapping[str, Any]) -> dict[str, datetime | None]:
    """The moments of a row's days; those that never came are None."""
    return {name: _moment(said, name) for name, said in row.items() if name.endswith(("_on", "_since"))}


def _moment(day: str | None, what: str) -> datetime | None:
    return None if day is None else datetime.combine(date.fromisoformat(day), time(HOURS.get(what, 9)), BEIJING)


def _must(row: Mapping[str, Any], name: str) -> datetime:
    found = _moment(row[name], name)
    if found is None:
        raise FolderError(f"{name} is empty in a row that needs it; write the folder again")
    return found
