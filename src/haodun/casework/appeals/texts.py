"""The sentences the public reads: codes, answers to "why", outcomes; plain words, whole sentences, both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haodun.casework.appeals.lookups import Stopped
from haodun.registry.restrictions.services import Basis, Measure, Restriction
from haodun.screening.events import Action

LAWS: dict[str, str | Promise] = {
    Basis.AFL_11: gettext_lazy(
        "《反电信网络诈骗法》第十一条：对监测识别的异常电话卡重新核验，未核验或未通过的，可以限制、暂停服务。"
    ),
    Basis.AFL_12: gettext_lazy("《反电信网络诈骗法》第十二条：物联网卡使用异常的，可以暂停服务、重新核验。"),
    Basis.AFL_13: gettext_lazy("《反电信网络诈骗法》第十三条：对虚假主叫和违规线路的呼叫进行拦截、溯源。"),
    Basis.AFL_31: gettext_lazy("《反电信网络诈骗法》第三十一条：不得非法买卖、出租、出借电话卡。"),
    Basis.MIIT_POLICE_2015_11: gettext_lazy("工业和信息化部、公安部关于涉诈号码快速关停的工作机制（2015 年 11 月）。"),
    Basis.MIIT_452: gettext_lazy("工信部网安函〔2016〕452号第六条：未按期整改的重点业务和语音专线，停止服务。"),
    Basis.MIIT_REREGISTRATION: gettext_lazy(
        "工业和信息化部 2016 年 5 月关于补登记的通知：未实名的电话用户，经通知仍不补登记的，暂停直至停止服务。"
    ),
}
"""The clause behind a restriction, as the public reads it (RULES.md §1.1, §1.3)."""
VERDICT_LAW = gettext_lazy("《反电信网络诈骗法》第十三条、第十四条：电信业务经营者应当识别、拦截涉诈电话。")

MEASURES: dict[str, str | Promise] = {
    Measure.OUTGOING: gettext_lazy("这个号码暂时不能呼出。"),
    Measure.BOTH_WAYS: gettext_lazy("这个号码已停止呼出和呼入。"),
    Measure.TIP: gettext_lazy("这个号码呼出时，对方会看到风险提示。"),
}
STILL: dict[str, str | Promise] = {
    Measure.OUTGOING: gettext_lazy("仍可接听来电；110、119、120、122 始终可以拨打。"),
    Measure.BOTH_WAYS: gettext_lazy("110、119、120、122 始终可以拨打。"),
    Measure.TIP: gettext_lazy("呼出和接听都不受影响。"),
}
ACTIONS: dict[Action, str | Promise] = {
    Action.TIP: gettext_lazy("这次来电接通前，对方看到了风险提示。"),
    Action.WITHHOLD_CLI: gettext_lazy("这次来电没有向对方显示号码。"),
    Action.CHALLENGE: gettext_lazy("这次来电被要求先作验证。"),
    Action.BLOCK: gettext_lazy("这次来电没有接通。"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told: each a sentence in the present language."""

    what: str
    why: str
    law: str
    since: datetime
    ends: datetime | None
    """When it ends by itself."""
    still: str


def of_restriction(restriction: Restriction) -> Answer:
    """Why a number is restricted (反电信网络诈骗法 art. 32: reason and remedy are told)."""
    chinese = (translation.get_language() or "").startswith("zh")
    return Answer(
        what=str(MEASURES[restriction.measure]),
        why=restriction.reason.zh if chinese else restriction.reason.en,
        law=str(LAWS[restriction.basis]),
        since=restriction.starts,
        ends=restriction.ends,
        still=str(STILL[restriction.measure]),
    )


def of_call(call: Stopped) -> Answer:
    """Why one call was stopped or marked (个人信息保护法 art. 24: a decision made by a machine is explained)."""
    chinese = (translation.get_language() or "").startswith("zh")
    titles = call.why_zh if chinese else call.why_en
    if titles:
        why = _("系统自动判断：%(titles)s。") % {"titles": ("；" if chinese else "; ").join(titles)}
    else:
        why = _("系统自动判断这次呼叫有异常。")
    return Answer(
        what=str(ACTIONS[call.action]),
        why=why,
        law=str(VERDICT_LAW),
        since=call.at,
        ends=None,
        still=str(
            STILL[Measure.TIP]
            if call.action is Action.TIP
            else _("其他呼叫不受这次判断影响；110、119、120、122 始终可以拨打。")
        ),
    )


def moment(at: datetime) -> str:
    """A moment in Beijing time, as the public reads it."""
    return formats.date_format(timezone.localtime(at), "Y-m-d H:i")


def code_text(code: str, language: str) -> str:
    """The message that carries a code. No link and no telephone number (RULES.md §0.9)."""
    with translation.override(language):
        return _("验证码 %(code)s，10 分钟内有效，用于查询号码受限原因。任何人向您索要验证码都是诈骗。") % {
            "code": code
        }


def outcome_text(kind: str, *, reference: str, reason: str, language: str) -> str:
    """The message to an appellant on an outcome: `lifted`, `partial`, `upheld`, `escalated` or `acknowledged`."""
    with translation.override(language):
        sentence = {
            "acknowledged": _("您的申诉 %(reference)s 已受理，将在 24 小时内由专人复核。"),
            "lifted": _("您的申诉 %(reference)s 成立，限制已解除，正在全网生效。"),
            "partial": _("您的申诉 %(reference)s 部分成立：%(reason)s"),
            "upheld": _("您的申诉 %(reference)s 未成立：%(reason)s 您可以在状态页面申请上一级复核。"),
            "escalated": _("您的申诉 %(reference)s 已转上一级复核。"),
            "closed": _("您的申诉 %(reference)s 已办结：%(reason)s"),
        }[kind]
        return sentence % {"reference": reference, "reason": reason}
