"""What 452号 art. 7 asks of a user of a key service, each point a guard of its own; then the guards of later steps.

Each raises Refused with a code and one sentence in both languages. `ARTICLE_7` is all of them, in the order in which
the page lists them.
"""

from __future__ import annotations

from typing import Any

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.key_services.blacklist import listed_party
from haodun.registry.key_services.documents import valid_uscc
from haodun.registry.key_services.limits import quantity_cap
from haodun.registry.key_services.models import GONE, Service
from haodun.registry.key_services.values import NOT_REAL_NAME, ApplicantKind, Channel, Defect


def organisations_only(change: Change, row: Service) -> None:
    """Organisations only, never individuals (art. 7 a). Refused `individual`."""
    if row.applicant_kind != ApplicantKind.ORGANISATION:
        raise Refused(
            "individual",
            "重点业务只向单位开放，个人不能办理（452 号文第七条）。",
            "Key services are for organisations only, never for individuals (notice 452, article 7).",
        )


def own_channel(change: Change, row: Service) -> None:
    """The carrier's own shops only: no agents, no web (art. 7 b). Refused `channel`."""
    if row.channel != Channel.OWN_SHOP:
        raise Refused(
            "channel",
            "只能在运营商自有营业厅办理，代理商和网上渠道不得受理。",
            "Only the carrier's own shop may take it on; agents and the web may not.",
        )


def uscc_valid(change: Change, row: Service) -> None:
    """The unified social credit code is one (art. 7 c; GB 32100-2015). Refused `uscc`."""
    if valid_uscc(row.uscc) is None:
        raise Refused(
            "uscc",
            "统一社会信用代码无效：请核对 18 位代码和校验位（GB 32100）。",
            "The unified social credit code is not valid: check its 18 characters and check character (GB 32100).",
        )


def legal_documented(change: Change, row: Service) -> None:
    """The legal representative's document is recorded (art. 7 c). Refused `legal`."""
    if not (row.legal_sealed and row.legal_mark):
        raise Refused(
            "legal",
            "缺少法定代表人的姓名和有效证件。",
            "The legal representative's name and valid document are missing.",
        )


def handler_documented(change: Change, row: Service) -> None:
    """The handler's document is recorded (art. 7 c). Refused `handler`."""
    if not (row.handler_sealed and row.handler_mark):
        raise Refused("handler", "缺少经办人的姓名和有效证件。", "The handler's name and valid document are missing.")


def licensed_to_resell(change: Change, row: Service) -> None:
    """A telecom licence, in force, where the service is resold (art. 7 c). Refused `licence`."""
    if not row.resold:
        return
    if not row.licence or row.licence_until is None or row.licence_until < change.at.date():
        raise Refused(
            "licence",
            "转售须有在有效期内的电信业务经营许可证。",
            "Reselling needs a telecom licence that is in force.",
        )


def not_blacklisted(change: Change, row: Service) -> None:
    """Neither the firm nor its persons stand on the shared blacklist. Refused `blacklisted`."""
    if listed_party(uscc=row.uscc, marks=(bytes(row.legal_mark), bytes(row.handler_mark))) is not None:
        raise Refused(
            "blacklisted",
            "申请单位或其法定代表人、经办人在行业黑名单中，不得办理。",
            "The applicant, its legal representative or its handler stands on the industry's blacklist.",
        )


def within_quantity(change: Change, row: Service) -> None:
    """Not more services of this kind than one applicant may have at this carrier (art. 7 d). Refused `quantity`."""
    if not row.uscc:
        return
    cap = quantity_cap(row.kind)
    with system():
        others = Service.objects.filter(uscc=row.uscc, carrier=row.carrier_id, kind=row.kind).exclude(state__in=GONE)
        count = others.exclude(id=row.id).count()
    if count + 1 > cap:
        raise Refused(
            "quantity",
            f"该单位在本企业已有 {count} 个同类业务，上限 {cap} 个。",
            f"The applicant has {count} services of this kind here; the cap is {cap}.",
        )


def use_declared(change: Change, row: Service) -> None:
    """What it is used for is declared (art. 7, defect "use not registered"). Refused `use`."""
    if not row.use.strip():
        raise Refused("use", "未登记用途。", "The use is not declared.")


def landings_verified(change: Change, row: Service) -> None:
    """There is a landing number, and each was proved by a call back with a code. Refused `landing`."""
    with system():
        states = list(row.landings.values_list("verified_at", flat=True))
    if not states or any(at is None for at in states):
        raise Refused(
            "landing",
            "落地号码须逐个回拨核验；还有号码未通过。",
            "Each landing number must be proved by a call back; at least one is not yet.",
        )


ON_PAPER = (
    organisations_only, own_channel, uscc_valid, legal_documented, handler_documented, licensed_to_resell,
    not_blacklisted, within_quantity, use_declared,
)  # fmt: skip
"""What an application must show when it is filed."""
ARTICLE_7 = (*ON_PAPER, landings_verified)
"""All of art. 7."""


def is_existing(change: Change, row: Service) -> None:
    """Only the existing base is taken over as it stands; a new service is verified first. Refused `not_existing`."""
    if row.existing_since is None:
        raise Refused(
            "not_existing",
            "只有存量业务可以直接入库；新业务须先核验。",
            "Only a service of the existing base is taken over; a new one is verified first.",
        )


def names_a_defect(change: Change, row: Service) -> None:
    """Flagging says which defect, and what shows it. Refused `defect`."""
    note = str(change.data.get("note", "")).strip()
    if change.data.get("defect") not in Defect.values or not note:
        raise Refused("defect", "请选择缺陷类型并写明依据。", "Choose the defect and say what shows it.")


def is_remedied(change: Change, row: Service) -> None:
    """The registration shows no more what it was flagged for. Refused with the code of what still stands."""
    if row.defect in NOT_REAL_NAME:
        for guard in (uscc_valid, legal_documented, handler_documented):
            guard(change, row)
    if row.defect == Defect.USE_NOT_REGISTERED:
        use_declared(change, row)
    if row.defect == Defect.UNQUALIFIED:
        licensed_to_resell(change, row)


def signed_commitment(change: Change, row: Any) -> None:
    """An agent has signed the commitment, not to delegate further among others (art. 5). Refused `commitment`."""
    if row.committed_on is None or row.committed_on > change.at.date():
        raise Refused(
            "commitment",
            "代理商须先签署责任承诺书（不得转委托）。",
            "An agent signs the commitment first (no further delegation).",
        )


def agent_uscc_valid(change: Change, row: Any) -> None:
    """The agent's code is one. Refused `uscc`."""
    uscc_valid(change, row)


def agent_not_blacklisted(change: Change, row: Any) -> None:
    """Nobody on the blacklist becomes an agent again. Refused `blacklisted`."""
    if listed_party(uscc=row.uscc, marks=(bytes(row.legal_mark),)) is not None:
        raise Refused(
            "blacklisted",
            "该企业或其法定代表人在行业黑名单中，不得担任代理商。",
            "The firm or its legal representative stands on the industry's blacklist and may not be an agent.",
        )
