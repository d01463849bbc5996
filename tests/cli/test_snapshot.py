"""`haodun snapshot` and `haodun screen --snapshot`: from keys and lists to an explained verdict."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from haodun.cli.errors import expected_errors
from haodun.cli.main import app
from haodun.screening.explain import Mismatch, explain
from haodun.screening.verdicts import read_verdicts
from haodun.store.site import site_key

SOON = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
LATE = f"{datetime.now(UTC) + timedelta(days=120):%Y-%m-%d}"
PACKAGE = Path(__file__).resolve().parents[2] / "src" / "haodun"
TRAPS = Path(__file__).resolve().parents[1] / "journeys" / "data" / "traps"
OPTIONS = {"--key": "gov.key", "--issuer": "gov", "--expires": LATE}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with a key pair and a black list."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HAODUN_DATA", raising=False)
    (tmp_path / "black.txt").write_text(f"# forged\n+8613912345678 {SOON}\n+86110 {SOON}T12:00:00Z # a short code\n\n")
    haodun("snapshot", "keygen", "--out", "gov")
    return tmp_path


def haodun(*arguments: str) -> str:
    """A command that succeeds; its standard output."""
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str) -> str:
    """A command that ends in one sentence."""
    with pytest.raises(expected_errors()) as error:
        haodun(*arguments)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def build(version: int, *arguments: str, **changes: str) -> tuple[str, ...]:
    options = OPTIONS | {"--version": str(version), "--out": f"s{version}"}
    options |= {f"--{name}": value for name, value in changes.items()}
    return ("snapshot", "build", *(word for pair in options.items() for word in pair), *arguments)


def shown(*arguments: str) -> Any:
    return json.loads(haodun(*arguments, "--json"))


def test_keys_are_made_for_their_owner_alone(place: Path) -> None:
    assert (place / "gov.key").stat().st_mode & 0o777 == 0o600
    assert (place / "gov.pub").read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert "is there already" in refused("snapshot", "keygen", "--out", "gov")


def test_a_snapshot_is_built_shown_and_verified(place: Path) -> None:
    said = haodun(*build(1, "--list", "black=black.txt"))
    assert "full snapshot 1 of gov" in said and "list black: 2" in said
    assert "not verified" in haodun("snapshot", "inspect", "s1")
    assert shown("snapshot", "inspect", "s1")["counts"] == {"black": 2}
    assert "valid" in haodun("snapshot", "verify", "s1", "--trust", "gov.pub")
    assert shown("snapshot", "verify", "s1", "--trust", "gov.pub")["name"].startswith("gov/1/")
    assert "is needed" in refused("snapshot", "verify", "s1")


def test_the_data_folder_has_the_key_where_none_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    haodun(*build(1))
    (place / "data" / "keys").mkdir(parents=True)
    (place / "gov.pub").rename(place / "data" / "keys" / "snapshot.pub")
    monkeypatch.setenv("HAODUN_DATA", "data")
    assert "valid" in haodun("snapshot", "verify", "s1")


def test_an_altered_snapshot_is_not_valid(place: Path) -> None:
    haodun(*build(1, "--list", "black=black.txt"))
    part = place / "s1" / "policy.yaml"
    part.write_text(part.read_text().replace("BLOCK", "ALLOW", 1))
    assert "is not what the manifest signed" in refused("snapshot", "verify", "s1", "--trust", "gov.pub")
    haodun("snapshot", "keygen", "--out", "thief")
    assert "not trusted" in refused("snapshot", "verify", "s1", "--trust", "thief.pub")


def test_a_delta_is_built_on_its_chain_and_compared_in_words(place: Path) -> None:
    (place / "more.txt").write_text(f"+8613900000001 {SOON}\n+8613900000002 {SOON}\n")
    (place / "less.txt").write_text("+86110\n")
    haodun(*build(1, "--list", "black=black.txt"))
    said = haodun(*build(2, "--base", "s1", "--list", "black=more.txt", "--remove", "black=less.txt"))
    assert "delta snapshot 2 of gov, follows 1" in said and "list black: 3" in said
    haodun(*build(3, "--base", "s1", "--base", "s2", "--list", "grey=more.txt", "--policy", "cn"))
    verified = ("snapshot", "verify", "s3", "--trust", "gov.pub")
    assert "valid" in haodun(*verified, "--base", "s1", "--base", "s2")
    assert "fetch a full snapshot" in refused(*verified)
    words = haodun("snapshot", "diff", "s1", "s2", "--trust", "gov.pub")
    assert "list black: 2 added, 1 removed, 0 with another end" in words and "newly blocked: 2" in words
    assert "8613900000001" not in words, "numbers are personal"
    found = shown("snapshot", "diff", "s1", "s2", "--trust", "gov.pub")
    assert found["lists"] == {"black": {"added": 2, "removed": 1, "renewed": 0}} and found["new_blocks"] == 2
    assert "no difference" in haodun("snapshot", "diff", "s1", "s1", "--trust", "gov.pub")


def test_a_changed_policy_is_told_rule_by_rule(place: Path) -> None:
    text = (
        (PACKAGE / "screening/policy/packs/cn.yaml").read_text().replace("FAN_OUT_CALLEES: 20", "FAN_OUT_CALLEES: 21")
    )
    (place / "mine.yaml").write_text(text)
    haodun(*build(1))
    haodun(*build(2, policy="mine.yaml"))
    assert "FAN_OUT_CALLEES: 20 → 21" in haodun("snapshot", "diff", "s1", "s2", "--trust", "gov.pub")


def test_approvers_sign_when_it_is_built(place: Path) -> None:
    for name in ("wang", "li"):
        haodun("snapshot", "keygen", "--out", name)
    said = haodun(*build(1, "--list", "black=black.txt", "--approver", "wang=wang.key", "--approver", "li=li.key"))
    assert "signed by wang, li" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (build(1, "--list", "black"), "NAME=FILE"),
        (build(1, "--list", "void=black.txt"), "knows no list void"),
        (build(1, "--list", "black=none.txt"), "cannot be read"),
        (build(1, "--remove", "black=black.txt"), "only a delta"),
        (build(1, expires="soon"), "2027-01-31"),
        (build(1, expires="2020-01-01"), "expires before"),
        (build(1, key="gov.pub"), "private key"),
        (build(0), "version"),
        (build(1, parent="3"), "no earlier version"),
        (build(1, trunks="none.yaml"), "cannot be read"),
        (build(1, trunks="black.txt"), "trunks"),
        (build(1, policy="cm"), "does not exist"),
        (build(1, base="none"), "cannot be read"),
        (("snapshot", "inspect", "none"), "cannot be read"),
    ],
)
def test_what_cannot_be_built_is_one_sentence_and_leaves_nothing(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)
    assert not Path("s1").exists()


@pytest.mark.parametrize(
    "line",
    [
        "8613912345678 {0}",
        "+8613912345678",
        "+8613912345678 {0} x",
        "+86139１2345678 {0}",
        "+86 139 {0}",
        "{0}",
        "+0 {0}",
    ],
)
def test_a_bad_line_of_a_list_is_named(place: Path, line: str) -> None:
    (place / "bad.txt").write_text(f"# head\n{line.format(SOON)}\n", encoding="utf-8")
    assert "bad.txt line 2" in refused(*build(1, "--list", "black=bad.txt"))


def test_an_entry_of_more_than_90_days_is_not_built(place: Path) -> None:
    (place / "long.txt").write_text(f"+8613912345678 {LATE}\n")
    assert "longer than 90 days" in refused(*build(1, "--list", "black=long.txt"))


def screened(*arguments: str) -> Any:
    return shown("screen", str(TRAPS / "Master.csv"), *arguments)


def test_calls_are_screened_under_a_snapshot_and_explained_under_it(place: Path) -> None:
    plain = screened("--trunks", str(TRAPS / "trunks.yaml"), "--out", "plain")
    caller = next(verdict.caller for verdict in read_verdicts(Path("plain/verdicts.parquet")) if not verdict.reasons)
    (place / "orders.txt").write_text(f"+{caller} {SOON}\n")
    haodun(*build(1, "--list", "orders=orders.txt", trunks=str(TRAPS / "trunks.yaml")))
    ordered = screened("--snapshot", "s1", "--trust", "gov.pub", "--out", "run")
    record = json.loads(Path("run/run.json").read_text())
    assert record["versions"]["snapshot"].startswith("gov/1/") and record["snapshot"]["version"] == 1
    assert ordered["unscreened_origin"] == plain["unscreened_origin"], "the trunks came with the snapshot"
    assert ordered["actions"]["BLOCK"] > plain["actions"]["BLOCK"]
    verdicts = {verdict.event: verdict for verdict in read_verdicts(Path("run/verdicts.parquet"))}
    stopped = next(verdict for verdict in verdicts.values() if verdict.caller == caller)
    for replay in (False, True):
        found = explain(Path("run"), f"{record['run']}-{stopped.event}", replay=replay, site_key=site_key)
        assert found.trace.decision.reasons == stopped.reasons and "CN-ORDER" in " ".join(stopped.reasons)
    assert "snapshot gov/1/" in haodun(
        "screen", str(TRAPS / "Master.csv"), "--snapshot", "s1", "--trust", "gov.pub", "--out", "again"
    )


def test_a_draft_is_signed_by_its_approver_and_nothing_is_written_over(place: Path) -> None:
    for name in ("wang", "thief"):
        haodun("snapshot", "keygen", "--out", name)
    haodun(*build(1, "--list", "black=black.txt", out="draft/parent"))
    (place / "more.txt").write_text(f"+8613912345678 {SOON}\n+8613900000001 {SOON}\n")
    haodun(*build(5, "--list", "black=more.txt", "--parent", "1", out="draft/new"))
    sign = ("snapshot", "approve", "draft", "--key", "wang.key", "--approver", "wang", "--out", "wang.json")
    assert "is needed" in refused(*sign)
    assert "not trusted" in refused(*sign, "--trust", "thief.pub")
    assert not Path("wang.json").exists()
    said = haodun(*sign, "--trust", "gov.pub", "--numbers", "new.txt")
    assert "newly blocked: 1" in said and "lifted: 1" in said and "8613900000001" not in said
    assert Path("new.txt").read_text() == "black +8613900000001\n"
    file = json.loads(Path("wang.json").read_text())
    assert sorted(one["base"] for one in file["approvals"]) == [0, 1, 2, 3, 4] and file["new_blocks"] == 1
    assert "is there already" in refused(*sign, "--trust", "gov.pub")


def test_a_run_is_not_explained_under_another_snapshot_than_its_own(place: Path) -> None:
    haodun(*build(1, "--list", "black=black.txt"))
    screened("--snapshot", "s1", "--trust", "gov.pub", "--out", "run")
    verdict = next(iter(read_verdicts(Path("run/verdicts.parquet"))))
    name = f"{json.loads(Path('run/run.json').read_text())['run']}-{verdict.event}"
    assert explain(Path("run"), name, site_key=site_key).verdict == verdict
    part = Path("run/snapshot/lists/black.hdl")
    part.write_bytes(part.read_bytes()[:-8] + bytes(8))
    with pytest.raises(Mismatch, match="not what decided"):
        explain(Path("run"), name, site_key=site_key)


def test_a_run_is_resumed_under_its_own_snapshot_only(place: Path) -> None:
    haodun(*build(1, "--list", "black=black.txt"))
    haodun(*build(2, "--list", "black=black.txt"))
    screened("--snapshot", "s1", "--trust", "gov.pub", "--out", "run")
    again = screened("--snapshot", "s1", "--trust", "gov.pub", "--out", "run", "--resume")
    assert again["calls"] == 17
    for other in (("--snapshot", "s2", "--trust", "gov.pub"), ()):
        said = refused("screen", str(TRAPS / "Master.csv"), *other, "--out", "run", "--resume")
        assert "differ from those the run was started with" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--snapshot", "s1"), "--trust is needed"),
        (("--snapshot", "s1", "--trust", "gov.key"), "public key"),
        (("--snapshot", "none", "--trust", "gov.pub"), "cannot be read"),
        (("--snapshot", "s2", "--trust", "gov.pub"), "is a delta"),
        (("--trust", "gov.pub"), "--snapshot too"),
    ],
)
def test_screening_under_what_is_no_trusted_snapshot_is_refused(arguments: tuple[str, ...], words: str) -> None:
    haodun(*build(1))
    haodun(*build(2, "--base", "s1"))
    assert words in refused("screen", str(TRAPS / "Master.csv"), *arguments, "--out", "run")
    assert not Path("run").exists()
