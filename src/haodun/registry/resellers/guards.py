"""What must hold before a case may go on; each refusal is one sentence in both languages."""

from __future__ import annotations

from haodun.offices.organisations.services import find, system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.resellers.models import ResellerCase


def of_inspector(change: Change, row: ResellerCase) -> None:
    """Only who inspected, or stands above it, goes on. Refused `inspector`."""
    if change.actor.system:
        return
    path = find().filter(id=row.inspector_id).values_list("path", flat=True).first() or []
    if change.actor.organisation_id not in path:
        raise Refused(
            "inspector", "由检查单位或其上级办理。", "The inspecting office or the one above it takes this step."
        )


def falls_short(change: Change, row: ResellerCase) -> None:
    """A notice needs a sample below the target. Refused `rate`."""
    if row.rate is None or row.rate >= row.target:
        raise Refused(
            "rate", "样本合规率已达标，不需整改。", "The sample meets the target; there is nothing to put right."
        )


def meets_target(change: Change, row: ResellerCase) -> None:
    """A case without a finding ends. Refused `rate`."""
    if row.rate is None or row.rate < row.target:
        raise Refused("rate", "样本合规率未达标，不能结案。", "The sample is below the target; the case cannot end.")


def is_host(change: Change, row: ResellerCase) -> None:
    """The host carrier carries it out. Refused `host`."""
    if not change.actor.system and change.actor.organisation_id != row.host_id:
        raise Refused("host", "由基础运营商执行。", "The host carrier carries it out.")


def proved(change: Change, row: ResellerCase) -> None:
    """A proof sent since the last step was re-checked and meets the target. Refused `proof`, `recheck`."""
    with system():
        newest = row.proofs.filter(sent_at__gt=row.moved_at).order_by("-sent_at", "-id").first()
    if newest is None:
        raise Refused(
            "proof", "本步之后还没有收到整改证明。", "No proof has come from the reseller since the last step."
        )
    if newest.rate is None:
        raise Refused("recheck", "整改证明尚未复查。", "The proof has not been re-checked.")
    if newest.rate < row.target:
        raise Refused("recheck", "复查合规率未达标。", "The re-check is below the target.")
