"""Imports for pages, the interface for programs and the command: upload, check, second look, apply, bad rows back."""

from __future__ import annotations

from hashlib import file_digest
from typing import IO
from uuid import UUID

import structlog

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.sheets.services import SheetError, kind_of
from haodun.offices.transitions.services import SYSTEM, Actor, Change, Outcome, Preview, act, begin, preview
from haodun.registry.subscribers import sealed_files
from haodun.registry.subscribers.import_runs import (
    Progress,
    apply_run,
    bad_file_of,
    check_file,
    drop_rows,
    file_of,
    silent,
)
from haodun.registry.subscribers.models import ImportRun
from haodun.registry.subscribers.states import IMPORT

MAX_UPLOAD = 512 * 2**20
"""Bytes of a file that comes through the browser; larger ones by `haodun manage import_subscribers`."""
COUNTS = ("total", "good", "bad", "last_line", "summary", "failure_zh", "failure_en")
log = structlog.get_logger("haodun.subscribers")


def upload(actor: Actor, file: IO[bytes], *, organisation: UUID, mode: str, key: str, at_once: bool = False) -> UUID:
    """Take a file of registrations; its id. A job checks it, unless the caller does (`at_once`).

    SheetError for a file that is empty, too large, or of no known kind. Refused. The same key takes the same file once.
    """
    file.seek(0, 2)
    size = file.tell()
    if not at_once and size > MAX_UPLOAD:
        raise SheetError(
            f"文件超过 {MAX_UPLOAD // 2**20} MB：请在服务器上用 haodun manage import_subscribers 导入。",
            f"the file has more than {MAX_UPLOAD // 2**20} MB: import it on the server with import_subscribers",
        )
    kind = kind_of(file)
    file.seek(0)
    digest = file_digest(file, "sha256").digest()  # type: ignore[arg-type]

    def make(change: Change) -> list[ImportRun]:
        run = ImportRun.objects.create(
            organisation=Organisation.objects.get(id=organisation),
            mode=mode,
            kind=kind.value,
            size=size,
            sha256=digest,
            state=IMPORT.initial,
            version=1,
            uploaded_by=actor.user_id,
            created_at=change.at,
            readers=list(readers_of(organisation)),
        )
        if not at_once:
            sealed_files.keep(file_of(run), file)
        return [run]

    request = {"sha256": digest.hex(), "mode": mode, "organisation": str(organisation), "now": at_once}
    return begin(actor, IMPORT, "upload", make, key=key, request=request)[0].id


def check(run_id: UUID, file: IO[bytes] | None = None, *, progress: Progress = silent) -> ImportRun:
    """Check an uploaded file: CHECKED with its counts, or UNREADABLE and why. In another state nothing is done."""
    with system():
        run: ImportRun = ImportRun.objects.select_related("organisation").get(id=run_id)
        if run.state != "UPLOADED":
            return run
        try:
            sheet = check_file(run, file or sealed_files.opened(file_of(run)), progress=progress)
        except SheetError as error:
            run.failure_zh, run.failure_en = error.zh[:400], str(error)[:400]
            drop_rows(run)
            action = "unreadable"
        else:
            if sheet.bad:
                sealed_files.keep(bad_file_of(run), sheet.bad_rows())
            sealed_files.forget(file_of(run))
            action = "checked"
        run.save(update_fields=COUNTS)
        act(SYSTEM, IMPORT, [run.id], action, key=f"{action} {run.id}")
        run.refresh_from_db()
    log.info("import checked", run=str(run.id), good=run.good, bad=run.bad)
    return run


def finish(run_id: UUID, *, progress: Progress = silent) -> ImportRun:
    """Apply what was approved, from where it stopped. Another state: nothing is done."""
    with system():
        run: ImportRun = ImportRun.objects.get(id=run_id)
        if run.state != "APPLYING":
            return run
        apply_run(run, progress=progress)
        act(SYSTEM, IMPORT, [run.id], "applied", key=f"applied {run.id}")
        run.refresh_from_db()
    return run


def step(
    actor: Actor,
    run_id: UUID,
    action: str,
    *,
    key: str,
    reason: str = "",
    seen: str | None = None,
    at_once: bool = False,
) -> Outcome:
    """Apply or discard a checked import. Refused."""
    data = {"now": True} if at_once else None
    return act(actor, IMPORT, [run_id], action, key=key, reason=reason, seen=seen, data=data)[0]


def preview_step(actor: Actor, run_id: UUID, action: str) -> Preview:
    """What a step would meet, and what it would register."""
    return preview(actor, IMPORT, [run_id], action)


def bad_rows(run: ImportRun) -> IO[bytes] | None:
    """The rows that were set aside, as a file of the kind of the upload; None where there are none or they are gone."""
    name = bad_file_of(run)
    return sealed_files.opened(name) if sealed_files.is_kept(name) else None
