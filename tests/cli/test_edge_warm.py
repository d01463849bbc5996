"""`haodun edge warm`: what it compiled, another process finds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import haodun.compiled

LATER = """
import haodun.edge.serve.warming as warming
from numba.core import event
heard = []
class Listener(event.Listener):
    def on_start(self, told): heard.append(told)
    def on_end(self, told): pass
with event.install_listener("numba:compile", Listener()):
    warming.warm("cn")
print(len(heard))
"""


def test_what_was_compiled_once_is_found_by_the_next_process() -> None:
    first = subprocess.run(
        [str(Path(sys.executable).with_name("haodun")), "edge", "warm"], capture_output=True, text=True, check=False
    )
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("ready in ")
    assert haodun.compiled._FOLDER is not None and any(Path(haodun.compiled._FOLDER).rglob("*.nbc"))
    later = subprocess.run([sys.executable, "-c", LATER], capture_output=True, text=True, check=True)
    assert later.stdout.split()[-1] == "0"
