"""Agents and the blacklist: registering, proposing (452号 art. 5, RULES.md W2f)."""

from __future__ import annotations

import uuid
from datetime import date

from haodun.offices.organisations.services import bureaus_of, find, readers_of
from haodun.offices.transitions.services import Actor, Change, Refused, begin
from haodun.registry.key_services.documents import (
    DOCUMENT,
    NAME,
    canonical,
    cipher,
    mark_of,
    masked_name,
    valid_uscc,
)
from haodun.registry.key_services.models import Agent, Listing
from haodun.registry.key_services.other_states import AGENT, LISTING
from haodun.registry.key_services.values import MAX_NAME, MAX_NOTE, Breach, PartyKind, PersonSeen


def register_agent(
    actor: Actor, *, name: str, uscc: str, legal: PersonSeen, committed_on: date | None, province: str = "", key: str
) -> uuid.UUID:
    """An agent of the actor's own organisation. Refused `uscc`, `commitment`, `blacklisted`, `words`, `document`."""
    _check_name(name)
    document = _document(legal.document)

    def make(change: Change) -> list[Agent]:
        organisation = _organisation(change)
        where = province or find().values_list("province", flat=True).get(id=organisation)
        seal = cipher()
        row = Agent.objects.create(
            carrier_id=organisation,
            name=name.strip(),
            uscc=valid_uscc(uscc) or uscc.strip()[:18],
            legal_sealed=seal.seal(legal.name, place=NAME),
            legal_document_sealed=seal.seal(document, place=DOCUMENT),
            legal_mark=mark_of(document),
            province=where,
            committed_on=committed_on,
            state=AGENT.initial,
            version=1,
            created_at=change.at,
            moved_at=change.at,
            readers=readers_of(organisation, *bureaus_of(where)),
        )
        return [row]

    request = {"name": name, "uscc": uscc, "on": committed_on.isoformat() if committed_on else ""}
    return begin(actor, AGENT, "register", make, key=key, request=request)[0].id


def propose_listing(
    actor: Actor,
    *,
    kind: PartyKind,
    name: str,
    uscc: str = "",
    document: str = "",
    breach: Breach,
    note: str,
    agent: Agent | None = None,
    key: str,
) -> uuid.UUID:
    """Propose a firm (by its code) or a person (by a document) for the blacklist; another person lists it."""
    _check_name(name)
    known, code = _document(document), valid_uscc(uscc) or ""
    _check_party(kind, code=code, document=known, note=note)
    firm = kind is PartyKind.FIRM
    given = {"kind": kind, "uscc": code if firm else "", "breach": breach, "note": note.strip(), "agent": agent}

    def make(change: Change) -> list[Listing]:
        organisation = _organisation(change)
        seal = cipher()
        row = Listing.objects.create(
            name_sealed=seal.seal(name.strip(), place=NAME),
            masked=name.strip() if kind is PartyKind.FIRM else masked_name(name.strip()),
            document_sealed=seal.seal(known, place=DOCUMENT),
            document_mark=mark_of(known),
            organisation_id=organisation,
            state=LISTING.initial,
            version=1,
            created_at=change.at,
            moved_at=change.at,
            readers=readers_of(organisation),
            **given,
        )
        return [row]

    request = {"kind": kind.value, "party": mark_of(known).hex() or code, "breach": breach.value, "note": note}
    return begin(actor, LISTING, "propose", make, key=key, request=request)[0].id


def _check_party(kind: PartyKind, *, code: str, document: str, note: str) -> None:
    if (kind is PartyKind.FIRM and not code) or (kind is PartyKind.PERSON and not document):
        raise Refused(
            "party",
            "企业须填写有效的统一社会信用代码，个人须填写有效证件号码。",
            "A firm needs a valid unified social credit code, a person a valid document number.",
        )
    if not 0 < len(note.strip()) <= MAX_NOTE:
        raise Refused("note", f"请写明事实，最多 {MAX_NOTE} 字。", f"State the facts, at most {MAX_NOTE} characters.")


def propose_agent(actor: Actor, agent: Agent, *, key: str) -> uuid.UUID:
    """Propose a revoked agent, for the breach it was revoked for. Refused `state` for another."""
    if agent.state != "REVOKED":
        raise Refused(
            "state", "只有已取消代理的企业才能提请列入。", "Only an agent whose agency is revoked can be proposed."
        )
    document = cipher().open(bytes(agent.legal_document_sealed), place=DOCUMENT)
    return propose_listing(
        actor,
        kind=PartyKind.FIRM,
        name=agent.name,
        uscc=agent.uscc,
        document=document,
        breach=Breach(agent.breach),
        note=agent.breach_note,
        agent=agent,
        key=key,
    )


def _organisation(change: Change) -> uuid.UUID:
    if change.actor.organisation_id is None:
        raise Refused("carrier", "没有所属单位。", "It belongs to an organisation.")
    return change.actor.organisation_id


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Refused("words", f"名称为 1 至 {MAX_NAME} 字。", f"A name has 1 to {MAX_NAME} characters.")


def _document(text: str) -> str:
    if not text.strip():
        return ""
    found = canonical(text)
    if found is None:
        raise Refused("document", "证件号码不符。", "The document number is wrong.")
    return found
