"""The reference page says what the code does: parameters with their defaults, features, the layout of a record."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from haodun.screening.events import KERNEL_FEATURES
from haodun.screening.kernel import KERNEL_VERSION, Parameters
from haodun.screening.kernel.record import MAX_DEVICE_CHANGES, MAX_RUN, TRUNK_BITS, Record
from haodun.screening.kernel.windows import DAY, HOUR, MINUTE


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/reference/kernel.md").read_text(encoding="utf-8")


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = page.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_parameter_stands_there_with_its_default(page: str) -> None:
    told: dict[str, int] = {}
    for names, defaults, _ in rows(page, "Parameters"):
        values = [int(value.replace(",", "")) for value in defaults.split(", ")]
        told |= dict(zip(re.findall("`([a-z_]+)`", names), values, strict=True))
    assert told == {field.name: getattr(Parameters(), field.name) for field in fields(Parameters)}


def test_every_feature_of_the_kernel_stands_there(page: str) -> None:
    for feature in KERNEL_FEATURES:
        counter, _, window = feature.name.rpartition("_")
        assert f"`{feature.name}`" in page or (f"`{counter}`" in page and window in {"1m", "1h", "24h"}), feature.name


def test_the_version_of_the_page_is_the_kernels(page: str) -> None:
    assert f"kernel version {KERNEL_VERSION}." in page


def test_a_record_fits_three_cache_lines_and_no_field_is_forgotten(page: str) -> None:
    layout = rows(page, "Layout of a record")
    assert sum(int(bits) * int(number) for _, bits, number, _ in layout) == 192 * 8
    assert {re.findall("`([a-z_]+)`", name)[0] for name, *_ in layout} == set(Record.__slots__)


def test_the_bits_of_the_layout_hold_the_largest_values(page: str) -> None:
    bits = {name: (int(width), int(number)) for name, width, number, _ in rows(page, "Layout of a record")}
    assert bits["`cells`, minute"] == (max(MINUTE.caps).bit_length(), 2 * len(MINUTE.caps))
    wide = [cap for cap in HOUR.caps if cap.bit_length() > 16]
    assert bits["`cells`, hour"] == (16, 2 * (len(HOUR.caps) - len(wide)))
    assert bits["`cells`, hour seconds"] == (32, 2 * len(wide))
    assert bits["`cells`, day"] == (32, 2 * len(DAY.caps))
    assert max(*wide, *DAY.caps).bit_length() <= 32
    assert bits["`run`"][0] >= MAX_RUN.bit_length()
    assert bits["`device_changes`"][0] >= MAX_DEVICE_CHANGES.bit_length()
    assert bits["`trunks`"][0] == TRUNK_BITS
