"""Everything that a compiled front works with, laid down once and taken by its address.

Handed over one by one these arrays take Python longer than a batch takes compiled code. What a new policy replaces is
laid down anew.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from haodun.compiled import KeptKind
from haodun.edge.serve.front.system import Answers, Mail, make_answers, make_mail
from haodun.edge.serve.front.told import Sources, Told
from haodun.edge.serve.front.work import Saying, Work, make_work
from haodun.edge.sip.fast import Forms, Lines, Reading, make_reading
from haodun.numbering.bulk import Tables
from haodun.screening.verdicts.fast.tokens import TokenTables, token_tables
from haodun.store.fast_columns import CallTexts, Frame, Rest, make_frame


class Hall(NamedTuple):
    """Of one front."""

    mail: Mail
    answers: Answers
    work: Work
    sources: Sources
    told: Told
    reading: Reading
    saying: Saying
    tokens: TokenTables
    texts: CallTexts
    rest: Rest
    frame: Frame


def _sample() -> Hall:
    """One without content."""
    integers, octets, ends = np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.uint32)
    lines, key = Lines(integers, integers, integers), np.zeros(2, np.uint64)
    return Hall(
        make_mail(1),
        make_answers(1),
        make_work(1),
        Sources(integers, integers, integers),
        Told(np.zeros((0, 0), np.int64), np.zeros((0, 0), np.uint8)),
        make_reading(Tables(np.zeros(0, np.int32), integers), lines, key=key, tag_key=key),
        Saying(integers, np.zeros((0, 0, 0), np.int64), Forms(octets, integers, integers, integers), 0, integers),
        token_tables(integers, integers, octets, site=0),
        CallTexts(octets, octets, octets, octets, octets, np.zeros((0, 0), np.uint32)),
        Rest(integers, octets, ends, octets, integers),
        make_frame(0),
    )


HALL = KeptKind(_sample())
hall_at = HALL.at
"""For compiled code: the hall that lies at an address."""
