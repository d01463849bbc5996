"""The compiled codec: an INVITE in canonical form is read in one pass and answered in place; no socket, no clock.

Everything that is not canonical is left to `parse_request` and `respond`, with which this agrees to the byte.
"""

from haodun.edge.sip.fast.answering import PADDING, TOKEN_BYTES, Forms, Hole, Source, pad, write_answer, write_host
from haodun.edge.sip.fast.events import Lines, Reading, make_reading, put_fingerprints, read_event
from haodun.edge.sip.fast.forms import (
    SAMPLE_NUMBER,
    SAMPLE_TOKEN,
    SAMPLE_URI,
    Form,
    form_of,
    forms_of,
    sample_request,
)
from haodun.edge.sip.fast.layout import MAX_LENGTH, ROW, Hard
from haodun.edge.sip.fast.scanning import scan

__all__ = [
    "MAX_LENGTH",
    "PADDING",
    "ROW",
    "SAMPLE_NUMBER",
    "SAMPLE_TOKEN",
    "SAMPLE_URI",
    "TOKEN_BYTES",
    "Form",
    "Forms",
    "Hard",
    "Hole",
    "Lines",
    "Reading",
    "Source",
    "form_of",
    "forms_of",
    "make_reading",
    "pad",
    "put_fingerprints",
    "read_event",
    "sample_request",
    "scan",
    "write_answer",
    "write_host",
]
