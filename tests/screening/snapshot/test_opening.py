"""Opening: what was built is what decides; whatever was altered, cut, forged, expired or too large is refused."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, POLICY, Desk

from haodun.screening.snapshot import (
    Code,
    Column,
    Entry,
    Manifest,
    Signer,
    SnapshotRefused,
    open_snapshot,
    opening,
    pack,
    reopen_snapshot,
)
from haodun.screening.snapshot import manifest as manifests

TRUNKS = "trunks:\n  line-1: {class: voice_line, permits: ['+8657188000000-+8657188000099']}\n"


def refusal(attempt: Callable[[], object]) -> SnapshotRefused:
    with pytest.raises(SnapshotRefused) as refused:
        attempt()
    assert len(refused.value.sentence.splitlines()) == 1
    return refused.value


def resign(desk: Desk, folder: Path, **changes: Any) -> None:
    """The issuer's own hand writes another manifest: only the check behind the signature can refuse it."""
    fields = json.loads((folder / "manifest.json").read_text()) | changes
    data = json.dumps(fields, indent=1, sort_keys=True).encode() + b"\n"
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sig").write_bytes(desk.issuer.sign(data))


def whole(desk: Desk) -> Path:
    """A snapshot that has every kind of part."""
    lists = {"orders": [Entry(NUMBER, NOW + DAY), Entry(NUMBER + 1, NOW + 2 * DAY)], "grey": [Entry(86110, NOW + DAY)]}
    desk.full(5, lists, trunks_yaml=TRUNKS)
    return desk.folder(5)


@given(st.dictionaries(st.integers(1, 10**15 - 1), st.integers(NOW + 1_000, NOW + 90 * DAY), max_size=30))
def test_what_is_built_is_what_is_opened(tmp_path_factory: pytest.TempPathFactory, entries: dict[int, int]) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    manifest = desk.full(1, {"black": entries.items(), "grey": []})
    found = desk.open(1)
    assert found.manifest == manifest and found.manifest.counts == {"black": len(entries), "grey": 0}
    for number, until in entries.items():
        for moment in (NOW, until // 1_000 * 1_000 - 1, until):
            assert found.policy.lists["black"].holds(number, moment) is (moment < until // 1_000 * 1_000)
    assert not any(found.policy.lists["orders"].holds(number, NOW) for number in entries)


def test_policy_trunks_and_names_come_back(desk: Desk) -> None:
    whole(desk)
    found = desk.open(5)
    assert found.policy.digest == found.manifest.policy.digest and found.policy.id == "small"
    assert found.trunks is not None and len(found.trunks) == 1 and found.trunks_yaml == TRUNKS
    assert found.name == f"gov/5/{found.manifest.digest[:16]}" and found.version == 5
    assert found.manifest.plan.startswith("CN/")


def test_entries_that_have_ended_are_left_out_when_built(desk: Desk) -> None:
    desk.full(1, {"black": [(NUMBER, NOW), (NUMBER + 1, NOW + 999), (NUMBER + 2, NOW + 1_000)]})
    assert list(desk.open(1).lists["black"].lines()) == [f"+{NUMBER + 2} {NOW + 1_000}"]


def test_an_entry_that_lasts_longer_than_90_days_is_refused_when_built(desk: Desk) -> None:
    desk.full(1, {"black": [(NUMBER, NOW + 90 * DAY)]})
    error = refusal(lambda: desk.full(2, {"black": [(NUMBER, NOW + 90 * DAY + 1_000)]}))
    assert error.code is Code.ENTRY_END and "black" in error.sentence and not desk.folder(2).exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lists": {"void": [(NUMBER, NOW + DAY)]}}, Code.LIST),
        ({"lists": {"black": [(-7, NOW + DAY)]}}, Code.NUMBER),
        ({"policy_yaml": POLICY + "    colour: red\n"}, Code.POLICY),
        ({"policy_yaml": POLICY.replace("black: {", "black: {file: black.txt, ")}, Code.POLICY),
        ({"trunks_yaml": "trunks: 5"}, Code.TRUNKS),
        ({"issuer": "no such\nname"}, Code.MANIFEST),
        ({"parent": 1}, Code.MANIFEST),
        ({"expires_ms": NOW}, Code.MANIFEST),
    ],
)
def test_what_makes_no_snapshot_is_refused_and_leaves_nothing(desk: Desk, changes: Any, code: Code) -> None:
    assert refusal(lambda: desk.full(1, **changes)).code is code
    assert list(desk.place.iterdir()) == []


