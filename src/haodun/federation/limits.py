"""How far others can make anything grow here; each limit has a name and a meaning."""

from __future__ import annotations

import os
from datetime import timedelta

MAX_ENVELOPE = 4 * 1024 * 1024
"""Bytes of one envelope on the wire."""
MAX_BODY = 3 * 1024 * 1024
"""Bytes of the canonical body of one message."""
MAX_AUDIENCE = 1_000
"""Nodes one message may go to."""
WINDOW = 500
"""Envelopes on their way to a peer that it has not said it has; more wait in the outbox."""
MAX_EARLY = 2 * WINDOW
"""How far ahead of the next awaited number an envelope may be and is still kept; one further ahead is dropped, and
comes again since it is asked for."""
MAX_RANGES = 100
"""Gaps named in one control envelope."""
MAX_RECEIPTS = 500
"""Receipts in one envelope."""
MAX_SENTENCE = 400
"""Characters of a sentence that travels."""
MAX_EVIDENCE = 16_384
"""Bytes of the canonical evidence of one receipt."""
MAX_KINDS = 200
"""Kinds that a peer may say it understands."""
MAX_QUARANTINED = 1_000
"""Undecided pieces in quarantine for each peer; what comes beyond is counted and not kept."""
MAX_QUARANTINED_BYTES = 64 * 1024 * 1024
"""Their bytes together, for each peer."""
KEPT_OF_TOO_LARGE = 4_096
"""Bytes kept of a piece that is too large."""
MAX_FILES = 1_000
"""Files taken from a folder in one round."""
MAX_NAMES = 100_000
"""Names looked at in a folder in one round."""
MAX_DONE = 2_000
"""Files kept in `done/`, the newest, and in `aside/`, the first."""
MAX_QUEUED = 10_000
"""Envelopes in one direction of the in-process transport; what comes beyond is lost, and asked for again."""
ROUND = timedelta(seconds=float(os.environ.get("HAODUN_EXCHANGE_S", "10")))
"""How often a way is looked into where nothing is sent; slower media want more, and all that follows with it."""
RETRY = 6 * ROUND
"""After so long, doubled each time up to RETRY_MOST, an envelope that the peer has not said it has is put again."""
RETRY_MOST = timedelta(hours=1)
HEARTBEAT = 6 * ROUND
"""How often each side says how far it is though nothing has changed."""
SKEW = timedelta(minutes=10)
"""How far a peer's clock may be ahead of ours."""
OVERLAP = timedelta(days=30)
"""How long a peer's former key counts after a new one was announced."""
KEPT = timedelta(days=400)
"""How long the body of a message that is done is kept; its header, receipts and tombstone stay."""
