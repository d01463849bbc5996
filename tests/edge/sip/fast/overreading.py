"""A planted read beyond a buffer, to show that the checked build sees one."""

from __future__ import annotations

import numpy as np

from haodun.edge.sip.fast.octets import TOKEN, run_of

if __name__ == "__main__":
    try:
        run_of(np.frombuffer(b"abc", np.uint8).copy(), 0, 4, TOKEN)
    except IndexError as error:
        print(type(error).__name__)