def test_a_snapshot_is_never_written_over(desk: Desk) -> None:
    desk.full(1)
    before = (desk.folder(1) / "manifest.json").read_bytes()
    assert refusal(lambda: desk.full(1, {"black": [(NUMBER, NOW + DAY)]})).code is Code.TAKEN
    assert (desk.folder(1) / "manifest.json").read_bytes() == before


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_changed_bit_in_any_file_is_found(desk: Desk) -> None:
    folder = whole(desk)
    tried = 0
    for path in files_of(folder):
        good = path.read_bytes()
        for place in {0, len(good) // 3, len(good) // 2, len(good) - 1}:
            for bit in (1, 32, 128):
                bad = bytearray(good)
                bad[place] ^= bit
                path.write_bytes(bad)
                refusal(lambda: desk.open(5))
                tried += 1
        path.write_bytes(good)
    assert tried >= 6 * 3 * 3
    assert desk.open(5).version == 5


def test_a_file_that_is_cut_or_gone_is_found(desk: Desk) -> None:
    folder = whole(desk)
    for path in files_of(folder):
        good = path.read_bytes()
        for length in (0, 1, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:length])
            assert refusal(lambda: desk.open(5)).code in {Code.TRUNCATED, Code.MANIFEST}, path
        path.write_bytes(good + b"\0")
        assert refusal(lambda: desk.open(5)).code in {Code.PART_ALTERED, Code.MANIFEST, Code.TOO_LARGE}, path
        path.unlink()
        assert refusal(lambda: desk.open(5)).code is Code.PART_MISSING, path
        path.symlink_to(os.devnull)
        assert refusal(lambda: desk.open(5)).code is Code.PART_MISSING, path
        path.unlink()
        os.mkfifo(path)
        assert refusal(lambda: desk.open(5)).code is Code.PART_MISSING, path
        path.unlink()
        path.write_bytes(good)
    assert desk.open(5).version == 5


def test_a_forged_signature_is_refused(desk: Desk) -> None:
    folder = whole(desk)
    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.sig").write_bytes(desk.stranger.sign(data))
    assert refusal(lambda: desk.open(5)).code is Code.SIGNATURE


def test_a_key_or_an_issuer_that_is_not_trusted_is_refused(desk: Desk) -> None:
    desk.full(1, signer=desk.stranger)
    assert refusal(lambda: desk.open(1)).code is Code.KEY
    desk.full(2, issuer="someone-else")
    assert refusal(lambda: desk.open(2)).code is Code.ISSUER


def test_the_key_may_change_while_both_are_trusted(desk: Desk) -> None:
    desk.full(1, signer=desk.stranger)
    trust = desk.trusting(keys=(desk.issuer.public, desk.stranger.public))
    assert open_snapshot(desk.folder(1), trust=trust, now_ms=NOW).version == 1


def test_an_offer_after_the_expiry_is_refused(desk: Desk) -> None:
    desk.full(1, expires_ms=NOW + DAY)
    assert desk.open(1, now_ms=NOW + DAY - 1).version == 1
    assert refusal(lambda: desk.open(1, now_ms=NOW + DAY)).code is Code.EXPIRED


