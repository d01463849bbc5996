"""Number texts of a whole column to numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.numbering import IngressClass, parse

_CLASSES = len(IngressClass)


class Numbers(NamedTuple):
    """Numbers in columns; fields as in `Number`."""

    key: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int8]
    country: npt.NDArray[np.int16]
    form: npt.NDArray[np.int8]
    refusal: npt.NDArray[np.int8]


def read_numbers(texts: Any, ingress: npt.NDArray[np.int8], home: str) -> Numbers:
    """The number of each text on its ingress, as `parse` reads it; each distinct pair is read once."""
    encoded = texts.dictionary_encode()
    pairs = encoded.indices.to_numpy().astype(np.int64) * _CLASSES + ingress
    distinct, places = np.unique(pairs, return_inverse=True)
    words = encoded.dictionary.to_pylist()
    classes = tuple(IngressClass)
    read = [parse(words[pair // _CLASSES], classes[pair % _CLASSES], home) for pair in distinct.tolist()]
    return Numbers(
        key=np.array([number.key for number in read], np.int64)[places],
        kind=np.array([number.kind for number in read], np.int8)[places],
        country=np.array([number.country for number in read], np.int16)[places],
        form=np.array([number.form for number in read], np.int8)[places],
        refusal=np.array([number.refusal for number in read], np.int8)[places],
    )
