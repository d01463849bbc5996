"""Verdicts against the truth: recall of each campaign, callers blocked by mistake, each with its interval.

Definitions (DESIGN.md §3 *Lab*): recall_block = BLOCKed ÷ campaign attempts; recall_any = non-ALLOW ÷ the same; time to
block = first attempt of a number to its first BLOCK, median over numbers ever blocked, with the share never blocked;
a false block is an ordinary caller with at least one BLOCK of the behaviour stage.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from haodun.screening.compare.interval import clopper_pearson
from haodun.screening.events import Action, Layer

_JOINED = f"""
    CREATE TEMP TABLE judged AS
    SELECT v.caller AS number, v.time_ms, v.action, l.campaign, l.population, l.heavy,
           v.action = {int(Action.BLOCK)} AS blocked,
           v.action = {int(Action.BLOCK)} AND v.layer = {int(Layer.BEHAVIOUR)} AS behaviour_block
    FROM read_parquet(?) v JOIN read_parquet(?) l USING (call_id)
    WHERE v.repeat_of = 0
"""  # noqa: S608 (integers of our own enumerations)

_CAMPAIGNS = """
    WITH numbers AS (
        SELECT campaign, number, min(time_ms) AS first, min(time_ms) FILTER (blocked) AS first_block
        FROM judged WHERE campaign IS NOT NULL GROUP BY ALL
    ), times AS (
        SELECT campaign, median((first_block - first) / 1000) AS seconds,
               count(*) AS numbers, coalesce(count_if(first_block IS NULL), 0) AS never
        FROM numbers GROUP BY campaign
    )
    SELECT campaign, count(*), coalesce(count_if(blocked), 0), coalesce(count_if(action <> 0), 0), any_value(seconds),
           any_value(numbers), any_value(never)
    FROM judged JOIN times USING (campaign) GROUP BY campaign ORDER BY campaign
"""

_POPULATIONS = """
    WITH callers AS (
        SELECT population, number, bool_or(heavy) AS heavy, count(*) AS calls,
               coalesce(count_if(behaviour_block), 0) AS behaviour,
               coalesce(count_if(blocked), 0) AS blocked, coalesce(count_if(action <> 0), 0) AS other
        FROM judged WHERE campaign IS NULL GROUP BY population, number
    )
    SELECT population, bool_or(heavy), count(*), sum(calls)::BIGINT, coalesce(count_if(behaviour > 0), 0),
           sum(behaviour)::BIGINT,
           coalesce(count_if(blocked > behaviour), 0), sum(other)::BIGINT
    FROM callers GROUP BY population ORDER BY population
"""


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """What became of one campaign."""

    attempts: int
    recall_block: float
    recall_any: float
    time_to_block_s: float | None
    """Median over the numbers that were ever blocked, None if none was."""
    never_blocked: float
    """Share of its numbers."""
    numbers: int


@dataclass(frozen=True, slots=True)
class PopulationFigures:
    """What became of one kind of ordinary caller."""

    heavy: bool
    callers: int
    calls: int
    false_block_callers: int
    """Callers with at least one behaviour BLOCK."""
    false_block_calls: int
    other_block_callers: int
    """Callers with a BLOCK of another stage: a forged or impossible number, as far as the policy can tell."""
    restricted_calls: int
    """Calls with any verdict but ALLOW: mostly tips."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a run whose truth is known."""

    campaigns: dict[str, CampaignFigures]
    populations: dict[str, PopulationFigures]
    unlabelled: int
    """Verdicts without a label; they are in no figure."""

    def callers(self, *, heavy: bool | None = None) -> int:
        """Ordinary callers, all or only the heavy or light ones."""
        return sum(figures.callers for figures in self._chosen(heavy))

    def false_callers(self, *, heavy: bool | None = None) -> int:
        """Those of them with a false block."""
        return sum(figures.false_block_callers for figures in self._chosen(heavy))

    def _chosen(self, heavy: bool | None) -> list[PopulationFigures]:
        return [figures for figures in self.populations.values() if heavy is None or figures.heavy is heavy]

    def to_dict(self) -> dict[str, object]:
        """The keys of `haodun screen --json`, and the finer figures."""
        return {
            "campaigns": {name: asdict(figures) for name, figures in self.campaigns.items()},
            "ordinary_callers": self.callers(),
            "false_block_callers": self.false_callers(),
            "false_block_calls": sum(figures.false_block_calls for figures in self.populations.values()),
            "false_block_interval": clopper_pearson(self.false_callers(), self.callers()),
            "heavy": self._group(heavy=True),
            "light": self._group(heavy=False),
            "populations": {name: asdict(figures) for name, figures in self.populations.items()},
            "unlabelled": self.unlabelled,
        }

    def _group(self, *, heavy: bool) -> dict[str, object]:
        false, callers = self.false_callers(heavy=heavy), self.callers(heavy=heavy)
        return {"callers": callers, "false_block_callers": false, "interval": clopper_pearson(false, callers)}

    def render(self) -> str:
        """A table for a terminal."""
        lines = [f"{'campaign':28}{'attempts':>10}{'blocked':>9}{'any':>9}{'time to block':>15}{'never':>8}"]
        for name, figures in self.campaigns.items():
            time = "—" if figures.time_to_block_s is None else f"{figures.time_to_block_s:,.0f} s"
            lines.append(
                f"{name:28}{figures.attempts:>10,}{figures.recall_block:>9.1%}{figures.recall_any:>9.1%}"
                f"{time:>15}{figures.never_blocked:>8.1%}"
            )
        for word, heavy in (("heavy", True), ("light", False)):
            false, callers = self.false_callers(heavy=heavy), self.callers(heavy=heavy)
            low, high = clopper_pearson(false, callers)
            lines.append(
                f"ordinary {word} callers blocked by behaviour: {false} of {callers:,} "
                f"(95 % interval {low * 1e4:.2f} to {high * 1e4:.2f} in 10,000)"
            )
        return "\n".join(lines)


def evaluate(verdicts: Path, labels: Path) -> Evaluation:
    """Hold a verdict log against labels.parquet (call_id, campaign, population, caller, heavy, true_origin)."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(_JOINED, [str(verdicts), str(labels)])
        campaigns = connection.execute(_CAMPAIGNS).fetchall()
        populations = connection.execute(_POPULATIONS).fetchall()
        total = connection.execute("SELECT count(*) FROM read_parquet(?) WHERE repeat_of = 0", [str(verdicts)])
        all_verdicts = int((total.fetchone() or (0,))[0])
        judged = int((connection.execute("SELECT count(*) FROM judged").fetchone() or (0,))[0])
    return Evaluation(
        campaigns={
            name: CampaignFigures(attempts, blocked / attempts, other / attempts, seconds, never / numbers, numbers)
            for name, attempts, blocked, other, seconds, numbers, never in campaigns
        },
        populations={row[0]: PopulationFigures(*row[1:]) for row in populations},
        unlabelled=all_verdicts - judged,
    )
