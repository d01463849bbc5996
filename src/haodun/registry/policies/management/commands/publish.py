"""`haodun manage publish [--full] [--approval FILE …]`: publish a snapshot now, also one that waits for approvals."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from haodun.registry.policies.content import SiteError
from haodun.registry.policies.drafts import waiting
from haodun.registry.policies.publishing import publish
from haodun.registry.policies.releasing import ApprovalRefused, publish_approved
from haodun.screening.snapshot import SnapshotRefused


class Command(BaseCommand):
    """Publish a snapshot now."""

    help = "Publish what has changed; with --full a full snapshot, changed or not; with --approval what waits for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--full, --approval."""
        parser.add_argument("--full", action="store_true")
        parser.add_argument(
            "--approval",
            action="append",
            type=Path,
            default=[],
            help="a file of `haodun snapshot approve`; two of them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say the version, and what waits."""
        approvals = options["approval"]
        try:
            version = publish_approved(approvals) if approvals else publish("by hand", full=options["full"])
        except (ApprovalRefused, SiteError, SnapshotRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("nothing has changed" if version is None else f"version {version}")
        draft = waiting()
        if draft is not None:
            changes = ", with another policy" if draft.policy else ""
            self.stdout.write(
                f"version {draft.version} waits for two approvals: it newly blocks {draft.new_blocks} numbers{changes}"
                f"; each approver: haodun snapshot approve {draft.folder} --key KEY --approver NAME --out FILE"
            )
