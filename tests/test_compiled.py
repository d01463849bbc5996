"""The compiled build: its cache folder belongs to one state of the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from haodun.compiled import PLACES, KeptKind, bit_count, borrowing, digest_of_sources, high_product, jit, prefetch
from haodun.screening.events.fingerprint import fingerprint, key_words


class Inner(NamedTuple):
    table: npt.NDArray[np.int32]
    size: int


class Outer(NamedTuple):
    first: npt.NDArray[np.int64]
    inner: Inner


KIND = KeptKind(Outer(np.zeros(0, np.int64), Inner(np.zeros((0, 0), np.int32), 0)))
_outer_at = KIND.at


@borrowing
def summed_at(address: int) -> int:
    """Everything that is laid down, and one mark left behind."""
    outer = _outer_at(address)
    total = outer.inner.size
    for row in range(outer.inner.table.shape[0]):
        for column in range(outer.inner.table.shape[1]):
            total += outer.inner.table[row, column]
    for place in range(len(outer.first)):
        total += outer.first[place]
    outer.first[0] = -1
    return int(total)


def test_a_tuple_that_is_kept_is_read_and_written_by_its_address() -> None:
    table = np.arange(6, dtype=np.int32).reshape(2, 3)
    kept = KIND.keep(Outer(np.array([100, 200]), Inner(table, -1)))
    assert summed_at(kept.address) == 100 + 200 - 1 + 15
    assert kept.value.first.tolist() == [-1, 200]


def test_a_tuple_of_another_kind_is_not_kept() -> None:
    fixed = np.zeros(2, np.int64)
    fixed.flags.writeable = False
    firsts: list[Any] = [np.zeros(2, np.int32), np.zeros((1, 2), np.int64), fixed, np.zeros(4, np.int64)[::2]]
    for first in firsts:
        with pytest.raises(TypeError, match="is not"):
            KIND.keep(Outer(first, Inner(np.zeros((1, 1), np.int32), 0)))


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
