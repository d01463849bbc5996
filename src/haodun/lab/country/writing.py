"""Write a country to a folder: calls in any format, labels and trunks beside them, nothing half-written."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq
import yaml

from haodun.lab.country.country import Country
from haodun.lab.country.errors import CountryError
from haodun.lab.country.registry import Registry

_EXTENSIONS = {"parquet": "parquet", "freeswitch-json": "json"}
"""By format; all others are `csv`."""


def write(country: Country, *, format: str, out: Path, overwrite: bool = False) -> list[Path]:
    """Write `calls.<extension>`, `labels.parquet` and `trunks.yaml` into the folder `out`; the paths, in that order.

    A CSV that is read by a map has its `map.yaml` beside it. Each file is written beside its place and then renamed,
    `calls` last: where it is, all is. Raises CountryError where a file is there already (unless `overwrite`) or the
    folder cannot be written; the codec's own error for an unknown format.
    """
    from haodun.edge.cdr import ALIASES, MAP_YAML, encode

    chunks = encode(country.calls, format)
    paths = [out / f"calls.{_EXTENSIONS.get(format, 'csv')}", out / "labels.parquet", out / "trunks.yaml"]
    there = [path for path in paths if path.exists()]
    if there and not overwrite:
        raise CountryError(f"{there[0]}: the file is there already; name another folder, or ask to overwrite.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        _place(paths[1], lambda file: pq.write_table(country.labels, file, compression="zstd"))
        trunks = yaml.safe_dump(country.trunks, allow_unicode=True, sort_keys=False).encode("utf-8")
        _place(paths[2], lambda file: file.write(trunks))
        if ALIASES.get(format, format) == "map":
            _place(out / "map.yaml", lambda file: file.write(MAP_YAML.encode("utf-8")))
        _place(paths[0], lambda file: _write_all(file, chunks))
    except OSError as error:
        raise CountryError(
            f"{out}: cannot be written ({error.strerror}); check path, space and permissions."
        ) from error
    return paths


def write_registry(made: Registry, *, out: Path, overwrite: bool = False) -> list[Path]:
    """Write each table as `registry/NAME.parquet` into the folder `out`, `subscribers` last; the paths, in that order.

    Raises CountryError where a file is there already (unless `overwrite`) or the folder cannot be written.
    """
    folder = out / "registry"
    paths = [folder / f"{name}.parquet" for name in sorted(made.tables, key=lambda name: (name == "subscribers", name))]
    there = [path for path in paths if path.exists()]
    if there and not overwrite:
        raise CountryError(f"{there[0]}: the file is there already; name another folder, or ask to overwrite.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            _place(path, functools.partial(pq.write_table, made.tables[path.stem], compression="zstd"))
    except OSError as error:
        raise CountryError(
            f"{folder}: cannot be written ({error.strerror}); check path, space and permissions."
        ) from error
    return paths


def _write_all(file: BinaryIO, chunks: Iterable[bytes]) -> None:
    for chunk in chunks:
        file.write(chunk)


def _place(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write beside, flush to the disk, rename."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
