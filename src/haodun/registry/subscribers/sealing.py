"""From what is known of a new holder to the columns of its rows: personal texts sealed and marked, nothing in clear.

`Sealer` keeps what is the same for many rows (readers, parties, provinces), so that an import of millions asks the
database once for each organisation and not once for each row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from psycopg.types.range import TimestamptzRange

from haodun.numbering import load_plan, mask, parse
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Kind, bureaus_of, readers_of
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher
from haodun.registry.subscribers.documents import Document
from haodun.registry.subscribers.models import RealName
from haodun.registry.subscribers.values import HolderKind, NewHolding, SubscriberRefused

NAME_PLACE = "subscribers_holderinterval.name"
CONTACT_PLACE = "subscribers_holderinterval.contact"
DOCUMENT_PLACE = "subscribers_record.document"
ADDRESS_PLACE = "subscribers_record.address"
DEVICE_PLACE = "subscribers_record.device"
SUBJECT_PLACE = "subscribers_holderinterval.subject"
MAX_NAME = 160
MAX_ADDRESS = 240
IMEI = 14
"""Digits of an IMEI without its check digit: the fifteenth is computed, networks send 0 or another."""
BEIJING = timezone(timedelta(hours=8))
OLD_BEFORE = datetime(2013, 9, 1, tzinfo=BEIJING)
"""MIIT Order 25 is in force from 2013-09-01: whoever was a user before it is an old user (老用户)."""

COLUMNS = (
    ("number", "int8"), ("valid", "tstzrange"), ("carrier_id", "uuid"), ("reseller_id", "uuid"), ("subject", "uuid"),
    ("kind", "text"), ("province", "text"), ("masked_name", "text"), ("name_sealed", "bytea"),
    ("contact_sealed", "bytea"), ("contact_mark", "bytea"), ("readers", "uuid[]"), ("party", "uuid"),
    ("document_kind", "text"), ("document_sealed", "bytea"), ("document_mark", "bytea"), ("personal", "bool"),
    ("proxy_kind", "text"), ("proxy_sealed", "bytea"), ("proxy_mark", "bytea"), ("agent", "text"), ("service", "text"),
    ("opened_how", "text"), ("address_sealed", "bytea"), ("address_mark", "bytea"), ("device_mark", "bytea"),
    ("status", "text"), ("checked", "bool"), ("old", "bool"),
)  # fmt: skip
"""Name and type of each value of `Sealer.row`, in order."""


def cipher() -> FieldCipher:
    """The cipher of this site."""
    return _cipher(str(settings.HAODUN_DATA))


@cache
def _cipher(data: str) -> FieldCipher:
    """By text: a path is slow to hash, and this is asked for each row of an import."""
    return field_cipher(Path(data))


def document_mark(document: Document) -> bytes:
    """The keyed mark by which the cards under a document are found."""
    return cipher().mark(document.key, place=DOCUMENT_PLACE)


def address_mark(address: str) -> bytes:
    """The keyed mark of an address: blanks and full-width signs make no difference."""
    return cipher().mark("".join(address.split()), place=ADDRESS_PLACE)


def device_mark(imei: str) -> bytes:
    """The keyed mark of a device."""
    return cipher().mark(imei[:IMEI], place=DEVICE_PLACE)


def subject_of(document: Document) -> UUID:
    """The id of whoever has this document: the same for all their numbers, and without the key of no one."""
    return UUID(bytes=cipher().mark(document.key, place=SUBJECT_PLACE)[:16], version=4)


def province_of(number: int) -> str:
    """Two digits of GB/T 2260 by the numbering plan, '' where it names none."""
    return load_plan().facts(parse(f"+{number}")).province


def masked(number: int) -> str:
    """A number for messages."""
    return mask(f"+{number}")


def masked_name(name: str, kind: HolderKind) -> str:
    """What of a name may be shown: of a person the first character, of an organisation all of it.

    >>> masked_name("欧阳小明", HolderKind.PERSON)
    '欧***'
    """
    return name if kind is HolderKind.ORGANISATION else name[:1] + "*" * (len(name) - 1)


@dataclass(slots=True)
class Sealer:
    """Makes rows; keeps what it asked the database, so it lives for one act or one import."""

    _readers: dict[tuple[UUID, UUID | None, str], list[UUID]] = field(default_factory=dict)
    _parties: dict[UUID, UUID] = field(default_factory=dict)
    _provinces: dict[int, str] = field(default_factory=dict)
    _cipher: FieldCipher = field(default_factory=cipher)

    def row(self, new: NewHolding) -> tuple[Any, ...]:
        """The values of COLUMNS. SubscriberRefused on a value that cannot be."""
        check(new)
        seal, province = self._cipher, new.province or self._province(new.number)
        status = new.status or (RealName.VALID if new.document else RealName.NONE).value
        return (
            new.number, TimestamptzRange(new.since, new.until), new.carrier, new.reseller, new.subject, new.kind.value,
            province, masked_name(new.name, new.kind), seal.seal(new.name, place=NAME_PLACE),
            seal.seal(new.contact, place=CONTACT_PLACE), seal.mark(new.contact, place=CONTACT_PLACE),
            self.readers(new.carrier, new.reseller, province), self.party(new.carrier, new.reseller),
            *self._document(new.document), new.document is not None and new.document.personal,
            *self._document(new.proxy), new.agent, new.service, new.opened_how,
            seal.seal(new.address, place=ADDRESS_PLACE), seal.mark("".join(new.address.split()), place=ADDRESS_PLACE),
            seal.mark(new.device[:IMEI], place=DEVICE_PLACE), status, new.checked, new.since < OLD_BEFORE,
        )  # fmt: skip

    def _document(self, one: Document | None) -> tuple[str, bytes, bytes]:
        """Kind, sealed number, mark."""
        if one is None:
            return "", b"", b""
        sealed = self._cipher.seal(one.number, place=DOCUMENT_PLACE)
        return one.kind.value, sealed, self._cipher.mark(one.key, place=DOCUMENT_PLACE)

    def readers(self, carrier: UUID, reseller: UUID | None, province: str) -> list[UUID]:
        """Who may read a row about these: both, all above them, and the bureau of the province."""
        key = (carrier, reseller, province)
        found = self._readers.get(key)
        if found is None:
            parties = [carrier] if reseller is None else [carrier, reseller]
            found = self._readers[key] = list(readers_of(*parties, *bureaus_of(province)))
        return found

    def party(self, carrier: UUID, reseller: UUID | None) -> UUID:
        """Whose five cards a number counts among (notice of 2016-09-23: 同一基础电信企业、同一转售企业)."""
        if reseller is not None:
            return reseller
        found = self._parties.get(carrier)
        if found is None:
            path = Organisation.objects.values_list("path", flat=True).get(id=carrier)
            group = (
                Organisation.objects.filter(id__in=path, kind=Kind.CARRIER_GROUP).values_list("id", flat=True).first()
            )
            found = self._parties[carrier] = group or carrier
        return found

    def _province(self, number: int) -> str:
        """By the seven digits that tell a mobile number's place; others are asked one by one."""
        if not 86_130_0000_0000 <= number < 86_200_0000_0000:
            return province_of(number)
        prefix = number // 10_000
        found = self._provinces.get(prefix)
        if found is None:
            found = self._provinces[prefix] = province_of(number)
        return found