def test_a_snapshot_from_the_future_is_refused_beyond_the_tolerance(desk: Desk) -> None:
    desk.full(1)
    tolerance = desk.trust.tolerance_ms
    assert desk.open(1, now_ms=NOW - tolerance).version == 1
    error = refusal(lambda: desk.open(1, now_ms=NOW - tolerance - 1))
    assert error.code is Code.FUTURE and "clocks" in error.sentence


def test_a_delta_alone_is_refused(desk: Desk) -> None:
    desk.full(1)
    desk.delta(desk.open(1), 2, adds={"black": [(NUMBER, NOW + DAY)]})
    error = refusal(lambda: desk.open(2))
    assert error.code is Code.NOT_PARENT and "full snapshot" in error.sentence


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": 2}, Code.FORMAT),
        ({"content": "0" * 64}, Code.CONTENT),
        ({"counts": {"orders": 1, "grey": 1}}, Code.CONTENT),
        ({"counts": {"orders": 2, "grey": 1, "black": 0}}, Code.MANIFEST),
        ({"parts": []}, Code.MANIFEST),
        ({"kind": "delta"}, Code.MANIFEST),
        ({"colour": "red"}, Code.MANIFEST),
        ({"version": "5"}, Code.MANIFEST),
        ({"version": True}, Code.MANIFEST),
        ({"created_ms": NOW - 90 * DAY}, Code.ENTRY_END),
        ({"policy": {"id": "small", "version": "1", "digest": "1" * 64}}, Code.POLICY),
        ({"policy": {"id": "large", "version": "1", "digest": "1" * 64}}, Code.POLICY),
    ],
)
def test_what_the_issuer_himself_got_wrong_is_refused(desk: Desk, changes: Any, code: Code) -> None:
    folder = whole(desk)
    resign(desk, folder, **changes)
    assert refusal(lambda: desk.open(5)).code is code


