"""The page: both languages rendered from one template into one file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from haodun.edge.batch.report import charts, wording
from haodun.edge.batch.report.figures import QUERIES, Figures
from haodun.edge.batch.report.wording import ACTION_NAMES, INGRESS_NAMES, Language, percent, quantity
from haodun.numbering import describe, load_plan, mask, parse
from haodun.screening.events import Action
from haodun.screening.policy import Policy
from haodun.store import durable

_HERE = files("haodun.edge.batch.report")
MAX_RULES = 14
"""Rules shown as bars; the table behind has all."""


def write_report(run: Path, *, record: dict[str, Any], figures: Figures, policy: Policy) -> Path:
    """Write `report.html` of a run: `record` is the content of its run.json, `figures` are by `measure`."""
    target = run / "report.html"
    durable.place(target, page(figures, record, policy).encode("utf-8"))
    return target


def page(figures: Figures, record: dict[str, Any], policy: Policy) -> str:
    """The whole page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    views = {lang: View(figures, record, policy, lang) for lang in ("zh", "en")}
    return environment.get_template("report.html").render(style=Markup(style), style_hash=digest, views=views)  # noqa: S704 (our own file)


def _template(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


class View:
    """What the template asks for, in one language."""

    def __init__(self, figures: Figures, record: dict[str, Any], policy: Policy, lang: Language) -> None:
        self.figures = figures
        self.record = record
        self.policy = policy
        self.lang: Language = lang
        self.queries = QUERIES
        self.titles = {rule.id: rule.title.in_(lang) for rule in policy.rules}
        self.intake: dict[str, Any] = record["intake"]
        self._plan = load_plan(policy.home)
        self._offset = timezone(timedelta(minutes=int(record["parameters"]["utc_offset_minutes"])))

    def t(self, key: str, **values: object) -> str:
        """One sentence of the report in this language."""
        return wording.text(key, self.lang, **values)

    def n(self, value: int) -> str:
        """A count as written in this language."""
        return quantity(value, self.lang)

    def share(self, part: int) -> str:
        """A part of all calls, in percent."""
        return percent(part, self.figures.calls)

    def count(self, action: str) -> int:
        """Calls with an action."""
        return self.figures.actions[Action[action]]

    def action(self, action: Action) -> str:
        """The name of an action."""
        return ACTION_NAMES[action][self.lang == "en"]

    def time(self, time_ms: int) -> str:
        """A moment in the home country's time, to the minute."""
        return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(self._offset):%Y-%m-%d %H:%M}"

    @property
    def zone(self) -> str:
        """The home country's offset from UTC, as +08:00."""
        return str(self._offset)[3:] or "+00:00"

    def title(self, rule: str) -> str:
        """A rule's title."""
        return self.titles.get(rule, rule)

    def headline(self) -> str:
        """What happened, in a sentence or two."""
        figures = self.figures
        if not figures.calls:
            return self.t("headline_empty")
        block = figures.actions[Action.BLOCK]
        tip = figures.restricted - block
        first = self.t(
            "headline", calls=self.n(figures.calls), block=self.n(block), share=self.share(block), tip=self.n(tip)
        )
        blocking = [found for found in figures.reasons if self._blocks(found.rule)]
        if not block or not blocking:
            return first
        return (
            first + ("" if self.lang == "zh" else " ") + self.t("headline_reason", title=self.title(blocking[0].rule))
        )

    def _blocks(self, rule_id: str) -> bool:
        return any(rule.id == rule_id and rule.action is Action.BLOCK for rule in self.policy.rules)

    def hours_title(self) -> str:
        """The finding of the chart by hour."""
        totals = {hour: self.restricted(counts) for hour, counts in self.figures.hours.items()}
        if not any(totals.values()):
            return self.t("hours_none_title")
        return self.t("hours_peak_title", hour=max(totals, key=lambda hour: totals[hour]))

    def restricted(self, counts: dict[Action, int]) -> int:
        """Calls of one group with any verdict but ALLOW."""
        return sum(counts.get(action, 0) for action in charts.STACK)

    def hours_chart(self) -> Markup:
        """The chart by hour."""
        peak = wording.TEXTS["peak"][self.lang == "en"]
        return charts.columns(self.figures.hours, title=self.hours_title(), peak=peak)

    def legend(self) -> list[tuple[str, str]]:
        """Class and name of the actions that occur, the strongest first."""
        return [(action.name.lower(), self.action(action)) for action in charts.STACK if self.figures.actions[action]]

    def reasons(self) -> list[dict[str, Any]]:
        """The commonest rules with their bars."""
        return self._rules(self.figures.reasons)

    def shadow(self) -> list[dict[str, Any]]:
        """The rules that were only watched."""
        return self._rules(self.figures.shadow)

    def _rules(self, counts: list[Any]) -> list[dict[str, Any]]:
        largest = max((found.calls for found in counts), default=0)
        strength = {rule.id: rule.action for rule in self.policy.rules}
        return [
            {
                "rule": found.rule,
                "title": self.title(found.rule),
                "calls": found.calls,
                "callers": found.callers,
                "meter": charts.meter(
                    found.calls, largest, name=(strength.get(found.rule) or Action.ALLOW).name.lower()
                ),
            }
            for found in counts[:MAX_RULES]
        ]

    def ingress(self) -> list[dict[str, Any]]:
        """Each ingress with its calls by action."""
        return [
            {
                "name": INGRESS_NAMES[ingress][self.lang == "en"],
                "total": sum(counts.values()),
                "counts": [counts.get(action, 0) for action in Action],
                "meter": charts.shares([(action.name.lower(), counts.get(action, 0)) for action in reversed(Action)]),
            }
            for ingress, counts in sorted(self.figures.ingress.items(), key=lambda item: -sum(item[1].values()))
        ]

    def callers(self) -> list[dict[str, Any]]:
        """The callers with most restricted calls, masked."""
        return [
            {
                "number": mask(found.text, self.policy.home) if found.text else "—",
                "what": self._what(found.key),
                "reason": self.title(found.reason),
                "calls": found.calls,
                "blocked": found.blocked,
                "verdict": f"{self.record['run']}-{found.event}",
            }
            for found in self.figures.top_callers
        ]

    def _what(self, key: int) -> str:
        """What the plan says of a caller; nothing of a trunk."""
        if key <= 0:
            return ""
        number = parse(f"+{key}", home=self.policy.home)
        return describe(number, self._plan.facts(number), self.lang)

    def gaps(self) -> list[dict[str, Any]]:
        """What could not be judged, and what to supply."""
        figures, intake = self.figures, self.intake
        found: list[tuple[str, int, dict[str, object]]] = [
            ("gap_trunks" if intake["trunks"] else "gap_no_trunks", figures.unscreened, {}),
            ("gap_zone", intake["unzoned"] if intake["tz"] == "UTC" else 0, {"tz": intake["tz"]}),
            ("gap_quarantine", intake["quarantined"], {"reasons": self._quarantine_reasons()}),
            ("gap_late", figures.late, {}),
            ("gap_no_number", figures.no_number, {}),
        ]
        return [
            {"text": self.t(key, count=self.n(count), **values), "trunks": key.endswith("trunks")}
            for key, count, values in found
            if count
        ]

    def _quarantine_reasons(self) -> str:
        separator = "，" if self.lang == "zh" else ", "
        return separator.join(f"{reason} {count}" for reason, count in self.intake["quarantine_reasons"].items())

    def false_blocks(self) -> list[str]:
        """The sentences on wrongly blocked callers."""
        truth = self.record.get("evaluation")
        if truth is None:
            return []
        lines = []
        for group in ("heavy", "light"):
            figures = truth[group]
            low, high = (f"{bound * 10_000:.2f}" for bound in figures["interval"])
            values = {
                "callers": f"{figures['callers']:,}",
                "false": figures["false_block_callers"],
                "low": low,
                "high": high,
            }
            lines.append(self.t(f"false_{group}", **values))
        return lines

    def samples(self) -> list[tuple[str, str]]:
        """Action and verdict id of one call each."""
        return [
            (self.action(action), f"{self.record['run']}-{event}") for action, event in self.figures.samples.items()
        ]
