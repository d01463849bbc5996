"""Everything that a stranger or a bad day can make grow at the edge has its limit here."""

BATCH = 64
"""Datagrams taken from the socket before the first is answered."""
DATAGRAM = 65_536
RECEIVE_BUFFER = 4_194_304
"""Bytes asked of the kernel for waiting datagrams (net.core.rmem_max may give less)."""
HIGH_WATER = 500
"""Thousandths of the receive buffer filled, above which calls are answered without evaluation."""
ANSWERS = 65_536
"""Answers kept for retransmissions; beyond, the kernel's table of repeats still gives the same verdict."""
ANSWERS_MS = 32_000
"""RFC 3261 timer B: nothing is sent again later."""
SOURCES = 65_536
"""Source addresses whose trunk is kept at hand."""
CLOCK_STEP_MS = 1_000
"""The system clock may be this far from the one that only counts; beyond, it is followed slowly, and loudly."""
CLOCK_SLEW = 10
"""Where it is further away: at most one part in so many of the time that passed."""
REPLAY_AHEAD_MS = 60_000
"""A logged event dated further ahead than this is not replayed: it would make all others late."""
KEEP_MS = 7 * 86_400_000
"""The live log is kept this long (DESIGN.md §3 `keep_input_days`)."""
LOG_PAUSE_S = 1.0
"""After a failed write the log is left alone this long; calls are answered by the fail mode meanwhile."""
LINES_BYTES = 67_108_864
"""The file of call lines is put aside when it is this large; one older file is kept."""
IDLE_MS = 200
"""How long the loop sleeps at most where nothing comes in."""

TAR_BYTES = 2**34
"""A snapshot as sent over the control link."""
TAR_MEMBERS = 512
STREAM_LINE = 65_536
"""Bytes of one line of the control stream."""
STREAM_QUIET_S = 30
"""The stream sends a ping at least each 10 s; quiet for this long it is dead."""
REFUSED_AGAIN_S = 600.0
"""After a refusal the stream is opened anew, for what is offered then: a new hour's budget, raised caps."""
BACK_OFF_S = (0.2, 10.0)
"""Between two tries to reach the control link: first and longest pause."""
RECEIPTS = 1_000
"""Receipts kept until they are taken; the oldest go first."""
KEPT_SNAPSHOTS = 3
"""Snapshot folders kept on the disk, the one in force among them."""

STATES_KEPT = 2
"""Kernel states kept beside the log: the newest, and one should that be damaged."""
STATE_CHUNK = 1_048_576
"""Bytes of a state under one checksum."""
STATE_EVENTS = {"oracle": 1_000_000, "fast": 5_000_000}
"""Events in the log after the newest state at which another is made: half a minute, some seconds of replay."""
STATE_AGAIN_S = 60.0
"""Between two tries to make a state."""
FOLLOW_MS = 20
"""How often a standby looks for more in the log, and for the lease."""

RING_BYTES = 4_194_304
"""Of each of the two rings of a front."""
MICRO_BATCH = 2_097_152
"""Bytes of questions that are decided and logged together: with their rows of features well below a frame's most."""
AWAY_MS = 1
"""How long a front waits for an answer while the process that decides does not answer."""
RENEW_S = 1.0
"""Before a front reads a snapshot by which calls are decided already once more, where it could not."""
AGAIN_S = 0.2
"""Before a process that died is started again."""
