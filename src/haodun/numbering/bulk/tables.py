"""The arrays the compiled walk reads: automata of home and of the world, rows, prefixes; built once, kept on disk.

Building asks the scalar parser some twenty thousand texts, which takes seconds, so what was built is kept in the
user's cache folder under a digest of all it came from: the version of `phonenumbers`, our tables, the sources of this
package. Another version is another file. A file is believed only if its checksum holds; where none can be written,
each start builds anew.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers

from haodun.numbering.bulk import questions
from haodun.numbering.bulk.automaton import Automaton, build
from haodun.numbering.bulk.labels import FOREIGN, HomeLabels, Rows, foreign_row
from haodun.numbering.emergency import country_code
from haodun.numbering.mobile_table import mobile_table

MAX_DIGITS = 18
"""Digits of a text that the automata read; as an integer they fit into int64."""

MAX_FILE_BYTES = 64 << 20
"""A larger file of kept arrays is not read."""

Arrays = dict[str, npt.NDArray[np.generic]]


class Tables(NamedTuple):
    """All that the compiled functions read; none of it is written."""

    steps: npt.NDArray[np.int32]
    """Automaton of texts as written at home: next state by state * SYMBOLS + symbol."""
    labels: npt.NDArray[np.int32]
    """Row by state * 3 + ingress class."""
    world_steps: npt.NDArray[np.int32]
    """The same of international digits."""
    world_labels: npt.NDArray[np.int32]
    """Row by state."""
    rows: npt.NDArray[np.int64]
    """Rows of both, columns as `labels.Row`."""
    mobile: npt.NDArray[np.uint8]
    """Bits: whether the range table has the 7-digit prefix FIRST_PREFIX + place."""
    start: int
    sinks: int
    world_start: int
    country: int
    """Country calling code of home, 0 of nowhere."""


@cache
def tables(home: str) -> Tables:
    """The tables of one country; NumberingError for an unknown one."""
    country = country_code(home)
    here = _kept(f"home-{home}", lambda: home_arrays(home))
    world = _kept("world", world_arrays)
    foreign = len(here["rows"])
    bits = np.packbits(mobile_table().cells != 0, bitorder="little")
    found = Tables(
        steps=here["steps"].astype(np.int32),
        labels=here["labels"].astype(np.int32),
        world_steps=world["steps"].astype(np.int32),
        world_labels=world["labels"].astype(np.int32) + np.int32(foreign),
        rows=np.concatenate([here["rows"], world["rows"]]).astype(np.int64),
        mobile=bits,
        start=int(here["start"][0]),
        sinks=int(here["start"][1]),
        world_start=int(world["start"][0]),
        country=country,
    )
    for array in found[:6]:
        array.setflags(write=False)
    return found


def world_arrays() -> Arrays:
    """The automaton of international digits, from libphonenumber's patterns and our own of +86."""
    rows = Rows()
    automaton = build(
        questions.of_the_world(),
        length=MAX_DIGITS,
        label=lambda text: rows.place(foreign_row(text)),
        differ=rows.hard,
        sinking=lambda label: False,
    )
    return _arrays(automaton, automaton.labels, rows)


def home_arrays(home: str) -> Arrays:
    """The automaton of texts as written in `home`: an optional + and digits."""
    rows = Rows()
    of = HomeLabels(home, rows)
    triples = _Triples(rows.hard)
    automaton = build(
        questions.of_home(home),
        length=MAX_DIGITS + 1,
        label=lambda text: triples.place(of.of(text)),
        differ=0,
        sinking=lambda label: all(rows.all()[row][0] == FOREIGN for row in triples.all[label]),
    )
    return _arrays(automaton, np.array(triples.all, np.int32)[automaton.labels].reshape(-1), rows)


class _Triples:
    """Rows by ingress class, numbered; number 0 asks the scalar parser whatever the class."""

    def __init__(self, hard: int) -> None:
        self.all: list[tuple[int, int, int]] = []
        self._places: dict[tuple[int, int, int], int] = {}
        self.place((hard, hard, hard))

    def place(self, triple: tuple[int, int, int]) -> int:
        if triple not in self._places:
            self._places[triple] = len(self.all)
            self.all.append(triple)
        return self._places[triple]


def _arrays(automaton: Automaton, labels: npt.NDArray[np.int32], rows: Rows) -> Arrays:
    start = np.array([automaton.start, automaton.sinks], np.int32)
    padded = np.array([(*row, *(0,) * (_ROW - len(row))) for row in rows.all()], np.int64)
    return {"steps": automaton.steps, "labels": labels, "rows": padded, "start": start}


_ROW = 14


def digest() -> str:
    """SHA-256 in hex over everything that the arrays come from."""
    found = hashlib.sha256(f"{phonenumbers.__version__} {mobile_table().version} {np.__version__}".encode())
    package = files("haodun.numbering")
    for folder in (package, package / "bulk", package / "data"):
        for source in sorted((one for one in folder.iterdir() if one.is_file()), key=lambda one: one.name):
            if source.name.endswith((".py", ".yaml")):
                found.update(source.name.encode("utf-8"))
                found.update(source.read_bytes())
    return found.hexdigest()


def _kept(name: str, build_arrays: Callable[[], Arrays]) -> Arrays:
    """The arrays of this name, from the cache folder, else built and left there."""
    path = cache_folder() / f"{name}-{digest()[:24]}.bin"
    found = _read(path)
    if found is None:
        found = build_arrays()
        _write(path, found)
    return found


def cache_folder() -> Path:
    """Where arrays are kept: `$XDG_CACHE_HOME/haodun/numbering`, else under `~/.cache`."""
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "haodun" / "numbering"


def _read(path: Path) -> Arrays | None:
    try:
        if path.stat().st_uid != os.getuid() or path.stat().st_size > MAX_FILE_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        return None
    with np.load(io.BytesIO(data[32:]), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _write(path: Path, arrays: Arrays) -> None:
    """Leave the arrays at `path`, whole or not at all; a folder that cannot be written is no error."""
    body = io.BytesIO()
    np.savez(body, **arrays)
    data = body.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(hashlib.sha256(data).digest() + data)
        Path(draft.name).replace(path)
    except OSError:
        return
