"""The sentences of a bulletin: whole ones in the catalogue, a variant for each way a figure can go, never glued.

The catalogue's source is Chinese. Values are put in as each language writes them (`rendering`); a count that is missing
or zero chooses another sentence, so none says "0 % of 0".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from haodun.oversight.bulletins.rendering import Count, Language, Share, Span, Value, render, shares
from haodun.oversight.bulletins.values import BEIJING, Figure, Month, Period, Sentence
from haodun.registry.subscribers.services import Published

LANGUAGES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
Figures = Mapping[str, Figure]


def compose(period: Period, figures: Figures, published: tuple[Published, ...]) -> Iterator[Sentence]:
    """The sentences in the order of a bulletin."""
    yield _drop(period, figures)
    yield from (_month(month, figures) for month in period.window)
    yield _services_400(period, figures)
    yield _services(period, figures)
    yield _lines_tested(period, figures)
    yield _authentication(period, figures)
    yield _real_names(period, figures, published)
    yield _resold_names(period, figures)
    yield _inspected(period, figures)
    yield _stops(period, figures)


def in_language(msgid: str, lang: Language, **values: Value) -> str:
    """A sentence of the catalogue with its values in one language."""
    with override(LANGUAGES[lang]):
        text = gettext(msgid)
    return text % {name: render(value, lang) for name, value in values.items()}


def _sentence(topic: str, msgid: str, codes: tuple[str, ...], **values: Value) -> Sentence:
    return Sentence(topic, in_language(msgid, "zh", **values), in_language(msgid, "en", **values), codes)


def _value(figures: Figures, code: str) -> int:
    return figures[code].value or 0


def _drop(period: Period, figures: Figures) -> Sentence:
    codes = ("K3.baseline", "K3.window", "K4")
    fell = _("涉案“400”号码由%(baseline)s的月均%(before)s个降至%(window)s的月均%(after)s个，降幅%(rate)s。")
    rose = _("涉案“400”号码由%(baseline)s的月均%(before)s个升至%(window)s的月均%(after)s个，升幅%(rate)s。")
    none = _("%(baseline)s没有涉案“400”号码，无从比较；%(window)s月均%(after)s个。")
    rate = _value(figures, "K4")
    return _sentence(
        "involved.drop",
        none if figures["K4"].value is None else fell if rate >= 0 else rose,
        codes,
        baseline=period.baseline,
        window=period.window,
        before=Count(_value(figures, "K3.baseline")),
        after=Count(_value(figures, "K3.window")),
        rate=Share(abs(rate)),
    )


def _month(month: Month, figures: Figures) -> Sentence:
    name = f"{month[0]}-{month[1]:02d}"
    rate = figures[f"K4b.{name}"].value
    fell = _("%(month)s涉案“400”号码%(count)s个，比上月下降%(rate)s。")
    rose = _("%(month)s涉案“400”号码%(count)s个，比上月上升%(rate)s。")
    alone = _("%(month)s涉案“400”号码%(count)s个；上月没有，无从比较。")
    return _sentence(
        "involved.month",
        alone if rate is None else fell if rate >= 0 else rose,
        (f"K3.{name}", f"K4b.{name}"),
        month=(month,),
        count=Count(_value(figures, f"K3.{name}")),
        rate=Share(abs(rate or 0)),
    )


def _services_400(period: Period, figures: Figures) -> Sentence:
    codes = ("K8.400.flagged", "K8.400.accepted", "K8.400.rate", "K8.400.closed")
    some = _(
        "%(period)s，登记有缺陷的“400”号码%(flagged)s个，其中整改验收合格%(accepted)s个，占%(rate)s；"
        "同期关停“400”号码%(closed)s个。"
    )
    none = _("%(period)s，没有登记有缺陷的“400”号码；同期关停“400”号码%(closed)s个。")
    return _sentence(
        "services.400",
        none if figures["K8.400.rate"].value is None else some,
        codes,
        period=Span(period.first, period.last),
        flagged=Count(_value(figures, codes[0])),
        accepted=Count(_value(figures, codes[1])),
        rate=Share(_value(figures, codes[2])),
        closed=Count(_value(figures, codes[3])),
    )


def _services(period: Period, figures: Figures) -> Sentence:
    codes = ("K8.users", "K8.flagged", "K8.accepted", "K8.rate", "K8.closed", "K9.services")
    some = _(
        "%(period)s，整顿“400”、一号通、商务总机业务用户%(users)s户、业务%(flagged)s项，"
        "整改率%(rate)s，关停号码%(closed)s个；截至%(day)s，存量业务核查率为%(checked)s。"
    )
    none = _(
        "%(period)s，没有登记有缺陷的“400”、一号通、商务总机业务，关停号码%(closed)s个；"
        "截至%(day)s，存量业务核查率为%(checked)s。"
    )
    unused = _("%(period)s，没有登记有缺陷的“400”、一号通、商务总机业务，关停号码%(closed)s个；没有在用的存量业务。")
    chosen = none if figures["K8.rate"].value is None else some
    return _sentence(
        "services.all",
        unused if figures["K9.services"].value is None and chosen is none else chosen,
        codes,
        period=Span(period.first, period.last),
        users=Count(_value(figures, "K8.users")),
        flagged=Count(_value(figures, "K8.flagged")),
        rate=Share(_value(figures, "K8.rate")),
        closed=Count(_value(figures, "K8.closed")),
        day=period.last,
        checked=Share(_value(figures, "K9.services")),
    )


def _lines_tested(period: Period, figures: Figures) -> Sentence:
    codes = ("lines.tested", "lines.passed", "lines.closed")
    words = _("%(period)s，测试语音专线%(tested)s条，其中通过%(passed)s条；关闭语音专线%(closed)s条。")
    tested, passed, closed = (Count(_value(figures, code)) for code in codes)
    span = Span(period.first, period.last)
    return _sentence("lines.tested", words, codes, period=span, tested=tested, passed=passed, closed=closed)


def _authentication(period: Period, figures: Figures) -> Sentence:
    codes = ("K7.lines", "K7.done", "K7")
    some = _("截至%(day)s，在用语音专线%(lines)s条，其中%(done)s条已实施主叫鉴权，鉴权率为%(rate)s。")
    none = _("截至%(day)s，没有在用的语音专线。")
    lines, done, rate = (_value(figures, code) for code in codes)
    return _sentence(
        "lines.authentication",
        some if lines else none,
        codes,
        day=period.last,
        lines=Count(lines),
        done=Count(done),
        rate=Share(rate),
    )


def _real_names(period: Period, figures: Figures, published: tuple[Published, ...]) -> Sentence:
    """As computed now; as it was given out; as it was revised, and why."""
    now = figures["K1"].value
    said = published[-1] if published else None
    values: dict[str, Value] = {"day": period.last, "rate": Share(now or 0)}
    if now is None:
        words = _("截至%(day)s，没有在用的电话号码。")
    elif said is None or said.figure.value is None:
        words = _("截至%(day)s，电话用户实名率为%(rate)s，尚未发布。")
    else:
        first = published[0]
        now_shown, then_shown, last_shown = shares(now, first.figure.value or 0, said.figure.value)
        values |= {
            "rate": now_shown,
            "then": first.published_at.astimezone(BEIJING).date(),
            "published": then_shown,
            "later": said.published_at.astimezone(BEIJING).date(),
            "revised": last_shown,
            "reason": said.reason,
        }
        same = (said.figure.numerator, said.figure.denominator) == (figures["K1"].part, figures["K1"].whole)
        words = _published_words(revised=said.revises is not None, same=same)
    return _sentence("real_name.all", words, ("K1",), **values)


def _published_words(*, revised: bool, same: bool) -> str:
    if revised and same:
        return _(
            "截至%(day)s，电话用户实名率为%(rate)s；%(then)s发布为%(published)s，%(later)s修订为%(revised)s，原因：%(reason)s。"
        )
    if revised:
        return _(
            "截至%(day)s，电话用户实名率%(then)s发布为%(published)s，%(later)s修订为%(revised)s，原因：%(reason)s；"
            "按现有登记计算为%(rate)s，尚未再次修订。"
        )
    if same:
        return _("截至%(day)s，电话用户实名率为%(rate)s，与%(then)s发布的一致。")
    return _("截至%(day)s，电话用户实名率%(then)s发布为%(published)s；按现有登记计算为%(rate)s，尚未修订。")


def _resold_names(period: Period, figures: Figures) -> Sentence:
    codes = ("K1.resellers.before", "K1.resellers")
    before, after = figures[codes[0]].value, figures[codes[1]].value
    was, now = shares(before or 0, after or 0)
    if after is None:
        words = _("截至%(day)s，没有转售企业的号码。")
    elif before is None:
        words = _("截至%(day)s，转售业务实名率为%(after)s；期初没有转售企业的号码。")
    elif after > before:
        words = _("转售业务实名率由%(first)s的%(before)s提升至%(day)s的%(after)s。")
    elif after < before:
        words = _("转售业务实名率由%(first)s的%(before)s降至%(day)s的%(after)s。")
    else:
        words = _("截至%(day)s，转售业务实名率为%(after)s，与%(first)s持平。")
    return _sentence(
        "real_name.resellers",
        words,
        codes,
        first=period.day_before,
        day=period.last,
        before=was,
        after=now,
    )


def _inspected(period: Period, figures: Figures) -> Sentence:
    codes = ("resellers.inspected", "resellers.samples", "resellers.compliant", "K1b")
    some = _(
        "%(period)s，检查转售企业%(inspected)s家，抽查登记%(samples)s份，其中合规%(compliant)s份，合规率为%(rate)s。"
    )
    none = _("%(period)s，没有检查转售企业。")
    inspected, samples, compliant, rate = (_value(figures, code) for code in codes)
    return _sentence(
        "resellers.inspected",
        some if samples else none,
        codes,
        period=Span(period.first, period.last),
        inspected=Count(inspected),
        samples=Count(samples),
        compliant=Count(compliant),
        rate=Share(rate),
    )


def _stops(period: Period, figures: Figures) -> Sentence:
    codes = ("resellers.notified", "resellers.supply", "resellers.users")
    words = _("%(period)s，责令%(notified)s家转售企业整改，决定停止%(supply)s家的号码供应、停止%(users)s家发展新用户。")
    notified, supply, users = (Count(_value(figures, code)) for code in codes)
    span = Span(period.first, period.last)
    return _sentence("resellers.stops", words, codes, period=span, notified=notified, supply=supply, users=users)
