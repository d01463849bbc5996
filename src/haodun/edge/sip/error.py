"""What goes wrong in reading a request: one family, which knows the answer to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haodun.edge.sip.request import Envelope

PHRASES = {
    400: "Bad Request",
    414: "Request-URI Too Long",
    416: "Unsupported URI Scheme",
    505: "Version Not Supported",
    513: "Message Too Large",
}


class SipError(Exception):
    """What came in is no request that can be served. The message says what, and where.

    `status` and `reason` are the answer (RFC 3261 §21.4); `envelope` is what an answer must copy, None where too
    little of it could be read: then nothing may be sent, and the datagram is dropped.
    """

    def __init__(self, status: int, detail: str, *, where: str, envelope: Envelope | None = None) -> None:
        super().__init__(f"{where}: {detail}")
        self.status = status
        self.reason = PHRASES[status]
        self.detail = detail
        self.where = where
        self.envelope = envelope

    @property
    def answerable(self) -> bool:
        """Whether Via, From, To, Call-ID and CSeq suffice to build the answer of RFC 3261 §8.2.6."""
        return self.envelope is not None
