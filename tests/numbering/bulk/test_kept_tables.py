"""Tables are kept on disk under all they come from; a file that is not whole is not believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import phonenumbers
import pytest

from haodun.numbering import NumberingError
from haodun.numbering.bulk import load_tables
from haodun.numbering.bulk.tables import KEPT_FILES, Arrays, Header, cache_folder, digest, kept


class Building:
    """Builds an array, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"steps": np.arange(5, dtype=np.int32)}


@pytest.fixture
def building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Building:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Building()


def only_file() -> Path:
    (path,) = cache_folder().iterdir()
    return path


def test_arrays_are_built_once_and_read_as_they_were(building: Building) -> None:
    for _ in range(3):
        assert kept("home-XX", building)["steps"].tolist() == [0, 1, 2, 3, 4]
    assert building.times == 1


def test_another_version_of_the_metadata_means_another_build(
    building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    kept("home-XX", building)
    monkeypatch.setattr(phonenumbers, "__version__", "99.0.0")
    assert digest() != before
    kept("home-XX", building)
    assert building.times == 2


@pytest.mark.parametrize("place", [0, 31, 32, 200, -1])
def test_a_damaged_file_is_built_anew(building: Building, place: int) -> None:
    kept("home-XX", building)
    data = bytearray(only_file().read_bytes())
    data[place] ^= 1
    only_file().write_bytes(data)
    assert kept("home-XX", building)["steps"].tolist() == [0, 1, 2, 3, 4]
    assert building.times == 2
    kept("home-XX", building)
    assert building.times == 2


@pytest.mark.parametrize("size", [0, 10, 32, 100])
def test_a_file_cut_short_is_built_anew(building: Building, size: int) -> None:
    kept("home-XX", building)
    only_file().write_bytes(only_file().read_bytes()[:size])
    assert kept("home-XX", building)["steps"].tolist() == [0, 1, 2, 3, 4]
    assert building.times == 2


def test_where_no_file_can_be_written_each_start_builds(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    for _ in range(2):
        assert kept("home-XX", building)["steps"].tolist() == [0, 1, 2, 3, 4]
    assert building.times == 2


def test_files_of_old_versions_are_few(building: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in range(KEPT_FILES + 3):
        monkeypatch.setattr(phonenumbers, "__version__", f"99.0.{version}")
        kept("home-XX", building)
    kept("world", building)
    names = sorted(path.name[:5] for path in cache_folder().iterdir())
    assert names == ["home-"] * KEPT_FILES + ["world"]


def test_every_step_and_row_of_the_tables_lies_within_them() -> None:
    """The compiled walk checks no bound, so none may be missed."""
    for home in ("CN", "US", "ZZ"):
        words, rows = load_tables(home)
        header = Header(*rows[: len(Header._fields)].tolist())
        world = header.world  # its automaton has no sinks, so it begins with its start
        states = words[: header.mobile].reshape(-1, 16)
        steps, first_rows = states[:, 3:14], states[:, :3]
        assert (steps % 16 == 0).all()
        home_states, world_states = steps[: world // 16], steps[world // 16 :]
        assert home_states.min() >= 0 and home_states.max() < world
        assert world_states.min() >= world and world_states.max() < header.mobile
        assert first_rows.min() >= 16 and first_rows.max() <= len(rows) - 16 and (first_rows % 16 == 0).all()
        others = rows.reshape(-1, 16)[1:]
        bare = others[others[:, 0] == 2]
        assert (bare[:, 13] % 16 == 0).all() and (bare[:, 13] < len(rows)).all()
        assert len(words) == header.mobile + -(-700_000 // 32)


def test_tables_cannot_be_written_and_are_those_of_a_known_country() -> None:
    assert not any(array.flags.writeable for array in load_tables("CN"))
    with pytest.raises(NumberingError, match="XQ"):
        load_tables("XQ")
