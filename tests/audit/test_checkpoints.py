"""Checkpoints: a signed note that others read too; torn, forged and foreign ones are refused by name."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.audit.checkpoints import Checkpoint, Folder, key_id, public_key, read_all, read_note, site_signer
from haodun.audit.errors import AuditError
from haodun.screening.snapshot import PublicKey, Signer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ONE = Checkpoint("haodun/test", 7, bytes(range(32)), bytes(range(32, 64)), NOW)
SIGNER = Signer.generate()


@pytest.mark.conformance
def test_the_key_id_and_signature_are_those_of_the_signed_note_format() -> None:
    # The example of Go's golang.org/x/mod/sumdb/note.
    public = PublicKey(b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:])
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = b64decode("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
    assert key_id("PeterNeumann", public) == line[:4]
    assert public.verifies(line[4:], text.encode())


def test_a_note_is_read_as_it_was_signed() -> None:
    assert read_note(ONE.signed(SIGNER), SIGNER.public, where="x") == ONE


def test_a_note_signed_by_a_witness_too_still_counts() -> None:
    witness = Signer.generate()
    other = replace(ONE, origin="witness").signed(witness).splitlines()[-1]
    assert read_note(f"{ONE.signed(SIGNER)}{other}\n", SIGNER.public, where="x") == ONE


@given(st.data())
def test_a_note_changed_anywhere_is_refused(data: st.DataObject) -> None:
    note = ONE.signed(SIGNER)
    place = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != note[place]))
    with pytest.raises(AuditError, match="x "):
        read_note(note[:place] + letter + note[place + 1 :], SIGNER.public, where="x")


@given(st.integers(0, len(ONE.signed(SIGNER)) - 1))
def test_a_torn_note_is_refused(size: int) -> None:
    with pytest.raises(AuditError, match="x "):
        read_note(ONE.signed(SIGNER)[:size], SIGNER.public, where="x")


@given(st.text(max_size=300))
def test_any_text_is_a_note_or_refused(text: str) -> None:
    with pytest.raises(AuditError):
        read_note(text, SIGNER.public, where="x")


def test_another_key_is_told() -> None:
    with pytest.raises(AuditError, match=r"size 7, 2026-11-24.*is not signed by key"):
        read_note(ONE.signed(SIGNER), Signer.generate().public, where="x")


def test_a_folder_keeps_every_note_and_the_latest(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "c")
    assert folder.latest() is None
    assert list(folder.history()) == []
    many = [replace(ONE, size=n, at=NOW + timedelta(hours=9 * n)) for n in range(1, 5)]
    for one in many:
        folder.add(one, SIGNER)
    newest = folder.latest()
    assert newest is not None
    assert read_note(newest.note, SIGNER.public, where=newest.where) == many[-1]
    kept = [read_note(one.note, SIGNER.public, where=one.where) for one in folder.history()]
    assert kept == [*many, many[-1]]
    names = sorted(path.name for path in folder.path.iterdir())
    assert names == ["2026-11-24.jsonl", "2026-11-25.jsonl", "2026-11-26.jsonl", "latest"]


def test_a_line_torn_by_a_crash_is_cut_off_and_does_not_count(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.add(ONE, SIGNER)
    day = tmp_path / "2026-11-24.jsonl"
    whole = day.read_bytes()
    day.write_bytes(whole + whole[: len(whole) // 2])
    assert len(list(folder.history())) == 2
    folder.add(replace(ONE, size=8), SIGNER)
    assert [line.count("haodun/test 8") for line in day.read_text().splitlines()] == [0, 0]
    assert len(day.read_text().splitlines()) == 2


@pytest.mark.parametrize("spoilt", ["{}", "", '{"checkpoint": 7}', "haodun/test"])
def test_a_spoilt_line_is_named_and_the_others_still_count(tmp_path: Path, spoilt: str) -> None:
    folder = Folder(tmp_path)
    folder.add(ONE, SIGNER)
    day = tmp_path / "2026-11-24.jsonl"
    day.write_bytes(spoilt.encode() + b"\n" + day.read_bytes())
    sound, refused = read_all(folder.history(), SIGNER.public)
    assert sound == [ONE, ONE]
    assert [sentence.partition(" is no checkpoint")[0] for sentence in refused] == [f"{day}:1"]


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = site_signer(tmp_path)
    assert site_signer(tmp_path).public == first.public == public_key(tmp_path / "checkpoint.pub")
    assert (tmp_path / "checkpoint.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "checkpoint.key").write_text("none")
    with pytest.raises(AuditError, match="no Ed25519 private key"):
        site_signer(tmp_path)
