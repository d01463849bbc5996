"""What must hold before an appeal may go on; each refusal is one sentence in both languages."""

from __future__ import annotations

from haodun.casework.appeals.models import Appeal
from haodun.casework.orders.services import deciders_of
from haodun.offices.organisations.services import Kind, find
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.restrictions.services import Measure

MILDER = (Measure.OUTGOING, Measure.TIP)
"""What a shutdown may become where an appeal succeeds in part."""


def is_not_first_decider(change: Change, row: Appeal) -> None:
    """Nobody reviews what they or their giver proposed or approved (RULES.md W4f). Refused `second_person`."""
    if row.order_id is None or change.actor.system:
        return
    principals = {change.actor.on_behalf_of, *change.actor.lent.values()}
    if deciders_of(row.order_id) & {change.actor.user_id, *principals}:
        raise Refused(
            "second_person",
            "您（或您所代办的人）参与了原处置决定，申诉须由其他人复核。",
            "You, or a person you act for, took part in the decision appealed against; another person must review it.",
        )


def decides_here(change: Change, row: Appeal) -> None:
    """What a police order caused is decided by a bureau or the ministry, not by the carrier. Refused `authority`."""
    if row.order_id is None or change.actor.system:
        return
    if not find().filter(id__in=[change.actor.organisation_id], kind__in=(Kind.BUREAU, Kind.MINISTRY)).exists():
        raise Refused(
            "authority",
            "由公安来文引起的限制，申诉由通信管理局或部里复核。",
            "Appeals against what a police order caused are decided by the bureau or the ministry.",
        )


def names_a_milder_measure(change: Change, row: Appeal) -> None:
    """A decision in part says what remains. Refused `measure`."""
    if row.restriction is None or change.data.get("measure") not in MILDER:
        raise Refused(
            "measure",
            "请选择改为哪一种较轻的措施；对一次来电的申诉只能成立或不成立。",
            "Say which milder measure remains; an appeal against a single call is allowed or refused as a whole.",
        )
