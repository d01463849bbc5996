"""What appellants are told: at the contact they gave, else at the number itself."""

from __future__ import annotations

from django.conf import settings

from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.texts import outcome_text
from haodun.registry.outgoing.services import hand_over
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher

CONTACT_PLACE = "appeals_appeal.contact"
STATEMENT_PLACE = "appeals_appeal.statement"


def cipher() -> FieldCipher:
    """The cipher of this site."""
    return field_cipher(settings.HAODUN_DATA)


def tell(appeal: Appeal, outcome: str) -> None:
    """Tell the appellant, in the running transaction."""
    contact = cipher().open(bytes(appeal.contact), place=CONTACT_PLACE)
    if not contact and appeal.number <= 0:
        return  # a caller without a number who left no contact: only the status page can tell
    contact = contact or f"+{appeal.number}"
    text = outcome_text(
        outcome, reference=grouped(appeal.reference), reason=appeal.outcome_reason, language=appeal.language
    )
    hand_over(contact, text, kind=f"appeal:{outcome}", language=appeal.language)
