"""SIP without I/O: what a screening redirect server needs of RFC 3261."""
