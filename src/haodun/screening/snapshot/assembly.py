"""What a snapshot's parts make together: the lists after its changes, the policy over them, the digest of it all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from haodun.screening.events import Trunks, TrunksError
from haodun.screening.policy import Policy, PolicyError, parse_policy
from haodun.screening.snapshot.blocks import Blocks, blocking_lists
from haodun.screening.snapshot.columns import Column
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.packed import MappedList, pack

Lists = Mapping[str, MappedList]


def packed(name: str, column: Column) -> MappedList:
    """A list in memory."""
    return MappedList.over(pack(column), name=name)


def changed_lists(lists: Lists, *, adds: Lists, removes: Lists, created_ms: int) -> dict[str, MappedList]:
    """The lists after a delta: without what it removes and what has ended by then, with what it adds.

    An added number that is on the list already gets the new end. A list that nothing happens to is not even read.
    """
    found = {}
    for name in sorted({*lists, *adds}):
        before = lists.get(name)
        touched = name in adds or name in removes
        if before is not None and not touched and (not len(before) or before.first_end * 1_000 > created_ms):
            found[name] = before
            continue
        column = Column.empty() if before is None else before.column()
        if name in removes:
            column = column.without(removes[name].numbers())
        if name in adds:
            column = column.joined(adds[name].column())
        found[name] = packed(name, column.alive(created_ms))
    return found


def content_digest(policy: Policy, trunks_yaml: str | None, lists: Lists, directory_json: str | None = None) -> str:
    """SHA-256 in hexadecimal over everything that a snapshot in force decides by.

    `policy` is the one of the policy file, whose digest does not look at the snapshot's lists.
    """
    plain = {
        "policy": policy.digest,
        "trunks": "" if trunks_yaml is None else sha256(trunks_yaml.encode("utf-8")).hexdigest(),
        "lists": {name: [len(entries), entries.digest] for name, entries in lists.items()},
    }
    if directory_json is not None:
        plain["directory"] = sha256(directory_json.encode("utf-8")).hexdigest()
    return sha256(json.dumps(plain, sort_keys=True).encode("ascii")).hexdigest()


def compiled(text: str, *, name: str) -> Policy:
    """The policy of a snapshot, which stands on its own. Raises SnapshotRefused `policy` with the first problem."""
    try:
        return parse_policy(text, name=name)
    except PolicyError as error:
        first = str(error).partition("\n")[0]
        raise SnapshotRefused(Code.POLICY, f"the policy does not load: {first}") from error


def parsed_trunks(text: str | None, *, name: str) -> Trunks | None:
    """The trunks of a snapshot. Raises SnapshotRefused `trunks`."""
    try:
        return None if text is None else Trunks.parse(text, name)
    except TrunksError as error:
        raise SnapshotRefused(Code.TRUNKS, f"the trunks do not load: {error}") from error


def over_lists(policy: Policy, lists: Lists) -> Policy:
    """The policy with the snapshot's lists in place of its own. Raises SnapshotRefused `list` for one it lacks."""
    for name in lists:
        if name not in policy.lists:
            raise SnapshotRefused(
                Code.LIST, f"policy {policy.id} knows no list {name}; add it to the policy's lists, or leave it out"
            )
    return replace(policy, lists={**policy.lists, **lists})


def blocked(policy: Policy, lists: Lists) -> Blocks:
    """All numbers on lists by which the policy blocks."""
    return {name: lists[name].numbers() for name in sorted(blocking_lists(policy) & lists.keys())}
