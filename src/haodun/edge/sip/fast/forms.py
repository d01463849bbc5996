"""Forms of answers from answers: the texts of a sample call become holes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from haodun.edge.sip.answers import Answer, respond
from haodun.edge.sip.fast.answering import Forms, Hole
from haodun.edge.sip.parsing import parse_request
from haodun.edge.sip.request import Request

SAMPLE_USER: Final = "+7000000001620491"
SAMPLE_URI: Final = f"sip:{SAMPLE_USER}@sample-uri.haodun.invalid"
SAMPLE_NUMBER: Final = 700_000_004_731_993
SAMPLE_TOKEN: Final = "SAMPLETOKENOFHAODUN2345672"  # noqa: S105 - a sample
"""What stands for a call's own texts in the answers that forms are made from; in nobody's texts."""
_CSEQ: Final = "1 INVITE"
_HOLES: Final = {
    SAMPLE_URI: Hole.URI,
    SAMPLE_USER: Hole.USER,
    SAMPLE_TOKEN: Hole.TOKEN,
    str(SAMPLE_NUMBER): Hole.NUMBER,
}
_SAMPLES: Final = re.compile(b"|".join(re.escape(text.encode("ascii")) for text in _HOLES))
"""The URI before the user part that it holds."""


class Piece(NamedTuple):
    """A text, and what follows it."""

    text: bytes
    hole: Hole


Form = tuple[Piece, ...]


def sample_request() -> Request:
    """The call that forms are made from."""
    return parse_request(
        f"INVITE {SAMPLE_URI} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKh\r\nFrom: <sip:h@h>;tag=h\r\n"
        f"To: <sip:h@h>\r\nCall-ID: h\r\nCSeq: {_CSEQ}\r\n\r\n".encode("ascii")
    )


def form_of(said: Answer) -> Form:
    """The form of an answer to `sample_request`; ValueError where `said` cannot be sent."""
    data = respond(sample_request(), said, to_tag="h")
    head, _, rest = data.partition(b"\r\nVia: ")
    tail = rest.partition(b"\r\nCSeq: " + _CSEQ.encode("ascii"))[2]
    pieces = [Piece(head + b"\r\nVia: ", Hole.COPIED)]
    position = 0
    for found in _SAMPLES.finditer(tail):
        pieces.append(Piece(tail[position : found.start()], _HOLES[found[0].decode("ascii")]))
        position = found.end()
    return (*pieces, Piece(tail[position:], Hole.NOTHING))


def forms_of(forms: Sequence[Form]) -> Forms:
    """Forms as compiled code takes them, by their places in the sequence."""
    pieces = [piece for form in forms for piece in form]
    text = b"".join(piece.text for piece in pieces)
    return Forms(
        np.frombuffer(text, np.uint8).copy(),
        np.cumsum([len(piece.text) for piece in pieces], dtype=np.int64),
        np.array([piece.hole for piece in pieces], np.int64),
        np.cumsum([0, *(len(form) for form in forms)], dtype=np.int64),
    )
