"""Record a holder who came with a document; every stop that a campaign laid on the number is lifted with it.

MIIT Order 25 and notice of 2016-05-24 (补登记), AFL art. 32. The channel's standing on the industry's blacklist and the
five cards of a document are asked first. One transaction: register, recording, cards set free, stops lifted; the lifts
go to every node and into the next snapshot like all others.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from haodun.offices.sheets.services import CellError, Reason
from haodun.offices.transitions.services import Actor, Change, Refused, begin
from haodun.registry.key_services.services import is_listed, valid_uscc
from haodun.registry.reregistration.effects import SOURCE
from haodun.registry.reregistration.models import Recording
from haodun.registry.reregistration.states import RECORDING
from haodun.registry.reregistration.values import Possession, Shop
from haodun.registry.restrictions.services import Source, in_force, lift
from haodun.registry.subscribers.import_columns import COLUMNS
from haodun.registry.subscribers.sealing import BEIJING, DOCUMENT_PLACE, cipher
from haodun.registry.subscribers.services import (
    Document,
    DocumentError,
    Replaced,
    Shown,
    SubscriberRefused,
    kind_named,
    reregister,
)

REASON = "已补登记，解除限制。"
_NUMBER = next(one for one in COLUMNS if one.name == "number").parse


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a holder beside the document."""

    possession: str
    agent: str


def record_holder(actor: Actor, shop: Shop, *, key: str) -> uuid.UUID:
    """Re-register a number of the actor's organisation now; the id of the recording.

    Refused `organisation`, `number`, `document`, `possession`, `agent`, `blacklisted`, and those of `reregister`:
    `absent`, `valid`, `other`, `kind`, `name`, `limit`.
    """
    organisation = actor.organisation_id
    if organisation is None:
        raise Refused("organisation", "请先选择代表哪个单位办理。", "Choose the organisation that you act for.")
    at = timezone.now()
    shown, given = shown_of(shop, at), Given(shop.possession, agent_of(shop.agent))
    check_given(given)

    def make(change: Change) -> list[Recording]:
        laid = stops_on([shown.number], at)
        (found,) = reregister([shown], organisation=organisation, at=at, actor=actor.user_id)
        if isinstance(found, SubscriberRefused):
            raise Refused(found.code, f"{found.zh}。", f"{found}.")
        done = [Done(shown, given, found)]
        return write(done, laid, change, organisation=organisation, recorded_by=actor.user_id)

    # The request is kept with the step: personal texts go into it as a keyed mark.
    mark = cipher().mark(f"{shown.number}\0{shown.name}\0{shown.document.key}", place=DOCUMENT_PLACE)
    request = {"holder": mark.hex(), "possession": given.possession, "agent": given.agent}
    return begin(actor, RECORDING, "record", make, key=key, request=request)[0].id


def shown_of(shop: Shop, at: datetime) -> Shown:
    """What a clerk typed, read. Refused `number`, `document`."""
    try:
        number = int(_NUMBER("".join(shop.number.split())))
    except CellError as error:
        raise Refused("number", f"号码{error.reason.zh}。", f"What stands as number {error.reason.en}.") from error
    kind = kind_named(shop.document_kind)
    if kind is None:
        raise Refused("document", "请选择证件类型。", "Choose the kind of document.")
    try:
        document = Document.parse(kind, shop.document, on=at.astimezone(BEIJING).date())
    except DocumentError as error:
        raise Refused("document", f"证件号码{error.zh}。", f"The document number {error}.") from error
    return Shown(number=number, name=shop.name, document=document, since=at)


def agent_of(text: str) -> str:
    """The channel's code, '' for an own shop. Refused `agent` for a text that is none."""
    text = text.strip()
    code = valid_uscc(text) if text else ""
    if code is None or (text and not code):
        raise Refused(
            "agent",
            "渠道的统一社会信用代码不对（18 位，校验码相符）；自有营业厅留空。",
            "The channel's unified social credit code is wrong; leave it empty for an own shop.",
        )
    return code


def check_given(given: Given) -> None:
    """Refused `possession`, `blacklisted` (a channel on the industry's blacklist registers nobody, 452号 art. 5)."""
    if given.possession not in Possession.values:
        raise Refused("possession", "请选择怎样核实号码在其手中。", "Choose how the number was seen to be theirs.")
    if given.agent and is_listed(given.agent) is not None:
        why = listed_channel()
        raise Refused("blacklisted", f"{why.zh}。", f"{why.en}.")


def listed_channel() -> Reason:
    """Why a channel on the blacklist registers nobody."""
    return Reason("该渠道在行业黑名单中，不得办理补登记", "The channel stands on the industry's blacklist")


@dataclass(frozen=True, slots=True)
class Done:
    """One holder whose number was registered anew in this transaction."""

    shown: Shown
    given: Given
    replaced: Replaced


def stops_on(numbers: Sequence[int], at: datetime) -> dict[int, list[uuid.UUID]]:
    """Number → restrictions in force that a campaign laid on it, of this carrier's or of an earlier one's."""
    found = in_force(numbers, at)
    return {number: [one.id for one in rows if one.source.kind == SOURCE] for number, rows in found.items()}


def write(
    done: Sequence[Done],
    laid: Mapping[int, Sequence[uuid.UUID]],
    change: Change,
    *,
    organisation: uuid.UUID,
    recorded_by: uuid.UUID,
    sheet: uuid.UUID | None = None,
) -> list[Recording]:
    """Recordings of what was registered anew, and the lifts that go with it. `laid`: `stops_on` of before.

    The stops of a number's own card went when its state was said (`advancing.on_states_changed`). A number that was
    ported meanwhile bears stops of a card at its former carrier: they go here.
    """
    rows = [
        Recording(
            interval_id=one.replaced.interval,
            organisation_id=organisation,
            sheet_id=sheet,
            since=one.shown.since,
            possession=one.given.possession,
            agent=one.given.agent,
            before_status=one.replaced.status,
            before_kind=one.replaced.document_kind,
            before_document=one.replaced.document_sealed,
            before_name=one.replaced.name_sealed,
            lifted=len(laid.get(one.shown.number, ())),
            recorded_by=recorded_by,
            state=RECORDING.initial,
            version=1,
            created_at=change.at,
            readers=one.replaced.readers,
        )
        for one in done
    ]
    stops = [stop for one in done for stop in laid.get(one.shown.number, ())]
    if stops:
        source = Source(SOURCE, str(sheet or rows[0].id))
        lift(stops, source=source, reason=REASON, actor=change.actor, at=max(change.at, timezone.now()))
    return Recording.objects.bulk_create(rows, batch_size=2_000)
