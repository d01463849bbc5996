"""`haodun manage import_subscribers FILE --organisation …`: check a file of registrations, and apply it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import system
from haodun.offices.sheets.services import SheetError
from haodun.offices.transitions.services import SYSTEM, Refused
from haodun.registry.subscribers import runs
from haodun.registry.subscribers.models import ImportRun
from haodun.registry.subscribers.run_models import Mode


class Command(BaseCommand):
    """Import registrations from a file on the server."""

    help = "Check a CSV, Excel or Parquet file of registrations; with --apply, register its good rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, organisation, mode, what to do."""
        parser.add_argument("file", nargs="?", help="the file; not needed with --resume")
        parser.add_argument("--organisation", help="code or full name of whose registrations they are")
        parser.add_argument("--mode", choices=Mode.values, default=Mode.EXISTING.value)
        parser.add_argument("--apply", action="store_true", help="register the good rows after the check")
        parser.add_argument("--bad", help="write the rows that were set aside to this new file")
        parser.add_argument("--resume", help="id of an import whose application was interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the counts; exit 1 with a sentence where the file cannot be read."""
        if options["resume"]:
            self._finish(ImportRun(id=options["resume"]))
            return
        if not options["file"] or not options["organisation"]:
            raise CommandError("name a file and --organisation (its code or full name)")
        if options["bad"] and Path(options["bad"]).exists():
            raise CommandError(f"{options['bad']} exists already; name a new file for --bad")
        run = self._check(Path(options["file"]), options)
        self.stdout.write(f"{run.id}: {run.total} rows, {run.good} good, {run.bad} set aside")
        for one in run.summary.get("reasons", []):
            self.stdout.write(f"  {one['rows']} × {one['en']}")
        self._write_bad(run, options["bad"])
        if options["apply"] and run.good:
            with system():
                seen = runs.preview_step(SYSTEM, run.id, "apply").blast
                runs.step(SYSTEM, run.id, "apply", key=str(uuid4()), seen=seen.digest() if seen else None, at_once=True)
            self._finish(run)

    def _check(self, path: Path, options: dict[str, Any]) -> ImportRun:
        try:
            with path.open("rb") as file:
                with system():
                    run_id = runs.upload(
                        SYSTEM, file, organisation=_organisation(options["organisation"]).id, mode=options["mode"],
                        key=str(uuid4()), at_once=True,
                    )  # fmt: skip
                run = runs.check(run_id, file, progress=Told())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        except SheetError as error:
            raise CommandError(f"{path}: {error}") from error
        if run.state == "UNREADABLE":
            raise CommandError(f"{path}: {run.failure_en}")
        return run

    def _write_bad(self, run: ImportRun, path: str | None) -> None:
        found = runs.bad_rows(run) if path else None
        if found is not None and path is not None:
            with Path(path).open("xb") as out:
                while chunk := found.read(1 << 20):
                    out.write(chunk)

    def _finish(self, run: ImportRun) -> None:
        try:
            done = runs.finish(run.id, progress=Told())
        except (ImportRun.DoesNotExist, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.id}: {done.state}, {done.applied} registered, {done.late} held by others meanwhile")


class Told:
    """Progress on standard error, at most once in two seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, step: str, share: float) -> None:
        """Say how far it is."""
        if time.monotonic() - self._last > 2:
            self._last = time.monotonic()
            sys.stderr.write(f"{step} {share:.0%}\n")


def _organisation(said: str) -> Organisation:
    rows = Organisation.objects.filter(closed_at=None)
    found = list(rows.filter(uscc=said.upper())[:2]) or list(rows.filter(name_zh=said)[:2])
    found = found or list(rows.filter(name_en=said)[:2])
    if len(found) != 1:
        raise CommandError(f"{said!r} names {'no' if not found else 'more than one'} organisation; give its code")
    return found[0]
