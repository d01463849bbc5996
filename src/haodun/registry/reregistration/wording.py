"""What holders are told in a campaign, in both languages: what is due when, how to register, how to object.

Nothing in it names the number, and it bears no link but the portal's. Emergency numbers can be called in every step.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from haodun.registry.reregistration.models import Campaign
from haodun.registry.reregistration.values import OPEN, WAITS
from haodun.registry.restrictions.services import Text, portal
from haodun.registry.subscribers.sealing import BEIJING


def notice_text(campaign: Campaign, state: str, at: datetime) -> Text:
    """The notice (`NOTIFIED`) or the reminder (`REMINDED`) that is handed over at `at`."""
    first, then = _days(campaign, state, at)
    return _notice(campaign, first, then) if state == "NOTIFIED" else _reminder(campaign, first, then)


def stop_reason(campaign: Campaign, state: str, at: datetime) -> Text:
    """Why a number is stopped from `at` on (`ONE_WAY_STOP`, `TWO_WAY_STOP`), and what follows; for the notice of the
    restriction, which says the law and how to appeal itself.
    """
    (following, *_rest) = _days(campaign, state, at)
    how_zh, how_en = _how(campaign)
    if state == "ONE_WAY_STOP":
        return Text(
            f"经通知和提醒，仍未补登记真实身份信息。{how_zh}登记后立即恢复；{following} 仍未登记的，接听也将停止。",
            f"Not re-registered after a notice and a reminder. {how_en} Service is restored at once; if it is still "
            f"not registered on {following}, incoming calls stop too.",
        )
    return Text(
        f"暂停主叫后，仍未补登记真实身份信息。{how_zh}登记后立即恢复；{following} 仍未登记的，号码将被收回。",
        f"Not re-registered after outgoing calls were stopped. {how_en} Service is restored at once; if it is still "
        f"not registered on {following}, the number is taken back.",
    )


def _notice(campaign: Campaign, reminder: date, stop: date) -> Text:
    how_zh, how_en = _how(campaign)
    return Text(
        f"【号盾告知】您的号码没有登记真实身份信息，或登记的信息不全、不符。{how_zh}"
        f"{reminder} 将再提醒一次；{stop} 仍未登记的，暂停主叫。{_OBJECT_ZH.format(portal=portal())}",
        f"[Haodun notice] Your number is not registered with a real identity, or not fully. {how_en} You will be "
        f"reminded on {reminder}; if it is still not registered on {stop}, outgoing calls stop. "
        f"{_OBJECT_EN.format(portal=portal())}",
    )


def _reminder(campaign: Campaign, stop: date, both: date) -> Text:
    how_zh, how_en = _how(campaign)
    return Text(
        f"【号盾提醒】您的号码仍未补登记真实身份信息。{how_zh}"
        f"{stop} 仍未登记的，暂停主叫；{both} 仍未登记的，接听也将停止。{_OBJECT_ZH.format(portal=portal())}",
        f"[Haodun reminder] Your number is still not re-registered. {how_en} If it is not registered on {stop}, "
        f"outgoing calls stop; if not on {both}, incoming calls stop too. {_OBJECT_EN.format(portal=portal())}",
    )


_OBJECT_ZH = (
    "如认为已经登记，请持证件到营业厅核对；号码被停后可凭告知的编号到 {portal} 申诉。110、119、120、122 始终可以拨打。"
)
_OBJECT_EN = (
    "If you think that it is registered, have it looked up at a shop with your document; after a stop you can appeal "
    "at {portal} with the reference that you are told. 110, 119, 120 and 122 can always be called."
)


def _how(campaign: Campaign) -> tuple[str, str]:
    """How to register: where, with what, and that it costs nothing."""
    unit = campaign.organisation
    return (
        f"请持本人有效证件和本号码的卡，到{unit.name_zh}自有营业厅或其公布的渠道补登记，不收费。",
        f"Take your own valid document and the card of this number to a shop of {unit.name_en}, or to a channel that "
        "it announces; it is free.",
    )


def _days(campaign: Campaign, state: str, at: datetime) -> list[date]:
    """The days of the steps that follow a state that is entered, or told, at `at`."""
    day, found = at.astimezone(BEIJING), []
    for wait in WAITS[OPEN.index(state) :]:
        day += timedelta(days=getattr(campaign, wait))
        found.append(day.date())
    return found[:2]
