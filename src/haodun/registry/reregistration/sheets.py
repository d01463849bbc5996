"""A file of re-registrations: checked row by row, looked at by a second person, recorded in parts; bad rows go back.

Theory of operation. The upload is kept sealed until it is dealt with. `check` reads it and tries each part out, which
changes nothing. `finish` reads it again and records PART lines a transaction, which also notes how far it came and
which rows were refused meanwhile: killed, it goes on where it was, and no holder is recorded twice. At the end of both,
the rows that were not taken go into a file of the same kind, with their reasons.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest
from typing import IO, Any

from django.db import transaction
from django.utils import timezone

from haodun.offices.organisations.services import readers_of, system
from haodun.offices.sheets.services import CellError, Column, Reason, Row, SheetError, kind_of, read
from haodun.offices.sheets.services import Sheet as Reading
from haodun.offices.transitions.services import SYSTEM, Actor, Change, Outcome, Preview, Refused, act, begin, preview
from haodun.registry.key_services.services import is_listed
from haodun.registry.reregistration.models import Recording, Sheet
from haodun.registry.reregistration.recording import Done, Given, agent_of, listed_channel, stops_on, write
from haodun.registry.reregistration.states import RECORDING, SHEET
from haodun.registry.reregistration.values import Possession
from haodun.registry.subscribers import sealed_files
from haodun.registry.subscribers.import_columns import COLUMNS as REGISTER
from haodun.registry.subscribers.sealing import BEIJING
from haodun.registry.subscribers.services import (
    Document,
    DocumentError,
    DocumentKind,
    Shown,
    SubscriberRefused,
    reregister,
    try_out,
)

MAX_ROWS = 20_000
MAX_UPLOAD = 20 * 2**20
"""Bytes."""
PART = 500
"""Lines of one transaction."""
TWICE = Reason("同一号码在文件中出现两次", "the number stands twice in this file")
_PARSE = {one.name: one.parse for one in REGISTER}
_POSSESSION = {str(name): value for value, title in Possession.choices for name in (value, title)}


def _possession(text: str) -> str:
    if text not in _POSSESSION:
        said = "、".join(str(title) for title in Possession.labels)
        raise CellError(f"应为以下之一：{said}", f"must be one of {', '.join(Possession.values)}")
    return _POSSESSION[text]


COLUMNS = (
    Column("number", "号码", "Number", parse=_PARSE["number"]),
    Column("name", "姓名或单位名称", "Name"),
    Column("document_kind", "证件类型", "Document kind", required=False, parse=_PARSE["document_kind"]),
    Column("document", "证件号码", "Document number"),
    Column("on", "补登记日期", "Re-registered on", required=False, parse=_PARSE["since"]),
    Column("possession", "号码核实方式", "Possession", parse=_possession),
    Column("agent", "渠道统一社会信用代码", "Channel", required=False),
)
"""Without a kind it is a resident's identity card; without a day it is the moment at which it is recorded."""


@dataclass(slots=True)
class Rows:
    """Reads the rows of one file; a channel is asked for once."""

    at: datetime
    seen: set[int] = field(default_factory=set)
    channels: dict[str, bool] = field(default_factory=dict)

    def read(self, row: Row) -> tuple[Shown, Given]:
        """CellError with what is wrong with a row by itself."""
        values = row.values
        if values["number"] in self.seen:
            raise CellError(TWICE.zh, TWICE.en)
        self.seen.add(values["number"])
        kind = values["document_kind"] or DocumentKind.RESIDENT
        try:
            document = Document.parse(kind, values["document"], on=self.at.astimezone(BEIJING).date())
            agent = agent_of(values["agent"] or "")
        except DocumentError as error:
            raise CellError(f"证件号码：{error.zh}", f"document number: {error}") from error
        except Refused as error:
            raise CellError(error.zh, error.en) from error
        if agent not in self.channels:
            self.channels[agent] = bool(agent) and is_listed(agent) is not None
        if self.channels[agent]:
            raise CellError(listed_channel().zh, listed_channel().en)
        shown = Shown(values["number"], values["name"], document, values["on"] or self.at)
        return shown, Given(values["possession"], agent)


def upload(actor: Actor, file: IO[bytes], *, key: str) -> uuid.UUID:
    """Take a file; a job checks it. SheetError (too large, empty, no known kind); Refused `organisation`."""
    organisation = actor.organisation_id
    if organisation is None:
        raise Refused("organisation", "请先选择代表哪个单位办理。", "Choose the organisation that you act for.")
    file.seek(0, 2)
    if file.tell() > MAX_UPLOAD:
        raise SheetError(
            f"文件超过 {MAX_UPLOAD // 2**20} MB：请分成几个文件。",
            f"the file has more than {MAX_UPLOAD // 2**20} MB: divide it",
        )
    kind = kind_of(file)
    file.seek(0)
    digest = file_digest(file, "sha256").digest()  # type: ignore[arg-type]

    def make(change: Change) -> list[Sheet]:
        sheet = Sheet.objects.create(
            organisation_id=organisation,
            kind=kind.value,
            sha256=digest,
            state=SHEET.initial,
            version=1,
            uploaded_by=actor.user_id,
            created_at=change.at,
            readers=readers_of(organisation),
        )
        sealed_files.keep(str(sheet.id), file)
        return [sheet]

    return begin(actor, SHEET, "upload", make, key=key, request={"sha256": digest.hex()})[0].id


