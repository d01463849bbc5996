"""Checking and applying an import.

Theory of operation. `check_file` reads the file row by row, seals each good row and copies it, in chunks, into a
temporary table; then the whole set is checked (`import_checks`) and what remains is kept in `subscribers_staged`. One
transaction: a check that is killed has left nothing and is done again. `apply_run` moves kept rows into the register,
CHUNK lines in a transaction that also notes how far it came: killed, it goes on where it was, and no row comes twice.
It is by chunks and not all or none because ten million rows in one transaction would hold back everybody who closes or
opens a number meanwhile. Each chunk is compared with the register again: a number that got a holder since the check is
passed over and counted as `late`. All rows carry one moment of recording, and no figure is published meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

from django.db import IntegrityError, connection, transaction
from psycopg.errors import ExclusionViolation

from haodun.offices.organisations.services import system
from haodun.offices.sheets.services import CellError, Reason, Sheet, read
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers import import_checks, sealed_files, staging
from haodun.registry.subscribers.facts import HoldersChanged
from haodun.registry.subscribers.import_columns import COLUMNS, Reader
from haodun.registry.subscribers.models import ImportRun
from haodun.registry.subscribers.quarantine import CLASH
from haodun.registry.subscribers.recording import moment
from haodun.registry.subscribers.run_models import Mode
from haodun.registry.subscribers.sealing import BEIJING, Sealer, now
from haodun.registry.subscribers.sealing import COLUMNS as SEALED
from haodun.registry.subscribers.values import SubscriberRefused

COPY = 10_000
"""Rows of one COPY."""
CHUNK = 50_000
"""Lines of one transaction of the application."""
MAX_ROWS = 20_000_000
Progress = Callable[[str, float], None]
_NAMES = ", ".join(("line", "interval", *(name for name, _ in SEALED)))
_WHERE = "run = %(run)s AND line > %(after)s AND line <= %(upto)s"
_KEEP = f"INSERT INTO {staging.KEPT} (run, {_NAMES}) SELECT %(run)s, {_NAMES} FROM {staging.TEMPORARY}"  # noqa: S608
_LATE = f"""
DELETE FROM {staging.KEPT} AS staged WHERE {_WHERE} AND (
  EXISTS (SELECT 1 FROM subscribers_holderinterval AS kept
          WHERE kept.number = staged.number AND kept.valid && staged.valid)
  OR EXISTS ({CLASH.format(row="staged")})
)
"""  # noqa: S608
_LATE_STOPPED = f"DELETE FROM {staging.KEPT} WHERE {_WHERE} AND {import_checks.OF_STOPPED}"  # noqa: S608
_UPTO = f"""
SELECT max(line) FROM (SELECT line FROM {staging.KEPT} WHERE run = %(run)s AND line > %(after)s ORDER BY line
LIMIT {CHUNK}) AS found
"""  # noqa: S608


def silent(step: str, share: float) -> None:
    """No progress is told."""


def check_file(run: ImportRun, file: IO[bytes], *, progress: Progress = silent) -> Sheet:
    """Check a file and keep its good rows; the run's counts are set (not saved). SheetError: nothing was kept."""
    at = now()
    sheet = read(file, columns=COLUMNS, limit=MAX_ROWS)
    reader = Reader(run.organisation, on=at.astimezone(BEIJING).date(), at=at)
    with system(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {staging.KEPT} WHERE run = %s", [run.id])  # noqa: S608
        staging.begin(cursor)
        for rows in _sealed(sheet, reader):
            staging.copy(cursor, rows, lines=True)
            progress("read", sheet.share())
        cursor.execute(f"ANALYZE {staging.TEMPORARY}")
        wrong = {
            name: list(import_checks.wrong_lines(cursor, name, now=at, opening=run.mode == Mode.NEW))
            for name in _asked(run)
        }
        progress("checked", 1.0)
        run.summary = import_checks.summary(cursor)
        if run.mode == Mode.EXISTING:
            run.summary["above_limit"] = import_checks.above_limit(cursor, now=at)
        staging.number_rows(cursor)
        cursor.execute(_KEEP, {"run": run.id})
        run.good = cursor.rowcount
        cursor.execute(f"SELECT coalesce(max(line), 0) FROM {staging.TEMPORARY}")  # noqa: S608
        (run.last_line,) = cursor.fetchone()
        cursor.execute(f"DROP TABLE {staging.TEMPORARY}")
    _return(sheet, file, wrong)
    run.total, run.bad = sheet.taken, sheet.bad
    faults = Counter((one.reasons[0].zh, one.reasons[0].en) for one in sheet.faults())
    run.summary["reasons"] = [{"zh": zh, "en": en, "rows": rows} for (zh, en), rows in faults.most_common(20)]
    run.summary["ignored"] = list(sheet.ignored)[:20]
    return sheet


def apply_run(run: ImportRun, *, progress: Progress = silent) -> None:
    """Bring the kept rows into the register, from where it stopped to the end. The run's row is kept up to date."""
    if run.recorded_at is None:
        with system(), transaction.atomic(), connection.cursor() as cursor:
            run.recorded_at = moment(cursor, None)
            run.save(update_fields=["recorded_at"])
    while True:
        try:
            more = _apply_chunk(run)
        except IntegrityError as error:
            if not isinstance(error.__cause__, ExclusionViolation):
                raise
            run.refresh_from_db()  # somebody got the number between the comparison and the insertion: compare again
            continue
        progress("applied", min(1.0, run.applied_line / max(1, run.last_line)))
        if not more:
            return


def _apply_chunk(run: ImportRun) -> bool:
    with system(), transaction.atomic(), connection.cursor() as cursor:
        held = ImportRun.objects.select_for_update().get(pk=run.pk)
        values: dict[str, Any] = {"run": held.id, "after": held.applied_line}
        cursor.execute(_UPTO, values)
        (values["upto"],) = cursor.fetchone()
        if values["upto"] is None:
            return False
        moment(cursor, held.recorded_at)
        cursor.execute(_LATE, values)
        held.late += cursor.rowcount
        cursor.execute(_LATE_STOPPED, values | import_checks.stopped_now(opening=held.mode == Mode.NEW))
        held.late += cursor.rowcount
        held.applied += staging.insert(
            cursor, recorded=held.recorded_at, source="import", actor=held.uploaded_by, table=staging.KEPT,
            where=_WHERE, values=values,
        )  # fmt: skip
        cursor.execute(f"DELETE FROM {staging.KEPT} WHERE {_WHERE} RETURNING number", values)  # noqa: S608
        numbers = tuple(sorted({number for (number,) in cursor.fetchall()}))
        held.applied_line = values["upto"]
        held.save(update_fields=["applied_line", "applied", "late"])
        if numbers:
            emit(HoldersChanged(numbers=numbers))
    run.applied_line, run.applied, run.late = held.applied_line, held.applied, held.late
    return True


def drop_rows(run: ImportRun) -> None:
    """Forget the kept rows of a run, and its files once that is committed: a file does not come back."""
    with system(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {staging.KEPT} WHERE run = %s", [run.id])  # noqa: S608
    for name in (file_of(run), bad_file_of(run)):
        transaction.on_commit(partial(sealed_files.forget, name))


def file_of(run: ImportRun) -> str:
    """Name of the kept upload."""
    return str(run.id)


def bad_file_of(run: ImportRun) -> str:
    """Name of the kept file of bad rows."""
    return f"{run.id}-bad"


def _asked(run: ImportRun) -> tuple[str, ...]:
    always = ("stopped", "twice", "held", "quarantine")
    return (*always, "limit") if run.mode == Mode.NEW else always


def _sealed(sheet: Sheet, reader: Reader) -> Iterator[list[tuple[Any, ...]]]:
    sealer, chunk = Sealer(), list[tuple[Any, ...]]()
    for row in sheet.rows:
        try:
            chunk.append((row.number, *sealer.row(reader.holding(row.values))))
        except CellError as error:
            sheet.set_aside(row, error.reason)
        except SubscriberRefused as error:
            sheet.set_aside(row, Reason(error.zh, str(error)))
        if len(chunk) == COPY:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _return(sheet: Sheet, file: IO[bytes], wrong: dict[str, list[int]]) -> None:
    """Read the file again for the cells of the lines that failed a check of the whole set."""
    reasons: dict[int, list[Reason]] = {}
    for name, lines in wrong.items():
        for line in lines:
            reasons.setdefault(line, []).append(import_checks.REASONS[name])
    if not reasons:
        return
    last = max(reasons)
    for row in read(file, columns=COLUMNS, limit=MAX_ROWS).rows:
        if row.number in reasons:
            sheet.set_aside(row, *reasons[row.number])
        if row.number >= last:
            return