def check(new: NewHolding) -> None:
    """SubscriberRefused on a value that cannot be."""
    if new.number <= 0 or not _is_number(new.number):
        raise SubscriberRefused(
            "a holder needs a telephone number in E.164; this is none", zh="号码不是有效的 E.164 号码"
        )
    if new.until is not None and new.until <= new.since:
        raise SubscriberRefused(
            f"{masked(new.number)}: the interval ends before it begins; give a later end", zh="销户时间早于开户时间"
        )
    if not 0 < len(new.name) <= MAX_NAME:
        raise SubscriberRefused(
            f"{masked(new.number)}: a holder's name has 1 to {MAX_NAME} characters", zh=f"姓名应为 1–{MAX_NAME} 字"
        )
    if new.document is not None and new.document.personal is not (new.kind is HolderKind.PERSON):
        raise SubscriberRefused(
            f"{masked(new.number)}: a person shows a person's document, an organisation that of an organisation",
            zh="证件类型与用户类型（个人、单位）不符",
        )


def _is_number(number: int) -> bool:
    """Mobile numbers of China by their form, all others by the plan."""
    if 86_130_0000_0000 <= number < 86_200_0000_0000:
        return _mobile(number // 100_000_000)
    return parse(f"+{number}").is_number


@cache
def _mobile(prefix: int) -> bool:
    return parse(f"+{prefix}00000000").is_number


def now() -> datetime:
    """The present."""
    return datetime.now(UTC)
