"""A revision is compared on recorded calls, as a job; what it found is stored with masked numbers only."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from tests.registry.key_services.conftest import Cast
from tests.registry.policy_revisions.conftest import CHANGED, PACK, drafted, write
from tests.registry.policy_revisions.test_steps import refused

from haodun.audit.models import Entry
from haodun.edge.batch import Settings, run_screen
from haodun.lab.country import generate, load_scenario
from haodun.lab.country import write as write_country
from haodun.offices.jobs.services import drain
from haodun.registry.policy_revisions import comparing
from haodun.registry.policy_revisions.models import Comparison
from haodun.registry.policy_revisions.services import ask_comparison, recorded_run, run_comparison

CALLS = 3_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over a synthetic country, as `haodun screen` leaves it."""
    place = tmp_path_factory.mktemp("recorded")
    country = generate(load_scenario("country"), calls=CALLS, seed=3)
    write_country(country, format="parquet", out=place / "country")
    calls = [str(place / "country" / "calls.parquet")]
    run_screen(Settings(calls=calls, trunks=place / "country" / "trunks.yaml", out=place / "run"))
    return place / "run"


@pytest.fixture
def recorded(run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(comparing.RECORDED, str(run))
    return run


def test_which_verdicts_change_for_whom_with_examples(cast: Cast, recorded: Path) -> None:
    row = drafted(cast, text=PACK.replace("action: BLOCK", "action: TIP"))
    ask_comparison(cast["engineer"], row)
    drain()
    made = Comparison.objects.get()
    assert made.finished_at is not None and made.failure == "" and made.result is not None
    found = made.result
    assert made.done == found["calls"] > 0 and found["calls"] <= made.total
    changed = sum(count for _, _, count in found["changed"])
    assert changed > 0 and {(old, new) for old, new, _ in found["changed"]} <= {("BLOCK", "TIP"), ("BLOCK", "ALLOW")}
    assert sum(count for _, _, count in found["who"]) == changed >= found["callers"] > 0
    assert len(found["examples"]) == min(10, found["callers"])
    for one in found["examples"]:
        for number in (one["caller"], one["callee"]):
            assert not re.search(r"1[3-9][0-9]{9}|0[0-9]{10}", number), "a person's number is masked"
    assert found["rules"][0][3], "each rule with its title"
    assert Entry.objects.filter(kind="policy:compared").count() == 1


def test_the_counts_are_those_that_deciding_each_call_twice_gives(cast: Cast, recorded: Path) -> None:
    from haodun.screening.compare import compare_run
    from haodun.screening.policy import parse_policy

    text = PACK.replace("action: BLOCK", "action: TIP")
    row = drafted(cast, text=text)
    ask_comparison(cast["engineer"], row)
    drain()
    whole = compare_run(recorded, old="cn", new=parse_policy(text, name="x"))
    result = Comparison.objects.get().result
    assert result is not None
    assert Counter({(old, new): count for old, new, count in result["changed"]}) == whole.changed
    told: list[int] = []
    short = compare_run(recorded, old="cn", new=parse_policy(text, name="x"), limit=1_500, told=told.append)
    assert (short.calls, told) == (1_500, [1_000])


def test_without_recorded_calls_it_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(comparing.RECORDED, raising=False)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    assert recorded_run() is None
    with refused("calls", zh="HAODUN_RECORDED_RUN"):
        ask_comparison(cast["engineer"], drafted(cast))
    (tmp_path / "runs" / "r1").mkdir(parents=True)
    (tmp_path / "runs" / "r1" / "input.parquet").write_bytes(b"")
    assert recorded_run() == tmp_path / "runs" / "r1"


def test_a_damaged_run_is_told_and_the_next_comparison_can_be_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "input.parquet").write_bytes(b"no parquet")
    monkeypatch.setenv(comparing.RECORDED, str(tmp_path))
    row = drafted(cast)
    ask_comparison(cast["engineer"], row)
    drain()
    made = Comparison.objects.get()
    assert made.finished_at is not None and made.failure and made.result is None
    ask_comparison(cast["engineer"], row)
    assert Comparison.objects.count() == 2


def test_asked_twice_it_runs_once_and_a_text_written_meanwhile_is_not_taken_for_the_one_asked_about(
    cast: Cast, recorded: Path
) -> None:
    row = drafted(cast)
    first = ask_comparison(cast["engineer"], row)
    assert ask_comparison(cast["engineer"], row) == first
    write(cast["engineer"], row, CHANGED + "# 改过\n")
    drain()
    made = Comparison.objects.get()
    assert "changed since" in made.failure and made.result is None
    run_comparison(first)
    made.refresh_from_db()
    assert "changed since" in made.failure, "a job that runs again finds it finished"


def test_who_may_not_draft_may_not_compare_and_what_does_not_load_is_not_compared(cast: Cast, recorded: Path) -> None:
    with refused("permission"):
        ask_comparison(cast["shop"], drafted(cast))
    with refused("policy"):
        ask_comparison(cast["engineer"], drafted(cast, text="policy: cn"))


def test_what_is_stored_is_json_without_a_number_in_clear(cast: Cast, recorded: Path) -> None:
    ask_comparison(cast["engineer"], drafted(cast, text=PACK.replace("action: BLOCK", "action: TIP")))
    drain()
    assert not re.search(r"(?<![0-9])(86)?1[3-9][0-9]{9}", json.dumps(Comparison.objects.get().result))
