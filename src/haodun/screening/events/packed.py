"""An event as the compiled kernel takes it: one flat record, the same in a batch, in a ring and in a log.

Texts are not in it. A call id, and an attempt (call id and transaction), are 128-bit fingerprints under a key of the
site (`fingerprint`), so that nobody can choose a Call-ID that is taken for another's. The facts that the number plan
and the trunks file give are in it, so the loop that decides asks nobody.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

EVENT: Final = np.dtype(
    [
        ("number", "<i8"),
        ("time_ms", "<i8"),
        ("caller", "<i8"),
        ("callee", "<i8"),
        ("trunk_id", "<i8"),
        ("call_high", "<u8"),
        ("call_low", "<u8"),
        ("attempt_high", "<u8"),
        ("attempt_low", "<u8"),
        ("diversion", "<i8"),
        ("device", "<i8"),
        ("cell", "<i8"),
        ("seconds", "<i8"),
        ("ring_ms", "<i8"),
        ("line", "<i4"),
        ("caller_country", "<i2"),
        ("callee_country", "<i2"),
        ("kind", "u1"),
        ("live", "u1"),
        ("caller_kind", "u1"),
        ("caller_form", "u1"),
        ("caller_refusal", "u1"),
        ("caller_home", "u1"),
        ("caller_allocation", "u1"),
        ("caller_holder", "u1"),
        ("caller_reseller", "u1"),
        ("callee_kind", "u1"),
        ("callee_form", "u1"),
        ("callee_refusal", "u1"),
        ("callee_home", "u1"),
        ("callee_emergency", "u1"),
        ("ingress", "u1"),
        ("presentation", "u1"),
        ("attestation", "u1"),
        ("roaming", "u1"),
        ("answered", "u1"),
        ("cause", "u1"),
        ("given", "u1"),
        ("spare", "u1", (3,)),
    ]
)
"""Fields as in `Event`; `caller` and `callee` are E.164 keys (0: no number), `trunk_id` is `trunk_id(trunk)`, `line`
the trunk's place in the lines table of the trunks file (−1: not on file), `roaming` what the event says, before the
trunk's. `given` is 1 where the call passes as an emergency by what its request says, whatever the policy."""

JUDGED: Final = np.dtype(
    [
        ("number", "<i8"),
        ("repeat_of", "<i8"),
        ("row", "<i4"),
        ("decision", "<i4"),
        ("action", "u1"),
        ("layer", "u1"),
        ("flags", "u1"),
        ("state", "u1"),
        ("outcome", "u1"),
        ("spare", "u1", (3,)),
    ]
)
"""What was decided about one event. `row` is the place of its decision row (−1: ALLOW, kept by nobody), `decision` that
of its reasons in the screener's table, `state` bits of `HAS_VERDICT` and so on, `outcome` that of an answer or end."""

HAS_VERDICT, COUNTED, LATE, ENFORCED, DECIDED_LIVE = 1, 2, 4, 8, 16
"""Bits of `state`. An attempt without HAS_VERDICT is the record of a call that was decided live."""

Events = npt.NDArray[np.void]
"""An array of EVENT."""
Judged = npt.NDArray[np.void]
"""An array of JUDGED."""


def records_at(records: npt.NDArray[np.void], places: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    """The records at some places; numpy would copy them field by field, so it is shown rows of integers."""
    rows = np.ascontiguousarray(records).view(np.int64).reshape(len(records), records.dtype.itemsize // 8)
    found: npt.NDArray[np.void] = rows[places].reshape(-1).view(records.dtype)
    return found
