"""What must hold before an entry may go on; each refusal is one sentence in both languages."""

from __future__ import annotations

from haodun.numbering import mask
from haodun.offices.organisations.services import Kind, find, system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.restrictions.services import active_lists
from haodun.registry.trusted_numbers.models import Entry, EntryNumber
from haodun.registry.trusted_numbers.naming import check_en, check_zh
from haodun.registry.trusted_numbers.values import NEEDED, EvidenceKind
from haodun.registry.trusted_numbers.wording import check_purpose


def is_holder(change: Change, row: Entry) -> None:
    """Only the holder speaks for its entry. Refused `authority`."""
    if not change.actor.system and change.actor.organisation_id != row.holder_id:
        raise Refused("authority", "只有申请单位自己可以办理。", "Only the organisation that applied may do this.")


def decides_here(change: Change, row: Entry) -> None:
    """The centre decides, and never on an application of its own. Refused `authority`."""
    if change.actor.system:
        return
    centre = find().filter(id__in=[change.actor.organisation_id], kind=Kind.ASSOCIATION).exists()
    if not centre or change.actor.organisation_id == row.holder_id:
        raise Refused("authority", "由可信号码中心办理。", "The trusted-number centre decides this.")


def is_complete(change: Change, row: Entry) -> None:
    """Numbers, use and the needed papers are there. Refused `numbers`, `purpose`, `evidence`."""
    if not row.numbers.exists():
        raise Refused("numbers", "还没有填写号码。", "No number was given yet.")
    check_purpose(row.purpose, row.purpose_words, inbound_only=row.inbound_only)
    if row.inbound_only and row.trunks:
        raise Refused(
            "trunks", "只接不拨的号码不能登记呼出中继。", "Numbers that never call out have no trunk to call from."
        )
    given = set(row.evidence.values_list("kind", flat=True))
    missing = [EvidenceKind(kind) for kind in NEEDED if kind not in given]
    if missing:
        raise Refused(
            "evidence",
            f"还缺材料：{'、'.join(str(one.label) for one in missing)}。",
            f"Papers are missing: {', '.join(one.value for one in missing)}.",
        )


def name_is_allowed(change: Change, row: Entry) -> None:
    """The name is the holder's own and nobody else's. Refused `name`."""
    check_zh(row.display_zh, registered=row.holder.name_zh)
    check_en(row.display_en, registered=row.holder.name_en)
    with system():
        others = Entry.objects.filter(state="ACTIVE").exclude(holder=row.holder_id)
        taken = others.filter(skeleton_zh=row.skeleton_zh) | others.filter(skeleton_en=row.skeleton_en)
        if taken.exists():
            raise Refused(
                "name",
                "与其他单位已登记的显示名相同或容易混淆，请换一个。",
                "Another holder is registered under this name, or one easily taken for it; choose another.",
            )


def numbers_are_free(change: Change, row: Entry) -> None:
    """No number is in force under another entry, but the one it renews, and none is restricted. Refused `number`."""
    numbers = list(row.numbers.values_list("number", flat=True))
    with system():
        other = EntryNumber.objects.filter(number__in=numbers, active=True).exclude(entry__in=[row.id, row.renews_id])
        taken = other.values_list("number", flat=True).first()
        if taken is not None:
            shown = mask(f"+{taken}")
            raise Refused(
                "number",
                f"号码 {shown} 已在另一份有效登记中，请去掉，或先注销那一份。",
                f"Number {shown} is under another entry in force; leave it out, or have that one given up.",
            )
        lists = active_lists(change.at, numbers)
        held = next((int(number) for found in lists.values() for number in found.numbers.tolist()), None)
    if held is not None:
        shown = mask(f"+{held}")
        raise Refused(
            "number",
            f"号码 {shown} 正被限制，限制解除前不能登记；可以先申诉。",
            f"Number {shown} is restricted and cannot be trusted before that is lifted; appeal first.",
        )


def numbers_answered(change: Change, row: Entry) -> None:
    """A call-back reached whoever answers each number. Refused `call_back`."""
    waiting = row.numbers.filter(verified_at=None).count()
    if waiting:
        raise Refused(
            "call_back",
            f"还有 {waiting} 个号码没有通过回呼核验。",
            f"{waiting} numbers have not been verified by call-back yet.",
        )


def names_a_remedy(change: Change, row: Entry) -> None:
    """Whoever says no says what can be done (反电信网络诈骗法 art. 32). Refused `remedy`."""
    if not 0 < len(str(change.data.get("remedy", "")).strip()) <= 1000:
        raise Refused(
            "remedy",
            "请写明申请人可以怎样补救，最多 1000 字。",
            "Say what the applicant can do, in at most 1000 characters.",
        )


def has_ended(change: Change, row: Entry) -> None:
    """Its time is over. Refused `state`."""
    if row.valid_until is None or row.valid_until > change.at:
        raise Refused("state", "登记还在有效期内。", "The entry has not ended yet.")
