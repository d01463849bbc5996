"""The compiled codec: an INVITE in canonical form is read in one pass and answered in place; no socket, no clock.

Everything that is not canonical is left to `parse_request` and `respond`, with which this agrees to the byte.
"""

from haodun.edge.sip.fast.layout import ROW, Hard
from haodun.edge.sip.fast.scan import scan

__all__ = ["ROW", "Hard", "scan"]
