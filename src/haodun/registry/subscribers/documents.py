"""Documents with which a telephone number may be registered (电话用户真实身份信息登记规定, MIIT Order 25, art. 7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from haodun.registry.subscribers import identity
from haodun.registry.subscribers.identity import DocumentError

__all__ = ["PERSONAL", "Document", "DocumentError", "DocumentKind", "kind_named"]


class DocumentKind(TextChoices):
    """A kind of document: those of persons first, then those of organisations."""

    RESIDENT = "resident", _("居民身份证")
    TEMPORARY = "temporary", _("临时居民身份证")
    HOUSEHOLD = "household", _("户口簿")
    SOLDIER = "soldier", _("军人身份证件")
    ARMED_POLICE = "armed_police", _("武装警察身份证件")
    HM_PASS = "hm_pass", _("港澳居民来往内地通行证")
    TAIWAN_PASS = "taiwan_pass", _("台湾居民来往大陆通行证")
    RESIDENCE_PERMIT = "residence_permit", _("港澳台居民居住证")
    PASSPORT = "passport", _("护照")
    FOREIGN_PERMANENT = "foreign_permanent", _("外国人永久居留身份证")
    OTHER_PERSON = "other_person", _("其他有效身份证件")
    CREDIT_CODE = "credit_code", _("统一社会信用代码证照")
    ORGANISATION_CODE = "organisation_code", _("组织机构代码证")
    OTHER_ORGANISATION = "other_organisation", _("单位其他有效证件")


K = DocumentKind
PERSONAL = frozenset(K) - {K.CREDIT_CODE, K.ORGANISATION_CODE, K.OTHER_ORGANISATION}
"""Kinds that only a person has; the one-ID limit counts cards under these."""
SAME_NUMBER = {K.TEMPORARY: K.RESIDENT, K.HOUSEHOLD: K.RESIDENT}
"""Kinds that bear the citizen's number: one person, one mark, whichever was shown."""

_SERVICE = re.compile(r"[\u4e00-\u9fff]{0,6}[0-9]{6,18}[\u4e00-\u9fff]{0,2}")
_HM = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?", re.ASCII)
_TAIWAN = re.compile(r"[0-9]{8}(?:[0-9]{2}(?:\([A-Z]\)|[A-Z])?)?", re.ASCII)
_FOREIGN_OLD = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)
_FOREIGN_NEW = re.compile(r"9[0-9]{16}[0-9X]", re.ASCII)
_OTHER = re.compile(r"[0-9A-Z\u4e00-\u9fff()/-]{4,40}")


def _residence(text: str, on: date) -> str:
    return identity.citizen(text, on, regions=identity.HOME_RETURN, legacy=False)


def _service(text: str, on: date) -> str:
    return identity.shaped(_SERVICE, "应为 6–18 位数字，可带字头", "must be 6 to 18 digits", text)


def _hm(text: str, on: date) -> str:
    """The first nine characters stay for life; two more count the cards issued (2012 and before)."""
    return identity.shaped(_HM, "应为 H 或 M 加 8 位（或 10 位）数字", "must be H or M and 8 (or 10) digits", text)[:9]


def _taiwan(text: str, on: date) -> str:
    return identity.shaped(_TAIWAN, "应为 8 位（旧版 10 位）数字", "must be 8 digits (10 on old ones)", text)[:8]


def _foreign(text: str, on: date) -> str:
    number = identity.plain(text)
    if _FOREIGN_NEW.fullmatch(number):
        wanted = identity.check_character(number[:17])
        if number[17] != wanted:
            raise DocumentError(f"校验码应为 {wanted}", f"the check character must be {wanted}")
        return number
    return identity.shaped(
        _FOREIGN_OLD, "应为 18 位，或 3 个字母加 12 位数字", "must be 18 digits, or AAA and 12", text
    )


def _other(text: str, on: date) -> str:
    return identity.shaped(_OTHER, "应为 4–40 位字母、数字或汉字", "must be 4 to 40 letters, digits or Han", text)


READS: dict[str, Callable[[str, date], str]] = {
    K.RESIDENT: identity.citizen,
    K.TEMPORARY: identity.citizen,
    K.HOUSEHOLD: identity.citizen,
    K.SOLDIER: _service,
    K.ARMED_POLICE: _service,
    K.HM_PASS: _hm,
    K.TAIWAN_PASS: _taiwan,
    K.RESIDENCE_PERMIT: _residence,
    K.PASSPORT: identity.passport,
    K.FOREIGN_PERMANENT: _foreign,
    K.OTHER_PERSON: _other,
    K.CREDIT_CODE: identity.credit_code,
    K.ORGANISATION_CODE: identity.organisation_code,
    K.OTHER_ORGANISATION: _other,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a kind with its number in normal form."""

    kind: DocumentKind
    number: str

    @classmethod
    def parse(cls, kind: DocumentKind, text: str, *, on: date) -> Document:
        """A document out of what was written; DocumentError with what is wrong (the message never holds the number)."""
        if len(text) > identity.MAX_NUMBER:
            raise DocumentError("证件号码过长", "is too long for a document number")
        return cls(kind, READS[kind](text, on))

    @property
    def personal(self) -> bool:
        """Whether only a person has it."""
        return self.kind in PERSONAL

    @property
    def key(self) -> str:
        """What a keyed mark is made of: equal for one person's identity card, temporary card and household book."""
        return f"{SAME_NUMBER.get(self.kind, self.kind).value}:{self.number}"

    @property
    def masked(self) -> str:
        """The first three and the last four characters (RULES.md §1.7).

        >>> Document(DocumentKind.RESIDENT, "11010519491231002X").masked
        '110***********002X'
        """
        if len(self.number) < 9:
            return self.number[:2] + "*" * (len(self.number) - 2)
        return f"{self.number[:3]}{'*' * (len(self.number) - 7)}{self.number[-4:]}"


_NAMES = {
    "身份证": K.RESIDENT, "二代身份证": K.RESIDENT, "营业执照": K.CREDIT_CODE, "社会信用代码": K.CREDIT_CODE,
    "统一社会信用代码": K.CREDIT_CODE, "回乡证": K.HM_PASS, "台胞证": K.TAIWAN_PASS, "军官证": K.SOLDIER,
    "士兵证": K.SOLDIER, "警官证": K.ARMED_POLICE, "外国人护照": K.PASSPORT, "id": K.RESIDENT, "uscc": K.CREDIT_CODE,
}  # fmt: skip
"""Names that files use."""
_TITLES = (
    "居民身份证", "临时居民身份证", "户口簿", "军人身份证件", "武装警察身份证件", "港澳居民来往内地通行证",
    "台湾居民来往大陆通行证", "港澳台居民居住证", "护照", "外国人永久居留身份证", "其他有效身份证件",
    "统一社会信用代码证照", "组织机构代码证", "单位其他有效证件",
)  # fmt: skip
_KNOWN = _NAMES | dict(zip(_TITLES, K, strict=True)) | {kind.value: kind for kind in K}


def kind_named(text: str) -> DocumentKind | None:
    """The kind that a file calls so (code, title or a usual name), None for none."""
    return _KNOWN.get(text.strip().casefold())
