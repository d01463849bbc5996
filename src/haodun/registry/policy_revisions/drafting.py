"""Begin a revision, write it, take it onto what is in force now, publish an earlier text again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from haodun.offices.organisations.services import bureaus_of, find, readers_of, system
from haodun.offices.peering.services import operator
from haodun.offices.transitions.services import Actor, Change, Refused, act, begin
from haodun.registry.policy_revisions.guards import take_lock
from haodun.registry.policy_revisions.in_force import InForce, policy_in_force
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.rule_steps import RuleStep, next_step, with_stage
from haodun.registry.policy_revisions.states import TABLE
from haodun.registry.policy_revisions.values import MAX_CASES, MAX_POLICY, MAX_WHY, Start, digest_of


@dataclass(frozen=True, slots=True)
class _New:
    """What a revision is made of."""

    base: InForce
    text: str
    cases: str
    why: str
    start: Start
    again_of: Revision | None = None
    rule: str = ""


def draft(
    actor: Actor,
    *,
    why: str,
    key: str,
    start: Start = Start.IN_FORCE,
    text: str | None = None,
    cases: str | None = None,
    again_of: Revision | None = None,
    rule: str = "",
) -> uuid.UUID:
    """Begin a revision on what is in force, with its text or with another one (an earlier revision, an offer).

    Refused `why`, `long`, `organisation`; PolicyFileError where the site's file cannot be read.
    """
    base = policy_in_force()
    given = base.text if text is None else plain(text)
    given_cases = base.cases if cases is None else plain(cases)
    _refuse_long(given, given_cases)
    _refuse_unexplained(why)
    new = _New(base, given, given_cases, why.strip(), start, again_of, rule)
    return _begin(actor, "draft", new, key=key)


def amend(actor: Actor, row: Revision, *, text: str, cases: str, key: str, version: int | None = None) -> None:
    """Write a draft anew. Refused `long`, `state`, `stale`, `organisation`."""
    text, cases = plain(text), plain(cases)
    _refuse_long(text, cases)
    data = {"digest": digest_of(text), "cases": digest_of(cases)}
    with transaction.atomic():
        (outcome,) = act(actor, TABLE, [row.id], "amend", key=key, data=data, version=version)
        # A repeated request is answered from its key; what was written after it stays.
        Revision.objects.filter(id=row.id, version=outcome.version).update(
            text=text, cases=cases, digest=data["digest"]
        )


def rebase(actor: Actor, row: Revision, *, key: str, version: int | None = None) -> None:
    """Let a draft stand on what is in force now; its text stays as it is. Refused `state`, `stale`, `organisation`."""
    with transaction.atomic():
        (outcome,) = act(actor, TABLE, [row.id], "rebase", key=key, version=version)
        base = policy_in_force()
        Revision.objects.filter(id=row.id, version=outcome.version).update(
            base=base.revision,
            base_text="" if base.revision is not None else base.text,
            base_digest=base.digest,
        )


def draft_next_step(actor: Actor, rule: str, *, key: str) -> uuid.UUID:
    """A draft of the policy in force in which one rule goes one step further: watched, 1 %, 10 %, all callers.

    Refused `rule` where there is no such rule, or no further step.
    """
    base = policy_in_force()
    step: RuleStep = next_step(base.text, rule)
    why = f"{rule}: {step.old} → {step.new}"
    return draft(
        actor, why=why, key=key, start=Start.NEXT_STEP, text=with_stage(base.text, rule, step.new), cases=base.cases,
        rule=rule,
    )  # fmt: skip


def roll_back(actor: Actor, to: Revision, *, reason: str, key: str) -> uuid.UUID:
    """Publish again, in one act, what was in force before: the text of a superseded revision.

    Where `to` is the revision in force, it is what was in force before it: the revision it was drafted on, else the
    site's file of then. Refused.
    """
    _refuse_unexplained(reason)
    source, text, cases = _earlier(to)
    with transaction.atomic():
        new = _New(policy_in_force(), text, cases, reason.strip(), Start.ROLL_BACK, source)
        made = _begin(actor, "reinstate", new, key=f"{key}-taken")
        act(actor, TABLE, [made], "roll_back", key=key, reason=reason)
    return made


def _earlier(to: Revision) -> tuple[Revision, str, str]:
    """The published revision that vouches for it, and the text that goes back into force."""
    if not to.in_force:
        return to, to.text, to.cases
    with system():
        before = to.base
    if before is not None:
        return before, before.text, before.cases
    return to, to.base_text, ""


def _begin(actor: Actor, action: str, new: _New, *, key: str) -> uuid.UUID:
    def make(change: Change) -> Sequence[Revision]:
        return [_insert(change, new)]

    request = {
        "start": new.start.value,
        "digest": digest_of(new.text),
        "why": new.why,
        "rule": new.rule,
        "again_of": None if new.again_of is None else str(new.again_of.id),
    }
    return begin(actor, TABLE, action, make, key=key, request=request, reason=new.why)[0].id


def _insert(change: Change, new: _New) -> Revision:
    take_lock()
    with system():
        number = (Revision.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return Revision.objects.create(
        number=number,
        organisation_id=_organisation(change.actor),
        author=change.actor.user_id,
        start=new.start,
        rule=new.rule,
        again_of=new.again_of,
        base=new.base.revision,
        base_text="" if new.base.revision is not None else new.base.text,
        base_digest=new.base.digest,
        text=new.text,
        cases=new.cases,
        digest=digest_of(new.text),
        why=new.why,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        moved_at=change.at,
        readers=_readers(change.actor),
    )


def plain(text: str) -> str:
    """A text as a browser's field gave it: with the line ends of files."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _organisation(actor: Actor) -> uuid.UUID:
    if actor.organisation_id is None:
        raise Refused("organisation", "没有所属单位。", "A revision belongs to an organisation.")
    return actor.organisation_id


def _readers(actor: Actor) -> list[uuid.UUID]:
    """The drafting organisation, the bureau of its province, whoever runs the node, and those above them."""
    own = _organisation(actor)
    with system():
        runs = operator()
        province = find().filter(id=own).values_list("province", flat=True).first() or ""
    return readers_of(own, *bureaus_of(province), *([runs] if runs is not None else []))


def _refuse_long(text: str, cases: str) -> None:
    if len(text) > MAX_POLICY or len(cases) > MAX_CASES:
        raise Refused(
            "long",
            f"策略最多 {MAX_POLICY} 字，用例最多 {MAX_CASES} 字；大批号码请放进登记的名单。",
            f"A policy has at most {MAX_POLICY} characters, its cases {MAX_CASES}; keep numbers in the registry.",
        )
    if "\0" in text + cases:
        raise Refused("long", "文本含有空字符。", "The text holds a NUL character.")


def _refuse_unexplained(why: str) -> None:
    if not 0 < len(why.strip()) <= MAX_WHY:
        raise Refused("why", f"请写明原因，最多 {MAX_WHY} 字。", f"Say why, in at most {MAX_WHY} characters.")
