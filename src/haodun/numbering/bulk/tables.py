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
from haodun.numbering.bulk.labels import BARE, FOREIGN, MAX_DIGITS, READ, HomeLabels, Row, Rows, foreign_row
from haodun.numbering.bulk.patterns import DIGITS, SYMBOLS
from haodun.numbering.emergency import country_code
from haodun.numbering.mobile_table import mobile_table
from haodun.numbering.number import Kind, Refusal

MAX_FILE_BYTES = 64 << 20
"""A larger file of kept arrays is not read."""
KEPT_FILES = 4
"""Files of one name that are kept, the newest: those of other versions and other trees."""

Arrays = dict[str, npt.NDArray[np.generic]]


class Tables(NamedTuple):
    """All that the compiled functions read; none of it is written. Two arrays, as each costs the compiled code time."""

    words: npt.NDArray[np.int32]
    """One behind the other: steps and labels of home, of the world, bits of the mobile prefixes; see `Header`.

    A state is the place of its first step; a step is the place of the next state. Before a state's steps stands its
    row, or at home the rows of the three ingress classes."""
    rows: npt.NDArray[np.int64]
    """First a `Header`, then rows of both automata, COLUMNS to each, as `labels.Row`; a row is the place it begins."""


class Header(NamedTuple):
    """The front of `Tables.rows`."""

    start: int
    """First state of a text as written at home."""
    sinks: int
    """States below this one are left to the automaton of the world."""
    world: int
    """First state of international digits."""
    mobile: int
    """Where in `words` the bits of the mobile prefixes begin, 32 to a word."""
    country: int
    """Country calling code of home, 0 of nowhere."""
    empty: int
    """Row of the empty text."""
    too_long: int
    """Row of a text that is too long whatever stands in it."""
    anonymous: int
    """Row of a word for nobody."""


COLUMNS = 16
"""Places of a row."""
STRIDE = 16
"""Places of a state: three rows, SYMBOLS steps, one spare."""
STEPS = 3
"""Where in a state its steps begin."""


@cache
def load_tables(home: str) -> Tables:
    """The tables of one country; NumberingError for an unknown one."""
    country = country_code(home)
    here = kept(f"home-{home}", lambda: home_arrays(home))
    world = kept("world", world_arrays)
    fixed = [
        Row(READ, kind=Kind.UNKNOWN, refusal=Refusal.EMPTY),
        Row(READ, kind=Kind.INVALID, refusal=Refusal.TOO_LONG),
        Row(READ, kind=Kind.UNKNOWN, refusal=Refusal.ANONYMOUS),
    ]
    rows = [*_moved(here["rows"], 1), *_moved(world["rows"], 1 + len(here["rows"])), *np.array(fixed, np.int64)]
    states = len(here["labels"])
    header = Header(
        start=int(here["start"][0]) * STRIDE,
        sinks=int(here["start"][1]) * STRIDE,
        world=(states + int(world["start"][0])) * STRIDE,
        mobile=(states + len(world["labels"])) * STRIDE,
        country=country,
        empty=(len(rows) - 2) * COLUMNS,
        too_long=(len(rows) - 1) * COLUMNS,
        anonymous=len(rows) * COLUMNS,
    )
    words = [_laid(here, 0, 1), _laid(world, states, 1 + len(here["rows"])), _mobile_bits()]
    found = Tables(np.concatenate(words), np.zeros((1 + len(rows)) * COLUMNS, np.int64))
    found.rows[: len(header)] = header
    found.rows[COLUMNS:].reshape(-1, COLUMNS)[:, : len(Row._fields)] = rows
    for array in found:
        array.setflags(write=False)
    return found


def _moved(rows: npt.NDArray[np.generic], before: int) -> npt.NDArray[np.int64]:
    """Rows whose `other` is the place of a row where they stand behind `before` others."""
    found = rows.astype(np.int64)
    bare = found[:, 0] == BARE
    found[bare, -1] = (found[bare, -1] + before) * COLUMNS
    return found


def _laid(arrays: Arrays, before: int, rows_before: int) -> npt.NDArray[np.int32]:
    """The states of one automaton as they stand in `words` behind `before` others."""
    labels = arrays["labels"].astype(np.int32)
    found = np.zeros((len(labels), STRIDE), np.int32)
    found[:, :STEPS] = (labels.reshape(len(labels), -1) + rows_before) * COLUMNS
    found[:, STEPS : STEPS + SYMBOLS] = (arrays["steps"].astype(np.int32).reshape(-1, SYMBOLS) + before) * STRIDE
    return found.reshape(-1)


def _mobile_bits() -> npt.NDArray[np.int32]:
    """Whether the range table has a 7-digit prefix, by prefix − FIRST_PREFIX."""
    cells = mobile_table().cells != 0
    whole = np.zeros(-(-len(cells) // 32) * 32, np.bool_)
    whole[: len(cells)] = cells
    return np.packbits(whole, bitorder="little").view("<i4").astype(np.int32)


def world_arrays() -> Arrays:
    """The automaton of international digits, from libphonenumber's patterns and our own of +86."""
    rows = Rows()
    automaton = build(
        questions.of_the_world(),
        length=MAX_DIGITS,
        begins=DIGITS,
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
        begins=SYMBOLS,
        label=lambda text: triples.place(of.of(text)),
        differ=0,
        sinking=lambda label: all(rows.all()[row][0] == FOREIGN for row in triples.all[label]),
    )
    return _arrays(automaton, np.array(triples.all, np.int32)[automaton.labels], rows)


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
    return {"steps": automaton.steps, "labels": labels, "rows": np.array(rows.all(), np.int64), "start": start}


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


def kept(name: str, build_arrays: Callable[[], Arrays]) -> Arrays:
    """The arrays of this name, from the cache folder, else by `build_arrays` and left there."""
    path = cache_folder() / f"{name}-{digest()[:24]}.bin"
    found = _read(path)
    if found is None:
        found = build_arrays()
        _write(path, name, found)
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


def _write(path: Path, name: str, arrays: Arrays) -> None:
    """Leave the arrays at `path`, whole or not at all; a folder that cannot be written is no error."""
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    data = body.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="draft-") as folder:
            draft = Path(folder) / path.name
            draft.write_bytes(hashlib.sha256(data).digest() + data)
            draft.replace(path)
        for old in sorted(path.parent.glob(f"{name}-*.bin"), key=_changed, reverse=True)[KEPT_FILES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _changed(path: Path) -> float:
    """When a file was last changed; a file that is gone is the oldest."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
