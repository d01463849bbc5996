"""`haodun manage verify_directory`: check a folder of directory versions as a consumer does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from haodun.registry.trusted_numbers.documents import DirectoryError, Head, Item, apply_delta, read_full, read_head
from haodun.screening.snapshot import PublicKey, SnapshotRefused

_VERSION = re.compile(r"[0-9]{1,12}", re.ASCII)


class Command(BaseCommand):
    """Follow the deltas of a folder from its first version to its last."""

    help = "Check a folder of directory versions (N/head.json …) against the issuer's public key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Folder and key."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="The issuer's public key (PEM).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which versions hold, or where the chain breaks."""
        folder: Path = options["folder"]
        try:
            key = PublicKey.load(options["key"])
            versions = sorted(int(one.name) for one in folder.iterdir() if _VERSION.fullmatch(one.name))
            if not versions:
                raise CommandError(f"{folder} holds no version; name the folder that holds 1, 2, 3 …")
            head, items = _first(folder / str(versions[0]), key)
            for version in versions[1:]:
                head, items = _next(folder / str(version), key, head, items)
        except (DirectoryError, SnapshotRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"versions {versions[0]} to {head.version} hold: {head.items} numbers, issuer {head.issuer}")


def _first(place: Path, key: PublicKey) -> tuple[Head, list[Item]]:
    head = read_head((place / "head.json").read_bytes(), (place / "head.sig").read_bytes(), key)
    return head, read_full(head, (place / "full.json").read_bytes())


def _next(place: Path, key: PublicKey, parent: Head, items: list[Item]) -> tuple[Head, list[Item]]:
    head = read_head((place / "head.json").read_bytes(), (place / "head.sig").read_bytes(), key)
    return head, apply_delta(head, (place / "delta.json").read_bytes(), parent=parent, items=items)
