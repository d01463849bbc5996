"""The compiled build: its cache folder belongs to one state of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from haodun.compiled import PLACES, digest_of_sources, jit


@jit
def doubled(value: int) -> int:
    return 2 * value


def test_a_compiled_function_is_called_like_a_plain_one() -> None:
    assert doubled(21) == 42


def test_a_changed_callee_means_another_folder(root: Path, tmp_path: Path) -> None:
    for place in PLACES:
        source = root / "src" / "haodun" / place
        if source.is_dir():
            shutil.copytree(source, tmp_path / place)
        else:
            shutil.copy(source, tmp_path / place)
    before = digest_of_sources(tmp_path)
    assert before == digest_of_sources(root / "src" / "haodun")
    with (tmp_path / "screening" / "events" / "packed.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert digest_of_sources(tmp_path) != before


def test_without_a_folder_that_can_be_written_functions_compile_all_the_same(tmp_path: Path) -> None:
    blocked = tmp_path / "no-folder"
    blocked.write_text("a file where the cache should be", encoding="utf-8")
    steps = ["import tempfile", f"tempfile.tempdir = {str(blocked)!r}"]
    program = "; ".join([*steps, "import haodun.compiled as c", "print(c._FOLDER)"])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(blocked)}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "None"
