"""Finds the words that `written` takes for nobody or for nothing: anonymous, unavailable, 未知号码, a lone dash."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.numbering.bulk.parameters import small
from haodun.numbering.written import ANONYMOUS, EMPTY

Bytes = npt.NDArray[np.uint8]

NO_WORD, NOBODY, NOTHING = 0, 1, 2

_BY_MEANING = ((NOBODY, sorted(ANONYMOUS)), (NOTHING, sorted(EMPTY - {""})))
_WORDS = [(word.encode("utf-8"), meaning) for meaning, words in _BY_MEANING for word in words]
_WIDTH: Final = max(len(word) for word, _ in _WORDS)
_LETTERS: Final = np.array([list(word.ljust(_WIDTH, b"\0")) for word, _ in _WORDS], np.uint8)
_SIZES: Final = np.array([len(word) for word, _ in _WORDS], np.int64)
_MEANINGS: Final = np.array([meaning for _, meaning in _WORDS], np.int64)


@borrowing
def meaning(data: Bytes, start: int, end: int) -> int:
    """NOBODY, NOTHING, or NO_WORD. Capitals of ASCII are as good as small letters, as for `str.lower`."""
    size = end - start
    for word in range(len(_SIZES)):
        if _SIZES[word] == size:
            same = 0
            while same < size and small(data, start + same) == _LETTERS[word, same]:
                same += 1
            if same == size:
                return int(_MEANINGS[word])
    return NO_WORD
