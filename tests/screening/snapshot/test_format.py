"""The published format: a reader written from its page alone understands it, and it does not drift."""

from __future__ import annotations

import hashlib
import json
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, POLICY, Desk

from haodun.screening.snapshot import Code, Column, Content, Manifest, draft, pack
from haodun.screening.snapshot.manifest import Approval

ENTRIES = {
    86110: 1_800_000_000,
    8613912345678: 1_800_000_060,
    8613912345679: 1_800_000_000,
    8613912400000: 1_800_003_600,
}
VECTOR = "48444c49535430310400000000000000030000000200000000d2496b000000000100000000000000"


def read_by_the_page(data: bytes) -> dict[int, int]:
    """Key to end in seconds, with nothing but `struct` and the table of the page."""
    magic, entries, buckets, blocks, first, differ, zero = struct.unpack_from("<8sQIIqII", data)
    assert magic == b"HDLIST01" and zero == 0
    at = 40

    def section(kind: str, count: int) -> tuple[int, ...]:
        nonlocal at
        found = struct.unpack_from(f"<{count}{kind}", data, at)
        at += struct.calcsize(f"<{count}{kind}")
        padding = -at % 8
        assert data[at : at + padding] == bytes(padding)
        at += padding
        return found

    tops, top_starts = section("I", blocks), section("I", blocks + 1)
    middles, starts = section("H", buckets), section("I", buckets + 1)
    lows, after = section("H", entries), section("I", entries) if differ else (0,) * entries
    assert at == len(data)
    found = {}
    for top, (begin, end) in zip(tops, pairwise(top_starts), strict=True):
        for bucket in range(begin, end):
            for entry in range(starts[bucket], starts[bucket + 1]):
                found[top << 32 | middles[bucket] << 16 | lows[entry]] = first + after[entry]
    return found


@pytest.mark.conformance
def test_a_list_is_read_by_its_page_alone() -> None:
    image = pack(Column.of_entries((number, end * 1_000) for number, end in ENTRIES.items()))
    assert read_by_the_page(image) == ENTRIES
    assert read_by_the_page(pack(Column.empty())) == {}


@pytest.mark.conformance
def test_the_bytes_of_a_list_do_not_drift() -> None:
    image = pack(Column.of_entries((number, end * 1_000) for number, end in ENTRIES.items()))
    assert image[:40].hex() == VECTOR
    assert hashlib.sha256(image).hexdigest() == "e2932b640bc1ce7482ac732131b355120c165841206d1ff6ca41df1e104831ea"


@pytest.mark.conformance
def test_a_folder_is_checked_by_its_page_alone(desk: Desk) -> None:
    desk.full(3, {"black": [(NUMBER, NOW + DAY)]}, trunks_yaml="trunks: {}")
    folder = desk.folder(3)
    data = (folder / "manifest.json").read_bytes()
    manifest = json.loads(data)
    assert data == json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"
    key = load_pem_public_key(desk.issuer.public.to_pem())
    key.verify((folder / "manifest.sig").read_bytes(), data)  # type: ignore[call-arg, union-attr]
    assert manifest["key_id"] == hashlib.sha256(desk.issuer.public.raw).hexdigest()[:16]
    for part in manifest["parts"]:
        content = (folder / part["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (part["size"], part["sha256"])
    assert {part["name"] for part in manifest["parts"]} == {"policy.yaml", "trunks.yaml", "lists/black.hdl"}


@pytest.mark.conformance
def test_an_approval_is_checked_by_its_page_alone(desk: Desk) -> None:
    content = Content(
        policy_yaml=POLICY, lists={"orders": [(NUMBER, NOW + DAY), (86110, NOW + DAY)], "grey": [(5, NOW + DAY)]}
    )
    wanted = draft(content, issuer="gov", version=4, parent=3, created_ms=NOW, expires_ms=NOW + DAY)
    head = {"base": 0, "expires_ms": NOW + DAY, "issuer": "gov", "policy": wanted.rules.digest, "version": 4}
    text = b"haodun approval 1\n" + json.dumps(head, sort_keys=True).encode()
    text += b"\norders 2\n" + struct.pack("<2q", 86110, NUMBER)
    assert wanted.approval_message() == b"haodun approval 1\n" + hashlib.sha256(text).digest()


def test_every_code_and_every_field_is_documented(root: Path) -> None:
    page = (root / "docs/reference/snapshot.md").read_text(encoding="utf-8")
    names = [*Code, *Manifest.model_fields, "base"]
    assert [name for name in names if f"`{name}`" not in page] == []
    assert set(Approval.model_fields) == {"approver_id", "key_id", "base", "signature"}
