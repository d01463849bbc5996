"""Material for the suites: a small synthetic country as call records, events and decision rows."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from haodun.edge.batch import RunFolder, Settings, run_screen
from haodun.lab.country import generate, load_scenario, write
from haodun.numbering import load_plan
from haodun.screening.events import EventKind, Trunks, read_events
from haodun.screening.kernel import Parameters
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode, Screener

SEED = 11


def country_files(calls: int, place: Path, *, format: str = "parquet") -> tuple[Path, Path]:
    """Calls and trunks file of a country, in `place`."""
    paths = write(generate(load_scenario("country"), calls=calls, seed=SEED), format=format, out=place)
    return paths[0], paths[2]


def screened(calls: int, place: Path) -> RunFolder:
    """A finished run over a country, in `place`."""
    records, trunks = country_files(calls, place / "country")
    return run_screen(Settings(calls=[str(records)], trunks=trunks, out=place / "run")).folder


@cache
def rows_of_a_country(calls: int) -> list[list[int]]:
    """The decision rows of a country's attempts."""
    policy = load_policy("cn")
    with tempfile.TemporaryDirectory() as place:
        folder = screened(calls, Path(place))
        trunks = Trunks.parse(folder.trunks.read_text(encoding="utf-8"), "trunks.yaml")
        screener = Screener(
            policy=policy,
            plan=load_plan("CN"),
            trunks=trunks,
            parameters=Parameters(),
            mode=Mode.OBSERVE,
            site_key=bytes(32),
            run_id="bench",
        )
        rows = []
        for event in read_events(folder.input_log):
            if event.kind is EventKind.ATTEMPT:
                rows.append(screener.row(event, screener.oracle.attempt(event)))
            else:
                screener.oracle.outcome(event)
    return rows
