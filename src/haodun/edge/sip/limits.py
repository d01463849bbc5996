"""Everything a stranger can make grow in a SIP message has its limit here."""

MAX_MESSAGE = 65_536
"""Bytes of one message; a UDP datagram carries at most 65,507."""

MAX_HEADERS = 256
"""Lines before the body, after unfolding."""

MAX_HEADER = 16_384
"""Characters of one line, after unfolding; an Identity header with rich call data has some thousand."""

MAX_VIAS = 70
"""Via values; a request starts with Max-Forwards 70 (RFC 3261 §8.1.1.6)."""

MAX_VALUES = 64
"""Values of one other header that are taken apart; a header with more is handed over unread."""

MAX_PARAMETERS = 64
"""Parameters of one value."""

MAX_URI = 1_024
"""Characters of one URI."""

MAX_METHOD = 64
MAX_CALL_ID = 512
MAX_TAG = 512
"""RFC 4475 §3.1.1.7 has a tag of 200 characters."""

MAX_NUMBER_TEXT = 257
"""Characters of a text handed to numbering: one more than it reads, so that a cut text is refused, never misread."""
