"""The public directory as its consumer checks it: whole, by deltas, one number; every alteration is noticed."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from tests.registry.trusted_numbers.conftest import FIXED, HOTLINE, MOBILE, Centre, in_force, key

from haodun.audit.models import Entry as LedgerEntry
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.documents import (
    DirectoryError,
    Head,
    Item,
    answer,
    apply_delta,
    check_answer,
    delta_bytes,
    full_bytes,
    read_full,
    read_head,
    root,
    sign,
)
from haodun.registry.trusted_numbers.models import DirectoryVersion
from haodun.registry.trusted_numbers.publishing import directory_folder, public_key, publish_directory, version_files
from haodun.screening.snapshot import Signer

SIGNER = Signer.generate()


def item(number: int, **changes: Any) -> Item:
    return replace(Item(number, "顺达速递有限公司", "", "顺达速递", "Shunda", False, 1_900_000_000), **changes)


def head_of(version: int, items: list[Item], before: list[Item], parent: Head | None = None) -> tuple[Head, bytes]:
    delta = delta_bytes(version, version - 1, before, items)
    full, changed, parquet = (hashlib.sha256(one).hexdigest() for one in (full_bytes(version, items), delta, b""))
    head = Head(
        "gov", version, version - 1, "" if parent is None else parent.digest, 1, 2, len(items), root(items),
        full, changed, parquet, SIGNER.key_id,
    )  # fmt: skip
    return head, delta


def test_full_and_deltas_lead_to_the_same_items() -> None:
    first, second = [item(1001), item(1003)], [item(1001, zh="顺达"), item(1002)]
    one, _ = head_of(1, first, [])
    two, delta = head_of(2, second, first, one)
    assert read_head(two.encode(), sign(two, SIGNER), SIGNER.public) == two
    assert read_full(two, full_bytes(2, second)) == second
    assert apply_delta(two, delta, parent=one, items=read_full(one, full_bytes(1, first))) == second


def test_a_delta_is_taken_on_exactly_its_parent() -> None:
    first, second = [item(1001)], [item(1001), item(1002)]
    one, _ = head_of(1, first, [])
    two, delta = head_of(2, second, first, one)
    with pytest.raises(DirectoryError, match="fetch the versions between"):
        apply_delta(two, delta, parent=replace(one, created_ms=7), items=first)
    three, later = head_of(3, second, second, two)
    with pytest.raises(DirectoryError, match="fetch the versions between"):
        apply_delta(three, later, parent=one, items=first)
    with pytest.raises(DirectoryError, match="not those that the head signs"):
        apply_delta(two, delta, parent=one, items=[item(1001, zh="别家")])


@pytest.mark.parametrize("place", range(0, 400, 37))
def test_a_flipped_byte_of_any_file_is_noticed(place: int) -> None:
    items = [item(1001), item(1002)]
    head, _ = head_of(1, items, [])
    data, full = bytearray(head.encode()), bytearray(full_bytes(1, items))
    data[place % len(data)] ^= 1
    full[place % len(full)] ^= 1
    with pytest.raises(DirectoryError):
        read_head(bytes(data), sign(head, SIGNER), SIGNER.public)
    with pytest.raises(DirectoryError):
        read_full(head, bytes(full))


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_an_answer_proves_that_a_number_is_there_or_is_not(count: int) -> None:
    items = [item(1000 + 2 * index) for index in range(count)]
    head, _ = head_of(1, items, [])
    signature = sign(head, SIGNER)
    for number in range(998, 1000 + 2 * count + 2):
        said = json.loads(json.dumps(answer(head, signature, items, number)))
        found = check_answer(said, number, SIGNER.public)
        assert found == (head, next((one for one in items if one.number == number), None))


def _name(said: dict[str, Any]) -> None:
    said["shown"][0]["item"]["zh"] = "公安局"


def _path(said: dict[str, Any]) -> None:
    said["shown"][0]["path"] = said["shown"][0]["path"][:-1]


def _index(said: dict[str, Any]) -> None:
    said["shown"][0]["index"] += 1


def _version(said: dict[str, Any]) -> None:
    said["head"]["version"] += 1


def _absent(said: dict[str, Any]) -> None:
    said["found"] = False


def _empty(said: dict[str, Any]) -> None:
    said["found"], said["shown"] = False, []


def _type(said: dict[str, Any]) -> None:
    said["shown"][0]["item"]["number"] = "1002"


@pytest.mark.parametrize("alter", [_name, _path, _index, _version, _absent, _empty, _type])
def test_an_altered_answer_is_refused(alter: Callable[[dict[str, Any]], None]) -> None:
    items = [item(1001), item(1002), item(1003), item(1004)]
    head, _ = head_of(1, items, [])
    said = copy.deepcopy(answer(head, sign(head, SIGNER), items, 1002))
    alter(said)
    with pytest.raises(DirectoryError):
        check_answer(said, 1002, SIGNER.public)


def test_a_gap_between_neighbours_proves_no_absence() -> None:
    items = [item(1001), item(1003), item(1005)]
    head, _ = head_of(1, items, [])
    said = answer(head, sign(head, SIGNER), items, 1002)
    said["shown"] = [answer(head, b"", items, 1001)["shown"][0], answer(head, b"", items, 1005)["shown"][0]]
    with pytest.raises(DirectoryError, match="absent"):
        check_answer(said, 1003, SIGNER.public)


def test_entries_are_published_changed_and_revoked_by_versions(centre: Centre) -> None:
    assert publish_directory() == 1
    entry = in_force(centre, MOBILE, FIXED)
    in_force(centre, HOTLINE, purpose="hotline", zh="顺达速递客服", en="Shunda Courier Service")
    version = publish_directory() or DirectoryVersion.objects.latest("version").version
    held = version_files(version)
    assert held is not None
    head, signature, items = held
    assert {one.number: one.inbound_only for one in items} == {MOBILE: False, FIXED: False, HOTLINE: True}
    assert items[0].uscc == centre.enterprise.uscc
    services.step(centre.actor("owner"), [entry.id], "give_up", key=key(), reason="号码停用")
    publish_directory()
    newest = DirectoryVersion.objects.latest("version")
    after = version_files(newest.version)
    assert after is not None
    assert [one.number for one in after[2]] == [HOTLINE]
    delta = (directory_folder() / str(newest.version) / "delta.json").read_bytes()
    assert apply_delta(after[0], delta, parent=head, items=items) == after[2]
    assert json.loads(delta)["remove"] == sorted([MOBILE, FIXED])
    table = pq.read_table(directory_folder() / str(newest.version) / "full.parquet")
    assert table.column("number").to_pylist() == [HOTLINE]
    assert LedgerEntry.objects.filter(kind="directory:published").count() == newest.version
    assert signature == (directory_folder() / str(head.version) / "head.sig").read_bytes()
    assert publish_directory() is None


def test_what_a_killed_publisher_left_is_removed(centre: Centre) -> None:
    publish_directory()
    left = directory_folder() / "2"
    left.mkdir()
    Path(left / "head.json").write_text("{}", encoding="ascii")
    assert publish_directory() is None
    assert not left.exists()
    assert read_head(
        (directory_folder() / "1" / "head.json").read_bytes(),
        (directory_folder() / "1" / "head.sig").read_bytes(),
        public_key(),
    ).items == 0  # fmt: skip


def test_the_command_follows_the_versions_and_says_where_they_break(centre: Centre, tmp_path: Path) -> None:
    publish_directory()
    entry = in_force(centre, MOBILE)
    publish_directory()
    services.step(centre.actor("owner"), [entry.id], "give_up", key=key(), reason="停用")
    publish_directory()
    place = tmp_path / "gov.pub"
    place.write_bytes(public_key().to_pem())
    out = io.StringIO()
    call_command("verify_directory", str(directory_folder()), key=place, stdout=out)
    newest = DirectoryVersion.objects.latest("version").version
    assert f"versions 1 to {newest} hold: 0 numbers" in out.getvalue()
    delta = directory_folder() / str(newest) / "delta.json"
    delta.write_bytes(delta.read_bytes().replace(b"[", b"[ ", 1))
    with pytest.raises(CommandError, match=r"delta\.json"):
        call_command("verify_directory", str(directory_folder()), key=place)
