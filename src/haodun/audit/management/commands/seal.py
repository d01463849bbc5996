"""`haodun manage seal`: the sealer, one round or until it is told to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from haodun.audit.sealing import seal_forever, seal_once
from haodun.audit.site import site_sealer


class Command(BaseCommand):
    """Give committed entries their place and sign a checkpoint."""

    help = "seal the ledger: each second, until SIGTERM, or once"

    def add_arguments(self, parser: CommandParser) -> None:
        """Once, or how often."""
        parser.add_argument("--once", action="store_true", help="one round")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal; another sealer at work is no error, this one stands by."""
        sealer = site_sealer()
        if options["once"]:
            sealed = seal_once(sealer)
            said = "another sealer is at work" if sealed is None else f"sealed {sealed}; the ledger has {sealer.size}"
            self.stdout.write(said)
            return
        stopped = threading.Event()

        def stop(signum: int, frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        seal_forever(sealer, stopped=stopped.is_set, interval=options["interval"])
