"""`haodun manage keep_store`: bring the live logs of this machine's edges into the store and the counts."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from haodun.registry.policies.keeping import Counter, live_logs, store
from haodun.store.keeper import Keeper

EVERY_S = 1.0


class Command(BaseCommand):
    """Follow live logs until told to stop; one keeper a store."""

    help = "bring the live logs of this machine's edges into the store and the counts"

    def add_arguments(self, parser: CommandParser) -> None:
        """Which logs, and how long."""
        parser.add_argument("--log", action="append", type=Path, default=[], help="a live log beside those of edges/")
        parser.add_argument("--once", action="store_true", help="take in what is there, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep."""
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
        kept, count = store(), Counter()
        with kept.writer() as writer:
            keeper = Keeper(kept, writer, takers=[count])
            while True:
                logs = [*live_logs(), *options["log"]]
                count.know(logs)
                taken = keeper.step(logs, now_ms=time.time_ns() // 1_000_000)
                if options["once"] and not taken:
                    return
                if stop.wait(0 if taken else EVERY_S):
                    return
