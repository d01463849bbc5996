"""Everything that grows or waits at the control link has its limit here."""

from __future__ import annotations

from datetime import timedelta

FULL_EVERY = 50
"""Deltas after which a full snapshot is published."""
EXPIRES_AFTER = timedelta(days=7)
"""How long a snapshot may be offered; a new one is published each day."""
KEEP_FULL = 3
"""Full snapshots kept on disk with their deltas; older folders are removed, their rows stay."""
DRAFT_ROOM = 200
"""Versions that may come before a draft while it waits for signatures; an approver signs for each."""
PING_S = 5.0
"""Between two lines of a quiet stream; the contract asks for one each 10 s."""
SILENT_AFTER = timedelta(seconds=60)
"""An edge not heard of for so long is silent: it is waited for by nobody, and never counted as having executed."""
MAX_STREAMS = 32
"""Streams of one web process, where HAODUN_STREAMS says nothing else."""
MAX_STREAMS_PER_EDGE = 2
"""The old one may not have noticed yet that it is dead."""
MAX_RECEIPT_BYTES = 8_192
MAX_DETAIL = 500
"""Characters of a receipt's detail; more is cut."""
MAX_RUN = 128
RECEIPTS_A_MINUTE = 600
"""Of one edge; beyond, it is answered 429 and sends again later."""
MAX_CHAIN = FULL_EVERY + 1
"""Versions announced to one edge at a time: a full one and its deltas."""
TAR_CHUNK = 1 << 20
