"""The figures of a bulletin: each counted by its named query, so that its rows can be listed.

Two are not sums over rows of their own: the real-name rates come from the register's daily sums, which equal the states
that their query lists; means, drops and month-on-month changes are computed from the months' counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from haodun.oversight.bulletins.queries import QUERIES, count
from haodun.oversight.bulletins.values import Figure, Month, Period, RowQuery, end_of, month_before, span_of, text_of
from haodun.registry.key_services.services import drop, month_on_month, share
from haodun.registry.subscribers.services import counted as registrations

PERCENT = "percent/100"
Span = tuple[datetime | None, datetime]
"""Since when, and the moment at which it is over; since None: a state at that moment."""


@dataclass(slots=True)
class Measuring:
    """Figures of a period as one person may read them; `figures` fills up by code."""

    user: Any
    period: Period
    known_at: datetime
    figures: dict[str, Figure] = field(default_factory=dict)

    def everything(self) -> dict[str, Figure]:
        """All of them."""
        self.involved()
        self.services()
        self.lines()
        self.real_names()
        self.resellers()
        return self.figures

    def involved(self) -> None:
        """K3 by month, the means of baseline and window, K4 and K4b."""
        period = self.period
        says = _("当月收到的公安通报中的“400”号码，同一号码当月计一次，撤回的通报不计")
        counts: dict[Month, int] = {}
        before = {month_before(month) for month in period.window}
        for month in sorted({*period.baseline, *period.window, *before}):
            asked = RowQuery("involved", {"months": _month(month)})
            counts[month] = count(self.user, asked)[1]
            self._keep(f"K3.{_month(month)}", counts[month], "number", says, asked, span=span_of((month,)))
        means = (
            ("baseline", period.baseline, _("基准月份的涉案“400”号码月均数，四舍五入")),
            ("window", period.window, _("对比月份的涉案“400”号码月均数，四舍五入")),
        )
        for name, months, words in means:
            total, many = sum(counts[month] for month in months), len(months)
            asked, mean = RowQuery("involved", {"months": text_of(months)}), (2 * total + many) // (2 * many)
            self._keep(f"K3.{name}", mean, "number", words, asked, parts=(total, many), span=span_of(months))
        some = any(counts[month] for month in period.baseline)
        fallen = drop(counts, baseline=period.baseline, window=period.window) if some else None
        both = RowQuery("involved", {"months": f"{text_of(period.baseline)},{text_of(period.window)}"})
        words = _("1 减去对比月份月均数与基准月份月均数之比")
        self._keep("K4", fallen, PERCENT, words, both, span=span_of((*period.baseline, *period.window)))
        for month in period.window:
            pair = RowQuery("involved", {"months": text_of((month_before(month), month))})
            words = _("1 减去当月与上月涉案“400”号码数之比，上升为负")
            change = month_on_month(counts, month)
            self._keep(f"K4b.{_month(month)}", change, PERCENT, words, pair, span=span_of((month,)))

    def services(self) -> None:
        """K8 of 400 numbers and of all key services, K9."""
        within = self._within()
        for code, kind in (("K8.400", {"kind": "400"}), ("K8", {})):
            flagged = RowQuery("services_flagged", {**within, **kind})
            part, whole = count(self.user, flagged)
            self._keep(f"{code}.flagged", whole, "service", _("本期登记有缺陷的业务"), flagged)
            self._keep(f"{code}.accepted", part, "service", _("其中本期整改并验收合格的业务"), flagged)
            self._share(f"{code}.rate", (part, whole), _("本期登记有缺陷的业务中，本期整改并验收合格的占比"), flagged)
            closed = RowQuery("services_closed", {**within, **kind})
            words = _("本期关停的业务，每项一个号码")
            self._keep(f"{code}.closed", count(self.user, closed)[1], "number", words, closed)
        users = RowQuery("services_flagged", {**within, "by": "user"})
        words = _("本期有业务登记缺陷的用户，按统一社会信用代码计")
        self._keep("K8.users", count(self.user, users)[1], "user", words, users)
        checked = RowQuery("services_checked", {"until": self.period.until.isoformat()})
        words = _("期末在用的存量业务中，已整体核查的占比")
        self._share("K9.services", count(self.user, checked), words, checked, span=self._end)

    def lines(self) -> None:
        """Lines tested, passed, closed; K7."""
        tested, closed = (RowQuery(f"lines_{name}", self._within()) for name in ("tested", "closed"))
        part, whole = count(self.user, tested)
        self._keep("lines.tested", whole, "line", _("本期测试过的语音专线"), tested)
        self._keep("lines.passed", part, "line", _("其中本期最后一次测试通过的语音专线"), tested)
        self._keep("lines.closed", count(self.user, closed)[1], "line", _("本期关闭的语音专线"), closed)
        used = RowQuery("lines_in_use", {"until": self.period.until.isoformat()})
        done, lines = count(self.user, used)
        self._keep("K7.lines", lines, "line", _("期末在用的语音专线"), used, span=self._end)
        self._keep("K7.done", done, "line", _("其中已实施主叫鉴权的语音专线，例外不计"), used, span=self._end)
        words = _("期末在用的语音专线中，已实施主叫鉴权的占比，例外不计")
        self._share("K7", (done, lines), words, used, span=self._end)

    def real_names(self) -> None:
        """K1 of all and of resellers, at the end of the period and of the day before it."""
        period = self.period
        of_all, of_resold = _("登记有效的号码占在用号码的比例"), _("转售企业号码中，登记有效的占比")
        for code, day, resold in (
            ("K1", period.last, False),
            ("K1.resellers.before", period.day_before, True),
            ("K1.resellers", period.last, True),
        ):
            self._rate(code, day, of_resold if resold else of_all, resold=resold)

    def resellers(self) -> None:
        """Inspections, samples, K1b, and what followed."""
        period = self.period
        days = {"since": period.first.isoformat(), "until": period.until.date().isoformat()}
        seen, samples = RowQuery("resellers_inspected", days), RowQuery("samples", days)
        part, whole = count(self.user, samples)
        words = _("本期检查的转售企业")
        self._keep("resellers.inspected", count(self.user, seen)[1], "reseller", words, seen)
        self._keep("resellers.samples", whole, "sample", _("本期抽查的登记"), samples)
        self._keep("resellers.compliant", part, "sample", _("其中合规的登记"), samples)
        self._share("K1b", (part, whole), _("本期抽查的登记中，合规的占比"), samples)
        for code, action, says in (
            ("resellers.notified", "notify", _("本期被责令整改的转售企业")),
            ("resellers.supply", "stop_supply", _("本期被决定停止供号的转售企业")),
            ("resellers.users", "stop_users", _("本期被决定停止发展新用户的转售企业")),
        ):
            asked = RowQuery("resellers_followed", {**self._within(), "action": action})
            self._keep(code, count(self.user, asked)[1], "reseller", says, asked)

    def _rate(self, code: str, day: date, says: str, *, resold: bool) -> None:
        params = {"day": day.isoformat(), "known_at": self.known_at.isoformat()}
        asked = RowQuery("numbers_held", {**params, "of": "resellers"} if resold else params)
        found = registrations.real_name_rate(self.user, day=day, known_at=self.known_at, resold=resold)
        self._share(code, (found.numerator, found.denominator), says, asked, span=(None, end_of(day)))

    def _within(self) -> dict[str, str]:
        return {"since": self.period.since.isoformat(), "until": self.period.until.isoformat()}

    @property
    def _end(self) -> Span:
        return None, self.period.until

    def _share(
        self, code: str, parts: tuple[int, int], says: str, asked: RowQuery, *, span: Span | None = None
    ) -> None:
        self._keep(code, share(*parts), PERCENT, says, asked, parts=parts, span=span)

    def _keep(
        self,
        code: str,
        value: int | None,
        unit: str,
        says: str,
        asked: RowQuery,
        *,
        parts: tuple[int | None, int | None] = (None, None),
        span: Span | None = None,
    ) -> None:
        since, until = span or (self.period.since, self.period.until)
        self.figures[code] = Figure(
            code=code,
            value=value,
            unit=unit,
            part=parts[0],
            whole=parts[1],
            since=since,
            until=until,
            known_at=self.known_at,
            definition=says,
            rows=asked,
            source=QUERIES[asked.name].source,
        )


def _month(month: Month) -> str:
    return f"{month[0]}-{month[1]:02d}"
