"""Key services as tables in and out: columns, the import of an existing base, the export of a list (offices/sheets)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.sheets.on_pages import Taken
from haodun.offices.sheets.services import CellError, Column, Reason, moment, read
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.key_services.models import Service
from haodun.registry.key_services.taking_on import register_existing
from haodun.registry.key_services.values import Application, PersonSeen, ServiceKind

MAX_ROWS = 20_000
"""Services of one file: each is a step of its own with a ledger entry."""
_KIND_WORDS = {"400": "400", "400 号码": "400", "一号通": "one_number", "商务总机": "switchboard"}


def _kind(text: str) -> ServiceKind:
    value = _KIND_WORDS.get(text, text)
    if value not in ServiceKind.values:
        raise CellError("业务种类应是 400、一号通或商务总机", "the kind is 400, one_number or switchboard")
    return ServiceKind(value)


def _masked(value: Any) -> str:
    return mask(str(value))


IN = (
    Column("kind", "业务种类", "Kind of service", parse=_kind),
    Column("number", "业务号码", "Service number"),
    Column("applicant", "申请单位", "Applicant"),
    Column("uscc", "统一社会信用代码", "Social credit code", required=False),
    Column("legal_name", "法定代表人", "Legal representative", required=False),
    Column("legal_document", "法定代表人证件号码", "Legal representative's document", required=False),
    Column("handler_name", "经办人", "Handler", required=False),
    Column("handler_document", "经办人证件号码", "Handler's document", required=False),
    Column("use", "用途", "Declared use", required=False),
    Column("landing", "落地号码", "Landing numbers", required=False),
    Column("opened", "开通日期", "Opened on", parse=moment),
)
OUT = (
    Column("number", "业务号码", "Service number", mask=_masked, open_to=Permission.NUMBER_UNMASK, subject="number"),
    Column("kind", "业务种类", "Kind of service"),
    Column("applicant", "申请单位", "Applicant"),
    Column("uscc", "统一社会信用代码", "Social credit code"),
    Column("use", "用途", "Declared use"),
    Column("state", "状态", "State"),
    Column("defect", "缺陷", "Defect"),
    Column("province", "省份", "Province"),
)


def import_existing(actor: Actor, file: IO[bytes], *, key: str) -> Taken:
    """Register the services of the existing base in a file; a row that cannot be taken is set aside with its reason.

    Each good row is a step of its own, so what was taken before a fault stays; the same file again takes nothing
    twice. SheetError where the file cannot be read.
    """
    sheet, taken = read(file, columns=IN, limit=MAX_ROWS), 0
    for row in sheet.rows:
        try:
            register_existing(actor, _application(row.values), key=f"{key[:40]} {row.number}")
            taken += 1
        except Refused as refused:
            sheet.set_aside(row, Reason(refused.zh, refused.en))
    return Taken(taken, sheet)


def rows_out(services: Any) -> Iterator[dict[str, Any]]:
    """The rows of an export."""
    for row in services.iterator(chunk_size=2_000):
        yield _row(row)


def _row(row: Service) -> dict[str, Any]:
    return {
        "number": f"+{row.number}",
        "kind": str(row.get_kind_display()),
        "applicant": row.applicant,
        "uscc": row.uscc,
        "use": row.use,
        "state": row.state,
        "defect": row.defect,
        "province": row.province,
    }


def _application(given: dict[str, Any]) -> Application:
    def text(name: str) -> str:
        return given.get(name) or ""

    landing = tuple(part.strip() for part in text("landing").replace("；", ";").replace("、", ";").split(";"))
    return Application(
        kind=given["kind"],
        number=given["number"],
        applicant=given["applicant"],
        uscc=text("uscc"),
        legal=PersonSeen(text("legal_name"), text("legal_document")),
        handler=PersonSeen(text("handler_name"), text("handler_document")),
        use=text("use"),
        landing=tuple(part for part in landing if part),
        existing_since=given["opened"],
    )