@pytest.mark.parametrize("name", ["../policy.yaml", "/etc/passwd", "lists/../x.hdl", "lists/x.hdl\n", "lists/X.hdl"])
def test_a_part_outside_of_the_folder_is_refused(desk: Desk, name: str) -> None:
    folder = whole(desk)
    parts = json.loads((folder / "manifest.json").read_text())["parts"]
    resign(desk, folder, parts=[parts[0] | {"name": name}, *parts[1:]])
    assert refusal(lambda: desk.open(5)).code is Code.MANIFEST


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[" * 200_000, b'{"format": 1, "version": NaN}', b"\xff\xfe", b'{"format": 1}']
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    assert refusal(lambda: Manifest.parse(data)).code is Code.MANIFEST


@pytest.mark.parametrize("name", ["\r", "\x1b[2J", "\u2028x", "y" * 100_000])
def test_a_strange_name_in_a_manifest_is_told_in_one_short_line(desk: Desk, name: str) -> None:
    resign(desk, whole(desk), counts={name: 1})
    refused = refusal(lambda: desk.open(5))
    assert refused.code is Code.MANIFEST
    assert refused.sentence.isprintable()
    assert len(refused.sentence) < 400


def test_a_manifest_has_one_spelling(desk: Desk) -> None:
    data = desk.full(1).encode()
    assert Manifest.parse(data).encode() == data
    assert refusal(lambda: Manifest.parse(data.replace(b"\n", b"\n "))).code is Code.MANIFEST


def put(desk: Desk, folder: Path, name: str, data: bytes) -> None:
    """The issuer replaces one part and signs it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / name).write_bytes(data)
    part = {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
    resign(desk, folder, parts=[part if old["name"] == name else old for old in manifest["parts"]])


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("policy.yaml", b"rules: [", Code.POLICY),
        ("policy.yaml", POLICY.replace("BLOCK", "TIP").encode(), Code.POLICY),
        ("policy.yaml", b"\xff\xff", Code.POLICY),
        ("trunks.yaml", b"trunks: 7", Code.TRUNKS),
        ("lists/grey.hdl", b"HDLIST01" + bytes(8), Code.TRUNCATED),
        ("lists/grey.hdl", b"HDLIST99" + pack(Column.empty())[8:], Code.LIST),
        ("lists/grey.hdl", pack(Column.empty()), Code.CONTENT),
    ],
)
def test_a_signed_part_that_makes_no_sense_is_refused(desk: Desk, name: str, data: bytes, code: Code) -> None:
    folder = whole(desk)
    put(desk, folder, name, data)
    assert refusal(lambda: desk.open(5)).code is code


@pytest.mark.parametrize(
    ("module", "limit"),
    [
        (opening, "MAX_MANIFEST_BYTES"),
        (opening, "MAX_LIST_BYTES"),
        (opening, "MAX_TEXT_BYTES"),
        (opening, "MAX_TOTAL_BYTES"),
    ],
)
def test_what_is_too_large_is_refused_by_its_named_limit(
    desk: Desk, module: Any, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole(desk)
    monkeypatch.setattr(module, limit, 60)
    error = refusal(lambda: desk.open(5))
    assert error.code is Code.TOO_LARGE and "60" in error.sentence


def test_too_many_lists_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from haodun.screening.snapshot import building

    monkeypatch.setattr(building, "MAX_LISTS", 1)
    assert refusal(lambda: desk.full(1, {"black": [], "grey": []})).code is Code.TOO_LARGE
    assert manifests.MAX_LISTS == 32


def test_a_runs_copy_opens_by_its_digest_alone(desk: Desk) -> None:
    folder = whole(desk)
    digest = desk.open(5).manifest.digest
    copy = desk.folder("copy")
    shutil.copytree(folder, copy)
    assert reopen_snapshot(copy, digest=digest).name == desk.open(5).name
    assert refusal(lambda: reopen_snapshot(copy, digest="0" * 64)).code is Code.PART_ALTERED
    (copy / "lists" / "grey.hdl").write_bytes(bytes(80))
    assert refusal(lambda: reopen_snapshot(copy, digest=digest)).code in {Code.PART_ALTERED, Code.TRUNCATED}


def test_keys_are_kept_to_their_owner_and_never_written_over(tmp_path: Path) -> None:
    signer = Signer.generate()
    private, public = tmp_path / "k" / "snapshot.key", tmp_path / "k" / "snapshot.pub"
    signer.save(private, public)
    assert private.stat().st_mode & 0o777 == 0o600
    assert Signer.load(private).key_id == type(signer.public).load(public).key_id == signer.key_id
    assert refusal(lambda: Signer.generate().save(private, public)).code is Code.TAKEN
    for wrong in (lambda: Signer.load(public), lambda: type(signer.public).load(private)):
        error = refusal(wrong)
        assert error.code is Code.KEY and "keygen" in error.sentence
    assert refusal(lambda: Signer.load(tmp_path / "none")).code is Code.KEY
    assert "PRIVATE" not in repr(signer) and signer.sign(b"x").hex() not in repr(signer)


MUTATIONS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=8),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.fuzz
@given(st.data(), MUTATIONS)
def test_whatever_an_issuer_signs_is_opened_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, value: object
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    folder = whole(desk)
    fields = json.loads((folder / "manifest.json").read_text())
    name = data.draw(st.sampled_from(sorted(fields)))
    inner = fields[name]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        value = inner | {data.draw(st.sampled_from([*inner, "more"])): value}
    elif isinstance(inner, list) and inner and data.draw(st.booleans()):
        part = inner[data.draw(st.integers(0, len(inner) - 1))]
        part[data.draw(st.sampled_from([*part, "more"]))] = value
        value = inner
    resign(desk, folder, **{name: value})
    try:
        assert desk.open(5).lists["orders"].holds(NUMBER, NOW)
    except SnapshotRefused as refused:
        assert len(refused.sentence.splitlines()) == 1
