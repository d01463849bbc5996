"""What can be done with a call, and what was decided: the words every other part uses."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import NamedTuple


class Action(IntEnum):
    """In order of strength. The integers are stored: append, never renumber."""

    ALLOW = 0
    TIP = 1
    WITHHOLD_CLI = 2
    CHALLENGE = 3
    BLOCK = 4


class Flag(IntFlag):
    """What else is to happen with a call, whatever its action."""

    NONE = 0
    TRACE = 1
    CASE = 2


class Layer(IntEnum):
    """The fixed order of stages (DESIGN.md §3 *Order of stages*): the first that gives an action decides."""

    EMERGENCY = 0
    STRUCTURE = 1
    ALLOCATION = 2
    ORDERS = 3
    ORIGIN = 4
    ATTESTATION = 5
    TRUSTED = 6
    LISTS = 7
    BEHAVIOUR = 8
    SCORE = 9
    NONE = 10
    """No stage gave an action: ALLOW."""


class Decision(NamedTuple):
    """What the policy says of one decision row."""

    action: Action
    layer: Layer
    """The stage that decided."""
    flags: Flag
    reasons: tuple[str, ...]
    """Ids of all enforced rules that fired, in stage order then policy order; the deciding ones are in `layer`."""
    shadow: tuple[str, ...]
    """Ids of the rules that fired in shadow, or outside their canary share."""
    score: int
    """Model score in thousandths; 0 while no model is loaded."""
