"""A process that carries files between two nodes' folders, badly: it delays, repeats, reorders, cuts, alters, loses.

Run as a program: `fault_proxy.py FROM TO FROM TO … --seed N`. On SIGUSR1 it carries soundly from then on; on SIGTERM it
prints what it did as JSON and ends. It knows nothing of the product.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_S = 0.05
LONGEST_DELAY_S = 2.0
SHARES = {"delayed": 0.25, "repeated": 0.15, "cut": 0.08, "altered": 0.08, "lost": 0.10, "foreign": 0.03}
"""What befalls a file, each with its own probability; delays are uneven, so that they reorder."""


@dataclass
class Proxy:
    """Two ways or more, one policy of faults."""

    ways: list[tuple[Path, Path]]
    random: random.Random
    sound: bool = False
    done: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[float, Path, str, bytes]] = field(default_factory=list)
    last: dict[Path, int] = field(default_factory=dict)
    serial: int = 0

    def turn(self) -> None:
        """Pick up what lies ready, put down what is due."""
        for source, target in self.ways:
            for path in sorted(source.glob("*.json")):
                data = path.read_bytes()
                path.unlink()
                self.carry(target, path.name, data)
        now = time.monotonic()
        due = [one for one in self.waiting if one[0] <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        self.random.shuffle(due)
        for _, target, name, data in due:
            self.put(target, name, data)

    def carry(self, target: Path, name: str, data: bytes) -> None:
        """One file on its way, with its fate."""
        self.done["carried"] += 1
        fate = {what: not self.sound and self.random.random() < share for what, share in SHARES.items()}
        if fate["lost"]:
            self.done["lost"] += 1
            return
        if fate["cut"]:
            self.done["cut"] += 1
            data = data[: self.random.randrange(len(data))]
        if fate["altered"] and data:
            self.done["altered"] += 1
            at = self.random.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ (1 << self.random.randrange(8))]) + data[at + 1 :]
        wait = self.random.uniform(0.1, LONGEST_DELAY_S) if fate["delayed"] else 0.0
        self.done["delayed"] += fate["delayed"]
        self.waiting.append((time.monotonic() + wait, target, self.name(name), data))
        if fate["repeated"]:
            self.done["repeated"] += 1
            again = time.monotonic() + self.random.uniform(0.0, 2 * LONGEST_DELAY_S)
            self.waiting.append((again, target, self.name(name), data))
        if fate["foreign"]:
            self.done["foreign"] += 1
            (target / f"stray-{self.serial}.txt").write_bytes(data[:100])

    def name(self, name: str) -> str:
        """A name of its own for each copy: the carrier does not keep the sender's."""
        self.serial += 1
        return f"{name.removesuffix('.json')}.{self.serial}.json"

    def put(self, target: Path, name: str, data: bytes) -> None:
        """Put it down, whole, and note where it came out of its order."""
        number = int(name.split(".")[0].rsplit("-", 1)[1])
        if number:
            self.done["reordered"] += number < self.last.get(target, 0)
            self.last[target] = max(number, self.last.get(target, 0))
        part = target / f".{name}.part"
        part.write_bytes(data)
        part.replace(target / name)


def main() -> None:
    """Carry until told to stop."""
    seed = int(sys.argv[-1])
    folders = [Path(one) for one in sys.argv[1:-2]]
    proxy = Proxy(list(zip(folders[::2], folders[1::2], strict=True)), random.Random(seed))
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    signal.signal(signal.SIGUSR1, lambda *_: setattr(proxy, "sound", True))
    print("carrying", flush=True)
    while not stop:
        proxy.turn()
        time.sleep(PAUSE_S)
    print(json.dumps(dict(proxy.done)), flush=True)


if __name__ == "__main__":
    main()
