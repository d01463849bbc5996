"""Words of other kinds as signed integers: in compiled code a uint64 that meets an int64 would become a float."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing


@borrowing
def signed(value: Any) -> int:
    """As int64, by its bits."""
    return int(np.int64(value))
