"""`haodun audit`: exit codes, sentences and files."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from haodun.audit.errors import AuditError
from haodun.cli.audit import app
from haodun.cli.errors import CommandError
from haodun.console.setup import configure

configure()

if TYPE_CHECKING:
    from tests.audit.ledgers import Ledger

    from haodun.console.database import Urls

RUN = CliRunner()


@pytest.fixture
def ledger(committed_db: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger of six entries in a data folder, sealed and signed with the folder's key."""
    from tests.audit.ledgers import Ledger

    monkeypatch.setenv("DATABASE_URL", committed_db.app)
    monkeypatch.setenv("DATABASE_OWNER_URL", committed_db.owner)
    monkeypatch.setenv("HAODUN_DATA", str(tmp_path))
    made = Ledger(tmp_path / "checkpoints", committed_db.owner)
    made.signer.save(tmp_path / "keys" / "checkpoint.key", tmp_path / "keys" / "checkpoint.pub")
    made.write(5)
    made.write(items=[{"n": 1}, {"n": 2}])
    made.seal()
    return made


def test_verify_says_that_the_ledger_is_whole_and_how_far_that_reaches(ledger: Ledger, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["verify"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "sealed entries: 6; checkpoints that agree: 1, the last of " in result.stdout
    assert "cannot be excluded" in result.stdout
    assert "could have forged both" in result.stdout
    assert result.stdout.endswith("the ledger is whole\n")
    elsewhere = ["--checkpoints", str(tmp_path / "checkpoints"), "--public", str(tmp_path / "keys" / "checkpoint.pub")]
    assert "could have forged both" not in RUN.invoke(app, ["verify", *elsewhere], catch_exceptions=False).stdout


def test_verify_ends_with_3_and_names_the_place(ledger: Ledger) -> None:
    ledger.attack(f"UPDATE audit_entry SET basis = 'x' WHERE id = {ledger.ids[2]}")
    result = RUN.invoke(app, ["verify"], catch_exceptions=False)
    assert result.exit_code == 3
    assert f"CHANGED  entry {ledger.ids[2]} (place 3) was changed after it was sealed" in result.stdout
    said = json.loads(RUN.invoke(app, ["verify", "--json"], catch_exceptions=False).stdout)
    assert (said["ok"], said["findings"][0]["code"], said["findings"][0]["place"]) == (False, "changed", 3)


def test_a_proof_is_written_and_checked_without_the_database(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "proof.json"
    wanted = [str(ledger.ids[5]), "--item", "1", "--out", str(proof)]
    assert RUN.invoke(app, ["prove", *wanted], catch_exceptions=False).exit_code == 0
    with pytest.raises(CommandError, match="is there already"):
        RUN.invoke(app, ["prove", *wanted], catch_exceptions=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    key = ["--public", str(tmp_path / "keys" / "checkpoint.pub")]
    shown = RUN.invoke(app, ["verify", "--proof", str(proof), *key], catch_exceptions=False)
    assert shown.exit_code == 0
    assert f"proven: entry {ledger.ids[5]} (number:looked_up" in shown.stdout
    proof.write_text(proof.read_text().replace('"place": 6', '"place": 5'))
    with pytest.raises(AuditError, match="is not at place 5"):
        RUN.invoke(app, ["verify", "--proof", str(proof), *key], catch_exceptions=False)
    proof.write_text("{")
    with pytest.raises(CommandError, match="is no proof"):
        RUN.invoke(app, ["verify", "--proof", str(proof), *key], catch_exceptions=False)


def test_a_proof_of_continuation_takes_an_older_checkpoint(ledger: Ledger, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes((tmp_path / "checkpoints" / "latest").read_bytes())
    ledger.write(3)
    ledger.seal()
    result = RUN.invoke(app, ["prove", "--since", str(old)], catch_exceptions=False)
    assert json.loads(result.stdout)["format"] == "haodun-consistency-1"


@pytest.mark.parametrize("wanted", [[], ["1", "--since", "x"]])
def test_prove_wants_an_entry_or_a_checkpoint(ledger: Ledger, wanted: list[str]) -> None:
    with pytest.raises(CommandError, match="name an entry, or --since"):
        RUN.invoke(app, ["prove", *wanted], catch_exceptions=False)


def test_a_forged_checkpoint_is_a_finding(ledger: Ledger) -> None:
    latest = ledger.path / "latest"
    latest.write_text(latest.read_text().replace("haodun/test\n6", "haodun/test\n5"))
    result = RUN.invoke(app, ["verify"], catch_exceptions=False)
    assert result.exit_code == 3
    assert f"CHANGED  {latest} (size 5" in result.stdout


@pytest.mark.parametrize("missing", ["nowhere", "nowhere.json"])
def test_what_cannot_be_read_is_named(ledger: Ledger, missing: str) -> None:
    with pytest.raises((CommandError, AuditError), match=missing):
        RUN.invoke(app, ["prove", "--since", missing], catch_exceptions=False)
    with pytest.raises((CommandError, AuditError), match=missing):
        RUN.invoke(app, ["verify", "--checkpoints", missing], catch_exceptions=False)
    with pytest.raises((CommandError, AuditError), match=missing):
        RUN.invoke(app, ["verify", "--public", missing], catch_exceptions=False)


def test_before_the_first_checkpoint_there_is_no_proof(ledger: Ledger, tmp_path: Path) -> None:
    for path in (tmp_path / "checkpoints").iterdir():
        path.unlink()
    with pytest.raises(CommandError, match="holds no checkpoint yet"):
        RUN.invoke(app, ["prove", "1"], catch_exceptions=False)
    shown = RUN.invoke(app, ["verify"], catch_exceptions=False)
    assert "no checkpoint was given" in shown.stdout


def test_erase_cuts_the_link_and_says_so(ledger: Ledger) -> None:
    from django.db import transaction

    from haodun.audit.models import Subject
    from haodun.audit.services import subject_for

    with transaction.atomic():
        subject = subject_for("number", 13800138000)
    result = RUN.invoke(app, ["erase", str(subject), "--basis", "request 7"], catch_exceptions=False)
    assert result.exit_code == 0
    assert Subject.objects.count() == 0
    with pytest.raises(AuditError, match="may be erased already"):
        RUN.invoke(app, ["erase", str(uuid.uuid4()), "--basis", "x"], catch_exceptions=False)
    with pytest.raises(CommandError, match="is no subject id"):
        RUN.invoke(app, ["erase", "13800138000", "--basis", "x"], catch_exceptions=False)
