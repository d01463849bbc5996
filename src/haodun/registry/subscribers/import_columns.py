"""The columns of a file of registrations, and from one of its rows to a new holder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from haodun.numbering import parse
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import PROVINCES, Kind
from haodun.offices.sheets.services import CellError, Column, moment, one_of, yes_no
from haodun.registry.subscribers.documents import Document, DocumentError, DocumentKind, kind_named
from haodun.registry.subscribers.models import Opened, RealName, Service
from haodun.registry.subscribers.sealing import MAX_ADDRESS, subject_of
from haodun.registry.subscribers.values import HolderKind, NewHolding

_HOME = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})", re.ASCII)
_IMEI = re.compile(r"[0-9]{14,16}", re.ASCII)
_CHECKED = yes_no(also_true="已核查", also_false="未核查")
_AGENT = re.compile(r"[0-9A-Za-z_-]{1,40}", re.ASCII)


def _number(text: str) -> int:
    found = _HOME.fullmatch(text)
    if found:
        return 86_000_0000_0000 + int(found[1])
    number = parse(text)
    if not number.is_number:
        raise CellError("不是电话号码", "is no telephone number")
    return number.key


def _document_kind(text: str) -> DocumentKind:
    found = kind_named(text)
    if found is None:
        raise CellError("不是《登记规定》第七条的证件类型", "is no kind of document of Order 25 art. 7")
    return found


def _province(text: str) -> str:
    if text in PROVINCES:
        return text
    for code, (zh, en) in PROVINCES.items():
        if text.startswith(zh) or text.casefold() == en.casefold():
            return code
    raise CellError("不是省级行政区", "is no province of GB/T 2260")


def _shaped(pattern: re.Pattern[str], zh: str, en: str) -> Any:
    def parse_shape(text: str) -> str:
        if not pattern.fullmatch(text):
            raise CellError(zh, en)
        return text

    return parse_shape


def _address(text: str) -> str:
    if len(text) > MAX_ADDRESS:
        raise CellError(f"最多 {MAX_ADDRESS} 字", f"has at most {MAX_ADDRESS} characters")
    return text


COLUMNS = (
    Column("number", "号码", "Number", parse=_number),
    Column("name", "姓名或单位名称", "Name"),
    Column("since", "开户日期", "Opened on", parse=moment),
    Column("until", "销户日期", "Closed on", required=False, parse=moment),
    Column("document_kind", "证件类型", "Document kind", required=False, parse=_document_kind),
    Column("document", "证件号码", "Document number", required=False),
    Column("carrier", "运营商", "Carrier", required=False),
    Column("reseller", "转售企业", "Reseller", required=False),
    Column("province", "省份", "Province", required=False, parse=_province),
    Column("service", "业务", "Service", required=False, parse=one_of(Service)),
    Column("opened_how", "开户方式", "Opened how", required=False, parse=one_of(Opened)),
    Column("agent", "代理网点编码", "Agent", required=False,
           parse=_shaped(_AGENT, "应为 1–40 位字母、数字、连字符", "must be 1 to 40 letters, digits, hyphens")),
    Column("contact", "联系方式", "Contact", required=False),
    Column("address", "地址", "Address", required=False, parse=_address),
    Column("device", "终端串号", "IMEI", required=False,
           parse=_shaped(_IMEI, "应为 14–16 位数字", "must be 14 to 16 digits")),
    Column("proxy_kind", "代办人证件类型", "Proxy document kind", required=False, parse=_document_kind),
    Column("proxy", "代办人证件号码", "Proxy document number", required=False),
    Column("status", "实名状态", "Real-name state", required=False, parse=one_of(RealName)),
    Column("checked", "已核查", "Checked", required=False, parse=_CHECKED),
)  # fmt: skip
"""All columns; number, name and the date of opening are needed."""


@dataclass(slots=True)
class Reader:
    """Makes new holders out of rows for one organisation; asks the database once for each organisation named."""

    organisation: Organisation
    on: date
    """No birth lies after it."""
    at: datetime
    """No opening lies after it."""
    _known: dict[str, Organisation | None] = field(default_factory=dict)

    def holding(self, values: Mapping[str, Any]) -> NewHolding:
        """A row as a new holder. CellError with what is wrong with it."""
        document = self._document(values["document_kind"], values["document"])
        proxy = self._document(values["proxy_kind"], values["proxy"])
        carrier, reseller = self._parties(values["carrier"], values["reseller"])
        if values["since"] > self.at:
            raise CellError("开户日期在将来", "the date of opening lies in the future")
        person = document is None or document.personal
        return NewHolding(
            number=values["number"],
            since=values["since"],
            until=values["until"],
            carrier=carrier,
            reseller=reseller,
            subject=subject_of(document) if document else uuid4(),
            kind=HolderKind.PERSON if person else HolderKind.ORGANISATION,
            name=values["name"],
            contact=values["contact"] or "",
            province=values["province"] or "",
            document=document,
            proxy=proxy,
            agent=values["agent"] or "",
            service=values["service"] or "mobile",
            opened_how=values["opened_how"] or "unknown",
            address=values["address"] or "",
            device=values["device"] or "",
            status=values["status"] or "",
            checked=bool(values["checked"]),
        )

    def _document(self, kind: DocumentKind | None, number: str | None) -> Document | None:
        if number is None:
            return None
        try:
            return Document.parse(kind or DocumentKind.RESIDENT, number, on=self.on)
        except DocumentError as error:
            raise CellError(f"证件号码：{error.zh}", f"document number: {error}") from error

    def _parties(self, carrier: str | None, reseller: str | None) -> tuple[UUID, UUID | None]:
        """Whose number it is; the organisation of the import where the file names none."""
        own = self.organisation
        sold = self._named(reseller, Kind.RESELLER) if reseller else own if own.kind == Kind.RESELLER else None
        served = self._named(carrier, Kind.CARRIER) if carrier else own if own.kind == Kind.CARRIER else None
        if served is None:
            raise CellError("请写明运营商", "name the carrier")
        if not any(one is not None and own.id in one.path for one in (served, sold)):
            raise CellError("不是本单位的用户", "is not a user of this organisation")
        return served.id, sold.id if sold else None

    def _named(self, text: str, kind: Kind) -> Organisation:
        key = f"{kind}:{text}"
        if key not in self._known:
            rows = Organisation.objects.filter(kind=kind, closed_at=None)
            found = list(rows.filter(uscc=text.upper())[:2]) or list(rows.filter(name_zh=text)[:2])
            found = found or list(rows.filter(name_en=text)[:2])
            self._known[key] = found[0] if len(found) == 1 else None
        one = self._known[key]
        if one is None:
            zh = "运营商" if kind == Kind.CARRIER else "转售企业"
            raise CellError(f"没有这家{zh}（写统一社会信用代码或全称）", f"no such {kind.value}: give its full name")
        return one
