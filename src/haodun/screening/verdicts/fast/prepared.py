"""What a policy, plan or trunks file replaces: made ready outside the call path, put in force between two events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from haodun.numbering import Plan
from haodun.screening.events import EventKind, Trunks
from haodun.screening.events.fingerprint import Key, derived_key, key_words
from haodun.screening.events.packed import Events
from haodun.screening.events.packing import Packer
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Membership, NumberList, Policy
from haodun.screening.policy.fast.decisions import PASS, Numbers
from haodun.screening.policy.fast.lists import Listed, ListTables, list_tables, listed, slot_bits
from haodun.screening.policy.fast.tables import PolicyTables, policy_tables
from haodun.screening.snapshot.lookup import LookupTables, lookup_tables, mark
from haodun.screening.snapshot.packed import MappedList
from haodun.screening.verdicts.fast import loop
from haodun.screening.verdicts.fast.row import CALLEE, CALLER, LINE, WINDOWS
from haodun.screening.verdicts.row import MAX_TIME_MS
from haodun.screening.verdicts.screener import Mode, Versions

COPIED = 65_536
"""A mapped list of at most so many numbers is copied beside the policy's own: one look-up for all of them."""
PURPOSE = b"fingerprints of calls"

Integers = npt.NDArray[Any]


def fingerprint_key(site_key: bytes) -> Key:
    """Under which a site's events are fingerprinted, for who makes EVENT records by himself."""
    return key_words(derived_key(site_key, PURPOSE))


@dataclass(frozen=True, slots=True)
class Mapped:
    """A list that stays where it is mapped, and the slots that ask it."""

    tables: LookupTables
    caller: int
    callee: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that decides, besides the kernel, the decisions known, and the mode."""

    policy: Policy
    versions: Versions
    packer: Packer
    tables: PolicyTables
    lists: ListTables
    mapped: tuple[Mapped, ...]
    options: Integers

    def deciding(self, numbers: Numbers) -> loop.Deciding:
        """For the loop, with the decisions known."""
        return loop.Deciding(self.tables, numbers, self.lists, self.packer.lines, self.options)

    def slots_of(self, events: Events) -> Integers:
        """Of each event the bits of the slots whose lists are mapped."""
        bits = np.zeros(len(events), np.int64)
        if not self.mapped:
            return bits
        places = np.flatnonzero(events["kind"] == EventKind.ATTEMPT)
        times = np.clip(events["time_ms"][places], 0, MAX_TIME_MS)
        found = np.zeros(len(places), np.int64)
        for name in ("caller", "callee"):
            keys = events[name][places]
            for one in self.mapped:
                asked = one.caller if name == "caller" else one.callee
                if asked:
                    mark(one.tables, keys, times, asked, found)
        bits[places] = found
        return bits


def prepare(
    *,
    policy: Policy,
    plan: Plan,
    trunks: Trunks,
    parameters: Parameters,
    mode: Mode,
    site_key: bytes,
    snapshot: str = "none",
) -> Prepared:
    """Make a policy ready; `snapshot` is the name of the one it comes from. TypeError on a list of a kind unknown."""
    versions = Versions(
        policy=policy.id,
        policy_version=policy.version,
        policy_digest=policy.digest,
        plan=plan.version,
        kernel=parameters.digest,
        trunks=trunks.digest,
        mode=mode.value,
        snapshot=snapshot,
    )
    lists, mapped = _lists(policy)
    packer = Packer(plan, trunks, derived_key(site_key, PURPOSE))
    options = _options(policy, parameters)
    return Prepared(policy, versions, packer, policy_tables(policy), lists, mapped, options)


def _options(policy: Policy, parameters: Parameters) -> Integers:
    reads = policy.reads()
    options = np.zeros(loop.OPTIONS, np.int64)
    options[loop.UTC_OFFSET] = parameters.utc_offset_minutes
    options[loop.READS_LINE] = not reads.isdisjoint(range(LINE, LINE + 3))
    options[loop.READS_WINDOWS] = any(position >= WINDOWS for position in reads)
    options[loop.SLOT_COUNT] = len(policy.slots)
    options[loop.ROW_LENGTH] = policy.row_length
    options[loop.GIVEN] = PASS
    return options


def _lists(policy: Policy) -> tuple[ListTables, tuple[Mapped, ...]]:
    """The lists that some slot asks: those that are copied, and those that stay mapped."""
    asked = sorted({slot.list for slot in policy.slots})
    bits = {name: [slot_bits(policy.slots, list=name, position=place) for place in (CALLER, CALLEE)] for name in asked}
    copied = {name: _copied(policy.lists[name]) for name in asked}
    small = [name for name in asked if copied[name] is not None]
    tables = list_tables(
        [found for found in copied.values() if found is not None],
        caller=[bits[name][0] for name in small],
        callee=[bits[name][1] for name in small],
    )
    return tables, tuple(_mapped(policy.lists[name], bits[name]) for name in asked if copied[name] is None)


def _copied(found: Membership) -> Listed | None:
    """A list's content, None where it is too large to copy."""
    if isinstance(found, NumberList):
        return listed(found)
    if not isinstance(found, MappedList):
        raise TypeError(f"{type(found).__name__} is no list that compiled code can look into")
    if len(found) > COPIED:
        return None
    column = found.column()
    return Listed(column.numbers, column.ends * 1_000)


def _mapped(found: Membership, bits: Iterable[int]) -> Mapped:
    if not isinstance(found, MappedList):
        raise TypeError(f"{type(found).__name__} is no mapped list")
    return Mapped(lookup_tables(found), *bits)
