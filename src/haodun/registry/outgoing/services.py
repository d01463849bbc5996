"""Messages to people outside: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.outgoing.file import NAME, append_once
from haodun.registry.outgoing.handing_over import TASK, hand_over, perform, text_of

__all__ = ["NAME", "TASK", "append_once", "hand_over", "perform", "text_of"]
