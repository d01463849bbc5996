"""An application while it is written: begun, filled in page by page, its numbers, who reads it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction

from haodun.numbering import Kind as NumberKind
from haodun.numbering import Number, load_plan, parse
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, find, readers_of, system
from haodun.offices.transitions.services import Actor, Change, Refused, begin
from haodun.registry.trusted_numbers.models import Entry, EntryNumber
from haodun.registry.trusted_numbers.naming import LENGTH_EN, LENGTH_ZH, check_en, check_zh, skeleton
from haodun.registry.trusted_numbers.states import TABLE, WITH_APPLICANT
from haodun.registry.trusted_numbers.values import MAX_NUMBERS, MAX_PURPOSE, MAX_TRUNK, MAX_TRUNKS
from haodun.registry.trusted_numbers.wording import check_purpose

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_NEVER = frozenset({NumberKind.EMERGENCY, NumberKind.SHORT_CODE, NumberKind.INVALID, NumberKind.UNKNOWN})
PUBLIC_LINES = frozenset({8696110, 8612381, 8612321, 8612345})
"""Lines of the state: registered by the state, never by an application here."""
MAX_TEXT = 20_000
"""Characters of a list of numbers."""


def begin_application(actor: Actor, *, key: str, renews: uuid.UUID | None = None) -> uuid.UUID:
    """Begin an application, empty or filled from the entry it renews; the same key begins one. Refused."""
    old = None
    if renews is not None:
        old = Entry.objects.filter(id=renews, holder=actor.organisation_id, state="ACTIVE").first()
        if old is None:
            raise Refused("absent", "没有可以续期的有效登记。", "There is no entry in force to renew.")
    request = {"renews": str(renews or "")}
    return begin(actor, TABLE, "begin", lambda change: [_insert(change, actor, old)], key=key, request=request)[0].id


def _insert(change: Change, actor: Actor, old: Entry | None) -> Entry:
    holder = Organisation.objects.filter(id__in=[actor.organisation_id], closed_at=None).first()
    if holder is None:
        raise Refused("authority", "只有单位可以申请。", "Only an organisation applies.")
    entry = Entry(
        reference=f"TN{change.at:%y%m%d}{''.join(secrets.choice(_ALPHABET) for _ in range(6))}",
        holder=holder,
        renews=old,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        readers=readers_of(holder.id, *centres()),
    )
    if old is not None:
        for name in ("display_zh", "display_en", "skeleton_zh", "skeleton_en", "purpose", "purpose_words"):
            setattr(entry, name, getattr(old, name))
        entry.inbound_only, entry.trunks = old.inbound_only, list(old.trunks)
    with system():
        entry.save(force_insert=True)
        if old is not None:
            numbers = old.numbers.values_list("number", flat=True)
            EntryNumber.objects.bulk_create(
                [EntryNumber(entry=entry, number=number, readers=entry.readers) for number in numbers]
            )
    return entry


def centres() -> list[uuid.UUID]:
    """The organisations that keep the directory."""
    return list(find().filter(kind=Kind.ASSOCIATION, closed_at=None).values_list("id", flat=True))


def read_numbers(text: str) -> list[Number]:
    """The numbers of a text, any spelling, one a line or parted by commas. Refused `numbers` with the first bad one."""
    if len(text) > MAX_TEXT:
        raise _bad_numbers("内容太长，请分几次申请。", "The list is too long; make several applications.")
    found: dict[int, Number] = {}
    for line in text.translate(_PARTS).splitlines():
        if not line.strip():
            continue
        number = parse(line.translate(_TYPED).strip())
        if not number.is_number or number.kind in _NEVER or number.key in PUBLIC_LINES:
            raise _bad_numbers(
                f"「{line.strip()[:40]}」不能登记：应是完整的电话号码，应急号码和短号码除外；固定电话请带区号。",
                f"“{line.strip()[:40]}” cannot be registered: give whole numbers, no emergency or short codes.",
            )
        if not load_plan().is_home(number):
            raise _bad_numbers(
                f"「{line.strip()[:40]}」是境外号码，不能登记。",
                f"“{line.strip()[:40]}” is a foreign number, which is not registered here.",
            )
        found[number.key] = number
    if not 0 < len(found) <= MAX_NUMBERS:
        raise _bad_numbers(f"请填写 1 至 {MAX_NUMBERS} 个号码。", f"Give between 1 and {MAX_NUMBERS} numbers.")
    return list(found.values())


_PARTS = str.maketrans(dict.fromkeys(",，;；、\t", "\n"))
_TYPED = {**{0xFF10 + digit: str(digit) for digit in range(10)}, 0xFF0B: "+", 0x3000: " ", 0xA0: " ", 0xFF0D: "-"}


def set_numbers(actor: Actor, entry_id: uuid.UUID, numbers: Sequence[Number]) -> None:
    """The numbers of an application; those that were verified stay so. Refused `state`, `authority`."""
    with transaction.atomic():
        entry = _mine(actor, entry_id)
        wanted = {number.key for number in numbers}
        known = set(entry.numbers.values_list("number", flat=True))
        entry.numbers.exclude(number__in=wanted).delete()
        EntryNumber.objects.bulk_create(
            [EntryNumber(entry=entry, number=key, readers=entry.readers) for key in sorted(wanted - known)]
        )


def set_name(actor: Actor, entry_id: uuid.UUID, *, zh: str, en: str) -> None:
    """The name to be shown. Refused `name`, `state`, `authority`."""
    zh, en = zh.strip()[: LENGTH_ZH[1] + 1], en.strip()[: LENGTH_EN[1] + 1]
    with transaction.atomic():
        entry = _mine(actor, entry_id)
        check_zh(zh, registered=entry.holder.name_zh)
        check_en(en, registered=entry.holder.name_en)
        entry.display_zh, entry.display_en = zh, en
        entry.skeleton_zh, entry.skeleton_en = skeleton(zh), skeleton(en)
        entry.save(update_fields=["display_zh", "display_en", "skeleton_zh", "skeleton_en"])


def set_purpose(actor: Actor, entry_id: uuid.UUID, *, purpose: str, words: str) -> None:
    """What the calls are for; a hotline never calls out. Refused `purpose`, `state`, `authority`."""
    hotline = purpose == "hotline"
    check_purpose(purpose, words, inbound_only=hotline)
    with transaction.atomic():
        entry = _mine(actor, entry_id)
        entry.purpose, entry.purpose_words, entry.inbound_only = purpose, words.strip()[:MAX_PURPOSE], hotline
        if hotline:
            entry.trunks = []
        entry.save(update_fields=["purpose", "purpose_words", "inbound_only", "trunks"])


def set_trunks(actor: Actor, entry_id: uuid.UUID, trunks: Iterable[str]) -> None:
    """The trunks by which the numbers call out, () for none named. Refused `trunks`, `state`, `authority`."""
    wanted = list(dict.fromkeys(one.strip() for one in trunks if one.strip()))
    printable = all(one.isprintable() and len(one) <= MAX_TRUNK for one in wanted)
    if len(wanted) > MAX_TRUNKS or not printable:
        raise Refused(
            "trunks",
            f"中继编号每个最多 {MAX_TRUNK} 个字符，最多 {MAX_TRUNKS} 个。",
            f"At most {MAX_TRUNKS} trunks, each with at most {MAX_TRUNK} characters.",
        )
    with transaction.atomic():
        entry = _mine(actor, entry_id)
        if wanted and entry.inbound_only:
            raise Refused(
                "trunks", "只接不拨的号码不能登记呼出中继。", "Numbers that never call out have no trunk to call from."
            )
        entry.trunks = wanted
        entry.save(update_fields=["trunks"])


def set_all(
    actor: Actor,
    entry_id: uuid.UUID,
    *,
    numbers: str,
    zh: str,
    en: str,
    purpose: str,
    words: str,
    trunks: Iterable[str],
) -> None:
    """All that an application says, all or nothing. Refused."""
    with transaction.atomic():
        set_numbers(actor, entry_id, read_numbers(numbers))
        set_name(actor, entry_id, zh=zh, en=en)
        set_purpose(actor, entry_id, purpose=purpose, words=words)
        set_trunks(actor, entry_id, trunks)


def writable(actor: Actor, entry_id: uuid.UUID) -> Entry:
    """The application of this actor's own organisation while it may be changed, locked. Refused `state`, `absent`."""
    return _mine(actor, entry_id)


def _mine(actor: Actor, entry_id: uuid.UUID) -> Entry:
    found = Entry.objects.select_for_update(of=("self",)).select_related("holder")
    entry: Entry | None = found.filter(id=entry_id, holder=actor.organisation_id).first()
    if entry is None:
        raise Refused("absent", "没有这份申请。", "There is no such application.")
    if entry.state not in WITH_APPLICANT:
        raise Refused("state", "申请已提交，不能再改；需要更改请先撤回。", "It was submitted and cannot change.")
    return entry


def _bad_numbers(zh: str, en: str) -> Refused:
    return Refused("numbers", zh, en)
