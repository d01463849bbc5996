"""The compiled build: its cache folder belongs to one state of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from haodun.compiled import PLACES, bit_count, digest_of_sources, high_product, jit, prefetch
from haodun.screening.events.fingerprint import fingerprint, key_words


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


def test_it_is_known_whether_anything_was_kept(tmp_path: Path) -> None:
    fingerprint(key_words(bytes(16)), b"compiled, and kept")
    for folder, expected in ((tmp_path, "True"), (None, "False")):
        environment = os.environ | ({} if folder is None else {"NUMBA_CACHE_DIR": str(folder)})
        program = "import haodun.compiled as c; print(c.nothing_kept())"
        found = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == expected, folder


def test_the_upper_half_of_a_product_and_the_bits_of_a_word_are_exact() -> None:
    for left, right in ((2**64 - 1, 2**64 - 1), (2**63, 6), (0, 5), (0x9E3779B97F4A7C15, 86_400_000)):
        assert int(high_product(np.uint64(left), np.uint64(right))) == left * right >> 64
    for word in (0, 1, 2**63, 2**64 - 1, 0x5555555555555555):
        assert bit_count(np.uint64(word)) == word.bit_count()


def test_asking_ahead_changes_nothing_wherever_it_points() -> None:
    values = np.arange(20, dtype=np.int64).view([("a", "<i8"), ("b", "<i8")])
    for place in (0, 9, -1, 1 << 40):
        prefetch(values, place, 8)
    assert values["b"].tolist() == list(range(1, 20, 2))