def check(sheet_id: uuid.UUID) -> Sheet:
    """Check an uploaded file: CHECKED with its counts, or UNREADABLE and why. In another state nothing is done."""
    with system():
        sheet: Sheet = Sheet.objects.get(id=sheet_id)
        if sheet.state != "UPLOADED":
            return sheet
        try:
            _try(sheet)
        except SheetError as error:
            sheet.failure_zh, sheet.failure_en, action = error.zh[:400], str(error)[:400], "unreadable"
            sealed_files.forget(str(sheet.id))
        else:
            action = "checked"
        sheet.save(update_fields=["total", "good", "bad", "reasons", "wrong", "failure_zh", "failure_en"])
        act(SYSTEM, SHEET, [sheet.id], action, key=f"{action} {sheet.id}")
        sheet.refresh_from_db()
    return sheet


def finish(sheet_id: uuid.UUID) -> Sheet:
    """Record what was approved, from where it stopped. In another state nothing is done."""
    with system():
        sheet: Sheet = Sheet.objects.get(id=sheet_id)
        if sheet.state != "APPLYING":
            return sheet
        reading, rows = _opened(sheet), Rows(timezone.now())
        for part, last in _parts(reading, rows, sheet.wrong):
            if last > sheet.done_line:
                _record(sheet, [one for one in part if one[0] > sheet.done_line], last, rows.at)
        _give_back(sheet)
        act(SYSTEM, SHEET, [sheet.id], "applied", key=f"applied {sheet.id}")
        sealed_files.forget(str(sheet.id))
        sheet.refresh_from_db()
    return sheet


def step(
    actor: Actor, sheet_id: uuid.UUID, action: str, *, key: str, reason: str = "", seen: str | None = None
) -> Outcome:
    """Apply or discard a checked file. Refused."""
    return act(actor, SHEET, [sheet_id], action, key=key, reason=reason, seen=seen)[0]


def preview_step(actor: Actor, sheet_id: uuid.UUID, action: str) -> Preview:
    """What a step would meet, and how many numbers it would register."""
    return preview(actor, SHEET, [sheet_id], action)


def bad_rows(sheet: Sheet) -> IO[bytes] | None:
    """The rows that were not taken, with their reasons; None where there are none or they are gone."""
    name = _bad(sheet)
    return sealed_files.opened(name) if sealed_files.is_kept(name) else None


_Part = list[tuple[int, Shown, Given]]


def _try(sheet: Sheet) -> None:
    reading, rows = _opened(sheet), Rows(timezone.now())
    sheet.wrong, sheet.good = {}, 0
    for part, _last in _parts(reading, rows, sheet.wrong):
        refused = try_out([shown for _, shown, _ in part], organisation=sheet.organisation_id, at=rows.at)
        for (line, _, _), why in zip(part, refused, strict=True):
            if why is not None:
                sheet.wrong[str(line)] = [why.zh, str(why)]
        sheet.good += sum(why is None for why in refused)
    sheet.total = reading.taken
    _give_back(sheet)


def _record(sheet: Sheet, part: _Part, last: int, at: datetime) -> None:
    """One part in one transaction, with how far the file is dealt with."""
    organisation, done = sheet.organisation_id, list[Done]()
    with transaction.atomic():
        laid = stops_on([shown.number for _, shown, _ in part], at)
        found = reregister([shown for _, shown, _ in part], organisation=organisation, at=at, actor=sheet.uploaded_by)
        for (line, shown, given), one in zip(part, found, strict=True):
            if isinstance(one, SubscriberRefused):
                sheet.wrong[str(line)] = [one.zh, str(one)]
            else:
                done.append(Done(shown, given, one))

        def make(change: Change) -> list[Recording]:
            return write(done, laid, change, organisation=organisation, recorded_by=sheet.uploaded_by, sheet=sheet.id)

        if done:
            request = {"sheet": str(sheet.id), "upto": last}
            begin(SYSTEM, RECORDING, "bring_in", make, key=f"sheet {sheet.id} {last}", request=request)
        sheet.recorded += len(done)
        sheet.lifted += sum(len(laid.get(one.shown.number, ())) for one in done)
        sheet.done_line = last
        sheet.save(update_fields=["recorded", "lifted", "done_line", "wrong"])


def _parts(reading: Reading, rows: Rows, wrong: dict[str, Any]) -> Iterator[tuple[_Part, int]]:
    """Readable rows in parts, each with its last line; what cannot be one goes into `wrong`."""
    part: _Part = []
    for row in reading.rows:
        if str(row.number) in wrong:
            continue  # refused when the file was checked, or before a kill
        try:
            part.append((row.number, *rows.read(row)))
        except CellError as error:
            wrong[str(row.number)] = [error.reason.zh, error.reason.en]
        if len(part) == PART:
            yield part, row.number
            part = []
    if part:
        yield part, part[-1][0]


def _give_back(sheet: Sheet) -> None:
    """Write the rows that are not taken into a file, and count them and their reasons."""
    reading = _opened(sheet)
    for row in reading.rows:
        why = sheet.wrong.get(str(row.number))
        if why:
            reading.set_aside(row, Reason(*why))
    sheet.bad = reading.bad
    faults = Counter((one.reasons[0].zh, one.reasons[0].en) for one in reading.faults())
    sheet.reasons = [{"zh": zh, "en": en, "rows": count} for (zh, en), count in faults.most_common(20)]
    if sheet.bad:
        sealed_files.keep(_bad(sheet), reading.bad_rows())
    sheet.save(update_fields=["bad", "reasons", "wrong"])


def _opened(sheet: Sheet) -> Reading:
    return read(sealed_files.opened(str(sheet.id)), columns=COLUMNS, limit=MAX_ROWS)


def _bad(sheet: Sheet) -> str:
    return f"{sheet.id}-bad"
