"""The words of the switches and of our own extra fields, both ways."""

from __future__ import annotations

import re
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.record import MAX_TEXT
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

PRESENTATIONS = {member.name.lower(): member for member in Presentation}
ATTESTATIONS = {**{member.name: member for member in Attestation}, "failed": Attestation.FAILED, "": Attestation.NONE}
ATTESTATIONS.update({"none": Attestation.NONE, "a": Attestation.A, "b": Attestation.B, "c": Attestation.C})
ROAMINGS = {member.name.lower(): member for member in Roaming}
CAUSES = {member.name.lower(): member for member in Cause}

RESTRICTED_WORDS = ("anonymous", "restricted", "private", "withheld", "id_not_available")
"""What switches write in place of a withheld number (compared in lower case)."""
UNAVAILABLE_WORDS = ("", "unavailable", "unknown")

DISPOSITIONS = {
    "ANSWERED": Cause.NORMAL,
    "NO ANSWER": Cause.NO_ANSWER,
    "BUSY": Cause.BUSY,
    "FAILED": Cause.FAILED,
    "CONGESTION": Cause.CONGESTION,
}
"""Asterisk, ast_cdr_disp2str."""

HANGUP_CAUSES = {
    "": Cause.UNKNOWN,
    "NONE": Cause.UNKNOWN,
    "UNSPECIFIED": Cause.UNKNOWN,
    "NORMAL_CLEARING": Cause.NORMAL,
    "USER_BUSY": Cause.BUSY,
    "NO_ANSWER": Cause.NO_ANSWER,
    "NO_USER_RESPONSE": Cause.NO_ANSWER,
    "ORIGINATOR_CANCEL": Cause.CANCELLED,
    "CALL_REJECTED": Cause.REJECTED,
    "UNALLOCATED_NUMBER": Cause.UNALLOCATED,
    "NORMAL_CIRCUIT_CONGESTION": Cause.CONGESTION,
    "NETWORK_OUT_OF_ORDER": Cause.CONGESTION,
    "NORMAL_TEMPORARY_FAILURE": Cause.CONGESTION,
    "SWITCH_CONGESTION": Cause.CONGESTION,
}
"""FreeSWITCH hangup_cause (its names of ITU-T Q.850); any other well-formed word is FAILED."""

_CAUSE_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_FIELD_KEY = re.compile(r"[a-z]{1,16}")
_Member = TypeVar("_Member", Presentation, Attestation, Roaming, Cause)


def presentation_of(caller: str) -> Presentation:
    """What the caller text itself says: a withheld word, nothing, or something to look at."""
    word = caller.lower()
    if word in RESTRICTED_WORDS:
        return Presentation.RESTRICTED
    return Presentation.UNAVAILABLE if word in UNAVAILABLE_WORDS else Presentation.ALLOWED


def presentations_of(callers: pa.StringArray) -> npt.NDArray[np.int8]:
    """`presentation_of` of each caller text of a column without nulls."""
    word = pc.ascii_lower(callers)
    restricted = pc.is_in(word, value_set=pa.array(RESTRICTED_WORDS)).to_numpy(zero_copy_only=False)
    unavailable = pc.is_in(word, value_set=pa.array(UNAVAILABLE_WORDS)).to_numpy(zero_copy_only=False)
    found = np.zeros(len(callers), np.int8)
    found[restricted] = Presentation.RESTRICTED
    found[unavailable] = Presentation.UNAVAILABLE
    # Some letters beyond ASCII are of ASCII in lower case, such as the sign of the kelvin.
    for place in np.flatnonzero(~pc.string_is_ascii(callers).to_numpy(zero_copy_only=False)):
        found[place] = presentation_of(callers[int(place)].as_py())
    return found


def hangup_cause(text: str) -> Cause:
    """RowError bad_value for what cannot be a cause word."""
    found = HANGUP_CAUSES.get(text)
    if found is not None:
        return found
    if _CAUSE_WORD.fullmatch(text) is None:
        raise RowError("bad_value", f"hangup_cause: {text[:40]!r} is no cause word such as NORMAL_CLEARING.")
    return Cause.FAILED


def look_up(words: dict[str, _Member], text: str, field: str) -> _Member:
    """RowError bad_value with the words that are possible."""
    found = words.get(text)
    if found is None:
        raise RowError("bad_value", f"{field}: {text[:40]!r} is none of {', '.join(w for w in words if w)}.")
    return found


def short(text: str, field: str) -> str:
    """The text itself; RowError too_long over MAX_TEXT characters."""
    if len(text) > MAX_TEXT:
        raise RowError("too_long", f"{field} has {len(text)} characters, at most {MAX_TEXT} are possible.")
    return text


def read_userfield(text: str) -> dict[str, str]:
    """`key=value;key=value` with %25 for % and %3B for ;; what is not of that shape says nothing."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if equals and _FIELD_KEY.fullmatch(key):
            if key in found:
                raise RowError("bad_value", f"userfield: {key} is given twice.")
            found[key] = value.replace("%3B", ";").replace("%25", "%")
    return found
