"""`haodun manage load_country FOLDER`: bring a synthetic country's registry into an installation that has none."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sized
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from haodun.console.registry_folder import Folder, FolderError
from haodun.offices.transitions.services import Refused
from haodun.registry.key_services import services as key_services
from haodun.registry.resellers import services as resellers
from haodun.registry.subscribers.services import operators_counted
from haodun.registry.voice_lines import services as voice_lines


class Command(BaseCommand):
    """Load the folder that `haodun lab registry` wrote."""

    help = "Load a synthetic country's registry with the days of its steps, into an installation that has none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", type=Path, help="the folder registry/ that `haodun lab registry` wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say how much; exit 1 with a sentence where it cannot."""
        try:
            folder = Folder(options["folder"])
            ministry = folder.ministry()
            _refuse_second()
            self._load("key services", folder, "key_services", folder.services(), _with(key_services.bring_in, folder))
            self._load("notices", folder, "involved", folder.involved(), key_services.bring_in_involved)
            self._load("voice lines", folder, "voice_lines", folder.lines(), _with(voice_lines.bring_in, folder))
            self._load("resellers", folder, "reseller_cases", [folder.cases()], _with(resellers.bring_in, folder))
        except (FolderError, Refused) as error:
            raise CommandError(str(error)) from error
        subscribers = str(folder.file("subscribers"))
        call_command("import_subscribers", subscribers, organisation=ministry.name_zh, apply=True, stdout=self.stdout)

    def _load(
        self, what: str, folder: Folder, name: str, batches: Iterable[Sized], bring_in: Callable[[Any], None]
    ) -> None:
        done, whole, told = 0, folder.rows[name], time.monotonic()
        for batch in batches:
            bring_in(batch)
            done += len(batch)
            if time.monotonic() - told > 2:
                told = time.monotonic()
                sys.stderr.write(f"{what} {done} of {whole}\n")
        self.stdout.write(f"{done} {what}")


def _with(bring_in: Callable[..., None], folder: Folder) -> Callable[[Any], None]:
    return lambda batch: bring_in(batch, note=folder.note)


def _refuse_second() -> None:
    from django.utils import timezone

    there = key_services.on_record() + voice_lines.on_record() + resellers.on_record()
    if there or operators_counted(timezone.now()):
        raise FolderError(
            "the register has services, lines, cases or holders already; a country is loaded into an installation"
            " without any: name another --data, and run seed_country there"
        )
