"""What the compiled scan leaves behind: one row of offsets a datagram, and why it did not claim one."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

MAX_LENGTH: Final = 4_096
"""Bytes of a datagram that is claimed; a longer one is the strict parser's."""
MAX_LINES: Final = 128
MAX_WAYS: Final = 12
"""Via lines."""
MAX_NAMED: Final = 8
"""Parameters of one value: their names are compared with one another."""

(
    URI,
    URI_END,
    CALLED,
    CALLED_END,
    FROM,
    FROM_END,
    TO,
    TO_END,
    CALL_ID,
    CALL_ID_END,
    CSEQ,
    CSEQ_END,
    HOPS,
    HOPS_END,
    LENGTH,
    LENGTH_END,
    IDENTITY,
    IDENTITY_END,
    SECOND_IDENTITY,
    SECOND_IDENTITY_END,
    DIVERSION,
    DIVERSION_END,
    CALLER,
    CALLER_END,
    DIVERTER,
    DIVERTER_END,
    TAG,
    TAG_END,
    SEQUENCE_END,
    HOST,
    HOST_END,
    PORT,
    RPORT,
    WAYS,
    PRESENTATION,
    SEEN,
    WAY,
) = range(37)
"""Places in a row: where a text begins and ends in the datagram's buffer. CALLED, CALLER and DIVERTER are what
numbering is to read (DIVERTER ends at 0 where nobody diverted); SEQUENCE_END ends the digits that begin CSeq; HOST is
the topmost sent-by and PORT its port (0: none); RPORT is where `;rport` stands (0: not asked for); WAYS counts the Via
lines, whose texts begin at WAY; PRESENTATION is `Presentation`; SEEN has a bit for each header met, by its place."""
ROW: Final = WAY + 2 * MAX_WAYS


class Hard(IntEnum):
    """Why a datagram is left to the strict parser. 0: it was read."""

    NOTHING = 0
    LENGTH = 1
    """Too short or too long."""
    START = 2
    """Not `INVITE sip:…digits…@host SIP/2.0`, or `tel:`."""
    ENDS = 3
    """A line end is missing, or not CRLF."""
    NAME = 4
    """No token right before a colon: a folded line, a blank before the colon."""
    TWICE = 5
    """A header stands twice that should not, or more often than is looked at."""
    CONTROL = 6
    """A control character, the tab included."""
    MISSING = 7
    EMPTY = 8
    VIA = 9
    FROM = 10
    TO = 11
    CALL_ID = 12
    CSEQ = 13
    HOPS = 14
    BODY = 15
    IDENTITY = 16
    DIVERSION = 17
    EXTENSION = 18
    """Require, Priority, Remote-Party-ID, or History-Info without Diversion."""
    NUMBER = 19
    """A number that compiled numbering leaves to the slow one."""
    EMERGENCY = 20
    AGAIN = 21
    """Sent before, and not the same."""
    SOURCE = 22
    """An address whose trunk has not been looked up yet."""
