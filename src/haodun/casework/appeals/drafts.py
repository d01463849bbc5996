"""An appeal while it is being written: in the visitor's session, its words as ciphertext."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from haodun.casework.appeals.handing_over import cipher
from haodun.casework.appeals.references import code_of
from haodun.casework.appeals.services import Filed

SESSION_KEY = "haodun.appeal_draft"
LAST_KEY = "haodun.appeal_last"
PLACE = "session.appeal_draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was answered so far, '' where nothing was."""

    claim: str
    statement: str
    contact: str
    key: str
    """Idempotency key: sending twice files once."""


def read(session: Any) -> Draft:
    """The draft of this session."""
    kept = session.get(SESSION_KEY, {})
    seal = cipher()
    words = {name: seal.open(bytes.fromhex(kept.get(name, "")), place=PLACE) for name in ("statement", "contact")}
    return Draft(kept.get("claim", ""), words["statement"], words["contact"], kept.get("key", ""))


def keep(session: Any, *, claim: str | None = None, statement: str | None = None, contact: str | None = None) -> None:
    """Keep an answer; another claim begins another draft."""
    kept = dict(session.get(SESSION_KEY, {}))
    if claim is not None and claim != kept.get("claim"):
        kept |= {"claim": claim, "key": uuid.uuid4().hex}
    seal = cipher()
    for name, words in (("statement", statement), ("contact", contact)):
        if words is not None:
            kept[name] = seal.seal(words, place=PLACE).hex()
    session[SESSION_KEY] = kept


def done(session: Any, reference: str) -> None:
    """The appeal was filed: the draft goes; the confirmation page needs its reference. A second click finds the draft
    gone and is shown the confirmation again."""
    session[LAST_KEY] = reference
    session.pop(SESSION_KEY, None)


def last(session: Any) -> Filed | None:
    """The appeal filed last in this session."""
    reference = session.get(LAST_KEY)
    return Filed(reference, code_of(reference)) if reference else None
