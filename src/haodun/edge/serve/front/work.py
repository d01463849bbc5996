"""What a batch under way consists of, and what a policy and a trunks file want said: arrays for compiled code."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.sip.fast import ROW, TOKEN_BYTES, Forms
from haodun.edge.sip.fast.octets import Octets
from haodun.screening.events import Action
from haodun.screening.events.packed import EVENT, Events

Integers = npt.NDArray[np.int64]
CLAIMED, HARD, ACKS, STRANGERS, REPEATS, WRITTEN, OLDEST_US, LATE, SLOWLY, UNSCREENED = range(10)
"""Columns of `Work.counts`: calls claimed, datagrams left to the slow path, ACKs, datagrams of no trunk, calls answered
again, answers written, age of the oldest datagram, calls older than the deadline, answers left to the slow wording,
calls whose ingress is unknown."""
FAIL: Final = len(Action)
"""Behind the actions in `Saying.forms`: what a call gets that is not judged."""
GENERATION: Final = 1 << 16
"""More than there are forms: what was told under another policy is not said again by number."""


class Saying(NamedTuple):
    """How a policy and a trunks file want it said."""

    trusted: Integers
    """Whether a trunk's identity is believed; one entry a trunk."""
    forms: npt.NDArray[np.int64]
    """Number of a form by trunk, action (and FAIL), and whether the caller may be shown; SLOW where there is none."""
    texts: Forms
    generation: int
    named: Integers
    """Numbers of the trusted directory, ascending: what is said of their calls depends on the call."""


class Work(NamedTuple):
    """One batch under way."""

    rows: npt.NDArray[np.int32]
    events: Events
    slots: Integers
    """The slot of each claimed call in the mail."""
    trunks: Integers
    tags: npt.NDArray[np.uint64]
    places: Integers
    """Where it stands among what was told."""
    late: Integers
    said: Integers
    """What it is answered: an action, or FAIL."""
    tokens: Octets
    hard: Integers
    """Slots of datagrams for the slow path."""
    why: Integers
    """`Hard` of each of them."""
    slowly: Integers
    """Calls (places in this batch) whose answers are left to the slow wording."""
    counts: Integers
    verdicts: Integers
    """How many calls have a verdict, by action; at FAIL, how many have none."""
    answered: Integers
    """How many are answered so, by `said`."""
    host: Octets
    distinct: Integers
    """Numbers of the decisions of a batch, each once."""
    letters: Octets
    """Their redress tokens, one a decision row."""


def make_work(slots: int = SLOTS) -> Work:
    """Nothing under way, with room for so many datagrams."""
    integers = [np.zeros(slots, np.int64) for _ in range(8)]
    places_in_mail, trunks, places, late, said, hard, why, slowly = integers
    return Work(
        np.zeros((slots, ROW), np.int32),
        np.zeros(slots, EVENT),
        places_in_mail,
        trunks,
        np.zeros(slots, np.uint64),
        places,
        late,
        said,
        np.zeros((slots, TOKEN_BYTES), np.uint8),
        hard,
        why,
        slowly,
        np.zeros(10, np.int64),
        np.zeros(FAIL + 1, np.int64),
        np.zeros(FAIL + 1, np.int64),
        np.zeros(16, np.uint8),
        np.zeros(slots, np.int64),
        np.zeros(slots * TOKEN_BYTES, np.uint8),
    )
