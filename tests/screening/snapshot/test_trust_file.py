"""The trust file: what an operator writes by hand decides whom an edge believes, and how much."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.screening.snapshot.conftest import Desk

from haodun.screening.snapshot import Approver, Code, SnapshotRefused, Trust, load_trust

TEXT = """issuer: gov
keys: [issuer.pub]
approvers:
  wang: [one.pub, other.pub]
approval_cap: 5
max_new_blocks_per_hour: 0
policy_needs_approval: yes
"""


@pytest.fixture
def place(desk: Desk) -> Path:
    """A folder with the public keys."""
    for name in ("issuer", "one", "other"):
        desk.folder(f"{name}.pub").write_bytes(getattr(desk, name).public.to_pem())
    return desk.place


def test_everything_the_operator_wrote_is_believed(desk: Desk, place: Path) -> None:
    (place / "trust.yaml").write_text(TEXT)
    assert load_trust(place / "trust.yaml") == Trust(
        issuer="gov",
        keys=(desk.issuer.public,),
        approvers=(Approver("wang", desk.one.public), Approver("wang", desk.other.public)),
        approval_cap=5,
        max_new_blocks_per_hour=0,
        policy_needs_approval=True,
    )


def test_what_he_left_out_is_as_by_default(desk: Desk, place: Path) -> None:
    (place / "trust.yaml").write_text("issuer: gov\nkeys: [issuer.pub]\n")
    assert load_trust(place / "trust.yaml") == Trust(issuer="gov", keys=(desk.issuer.public,))
    assert load_trust(place / "issuer.pub") == Trust(issuer=None, keys=(desk.issuer.public,))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("issuer: gov", "issuer: [gov]", "line 1"),
        ("issuer: gov\n", "", "issuer"),
        ("keys: [issuer.pub]", "keys: []", "line 2"),
        ("issuer.pub", "none.pub", "none.pub cannot be read"),
        ("issuer.pub", "trust.yaml", "public key"),
        ("approval_cap: 5", "approval_cap: -5", "line 5"),
        ("approval_cap: 5", "approval_cap: ５", "line 5"),
        ("approval_cap: 5", "aproval_cap: 5", "aproval_cap"),
        ("yes", "maybe", "policy_needs_approval"),
        ("issuer: gov", "issuer: gov\nissuer: you", "twice"),
        (TEXT, "", "the file"),
        (TEXT, "\x00", "neither"),
    ],
)
def test_what_is_no_trust_file_is_one_sentence(place: Path, old: str, new: str, words: str) -> None:
    (place / "trust.yaml").write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(SnapshotRefused) as refused:
        load_trust(place / "trust.yaml")
    assert refused.value.code is Code.KEY and words in refused.value.sentence
    assert len(refused.value.sentence.splitlines()) == 1
