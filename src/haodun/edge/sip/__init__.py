"""SIP without I/O: what a screening redirect server needs of RFC 3261."""

from haodun.edge.sip.address import Address
from haodun.edge.sip.answers import Answer, Card, Profile, Redress, Verstat, answer, respond
from haodun.edge.sip.error import SipError
from haodun.edge.sip.jcard import jwscard
from haodun.edge.sip.limits import MAX_MESSAGE
from haodun.edge.sip.parsing import Datagram, classify, parse_request
from haodun.edge.sip.request import Envelope, Request
from haodun.edge.sip.response import build_response
from haodun.edge.sip.uri import Uri
from haodun.edge.sip.via import Via

__all__ = [
    "MAX_MESSAGE",
    "Address",
    "Answer",
    "Card",
    "Datagram",
    "Envelope",
    "Profile",
    "Redress",
    "Request",
    "SipError",
    "Uri",
    "Verstat",
    "Via",
    "answer",
    "build_response",
    "classify",
    "jwscard",
    "parse_request",
    "respond",
]
